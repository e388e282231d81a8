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

/// Models of a short report, and of one of about thirty pages.
const SHORT: usize = 1;
const LONG: usize = 90;

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| !one.starts_with("--")).collect();
    if let [directory, models @ ..] = arguments.as_slice() {
        let models = models.first().map_or(20, |text| text.parse().expect("a number of models"));
        return write(Path::new(directory), &rich::rich(models));
    }
    let short = rich::rich(SHORT);
    let json = [File { format: Format::Json, bytes: taskwatt::render::json::render(&short) }];
    let report = || pdf::render(&short, Language::English, &json).expect("a report");
    let (took, bytes) = timed(report);
    println!("PDF of {} pages, first: {took}", pages(&bytes));
    let (took, _) = best(5, report);
    println!("PDF of {} pages, warm, best of 5: {took} (wanted: at most 300 ms)", pages(&bytes));
    let long = rich::rich(LONG);
    let (took, all) = best(3, || files(&long, |_| ()).expect("all files"));
    let report = all.iter().find(|file| file.format == Format::Pdf).expect("a report");
    println!("all formats, PDF of {} pages, best of 3: {took} (wanted: at most 3 s)", pages(&report.bytes));
    let mut begun: Vec<(Format, u64)> = Vec::new();
    files(&long, |format| begun.push((format, processor_ms()))).expect("all files");
    let ends = begun.iter().skip(1).map(|(_, at)| *at).chain([processor_ms()]);
    for ((format, begin), end) in begun.iter().zip(ends) {
        println!("  of it {}: {} ms of processors", format.as_str(), end - begin);
    }
    println!("peak memory of this process: {} MB (wanted: at most 300 MB)", peak_memory_kb() / 1000);
}

fn write(directory: &Path, document: &Disclosure) {
    std::fs::create_dir_all(directory).expect("a directory to write to");
    for file in files(document, |_| ()).expect("all files") {
        let path = directory.join(format!("disclosure.{}", file.format.as_str()));
        std::fs::write(path, file.bytes).expect("a file to write");
    }
}

/// Time by the clock, and of all processors together: with others beside it only the second says something.
struct Took {
    wall: Duration,
    cpu_ms: u64,
}

impl std::fmt::Display for Took {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:.0?}, {} ms of processors", self.wall, self.cpu_ms)
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Took, T) {
    let (start, cpu_ms) = (Instant::now(), processor_ms());
    let made = work();
    (Took { wall: start.elapsed(), cpu_ms: processor_ms() - cpu_ms }, made)
}

fn best<T>(times: usize, work: impl Fn() -> T) -> (Took, T) {
    (0..times).map(|_| timed(&work)).min_by_key(|(took, _)| took.wall).expect("at least once")
}

/// Pages of a PDF: the largest count in its tree of pages, which is not compressed.
fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    let counts = text.match_indices("/Count ").map(|(at, found)| {
        let digits: String = text[at + found.len()..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    });
    counts.max().unwrap_or(0)
}

/// Time that this process has had of processors, in ticks of 10 ms, as Linux tells it.
fn processor_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program stands in brackets and may hold spaces.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

/// The largest resident size so far, as Linux tells it.
fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}
