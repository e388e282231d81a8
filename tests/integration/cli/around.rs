//! What stands around the figures, from the command line: the same as by the API.

use super::{Cli, lines};
use crate::support::record;
use serde_json::Value;

const BUILD: &str = "disclosure build --provider acme --service chat --from 2025-10-01 --to 2025-11-01 --public-url \
                     https://energy.example.org";

async fn document(cli: &Cli, version: i32) -> Value {
    let bytes: Vec<u8> = sqlx::query_scalar("SELECT document FROM disclosure WHERE version = $1")
        .bind(version)
        .fetch_one(&cli.pool)
        .await
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

async fn with_a_record() -> Cli {
    let cli = Cli::new().await;
    cli.provider().await;
    let file = cli.file("records.ndjson", lines(&[record("a")]).as_bytes());
    cli.ok(&format!("import records {file} --provider acme")).await;
    cli
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_added_and_changed_with_its_lei_and_role() {
    let cli = with_a_record().await;
    let wrong = "provider add other --name Other --lei 506700GE1G29325QX364";
    let ended = cli.run(&super::words(wrong)).await;
    assert!(ended.code == Some(2) && ended.err.contains("check digits"), "{ended:?}");
    cli.ok("provider add other --name Other --lei 506700GE1G29325QX363 --role modifier").await;
    let stored =
        "SELECT count(*) FROM provider WHERE lei = '506700GE1G29325QX363' AND provider_role = 'modifier'";
    assert_eq!(cli.number(stored).await, 1);

    let set = "provider set acme --lei 5493001KJTIIGC8Y1R12 --role provider --name Acme_plc";
    assert!(cli.ok(set).await.starts_with("provider 'acme' changed"));
    cli.ok(BUILD).await;
    let told = &document(&cli, 1).await["provider"];
    assert_eq!((&told["lei"], &told["role"]), (&"5493001KJTIIGC8Y1R12".into(), &"provider".into()));
    assert_eq!((&told["legal_name"], &told["contact"]), (&"Acme_plc".into(), &"energy@example.org".into()));
    assert!(cli.fails("provider set acme --lei 506700GE1G29325QX363 --clear lei").await.contains("--lei"));
    cli.ok("provider set acme --clear lei --clear contact").await;
    cli.ok(BUILD).await;
    let told = &document(&cli, 1).await["provider"];
    assert_eq!(
        (&told["lei"], &told["contact"], &told["role"]),
        (&Value::Null, &Value::Null, &"provider".into())
    );
    assert!(cli.fails("provider set nobody --role deployer").await.contains("there is no provider 'nobody'"));
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_boundary_and_exclusions_are_told_by_command() {
    let cli = with_a_record().await;
    let text = "service text chat --provider acme --field method --language de --text Zähler.";
    assert_eq!(cli.ok(text).await, "text 'method' of service 'chat' in de declared\n");
    assert!(cli.ok(text).await.contains("nothing changed"));
    cli.ok("service text chat --provider acme --field remarks --text Thanks.").await;
    cli.ok("service set chat --provider acme --retrieval-and-tools yes --user-device no").await;
    let served =
        "service served chat --provider acme --month 2025-10 --tasks 4 --exclude 3=Pilot --exclude Tests";
    cli.ok(served).await;
    assert!(cli.ok(served).await.contains("nothing changed"));
    cli.ok(BUILD).await;
    let told = document(&cli, 1).await;
    let expected = serde_json::json!([
        {"field": "method", "language": "de", "text": "Zähler."},
        {"field": "method", "language": "en", "text": "Counters."},
        {"field": "remarks", "language": "en", "text": "Thanks."},
    ]);
    assert_eq!(told["texts"], expected);
    assert_eq!(
        (&told["boundary"][6]["included"], &told["boundary"][7]["included"]),
        (&"yes".into(), &"no".into())
    );
    let expected = serde_json::json!([
        {"month": "2025-10", "what": "Pilot", "tasks": 3}, {"month": "2025-10", "what": "Tests"},
    ]);
    assert_eq!(told["exclusions"], expected);

    let withdraw = "service text chat --provider acme --field remarks --withdraw";
    assert_eq!(cli.ok(withdraw).await, "text 'remarks' of service 'chat' in en withdrawn\n");
    assert!(cli.fails(withdraw).await.contains("there is none to withdraw"));
    let added = "service add search --provider acme --name Search --user-device yes";
    assert_eq!(cli.ok(added).await, "service 'search' added\n");
    assert!(cli.fails(added).await.contains("is there already"));
    assert_eq!(cli.number("SELECT count(*) FROM service WHERE user_device = 'yes'").await, 1);
    let wrong = "service served chat --provider acme --month 2025-10 --tasks 4 --exclude 3=";
    assert!(cli.fails(wrong).await.contains("--exclude"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_and_a_reason_are_stated_when_a_version_is_built() {
    let cli = with_a_record().await;
    let wrong = format!("{BUILD} --verification third_party --verified-on 2025-12-01");
    let said = cli.fails(&wrong).await;
    assert!(said.contains("--verification-standard: ") && said.contains("--verifier: "), "{said}");
    assert!(cli.fails(&format!("{BUILD} --reason Late.")).await.contains("no earlier version is published"));
    let verified = format!(
        "{BUILD} --verification third_party --verification-standard ISO_14064-3 --verifier Auditors --verified-on \
         2025-12-01 --household-kwh 3500 --household-source Statistics"
    );
    cli.ok(&verified).await;
    let told = document(&cli, 1).await;
    assert_eq!(told["verification"]["verifier"], "Auditors");
    assert_eq!(told["equivalents"][0]["concept"], "energy_per_task_mean");
    cli.ok("disclosure publish 1 1").await;
    cli.ok(&format!("{BUILD} --reason Late.")).await;
    let told = document(&cli, 2).await;
    assert_eq!((&told["reason"], &told["history"][0]["version"]), (&"Late.".into(), &1.into()));
    assert_eq!(told["verification"]["kind"], "none");
}
