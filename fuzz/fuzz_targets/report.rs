#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| taskwatt_fuzz::report(data));
