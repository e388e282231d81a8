//! Contracts from the command line.

use super::{Cli, words};
use crate::records::gzip;

const TERMS: &str = "--provider acme --instrument guarantee_of_origin --zone DE --reference Register_7";

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_told_changed_withdrawn_and_listed() {
    let cli = Cli::new().await;
    cli.provider().await;
    let tell = |volume: &str| {
        format!(
            "contract tell hydro {TERMS} --from 2025-01-01 --to 2026-01-01 --volume-kwh {volume} \
             --direct-g-per-kwh 0"
        )
    };
    assert_eq!(cli.ok(&tell("1000.5")).await, "contract 'hydro' declared\n");
    assert!(cli.ok(&tell("1000.500")).await.contains("nothing changed"));
    cli.ok(&tell("0")).await;
    let list = cli.ok("contract list --provider acme").await;
    let lines: Vec<Vec<&str>> = list.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.len(), 3, "{list}");
    assert_eq!(lines[0][..4], ["contract", "revision", "instrument", "zone"]);
    assert_eq!(
        lines[1],
        [
            "hydro",
            "1",
            "guarantee_of_origin",
            "DE",
            "2025-01-01",
            "2026-01-01",
            "annual",
            "1000.5",
            "-",
            "0",
            "Register_7"
        ]
    );
    assert_eq!((lines[2][1], lines[2][7]), ("2", "0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_read_from_lines_or_from_a_column() {
    let cli = Cli::new().await;
    cli.provider().await;
    let tell = |key: &str, file: &str, more: &str| {
        format!(
            "contract tell {key} {TERMS} --from 2025-10-26 --to 2025-10-27 --hours {file} {more} \
             --lifecycle-g-per-kwh 24"
        )
    };
    let plain: String = (0..24).map(|hour| format!("{hour}.125\n")).collect();
    let file = cli.file("hours.txt.gz", &gzip(plain.as_bytes()));
    cli.ok(&tell("lines", &file, "")).await;
    assert_eq!(cli.number("SELECT hours_wh[24] FROM contract WHERE contract_key = 'lines'").await, 23_125);
    assert_eq!(cli.number("SELECT volume_wh FROM contract WHERE contract_key = 'lines'").await, 279_000);

    let rows: String = (0..24).map(|hour| format!("2025-10-26T{hour:02}:00Z, {hour}\r\n")).collect();
    let table = format!("\u{feff}hour,kwh\r\n{rows}");
    let file = cli.file("hours.csv", table.as_bytes());
    cli.ok(&tell("column", &file, "--hours-column kwh")).await;
    assert_eq!(cli.number("SELECT hours_wh[2] FROM contract WHERE contract_key = 'column'").await, 1_000);
    assert!(cli.fails(&tell("x", &file, "--hours-column mwh")).await.contains("its columns are hour, kwh"));
    assert!(cli.fails(&tell("x", &file, "")).await.contains("line 1: 'hour,kwh' is not"));

    let header = cli.file("header.txt", format!("kwh\n{plain}").as_bytes());
    let said = cli.fails(&tell("x", &header, "")).await;
    assert!(
        said.contains("line 1: 'kwh' is not a decimal number") && said.contains("--hours-column"),
        "{said}"
    );
    let missing = cli.file("missing.csv", table.replace("T07:00Z, 7", "T07:00Z,").as_bytes());
    let said = cli.fails(&tell("x", &missing, "--hours-column kwh")).await;
    assert!(said.contains("line 9: '' is not a decimal number"), "{said}");
    let gap = cli.file("gap.txt", plain.replace("\n7.125", "\n\n7.125").as_bytes());
    assert!(cli.fails(&tell("x", &gap, "")).await.contains("line 8 is empty"));
    let ended = cli.file("ended.txt", format!("\u{feff}{}\r\n\r\n", plain.replace('\n', "\r\n")).as_bytes());
    assert!(cli.ok(&tell("lines", &ended, "")).await.contains("nothing changed"));
    let short = cli.file("short.txt", plain.replacen("0.125\n", "", 1).as_bytes());
    let said = cli.fails(&tell("x", &short, "")).await;
    assert!(said.contains("23 volumes are given for 24 hours"), "{said}");
    assert!(cli.fails(&tell("x", "/nowhere/hours.txt", "")).await.contains("cannot be opened"));
    assert_eq!(cli.number("SELECT count(*) FROM contract").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_contract_can_be_is_refused_in_plain_words() {
    let cli = Cli::new().await;
    cli.provider().await;
    let year = "--from 2025-01-01 --to 2026-01-01";
    let volume = "--volume-kwh 1 --direct-g-per-kwh 0";
    for (line, says) in [
        (format!("{TERMS} --from 2025-01-01 --to 2026-01-03 {volume}"), "at most 366 days"),
        (format!("{TERMS} --from 2025-01-01 --to 2025-01-01 {volume}"), "--to"),
        (format!("{} {year} {volume}", TERMS.replace("DE", "SE-SE7")), "SE-SE1"),
        (format!("{} {year} {volume}", TERMS.replace("acme", "nobody")), "there is no provider 'nobody'"),
        (format!("{TERMS} {year} --volume-kwh 0.0001 --direct-g-per-kwh 0"), "--volume-kwh has more than 3"),
        (
            format!("{TERMS} {year} --volume-kwh 1 --direct-g-per-kwh 1e9"),
            "--direct-g-per-kwh is out of range",
        ),
        (format!("{} {year} {volume}", TERMS.replace("Register_7", &"x".repeat(501))), "--reference"),
    ] {
        let said = cli.fails(&format!("contract tell x {line}")).await;
        assert!(said.contains(says), "{line}: {said}");
    }
    for line in [
        format!("{TERMS} {year} --volume-kwh 1"),
        format!("{TERMS} {year} --direct-g-per-kwh 0"),
        format!("{TERMS} {year} {volume} --hours /dev/null"),
        format!("{TERMS} {year} {volume} --hours-column kwh"),
        format!("{} {year} {volume}", TERMS.replace("guarantee_of_origin", "promise")),
    ] {
        let line = format!("contract tell x {line}");
        assert_eq!(cli.run(&words(&line)).await.code, Some(2), "{line}");
    }
    assert_eq!(cli.number("SELECT count(*) FROM contract").await, 0);
}
