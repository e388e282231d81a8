//! `GET /v1/totals`: sums that are those of the posted records, in every window and grouping, a page at a time.

use crate::support::{Provider, TestApp, answer, assert_same_rows, record, record_with_all};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: [&str; 9] =
    ["service", "model", "site", "task_type", "boundary", "evidence", "accelerator", "place", "counted_from"];
const SUMS: [&str; 12] = [
    "tasks_completed",
    "tasks_failed",
    "tasks_cancelled",
    "energy_uj",
    "energy_sq_uj2",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "accelerator_us",
    "output_tokens_energy_uj",
    "tasks_without_squares",
];
const PERIOD: &str = "from=2025-09-30&to=2025-11-02T06:00:00Z";

/// Different records over two months, in an order that is none.
fn records() -> Vec<Value> {
    let one = |number: u64| {
        let pick = |step: u64, words: &[&str]| words[(number / step) as usize % words.len()].to_owned();
        let hour = number * 7 % 800;
        let at =
            chrono::DateTime::from_timestamp(1_759_190_400 + hour as i64 * 3600 + number as i64, 0).unwrap();
        let microjoules = number.pow(5) * 1_000_003 % 3_600_000_000_000;
        let mut record = record_with_all(
            &format!("r-{number}"),
            &json!({
                "service": pick(1, &["chat", "code-help"]), "site": pick(2, &["s-1", "s-2"]),
                "task_type": pick(3, &["chat", "agent", "code"]), "boundary": pick(5, &["server", "facility"]),
                "evidence": pick(7, &["counter", "metered"]),
                "outcome": pick(1, &["completed", "completed", "completed", "failed", "cancelled"]),
                "started_at": at.to_rfc3339(),
                "energy_j": format!("{}.{:06}", microjoules / 1_000_000, microjoules % 1_000_000),
                "cached_tokens": number % 90, "accelerator_seconds": number % 11, "images": number % 3,
                "steps": [{"kind": pick(2, &["tool", "generation"]), "energy_j": microjoules / 2_000_000}],
            }),
        );
        let fields = record.as_object_mut().unwrap();
        fields.remove("energy_wh");
        if number.is_multiple_of(4) {
            fields.remove("output_tokens");
        } else {
            fields.insert("reasoning_tokens".to_owned(), json!(number % 50));
        }
        if number.is_multiple_of(3) {
            fields.insert("accelerator".to_owned(), json!("H100"));
            fields.insert("place".to_owned(), json!("cloud"));
        }
        record
    };
    (0..300).map(one).collect()
}

async fn with_records<'a>(app: &'a TestApp, key: &str) -> (Provider<'a>, Vec<Value>) {
    let provider = app.provider(key).await;
    provider.service("code-help").await;
    provider.site("s-2", "FR").await;
    let records = records();
    let (status, receipt) = provider.post_records(&json!(records)).await;
    assert_eq!(status, 200, "{receipt}");
    (provider, records)
}

fn microjoules(record: &Value) -> u128 {
    record["energy_j"].as_str().unwrap().replace('.', "").parse().unwrap()
}

