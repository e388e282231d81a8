//! The difference between two versions of a disclosure, as the service and the command tell it.

use crate::cli::run;
use crate::disclosures::{built, fact, october, two_sites};
use crate::support::{TestApp, answer, database_url_of, make_schema, open_schema, record_with_all};
use serde_json::{Value, json};
use taskwatt::domain::terms::Scope;

/// One fact of a difference: all tasks, no part.
fn change<'a>(found: &'a Value, concept: &str) -> &'a Value {
    let of_all = |change: &&Value| {
        change["concept"] == concept
            && change["task_type"] == "all"
            && ["model", "month", "member"].iter().all(|name| change[*name].is_null())
    };
    found["facts"].as_array().unwrap().iter().find(of_all).unwrap_or_else(|| panic!("{concept}: {found}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_published_versions_are_compared_exactly_and_in_public() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let first = built(&provider, &october()).await;
    provider.publish(&october()).await;
    let more = record_with_all("more", &json!({"energy_wh": 9}));
    provider.post_records(&json!([more])).await;
    let second = built(&provider, &october()).await;
    let address = "/v1/disclosures/1/difference?from=1&to=2";
    // The second version is a draft, which its provider alone sees.
    assert_eq!(app.get(address).await.status(), 404);
    let rival = app.http.get(format!("{}{address}", app.url)).bearer_auth("twk_wrong");
    assert_eq!(answer(rival.send().await.unwrap()).await.1["code"], "key-invalid");
    let (status, draft) = provider.get_json(address).await;
    assert_eq!(status, 200, "{draft}");
    provider.publish(&october()).await;
    let found: Value = serde_json::from_str(&app.text(address).await).unwrap();
    assert_eq!(found["facts"], draft["facts"]);
    assert_eq!(
        (&found["number"], &found["from_version"], &found["to_version"]),
        (&json!(1), &json!(1), &json!(2))
    );

    let tasks = change(&found, "tasks_completed");
    assert_eq!((&tasks["change"], &tasks["absolute"]), (&json!("changed"), &json!("1")));
    assert_eq!(tasks["old"], fact(&first, "tasks_completed", "all", None));
    let mean = change(&found, "energy_per_task_mean");
    let (old, new) = (
        fact(&first, "energy_per_task_mean", "all", None),
        fact(&second, "energy_per_task_mean", "all", None),
    );
    assert_eq!((&mean["old"], &mean["new"], &mean["unit"]), (&json!(old), &json!(new), &json!("Wh")));
    let scaled = |text: &str| -> i128 { text.replace('.', "").parse().unwrap() };
    assert_eq!(scaled(mean["absolute"].as_str().unwrap()), scaled(new) - scaled(old));
    // Every fact of both is told of or counted.
    let old_ones = found["facts"].as_array().unwrap().iter().filter(|one| one["change"] != "added").count();
    let unchanged = usize::try_from(found["facts_unchanged"].as_u64().unwrap()).unwrap();
    assert_eq!(old_ones + unchanged, first["facts"].as_array().unwrap().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_versions_that_makes_no_sense_is_refused_by_name() {
    let app = TestApp::start().await;
    two_sites(&app).await.publish(&october()).await;
    for (query, status) in [
        ("from=1&to=1", 200),
        ("from=1", 422),
        ("from=0&to=1", 422),
        ("from=one&to=1", 422),
        ("from=1&to=2", 404),
        ("from=1&to=1&by=2", 422),
    ] {
        assert_eq!(
            app.get(&format!("/v1/disclosures/1/difference?{query}")).await.status(),
            status,
            "{query}"
        );
    }
    assert_eq!(app.get("/v1/disclosures/2/difference?from=1&to=1").await.status(), 404);
    // A key without the scope does not open what is public either: it is told what it lacks.
    let provider = app.provider("acme-2").await;
    let key = provider.key(&[Scope::RecordsWrite]).await;
    let request = app.http.get(format!("{}/v1/disclosures/1/difference?from=1&to=1", app.url));
    assert_eq!(request.bearer_auth(key).send().await.unwrap().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_tells_the_same_difference_to_people_and_to_programs() {
    let schema = make_schema().await;
    let app = TestApp::serve(open_schema(&schema).await).await;
    let provider = two_sites(&app).await;
    provider.publish(&october()).await;
    let more = record_with_all("more", &json!({"energy_wh": 9}));
    provider.post_records(&json!([more])).await;
    provider.publish(&october()).await;
    let database = database_url_of(&schema);
    let compare = ["disclosure", "difference", "1", "--from", "1", "--to", "2"];
    let told = run(&database, &compare).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(
        told.out.contains("tasks_completed (all): 3 -> 4 task (by 1, relative 0.333333333333)"),
        "{}",
        told.out
    );
    let as_json = run(&database, &[&compare[..], &["--format", "json"]].concat()).await;
    let found: Value = serde_json::from_str(&as_json.out).unwrap();
    let served = app.text("/v1/disclosures/1/difference?from=1&to=2").await;
    assert_eq!(found, serde_json::from_str::<Value>(&served).unwrap());
    let as_csv = run(&database, &[&compare[..], &["--format", "csv"]].concat()).await;
    let rows = csv::Reader::from_reader(as_csv.out.as_bytes()).into_records().count();
    let count = |list: &str| found[list].as_array().unwrap().len();
    assert_eq!(rows, count("facts") + count("members"));
    let missing = run(&database, &["disclosure", "difference", "1", "--from", "1", "--to", "7"]).await;
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("there is no disclosure 1, version 7"), "{missing:?}");
}
