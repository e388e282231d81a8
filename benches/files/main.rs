//! How long the files of a disclosure take, and how much memory. `scripts/bench files` runs it; with a directory as its
//! argument it writes the files there instead, for those who want to look at them.

#[path = "../../tests/support/rich.rs"]
mod rich;

use std::path::Path;
use std::time::{Duration, Instant};
use taskwatt::domain::disclosure::Disclosure;
use taskwatt::render::files::{File, Format, files};
use taskwatt::render::pdf;
use taskwatt::text::Language;

/// Models of a report of about nine pages, and of about thirty.
const SHORT: usize = 1;
const LONG: usize = 36;

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| !one.starts_with("--")).collect();
    if let [directory, models @ ..] = arguments.as_slice() {
        let models = models.first().map_or(20, |text| text.parse().expect("a number of models"));
        return write(Path::new(directory), &rich::rich(models));
    }
    let short = rich::rich(SHORT);
    let json = taskwatt::render::json::render(&short);
    let json = [File { format: Format::Json, bytes: json }];
    let warm = || pdf::render(&short, Language::English, &json).expect("a report");
    let (cold_time, bytes) = timed(warm);
    let (warm_time, _) = best(5, warm);
    println!("PDF of {} pages, first: {:.0?}", pages(&bytes), cold_time);
    println!("PDF of {} pages, warm, best of 5: {:.0?} (wanted: at most 300 ms)", pages(&bytes), warm_time);
    let long = rich::rich(LONG);
    let (time, all) = best(3, || files(&long, |_| ()).expect("all files"));
    let report = all.iter().find(|file| file.format == Format::Pdf).expect("a report");
    println!(
        "all formats, PDF of {} pages, best of 3: {time:.0?} (wanted: at most 3 s)",
        pages(&report.bytes)
    );
    println!("peak memory of this process: {} MB (wanted: at most 300 MB)", peak_memory_kb() / 1000);
}

fn write(directory: &Path, document: &Disclosure) {
    std::fs::create_dir_all(directory).expect("a directory to write to");
    for file in files(document, |_| ()).expect("all files") {
        let path = directory.join(format!("disclosure.{}", file.format.as_str()));
        std::fs::write(path, file.bytes).expect("a file to write");
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let made = work();
    (start.elapsed(), made)
}

fn best<T>(times: usize, work: impl Fn() -> T) -> (Duration, T) {
    (0..times).map(|_| timed(&work)).min_by_key(|(time, _)| *time).expect("at least once")
}

/// Pages of a PDF; the setter writes page objects uncompressed only in part, so the number of the page tree counts.
fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    let counts = text.match_indices("/Count ").map(|(at, _)| {
        let digits: String = text[at + 7..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    });
    counts.max().unwrap_or(0)
}

/// The largest resident size so far, as Linux tells it.
fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}
