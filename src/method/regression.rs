//! Energy of generating tokens from a model's parameters alone, by a published regression over measured
//! configurations of one accelerator (EcoLogits 0.11: formula and constants are facts). In fixed point of 30
//! decimals: no float, the same digits everywhere.

use super::normalise::ScaledEnergy;
use crate::domain::registry::Parameters;
use crate::units::{Span, divide_half_even};
use ethnum::I256;

/// Fixed point: this many stand for 1.
const ONE: i128 = 10i128.pow(30);
/// α, β and γ of f(B,P) = α·e^(β·B)·P + γ in Wh per output token and accelerator, P in 10⁹ parameters.
const ALPHA: i128 = 1_166_527_317_045_191_400_000_000;
const MINUS_BETA: i128 = 11_205_921_025_579_175_000_000_000_000;
const GAMMA: i128 = 40_529_281_467_340_050_000_000_000;
/// Seconds of generation per output token: a·P + b·B + c.
const TIME_P: i128 = 678_508_809_435_366_300_000_000_000;
const TIME_B: i128 = 311_931_031_168_825_900_000_000_000;
const TIME_C: i128 = 19_473_717_579_473_387_000_000_000_000;
/// A server of eight accelerators without them, in watts.
pub const SERVER_WATTS: i64 = 1_200;
pub const ACCELERATORS_A_SERVER: i64 = 8;
/// Memory of one accelerator in bytes, and what is needed beyond the weights.
pub const ACCELERATOR_BYTES: i128 = 80_000_000_000;
pub const MEMORY_TENTHS: i128 = 12;
/// Batch and bits per parameter where nobody declared them.
pub const DEFAULT_BATCH: i64 = 64;
pub const DEFAULT_BITS: i64 = 16;
/// The accelerator of the measured configurations, in small letters. Beyond it and these nothing was measured.
pub const MEASURED_ACCELERATOR: &str = "h100";
pub const MAX_MEASURED_PARAMETERS: i64 = 200_000_000_000;
pub const MAX_MEASURED_BATCH: i64 = 512;

/// The constants of the formula by name, in plain text, for whoever computes it again.
pub fn formula_constants() -> Vec<(&'static str, String)> {
    vec![
        ("α", scientific(ALPHA)),
        ("β", format!("−{}", scientific(MINUS_BETA))),
        ("γ", scientific(GAMMA)),
        ("a", scientific(TIME_P)),
        ("b", scientific(TIME_B)),
        ("c", scientific(TIME_C)),
        ("server power, W", SERVER_WATTS.to_string()),
        ("accelerators of a server", ACCELERATORS_A_SERVER.to_string()),
        ("memory of an accelerator, bytes", ACCELERATOR_BYTES.to_string()),
        ("memory needed ÷ weights", format!("{}.{}", MEMORY_TENTHS / 10, MEMORY_TENTHS % 10)),
    ]
}

/// A positive number of the fixed point in scientific notation, with all its digits.
fn scientific(value: i128) -> String {
    let digits = value.to_string();
    let exponent = digits.len() as i32 - 1 - 30;
    let digits = digits.trim_end_matches('0');
    let (first, rest) = digits.split_at(1);
    format!("{first}{}{rest}e{exponent}", if rest.is_empty() { "" } else { "." })
}

/// How a model is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub parameters_total: i64,
    pub parameters_active: i64,
    pub batch: i64,
    pub bits: i64,
    /// Of one instance, where the provider declares them.
    pub accelerators: Option<i64>,
}

impl Run {
    /// With the defaults of the formula.
    pub fn with_defaults(parameters_total: i64, parameters_active: i64) -> Run {
        Run {
            parameters_total,
            parameters_active,
            batch: DEFAULT_BATCH,
            bits: DEFAULT_BITS,
            accelerators: None,
        }
    }

    /// As registered, with the defaults of the formula for what is not.
    pub fn of(registered: Parameters) -> Run {
        Run {
            batch: registered.batch_size.map_or(DEFAULT_BATCH, i64::from),
            bits: registered.precision_bits.map_or(DEFAULT_BITS, i64::from),
            accelerators: registered.accelerators.map(i64::from),
            ..Run::with_defaults(registered.total, registered.active)
        }
    }

    /// Whether the formula was measured near this.
    pub fn is_measured(&self) -> bool {
        self.parameters_total <= MAX_MEASURED_PARAMETERS && self.batch <= MAX_MEASURED_BATCH
    }

    /// Accelerators of one instance: as declared, else the next power of two that holds the weights.
    pub fn accelerators(&self) -> i64 {
        if let Some(declared) = self.accelerators {
            return declared;
        }
        let bits = i128::from(self.parameters_total) * i128::from(self.bits) * MEMORY_TENTHS;
        let bytes_of_one = 8 * 10 * ACCELERATOR_BYTES;
        let needed = (bits + bytes_of_one - 1) / bytes_of_one;
        // At most 2⁶³ · 2⁶ ÷ 2³⁹: far below 2⁶³.
        (needed.max(1) as u64).next_power_of_two() as i64
    }

