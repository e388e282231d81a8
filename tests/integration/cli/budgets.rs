//! Budgets from the command line.

use super::{Cli, lines, words};
use crate::support::record_with_all;
use chrono::{Datelike, SecondsFormat, TimeDelta};
use serde_json::json;
use taskwatt::app::Clock;

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_told_listed_burnt_and_checked() {
    let cli = Cli::new().await;
    cli.provider().await;
    // The program has the system's clock: a minute ago is a time of which tasks are taken.
    let at = Clock::System.now() - TimeDelta::minutes(1);
    let fields = json!({
        "started_at": at.to_rfc3339_opts(SecondsFormat::Secs, true), "energy_wh": 600, "boundary": "facility",
        "evidence": "metered",
    });
    let file = cli.file("task.ndjson", lines(&[record_with_all("a", &fields)]).as_bytes());
    cli.ok(&format!("import records {file} --provider acme")).await;

    let year = at.year();
    let tell = format!(
        "budget tell all --provider acme --service chat --year {year} --energy-kwh 1 --threshold 60 --threshold 50 \
         --webhook http://127.0.0.1:9/hook"
    );
    let told = cli.run(&words(&tell)).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    let printed: Vec<&str> = told.out.lines().collect();
    assert_eq!(printed[0], "budget 'all' declared");
    assert!(printed[1].starts_with("whsec_") && printed[1].len() == 70, "{told:?}");
    assert!(told.err.contains("shown once"), "{told:?}");
    let again = cli.ok(&tell).await;
    assert!(again.contains("nothing changed") && !again.contains("whsec_"), "{again}");
    cli.ok(&format!(
        "budget tell gone --provider acme --year {year} --carbon-kg 0 --basis direct --withdrawn"
    ))
    .await;

    let list = cli.ok("budget list --provider acme").await;
    let lines: Vec<Vec<&str>> = list.lines().map(|line| line.split('\t').collect()).collect();
    let year = year.to_string();
    assert_eq!(
        lines[1],
        ["all", "1", "chat", &year, "1 kWh", "-", "-", "50 %, 60 %", "http://127.0.0.1:9/hook", "no", "-"]
    );
    assert_eq!(lines[2][4..7], ["0 kg CO2e", "direct", "production"]);
    assert_eq!(lines[2][9], "yes");
    assert!(!list.contains("whsec_"));

    let burn = cli.ok("budget burn all --provider acme").await;
    assert!(burn.contains("used     0.6 kWh, 0.600000 of the budget; 1 day(s) with data"), "{burn}");
    assert!(burn.contains(&format!("     60 % used on {}", at.date_naive())), "{burn}");
    let check = cli.ok("budget check").await;
    assert!(check.contains("acme/all: 50 % was used on "), "{check}");
    assert!(check.ends_with("1 budget(s) looked at, 2 event(s), 0 message(s) delivered, 2 not\n"), "{check}");
    let check = cli.ok("budget check").await;
    assert!(check.ends_with("0 event(s), 0 message(s) delivered, 0 not\n"), "{check}");
    let error = "SELECT count(*) FROM budget_event WHERE last_error LIKE '%TASKWATT_WEBHOOK_PRIVATE%'";
    assert_eq!(cli.number(error).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_makes_no_sense_is_refused_in_plain_words() {
    let cli = Cli::new().await;
    cli.provider().await;
    let start = "budget tell all --provider acme --year 2026";
    assert!(
        cli.fails(&format!("{start} --energy-kwh 1.0001")).await.contains("--energy-kwh has more than 3")
    );
    assert!(
        cli.fails(&format!("{start} --carbon-kg x")).await.contains("--carbon-kg is not a decimal number")
    );
    let unknown = cli.fails(&format!("{start} --carbon-kg 1 --service nothing")).await;
    assert!(unknown.contains("provider 'acme' has no service 'nothing'"), "{unknown}");
    assert!(cli.fails("budget burn all --provider acme").await.contains("has no budget 'all'"));
    for wrong in
        ["", "--energy-kwh 1 --carbon-kg 1", "--energy-kwh 1 --basis direct", "--energy-kwh 1 --threshold 0"]
    {
        let ended = cli.run(&words(&format!("{start} {wrong}"))).await;
        assert_eq!(ended.code, Some(2), "{wrong}: {ended:?}");
    }
    let webhook = cli.run(&words(&format!("{start} --energy-kwh 1 --webhook http://example.org"))).await;
    assert!(webhook.err.contains("must begin with https://"), "{webhook:?}");
}
