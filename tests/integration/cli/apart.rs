//! Training, compute, water and embodied carbon from the command line.

use super::{Cli, words};

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_apart_is_declared_by_command_as_by_the_api() {
    let cli = Cli::new().await;
    cli.provider().await;
    let training = "model training m-1 --provider acme --energy-mwh 1287.0 --compute-flops 3.10e23 \
                    --emissions-kg 552100.5 --emissions-basis Location-based --from 2024-03-01 --to 2024-06-01 \
                    --zone DEU --evidence measured --method Meters. --lifetime-tasks 40000000000";
    assert_eq!(cli.ok(training).await, "training of model 'm-1' declared\n");
    assert!(cli.ok(training).await.contains("nothing changed"));
    cli.ok(&format!("{training} --public")).await;
    let stored = "SELECT count(*) FROM model_training WHERE energy_mwh_digits = 12870 AND energy_mwh_exponent = -1 \
                  AND compute_digits = 310 AND compute_exponent = 21 AND emissions_mg = 552100500000 \
                  AND zone_key = 'DE' AND is_public = (revision = 2)";
    assert_eq!(cli.number(stored).await, 2);
    let reasons = "model training m-1 --provider acme --energy-not-available-reason Secret. \
                   --compute-not-available-reason Secret. --from 2024-03-01 --to 2024-06-01";
    cli.ok(reasons).await;
    assert_eq!(
        cli.number("SELECT count(*) FROM model_training WHERE num_nonnulls(evidence, method) = 0").await,
        1
    );

    let compute = "model inference-compute m-1 --provider acme --task-type chat --hardware H100 \
                   --compute-flops 1.4e15";
    assert_eq!(cli.ok(compute).await, "compute of a chat task of model 'm-1' declared\n");
    assert!(cli.ok(compute).await.contains("nothing changed"));

    let wue = "site declare s-1 --provider acme --factor wue --value 1.8 --from 2025-01-01 --to 2028-01-01";
    cli.ok(&format!("{wue} --definition other --definition-text Handbook")).await;
    cli.ok(&format!("{wue} --definition eu_c_2026_3472")).await;
    let stored = "SELECT count(*) FROM site_wue WHERE definition IN ('other', 'eu_c_2026_3472')";
    assert_eq!(cli.number(stored).await, 2);

    let embodied = "site embodied s-1 --provider acme --accelerator H100 --embodied-kg 164.5 \
                    --lifetime-hours 43800 --includes Server --source Study";
    assert_eq!(cli.ok(embodied).await, "embodied carbon of H100 at site 's-1' declared\n");
    assert!(cli.ok(embodied).await.contains("nothing changed"));
    assert_eq!(cli.number("SELECT embodied_mg FROM site_embodied").await, 164_500_000);

    let factor = "water-factor tell DEU --provider acme --litres-per-kwh 1.90 --from 2025-01-01 --to 2026-01-01 \
                  --source Study --licence CC0-1.0";
    assert_eq!(cli.ok(factor).await, "water factor of zone DE declared\n");
    assert!(cli.ok(factor).await.contains("nothing changed"));
    assert_eq!(
        cli.ok("water-factor list --provider acme").await,
        "zone\trevision\tfrom\tto\tL/kWh\tsource\tlicence\n\
         DE\t1\t2025-01-01\t2026-01-01\t1.9\tStudy\tCC0-1.0\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_in_plain_words() {
    let cli = Cli::new().await;
    cli.provider().await;
    let days = "--from 2024-03-01 --to 2024-06-01";
    let known = "--evidence measured --method Meters.";
    let none = "--compute-not-available-reason Secret.";
    let wue = "site declare s-1 --provider acme --value 1.8 --from 2025-01-01 --to 2028-01-01 --factor";
    let embodied = "site embodied s-1 --provider acme --accelerator H100 --lifetime-hours 5 --source Study";
    let factor = "--provider acme --from 2025-01-01 --to 2026-01-01 --licence CC0";
    for (line, says) in [
        (format!("model training m-1 --provider acme --energy-mwh 5 {none} {known} {days}"), "send \"5.0\""),
        (
            format!("model training m-1 --provider acme --energy-mwh 0 {none} {known} {days}"),
            "--energy-mwh is zero",
        ),
        (
            format!("model training m-1 --provider acme --energy-mwh 12 {none} {known} {days} --zone SE-SE7"),
            "SE-SE1",
        ),
        (
            format!("model training nothing --provider acme --energy-mwh 12 {none} {known} {days}"),
            "no model 'nothing'",
        ),
        (
            "model inference-compute m-1 --provider acme --task-type chat --hardware H --compute-flops 4e9"
                .to_owned(),
            "--compute-flops has fewer than 2 significant figures",
        ),
        (format!("{wue} pue --definition other"), "belong to --factor wue"),
        (format!("{wue} wue --definition other"), "--definition-text"),
        (format!("{wue} wue --definition-text x"), "--definition other alone"),
        (format!("{embodied} --embodied-kg 0 --includes x"), "--embodied-kg must be above 0"),
        (format!("{embodied} --embodied-kg 1 --includes {}", "x".repeat(501)), "--includes must be a text"),
        (
            format!("water-factor tell DE {factor} --litres-per-kwh 101 --source x"),
            "--litres-per-kwh is out of range",
        ),
        (format!("water-factor tell XQ {factor} --litres-per-kwh 1 --source x"), "there is no zone 'XQ'"),
    ] {
        let said = cli.fails(&line).await;
        assert!(said.contains(says), "{line}: {said}");
    }
    for line in [
        format!("model training m-1 --provider acme --energy-mwh 12 {none} {days}"),
        format!("model training m-1 --provider acme --energy-mwh 12 {known} {days}"),
        format!("model training m-1 --provider acme --energy-mwh 12 {none} {known} {days} --emissions-kg 5"),
        format!(
            "model training m-1 --provider acme --energy-mwh 12 {none} {known} {days} \
             --energy-not-available-reason x"
        ),
        format!("{wue} wue --definition iso"),
    ] {
        assert_eq!(cli.run(&words(&line)).await.code, Some(2), "{line}");
    }
    for table in ["model_training", "model_inference_compute", "site_wue", "site_embodied", "water_factor"] {
        assert_eq!(cli.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
}