    /// IT energy of generating so many output tokens, with all servers: exact up to 10⁻¹⁸ µJ of the fixed point.
    /// The time is cut at the latency, where one is given.
    pub fn energy(&self, output_tokens: i128, latency: Option<Span>) -> ScaledEnergy {
        let accelerators = I256::from(self.accelerators());
        let tokens = I256::new(output_tokens);
        let billions = |constant: i128| {
            I256::new(constant) * I256::from(self.parameters_active) / I256::from(1_000_000_000)
        };
        // Wh: α·e^(βB)·P + γ, scaled by ONE.
        let per_token = billions(ALPHA) * exp_minus(self.batch) / I256::new(ONE) + I256::new(GAMMA);
        let accelerator_wh = per_token * tokens * accelerators;
        // Seconds, scaled by ONE.
        let per_token_s = billions(TIME_P) + I256::new(TIME_B) * I256::from(self.batch) + I256::new(TIME_C);
        let all_s = per_token_s * tokens;
        let latency_s = latency.map(|span| I256::from(span.microseconds()) * I256::new(ONE / 1_000_000));
        let time = latency_s.map_or(all_s, |latency| latency.min(all_s));
        let server_wh = time * I256::from(SERVER_WATTS) * accelerators
            / I256::from(3_600 * ACCELERATORS_A_SERVER * self.batch);
        // Wh · 10³⁰ to µJ · 10¹⁸.
        let raw = (accelerator_wh + server_wh) * I256::from(3_600_000_000_i64);
        ScaledEnergy::from_raw(divide_half_even(raw, I256::new(10i128.pow(12))).unwrap_or_default())
    }
}

/// e^(β·B) in fixed point, by the series of e^(−β·B), all of whose terms are positive.
fn exp_minus(batch: i64) -> I256 {
    let x = I256::new(MINUS_BETA) * I256::from(batch);
    let (mut term, mut sum) = (I256::new(ONE), I256::new(ONE));
    let mut number = 1;
    while term > I256::ZERO && number < 400 {
        term = term * x / I256::new(ONE) / I256::from(number);
        sum += term;
        number += 1;
    }
    I256::new(ONE) * I256::new(ONE) / sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facility_kwh(run: Run, tokens: i128, latency_s: i64) -> String {
        let latency = Span::from_microseconds(latency_s * 1_000_000);
        let it = run.energy(tokens, latency);
        let facility = ScaledEnergy::from_raw(it.raw() * I256::from(126) / I256::from(100));
        // kWh with 20 decimals.
        facility.wh_per(1000, 20).unwrap().to_string()
    }

    #[test]
    fn a_dense_model_of_seven_billion_parameters_is_as_the_method_says() {
        let run = Run::with_defaults(7_300_000_000, 7_300_000_000);
        assert_eq!(run.accelerators(), 1);
        // 1.536243521642994e-5 kWh.
        assert_eq!(&facility_kwh(run, 200, 5)[..20], "0.000015362435216429");
    }

    #[test]
    fn a_mixture_of_experts_is_as_the_method_says() {
        let run = Run::with_defaults(46_700_000_000, 12_900_000_000);
        assert_eq!(run.accelerators(), 2);
        // 3.994122499298407e-5 kWh.
        assert_eq!(&facility_kwh(run, 200, 10)[..20], "0.000039941224992984");
    }

    #[test]
    fn accelerators_are_the_next_power_of_two_that_holds_the_weights() {
        for (billions, wanted) in [(1, 1), (33, 1), (34, 2), (70, 4), (405, 16)] {
            assert_eq!(Run::with_defaults(billions * 1_000_000_000, 1).accelerators(), wanted, "{billions}");
        }
    }

    #[test]
    fn what_is_declared_takes_the_place_of_the_defaults() {
        let silent = Parameters {
            total: 70_000_000_000,
            active: 70_000_000_000,
            batch_size: None,
            precision_bits: None,
            accelerators: None,
        };
        let defaults = Run::of(silent);
        assert_eq!((defaults.batch, defaults.bits, defaults.accelerators()), (64, 16, 4));
        let quantised = Run::of(Parameters { precision_bits: Some(8), batch_size: Some(32), ..silent });
        assert_eq!((quantised.batch, quantised.bits, quantised.accelerators()), (32, 8, 2));
        let declared = Run::of(Parameters { accelerators: Some(8), ..silent });
        assert_eq!(declared.accelerators(), 8);
        // Energy goes with the number of accelerators.
        let twice = ScaledEnergy::from_raw(defaults.energy(1_000, None).raw() * I256::from(2));
        let difference = declared.energy(1_000, None).raw() - twice.raw();
        assert!(difference.abs() <= I256::from(2), "{difference}");
    }

    #[test]
    fn large_batches_and_models_were_not_measured() {
        let run = Run::with_defaults(200_000_000_000, 200_000_000_000);
        assert!(run.is_measured());
        assert!(!Run { batch: 513, ..run }.is_measured());
        assert!(!Run::with_defaults(200_000_000_001, 1).is_measured());
        assert!(Run { batch: 512, ..run }.is_measured());
    }

    proptest! {
        #[test]
        fn a_latency_only_lowers_an_estimate_and_tokens_only_raise_it(
            billions in 1i64..400, batch in 1i64..2_000, tokens in 1i128..1_000_000, latency_us in 1i64..1_000_000_000
        ) {
            let run = Run { batch, ..Run::with_defaults(billions * 1_000_000_000, billions * 1_000_000_000) };
            let free = run.energy(tokens, None);
            let cut = run.energy(tokens, Span::from_microseconds(latency_us));
            prop_assert!(cut <= free);
            prop_assert!(run.energy(tokens + 1, None) > free);
            prop_assert!(cut > ScaledEnergy::ZERO);
        }
    }
}
