//! Real windows: 3.8·10⁹ requests of a provider's own service, as ServeGen publishes them
//! (`shared/fixtures/SOURCES.md`).

use crate::records::gzip;
use crate::support::{Provider, TestApp, answer, counts, fixture};
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use taskwatt::db::registry::{self, NewModel};
use taskwatt::domain::names::Name;

/// The recording has no date; its seconds are counted from here.
const FIRST_DAY: u64 = 1;

/// Energy of one request in microjoules by model: made up, exact, and with digits down to the last.
const MODELS: [(&str, i64); 5] = [
    ("m-small", 52_000_001),
    ("m-mid", 361_000_013),
    ("m-large", 1_447_000_177),
    ("deepseek-r1", 9_011_000_003),
    ("mm-image", 748_300_037),
];

/// Requests and energy by model and hour.
type Hours = BTreeMap<(String, String), (i64, i128)>;

/// The windows as NDJSON, and what a straight loop over the file adds up.
fn read(text: &str) -> (String, Hours) {
    let (mut body, mut hours) = (String::new(), Hours::new());
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [category, model, client, start, requests, ..] = cells[..] else { panic!("{line}") };
        let (start, requests): (u64, i64) = (start.parse().unwrap(), requests.parse().unwrap());
        let task_type = match category {
            "language" => "chat",
            "reason" => "reasoning",
            "multimodal" => "image_understanding",
            other => panic!("{other}"),
        };
        let (_, each) = MODELS.iter().find(|(name, _)| *name == model).unwrap();
        let energy = each * requests;
        let at = |second: u64| {
            let (day, second) = (FIRST_DAY + second / 86_400, second % 86_400);
            format!("2025-09-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
        };
        writeln!(
            body,
            "{{\"id\":\"servegen/{category}/{model}/{client}/{start}\",\"service\":\"chat\",\
             \"model\":\"{model}\",\"site\":\"s-1\",\"task_type\":\"{task_type}\",\"from\":\"{}\",\
             \"to\":\"{}\",\"tasks_completed\":{requests},\"boundary\":\"server\",\
             \"evidence\":\"modelled\",\"energy_j\":{}.{:06}}}",
            at(start),
            at(start + 600),
            energy / 1_000_000,
            energy % 1_000_000,
        )
        .unwrap();
        let hour = at(start - start % 3600);
        let sums = hours.entry((model.to_owned(), hour)).or_default();
        sums.0 += requests;
        sums.1 += i128::from(energy);
    }
    (body, hours)
}

async fn totals(provider: &Provider<'_>) -> Hours {
    let rows: Vec<(String, String, i64, String)> = sqlx::query_as(
        "SELECT model_key, to_char(hour, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), sum(tasks_completed)::bigint,
            sum(energy_uj)::text
         FROM total_hour JOIN record_group USING (provider_id, group_id) JOIN model USING (provider_id, model_id)
         WHERE provider_id = $1 GROUP BY 1, 2",
    )
    .bind(provider.id.get())
    .fetch_all(&provider.app.pool)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(model, hour, requests, energy)| ((model, hour), (requests, energy.parse().unwrap())))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_windows_of_a_real_service_add_up_to_the_last_microjoule() {
    let Some(path) = fixture("usage/servegen_client_windows.csv.gz") else { return };
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let (body, expected) = read(&text);
    let requests: i64 = expected.values().map(|(requests, _)| requests).sum();
    assert_eq!(requests, 3_824_907_861, "the fixture is the one that this test knows");
    let app = TestApp::start().await;
    let provider = app.provider("servegen").await;
    for (model, _) in MODELS {
        let key = Name::parse(model).unwrap();
        let new = NewModel { key: &key, name: model, version: None, released_on: None };
        registry::insert_model(&app.pool, provider.id, new, crate::support::now()).await.unwrap();
    }
    let packed = gzip(body.as_bytes());
    let sent = provider.post_body("/v1/windows", "application/x-ndjson", body).send().await.unwrap();
    let (status, first) = answer(sent).await;
    assert_eq!((status, counts(&first)), (200, [251_524, 0, 0, 0]), "{first}");
    assert!(totals(&provider).await == expected, "the totals are not what the file adds up to");
    let again = provider.post_body("/v1/windows", "application/x-ndjson", packed);
    let (status, second) = answer(again.header("content-encoding", "gzip").send().await.unwrap()).await;
    assert_eq!((status, counts(&second)), (200, [0, 251_524, 0, 0]), "{second}");
    assert_eq!(first["digest"], second["digest"], "the receipts vouch for the same");
    assert!(totals(&provider).await == expected, "sending again changed the totals");
    app.assert_totals().await;
}
