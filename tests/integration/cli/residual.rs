//! Residual mixes from the command line: a table of years and countries, in which zero stands for no data.

use super::Cli;
use chrono::{DateTime, TimeDelta, Utc};
use taskwatt::domain::period::Period;
use taskwatt::domain::terms::{Basis, Perimeter};
use taskwatt::intensity::Ladder;

const TABLE: &str = "country,year,residual\nDE,2024,700.25\nFR,2024,41\nNO,2024,0\nXK,2024,\n";

fn import(file: &str, more: &str) -> String {
    format!(
        "import factors {file} --set residual --source A_source --licence CC0 --attribution A_source --release 2024 \
         --perimeter consumption --time-column year --value-column residual {more}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zero_of_a_residual_mix_is_kept_apart_on_any_basis() {
    for basis in ["direct", "lifecycle"] {
        let cli = Cli::new().await;
        let file = cli.file("mix.csv", TABLE.as_bytes());
        let line = import(&file, &format!("--kind residual --zone-column country --basis {basis}"));
        let told = cli.ok(&line).await;
        assert!(
            told.starts_with("2 values written, 0 unchanged, 1 rows without a value\n1 values"),
            "{told}"
        );
        let again = cli.ok(&line).await;
        assert!(again.starts_with("0 values written, 3 unchanged, 1 rows without a value\n"), "{again}");
        let apart = cli.ok("factors quarantine").await;
        assert!(apart.contains("residual NO zero_for_no_data: 1 values from 2024-01-01T00:00Z"), "{apart}");
        assert!(apart.contains("sources of residual mixes write zero for no data"), "{apart}");
        let refused = cli.fails("factors release 1 --by somebody --note sure").await;
        assert!(refused.contains("is never released"), "{refused}");
        let stored =
            "SELECT sum(intensity_ug_per_kwh)::bigint FROM grid_factor JOIN factor_set USING (factor_set_id)
             WHERE factor_kind = 'residual' AND resolution = 'year' AND valid_to = '2025-01-01T00:00:00Z'";
        assert_eq!(cli.number(stored).await, 741_250_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_residual_mix_is_compared_with_no_average_and_no_ladder_sees_it() {
    let cli = Cli::new().await;
    cli.ok("db migrate").await;
    let hour: DateTime<Utc> = "2024-06-01T12:00:00Z".parse().unwrap();
    let period = Period::new(hour, hour + TimeDelta::hours(1)).unwrap();
    let zones = ["DE".to_owned()];
    let (basis, perimeter) = (Basis::Lifecycle, Perimeter::Consumption);
    let found = async || {
        let ladder = Ladder::load(&cli.pool, &zones, basis, perimeter, period).await.unwrap();
        ladder.at("DE", hour).map(|found| found.intensity.micrograms_per_kwh())
    };
    // A year of hours four times the yearly average: of an average it would be kept apart.
    let years = "year,g\n2024,400\n";
    let average = "--set average --source A_source --licence CC0 --attribution A_source --release 1 --perimeter \
                   consumption --basis lifecycle --zone DE --value-column g";
    let file = cli.file("average.csv", years.as_bytes());
    cli.ok(&format!("import factors {file} {average} --time-column year")).await;
    let before = found().await;
    assert!(before.is_some());
    let mut hours = "t,residual\n".to_owned();
    let beginning: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    for index in 0..8_784 {
        hours += &format!("{},1600\n", (beginning + TimeDelta::hours(index)).to_rfc3339());
    }
    let file = cli.file("hours.csv", hours.as_bytes());
    let line = import(&file, "--basis lifecycle --zone DE").replace("--time-column year", "--time-column t");
    let told = cli.ok(&format!("{line} --kind residual")).await;
    assert_eq!(told, "8784 values written, 0 unchanged, 0 rows without a value\n");
    assert_eq!(found().await, before, "averages are read as if it were not there");
    let as_average = line.replace("--set residual", "--set other");
    assert!(cli.ok(&as_average).await.starts_with("0 values written"), "an average is kept apart");
    // A set keeps its kind.
    let other = cli.fails(&line).await;
    assert!(other.contains("a set named 'residual' is there with another"), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn marginal_intensities_and_residual_mixes_without_columns_are_refused() {
    let cli = Cli::new().await;
    let file = cli.file("mix.csv", TABLE.as_bytes());
    let marginal = cli.fails(&import(&file, "--kind marginal --zone-column country --basis direct")).await;
    assert!(marginal.contains("marginal intensities say") && marginal.contains("average"), "{marginal}");
    let bare = format!("import factors {file} --set residual --release 2024 --basis direct --kind residual");
    assert!(cli.fails(&bare).await.contains("--value-column"));
    for (more, says) in [
        ("--kind residual --basis direct", "--zone"),
        ("--kind residual --basis direct --zone DE --zone-column country", "cannot be used with"),
        ("--kind something --basis direct --zone DE", "average, residual, marginal"),
    ] {
        let line = import(&file, more);
        let ended = cli.run(&super::words(&line)).await;
        assert!(ended.code == Some(2) && ended.err.contains(says), "{more}: {ended:?}");
    }
    let unknown = cli.file("unknown.csv", TABLE.replace("FR", "FRAN").as_bytes());
    let said = cli.fails(&import(&unknown, "--kind residual --zone-column country --basis direct")).await;
    assert!(said.contains("there is no zone 'FRAN'"), "{said}");
    let twice = cli.file("twice.csv", TABLE.replace("FR", "DEU").as_bytes());
    let said = cli.fails(&import(&twice, "--kind residual --zone-column country --basis direct")).await;
    assert!(said.contains("the zone DE has two values that begin at 2024-01-01T00:00Z"), "{said}");
    assert_eq!(cli.number("SELECT count(*) FROM factor_set WHERE set_key = 'residual'").await, 0);
}
