//! Keys and the registry from the command line.

use super::Cli;

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_made_listed_rotated_and_revoked() {
    let cli = Cli::new().await;
    cli.provider().await;
    let create = "key create --provider acme --label loader --scope read --scope records:write \
                  --expires-in 90d --requests-per-minute 600 --records-per-day 1000000";
    let key = cli.ok(create).await.trim().to_owned();
    assert!(key.starts_with("twk_") && key.len() == 68, "{key}");
    let other = cli.ok("key create --provider acme --scope registry:write").await.trim().to_owned();
    let limits = "SELECT count(*) FROM api_key WHERE requests_per_minute = 600 AND records_per_day = 1000000";
    assert_eq!(cli.number(limits).await, 1);
    let days = "SELECT extract(day FROM expires_at - created_at)::bigint FROM api_key WHERE label = 'loader'";
    assert_eq!(cli.number(days).await, 90);

    let rotated = cli.ok(&format!("key rotate {key} --overlap 24h")).await.trim().to_owned();
    assert_ne!(rotated, key);
    assert_eq!(cli.number(limits).await, 2);
    assert!(cli.fails(&format!("key rotate {key}")).await.contains("replaced"), "a key is replaced once");
    cli.ok(&format!("key revoke --provider acme {}", &other[..12])).await;
    assert!(cli.fails(&format!("key rotate {other}")).await.contains("revoked"));

    let list = cli.ok("key list --provider acme").await;
    let lines: Vec<Vec<&str>> = list.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0], ["start", "label", "scopes", "created", "expires", "last used", "revoked"]);
    let firsts: Vec<&str> = lines[1..].iter().map(|line| line[0]).collect();
    assert_eq!(firsts, [&key[..12], &other[..12], &rotated[..12]]);
    assert_eq!(lines[1][1..3], ["loader", "records:write,read"]);
    assert_eq!((lines[1][5], lines[1][6]), ("-", "-"));
    assert_ne!(lines[2][6], "-", "revoked");
    for secret in [&key, &other, &rotated] {
        assert!(!list.contains(&secret[12..]), "a key is shown once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_durations_that_cannot_be_are_refused() {
    let cli = Cli::new().await;
    cli.provider().await;
    for arguments in [
        "--expires-in soon",
        "--expires-in 90",
        "--requests-per-minute 0",
        "--records-per-day 0",
        "--records-per-day -1",
        "--scope everything",
    ] {
        let line = format!("key create --provider acme {arguments}");
        let ended = cli.run(&super::words(&line)).await;
        assert_eq!(ended.code, Some(2), "{line}: {ended:?}");
    }
    assert_eq!(cli.number("SELECT count(*) FROM api_key").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_by_command_is_stored_as_by_the_api() {
    let cli = Cli::new().await;
    cli.provider().await;
    let model = "model add m/2:fp8@x --provider acme --name Mixture --parameters-total 46700000000 \
                 --parameters-active 12900000000 --baseline m-1 --note Internal";
    assert_eq!(cli.ok(model).await, "model 'm/2:fp8@x' added\n");
    assert!(cli.fails(model).await.contains("is there already"));
    let unknown = "model add m-3 --provider acme --name M --baseline nothing";
    assert!(cli.fails(unknown).await.contains("--baseline"));
    let active = "model add m-3 --provider acme --name M --parameters-total 1 --parameters-active 2";
    assert!(cli.fails(active).await.contains("--parameters-active"));

    let coefficient = "model coefficient m-1 --provider acme --output-token-j 3.91 --boundary server \
                       --hardware H100 --batch-size 64 --source Bench --licence CC0-1.0 --from 2025-01-01 \
                       --to 2026-01-01";
    assert_eq!(cli.ok(coefficient).await, "energy per token of model 'm-1' declared\n");
    assert!(cli.ok(coefficient).await.contains("nothing changed"));
    assert_eq!(cli.number("SELECT output_token_nj FROM model_coefficient").await, 3_910_000_000);

    let input = "model coefficient m-1 --provider acme --input-token-j 0.002 --boundary server --hardware H100 \
                 --source Bench --licence CC0-1.0 --from 2025-01-01 --to 2026-01-01";
    assert_eq!(cli.ok(input).await, "energy per token of model 'm-1' declared\n");
    assert_eq!(cli.number("SELECT max(input_token_nj) FROM model_coefficient").await, 2_000_000);
    let nothing = input.replace("--input-token-j 0.002 ", "");
    assert_eq!(cli.run(&super::words(&nothing)).await.code, Some(2));
    let many = "model add m-3 --provider acme --name M --parameters-total 10000000000000001";
    assert_eq!(cli.run(&super::words(many)).await.code, Some(2));

    let class = "site declare s-1 --provider acme --factor metered_class --value 0.5 --from 2025-01-01 --to 2028-01-01";
    assert_eq!(cli.ok(class).await, "metered_class of site 's-1' declared\n");
    assert!(cli.ok(class).await.contains("nothing changed"));
    assert_eq!(cli.number("SELECT class_ppm FROM site_meter_class").await, 5_000);
    let wide = class.replace("0.5", "51");
    assert!(cli.fails(&wide).await.contains("--value must be from 0.1 to 50 per cent"));
    let wue = "site declare s-1 --provider acme --factor wue --value 1.8 --from 2025-01-01 --to 2028-01-01";
    assert_eq!(cli.ok(wue).await, "wue of site 's-1' declared\n");
    assert_eq!(cli.number("SELECT wue_ul_per_kwh FROM site_wue").await, 1_800_000);
    let low = "site declare s-1 --provider acme --factor pue --value 0.9 --from 2025-01-01 --to 2028-01-01";
    assert!(cli.fails(low).await.contains("--value must be from 1 to 10"));
    let empty = "site declare s-1 --provider acme --factor pue --value 1.2 --from 2025-01-01 --to 2025-01-01";
    assert!(cli.fails(empty).await.contains("--to"));
    let hardware = "site hardware s-1 --provider acme --accelerator H100 --accelerators 512 --from 2025-01-01 \
                    --to 2026-01-01";
    assert_eq!(cli.ok(hardware).await, "H100 of site 's-1' declared\n");

    let served = "service served chat --provider acme --month 2025-10 --tasks 123";
    assert_eq!(cli.ok(served).await, "tasks of service 'chat' in 2025-10 declared\n");
    assert!(cli.ok(served).await.contains("nothing changed"));
    assert!(
        cli.fails("service served chat --provider acme --month 9999-10 --tasks 1").await.contains("begun")
    );
    assert_eq!(cli.number("SELECT tasks FROM service_served").await, 123);
}