/// The rows that these records must give, added up here: by window and group, the sums of [`SUMS`].
fn expected(records: &[Value], window: &str, group_by: &[&str]) -> BTreeMap<Vec<String>, [u128; 12]> {
    let mut rows = BTreeMap::<Vec<String>, [u128; 12]>::new();
    for record in records {
        let at = record["started_at"].as_str().unwrap();
        if at >= "2025-11-02T06" {
            continue;
        }
        // The period begins and ends within windows, and rows say so.
        let from = match window {
            "hour" => format!("{}:00:00Z", &at[..13]),
            "day" => format!("{}T00:00:00Z", &at[..10]),
            _ if &at[..7] == "2025-09" => "2025-09-30T00:00:00Z".to_owned(),
            _ => format!("{}-01T00:00:00Z", &at[..7]),
        };
        let value = |column: &str| match column {
            "accelerator" => record[column].as_str().unwrap_or("").to_owned(),
            "place" => record[column].as_str().unwrap_or("unstated").to_owned(),
            "counted_from" => "records".to_owned(),
            _ => record[column].as_str().unwrap().to_owned(),
        };
        let key = [from].into_iter().chain(group_by.iter().map(|column| value(column))).collect();
        let number = |field: &str| u128::from(record[field].as_u64().unwrap_or(0));
        let energy = microjoules(record);
        let outcome = |word: &str| u128::from(record["outcome"] == word);
        let output_energy = if record["output_tokens"].is_null() { 0 } else { energy };
        let row = rows.entry(key).or_default();
        let sums = [
            outcome("completed"),
            outcome("failed"),
            outcome("cancelled"),
            energy,
            energy * energy,
            number("input_tokens"),
            number("output_tokens"),
            number("cached_tokens"),
            number("reasoning_tokens"),
            number("accelerator_seconds") * 1_000_000,
            output_energy,
            0,
        ];
        for (sum, more) in row.iter_mut().zip(sums) {
            *sum += more;
        }
    }
    rows
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What an answer holds, in the form of [`expected`]; rows must be in order.
fn read(rows: &[Value], group_by: &[&str]) -> BTreeMap<Vec<String>, [u128; 12]> {
    let key = |row: &Value| -> Vec<String> {
        ["window_from"].iter().chain(group_by).map(|column| text(&row[*column])).collect()
    };
    assert!(rows.is_sorted_by_key(key), "{rows:?}");
    let read: BTreeMap<_, _> =
        rows.iter().map(|row| (key(row), SUMS.map(|sum| text(&row[sum]).parse().unwrap()))).collect();
    assert_eq!(read.len(), rows.len(), "no row stands twice");
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_are_the_sums_of_the_records_in_every_window_and_grouping() {
    let app = TestApp::start().await;
    let (provider, records) = with_records(&app, "acme").await;
    let mut groupings: Vec<Vec<&str>> = COLUMNS.iter().map(|column| vec![*column]).collect();
    groupings.extend([vec![], COLUMNS.to_vec(), vec!["service", "site", "boundary"]]);
    for window in ["hour", "day", "month"] {
        for group_by in &groupings {
            let mut path = format!("/v1/totals?{PERIOD}&window={window}");
            if !group_by.is_empty() {
                // The order in which they are named does not matter.
                let reversed: Vec<&str> = group_by.iter().rev().copied().collect();
                path += &format!("&group_by={}", reversed.join(","));
            }
            let (status, body) = provider.get_json(&path).await;
            assert_eq!(status, 200, "{path}: {body}");
            assert_eq!(body["group_by"], json!(group_by), "{path}");
            assert!(body.get("next").is_none(), "{path}");
            let rows = body["rows"].as_array().unwrap();
            assert_eq!(read(rows, group_by), expected(&records, window, group_by), "{path}");
            for column in COLUMNS.iter().filter(|column| !group_by.contains(column)) {
                assert!(rows.iter().all(|row| row.get(column).is_none()), "{path}: {column}");
            }
            assert_same_rows(rows, &provider.get_csv(&format!("{path}&format=csv")).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_leave_what_they_name_and_windows_end_with_the_period() {
    let app = TestApp::start().await;
    let (provider, records) = with_records(&app, "acme").await;
    for (field, value) in [("service", "chat"), ("model", "m-1"), ("site", "s-2"), ("task_type", "agent")] {
        let of: Vec<Value> = records.iter().filter(|record| record[field] == value).cloned().collect();
        let (_, body) = provider.get_json(&format!("/v1/totals?{PERIOD}&window=month&{field}={value}")).await;
        assert_eq!(read(body["rows"].as_array().unwrap(), &[]), expected(&of, "month", &[]), "{field}");
    }
    let (_, body) = provider.get_json(&format!("/v1/totals?{PERIOD}&window=month")).await;
    let ends: Vec<String> =
        body["rows"].as_array().unwrap().iter().map(|row| text(&row["window_to"])).collect();
    assert_eq!(ends, ["2025-10-01T00:00:00Z", "2025-11-01T00:00:00Z", "2025-11-02T06:00:00Z"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_and_units_are_the_sums_of_their_records() {
    let app = TestApp::start().await;
    let (provider, records) = with_records(&app, "acme").await;
    let (_, body) =
        provider.get_json(&format!("/v1/totals/stages?{PERIOD}&window=month&group_by=service")).await;
    let of_period =
        || records.iter().filter(|record| record["started_at"].as_str().unwrap() < "2025-11-02T06");
    let rows = body["rows"].as_array().unwrap();
    for (service, kind) in [("chat", "tool"), ("chat", "generation"), ("code-help", "tool")] {
        let step = |record: &&Value| record["service"] == service && record["steps"][0]["kind"] == kind;
        let energy: u64 =
            of_period().filter(step).map(|record| record["steps"][0]["energy_j"].as_u64().unwrap()).sum();
        let found = rows.iter().filter(|row| row["service"] == service && row["step_kind"] == kind);
        let sum = |name: &str| found.clone().map(|row| text(&row[name]).parse::<u64>().unwrap()).sum::<u64>();
        assert_eq!(sum("energy_uj"), energy * 1_000_000, "{service} {kind}");
        assert_eq!(sum("steps"), of_period().filter(step).count() as u64, "{service} {kind}");
    }
    let path = format!("/v1/totals/units?{PERIOD}&window=day");
    let (_, body) = provider.get_json(&path).await;
    let rows = body["rows"].as_array().unwrap();
    let amount: u64 = rows.iter().map(|row| text(&row["amount"]).parse::<u64>().unwrap()).sum();
    let images: u64 = of_period().map(|record| record["images"].as_u64().unwrap()).sum();
    assert_eq!(amount, images);
    assert!(rows.iter().all(|row| row["natural_unit"] == "images"));
    assert_same_rows(rows, &provider.get_csv(&format!("{path}&format=csv")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_beyond_64_bits_are_exact() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let largest = |id: &str| {
        let mut record = record_with_all(id, &json!({"energy_j": "9223372036854.775807"}));
        record.as_object_mut().unwrap().remove("energy_wh");
        record
    };
    provider.post_records(&json!([largest("a"), largest("b"), largest("c")])).await;
    let (_, body) = provider.get_json(&format!("/v1/totals?{PERIOD}&window=day")).await;
    let row = &body["rows"][0];
    assert_eq!(row["energy_uj"], "27670116110564327421");
    // 3 · (2⁶³ − 1)²
    assert_eq!(row["energy_sq_uj2"], "255211775190703847542190723352697503747");
    // 27670116110564327421 / 3.6·10⁹, with 12 decimals half to even.
    assert_eq!(row["energy_wh"], "7686143364.045646505833");
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_are_counted_apart_from_records() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.post_records(&json!([record("r-1")])).await;
    let window = json!([{
        "id": "w-1", "service": "chat", "model": "m-1", "task_type": "code", "site": "s-1",
        "from": "2025-10-01T12:00:00Z", "to": "2025-10-01T13:00:00Z", "boundary": "server",
        "evidence": "counter", "energy_wh": 2, "tasks_completed": 9, "tasks_failed": 1,
    }]);
    let response = provider.post("/v1/windows").json(&window).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let path = format!("/v1/totals?{PERIOD}&window=hour&group_by=counted_from");
    let (_, body) = provider.get_json(&path).await;
    let brief: Vec<_> = body["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            json!([
                row["counted_from"],
                row["tasks_completed"],
                row["energy_wh"],
                row["tasks_without_squares"],
                row["tasks_without_histogram"]
            ])
        })
        .collect();
    assert_eq!(json!(brief), json!([["records", 1, "0.25", 0, 0], ["windows", 9, "2", 10, 9]]));
}

/// Follows the header `Link` from a path to the last page; calls `between` after every page.
async fn walk(provider: &Provider<'_>, path: &str, between: impl AsyncFn(usize)) -> Vec<Value> {
    let (mut path, mut rows) = (path.to_owned(), Vec::new());
    for page in 0.. {
        let response = provider.get(&path).await;
        let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let (status, body) = answer(response).await;
        assert_eq!(status, 200, "{path}: {body}");
        assert_eq!(link.is_some(), body.get("next").is_some());
        rows.extend(body["rows"].as_array().unwrap().iter().cloned());
        between(page).await;
        let Some(link) = link else { break };
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
        assert!(path.contains(body["next"].as_str().unwrap()));
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_row_exactly_once_while_records_come_in() {
    let app = TestApp::start().await;
    let (provider, records) = with_records(&app, "acme").await;
    let group_by = ["service", "site", "task_type", "accelerator"];
    let path = format!("/v1/totals?{PERIOD}&window=day&group_by={}&limit=7", group_by.join(","));
    let keys = |rows: &[Value]| -> Vec<Vec<String>> {
        rows.iter()
            .map(|row| ["window_from"].iter().chain(&group_by).map(|key| text(&row[*key])).collect())
            .collect()
    };
    // New rows before, within and after the page that comes next, and more in rows that are there.
    let rows = walk(&provider, &path, async |page| {
        let one = |index: usize, task_type: &str| {
            let day = (page * 5 + index * 3) % 28 + 1;
            let at = format!("2025-10-{day:02}T12:30:00Z");
            let id = format!("new-{page}-{index}");
            record_with_all(&id, &json!({"started_at": at, "task_type": task_type, "accelerator": "B200"}))
        };
        let more: Vec<Value> = (0..6).map(|index| one(index, ["chat", "ocr"][index % 2])).collect();
        assert_eq!(provider.post_records(&json!(more)).await.0, 200);
    })
    .await;
    let seen = keys(&rows);
    let distinct: BTreeSet<_> = seen.iter().cloned().collect();
    assert_eq!(distinct.len(), seen.len(), "no row stands on two pages");
    let before: BTreeSet<_> = expected(&records, "day", &group_by).into_keys().collect();
    assert!(distinct.is_superset(&before), "{:?}", before.difference(&distinct));
    assert!(seen.is_sorted());
    // A page of one row, without anything new, is the same as all at once.
    let month = format!("/v1/totals?{PERIOD}&window=month&group_by=site,task_type");
    let one_by_one = walk(&provider, &format!("{month}&limit=1"), async |_| ()).await;
    assert_eq!(json!(one_by_one), provider.get_json(&month).await.1["rows"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_is_walked_by_its_link_alone() {
    let app = TestApp::start().await;
    let (provider, _) = with_records(&app, "acme").await;
    let path = format!("/v1/totals?{PERIOD}&window=hour&group_by=service,boundary");
    let (_, body) = provider.get_json(&path).await;
    let (mut next, mut rows) = (Some(format!("{path}&limit=50&format=csv")), Vec::new());
    while let Some(path) = next {
        let response = provider.get(&path).await;
        let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        next = link.map(|link| link[1..link.find('>').unwrap()].to_owned());
        let text = response.text().await.unwrap();
        let page: Vec<_> =
            csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect();
        assert!(page.len() <= 50);
        rows.extend(page);
    }
    assert_same_rows(body["rows"].as_array().unwrap(), &rows);
    // The header asks for it as well as the address, and a table without rows has its header.
    let empty = "/v1/totals?from=2024-01-01&to=2024-01-02&window=hour&group_by=site";
    let request = app.http.get(format!("{}{empty}", app.url)).bearer_auth(&provider.secret);
    let response = request.header("accept", "text/csv").send().await.unwrap();
    assert_eq!(response.headers()["vary"], "Accept");
    let text = response.text().await.unwrap();
    assert!(text.starts_with("window_from,window_to,site,tasks_completed,"), "{text}");
    assert_eq!(text.lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_provider_sees_nothing_and_its_cursor_shows_nothing() {
    let app = TestApp::start().await;
    let (acme, _) = with_records(&app, "acme").await;
    let rival = app.provider("rival").await;
    let path = format!("/v1/totals?{PERIOD}&window=hour&limit=1");
    let (_, body) = acme.get_json(&path).await;
    let path = format!("{path}&cursor={}", body["next"].as_str().unwrap());
    for path in [path, format!("/v1/totals?{PERIOD}&window=hour&service=chat")] {
        let (status, body) = rival.get_json(&path).await;
        assert_eq!((status, &body["rows"]), (200, &json!([])), "{path}");
    }
    // A service of somebody else is none of theirs.
    let (status, body) = rival.get_json(&format!("/v1/totals?{PERIOD}&window=hour&service=code-help")).await;
    assert_eq!((status, &body["errors"][0]["code"]), (422, &json!("unknown-service")));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_faulty_parameter_is_pointed_at() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let good = format!("{PERIOD}&window=day");
    let cursor = "bm9uZQ";
    for (query, pointer, code) in [
        ("to=2025-11-01&window=day", "/from", "missing-field"),
        ("from=2025-10-01&window=day", "/to", "missing-field"),
        (PERIOD, "/window", "missing-field"),
        ("from=2025-10-01T00:30:00Z&to=2025-11-01&window=day", "/from", "period-invalid"),
        ("from=2025-10-01T00:00:00&to=2025-11-01&window=day", "/from", "period-invalid"),
        ("from=2025-10-01&to=2025-10-01&window=day", "/to", "period-invalid"),
        ("from=2024-01-01&to=2025-01-02&window=hour", "/to", "period-invalid"),
        ("from=2010-01-01&to=2025-01-02&window=month", "/to", "period-invalid"),
        ("from=-9000-01-01&to=-9000-01-02&window=month", "/from", "out-of-range"),
        (&format!("{PERIOD}&window=week"), "/window", "unknown-word"),
        (&format!("{good}&group_by=colour"), "/group_by", "unknown-word"),
        (&format!("{good}&group_by=site,site"), "/group_by", "unknown-word"),
        (&format!("{good}&group_by="), "/group_by", "unknown-word"),
        (&format!("{good}&service=Chat"), "/service", "invalid-name"),
        (&format!("{good}&service=chatt"), "/service", "unknown-service"),
        (&format!("{good}&model=m-2"), "/model", "unknown-model"),
        (&format!("{good}&site=s-9"), "/site", "unknown-site"),
        (&format!("{good}&site=%00"), "/site", "invalid-name"),
        (&format!("{good}&task_type=talk"), "/task_type", "unknown-word"),
        (&format!("{good}&limit=0"), "/limit", "out-of-range"),
        (&format!("{good}&limit=10001"), "/limit", "out-of-range"),
        (&format!("{good}&limit=ten"), "/limit", "out-of-range"),
        (&format!("{good}&cursor={cursor}"), "/cursor", "invalid-cursor"),
        (&format!("{good}&format=xml"), "/format", "unknown-word"),
        (&format!("{good}&window=day"), "/window", "duplicate-field"),
        (&format!("{good}&offset=3"), "/offset", "unknown-field"),
    ] {
        let (status, body) = provider.get_json(&format!("/v1/totals?{query}")).await;
        let fault = &body["errors"][0];
        assert_eq!(
            (status, text(&fault["pointer"]).as_str(), text(&fault["code"]).as_str()),
            (422, pointer, code),
            "{query}: {body}"
        );
        assert_eq!(body["errors"].as_array().unwrap().len(), 1, "{query}: {body}");
    }
    let (_, body) = provider.get_json("/v1/totals?limit=x&offset=1").await;
    assert_eq!(body["errors_total"], 5, "all are told together: {body}");
    let longest = "from=2024-01-01&to=2025-01-01&window=hour";
    assert_eq!(provider.get_json(&format!("/v1/totals?{longest}")).await.0, 200);
}
