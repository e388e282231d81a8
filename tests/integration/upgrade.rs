//! A service of an earlier version is brought up to date with everything it holds.

use crate::support::{
    Provider, TestApp, counts, make_schema, ndjson_of, now, open_schema, record, record_with_all,
};
use serde_json::{Value, json};
use sqlx::migrate::Migrator;
use std::path::Path;
use taskwatt::db::Pool;
use taskwatt::domain::ids::ProviderId;
use taskwatt::domain::names::Slug;
use taskwatt::domain::record::KeySpace;
use taskwatt::domain::terms::Scope;
use taskwatt::domain::totals::Bucket;

/// Applies the migrations up to a number, as the version that ended there did.
async fn migrate_to(pool: &Pool, last: &str, count: usize) {
    let dir = std::env::temp_dir().join(format!("taskwatt-upgrade-{}-{count}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")).unwrap() {
        let file = file.unwrap();
        if file.file_name().to_string_lossy().as_ref() <= last {
            std::fs::copy(file.path(), dir.join(file.file_name())).unwrap();
        }
    }
    let migrator = Migrator::new(dir.as_path()).await.unwrap();
    assert_eq!(migrator.iter().count(), count);
    migrator.run(pool).await.unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
}

const PROVIDER: i32 = 1;

/// A provider `acme` with the service, model and sites that records name.
async fn fill_registry(pool: &Pool) {
    for statement in [
        "INSERT INTO provider (provider_key, legal_name, provider_kind, created_at)
         VALUES ('acme', 'acme Ltd', 'operator', '2025-01-01')",
        "INSERT INTO service (provider_id, service_key, name, created_at) VALUES (1, 'chat', 'Chat', '2025-01-01')",
        "INSERT INTO model (provider_id, model_key, name, created_at) VALUES (1, 'm-1', 'M', '2025-01-01')",
        "INSERT INTO zone (zone_key, name) VALUES ('DE', 'Germany')",
        "INSERT INTO site (provider_id, site_key, name, zone_key, created_at)
         VALUES (1, 's-1', 'S', 'DE', '2025-01-01')",
        "INSERT INTO record_group (provider_id, service_id, model_id, site_id, task_type, boundary, evidence)
         SELECT 1, 1, 1, 1, task_type, 'server', 'counter' FROM unnest(ARRAY['chat', 'code']) AS task_type",
    ] {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
}

/// What an earlier version took: every shape of record, in several months and hours.
fn records() -> Vec<Value> {
    let shapes = [
        json!({}),
        json!({"outcome": "failed", "input_tokens": null, "output_tokens": null}),
        json!({"outcome": "cancelled", "duration_ms": 1500.25, "cached_tokens": 100, "reasoning_tokens": 0}),
        json!({"energy_low_wh": 0.2, "energy_high_wh": "0.30000001", "duration_ms": 0}),
        json!({"steps": [{"kind": "generation", "energy_j": 300}, {"kind": "tool", "energy_j": "0.000001"}]}),
        json!({
            "energy_low_j": 0, "energy_high_j": 1000, "task_type": "code", "input_tokens": 1_000_000_000,
            "steps": [
                {"kind": "image_generation", "energy_j": 1}, {"kind": "tool", "energy_j": 2},
                {"kind": "tool", "energy_j": 3},
            ],
        }),
        json!({"steps": [], "energy_wh": 0, "task_type": "code"}),
    ];
    let starts = [
        "2025-08-31T23:59:59.999999Z",
        "2025-09-01T00:00:00Z",
        "2025-09-01T00:00:00.000001Z",
        "2025-12-31T23:30:00Z",
    ];
    let mut records = Vec::new();
    for (start_index, start) in starts.iter().enumerate() {
        for (shape_index, shape) in shapes.iter().enumerate() {
            let id = match shape_index % 2 {
                0 => format!("id {start_index} {shape_index}"),
                _ => format!("67e55044-10b1-426f-9247-00000000{start_index:02}{shape_index:02}"),
            };
            let mut record = record_with_all(&id, shape);
            record["started_at"] = json!(start);
            records.push(record);
        }
    }
    records
}

/// Stores a record as the earlier version did: its row and its part of every total.
async fn store_as_before(pool: &Pool, record: &Value) {
    let keys = KeySpace::of(&Slug::parse("acme").unwrap());
    let microjoules = |value: &Value, per_unit: i64| -> i64 {
        let digits: String = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let scaled: i64 = format!("{whole}{fraction:0<8}").parse().unwrap();
        scaled / 10_000 * (per_unit / 10_000) + scaled % 10_000 * (per_unit / 10_000) / 10_000
    };
    let wh_or_j = |name: &str| -> Option<i64> {
        let (wh, joules) = (&record[format!("{name}_wh")], &record[format!("{name}_j")]);
        if wh.is_null() {
            (!joules.is_null()).then(|| microjoules(joules, 1_000_000))
        } else {
            Some(microjoules(wh, 3_600_000_000))
        }
    };
    let energy = wh_or_j("energy").unwrap();
    let steps = record["steps"].as_array().filter(|steps| !steps.is_empty());
    let kinds: Option<Vec<String>> =
        steps.map(|steps| steps.iter().map(|step| step["kind"].as_str().unwrap().to_owned()).collect());
    let energies: Option<Vec<i64>> =
        steps.map(|steps| steps.iter().map(|step| microjoules(&step["energy_j"], 1_000_000)).collect());
    let duration_us = record["duration_ms"].as_f64().map(|milliseconds| (milliseconds * 1_000.0) as i64);
    sqlx::query("SELECT ensure_task_record_partition($1::timestamptz)")
        .bind(record["started_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap())
        .execute(pool)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO task_record (started_at, record_key, energy_uj, provider_id, group_id, outcome, received_at,
            duration_us, energy_low_uj, energy_high_uj, input_tokens, output_tokens, cached_tokens,
            reasoning_tokens, step_kinds, step_energies_uj)
         SELECT $1, $2, $3, 1, group_id, $5::task_outcome, '2026-01-01', $6, $7, $8, $9, $10, $11, $12,
            $13::text[]::step_kind[], $14
         FROM record_group WHERE task_type = $4",
    )
    .bind(record["started_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap())
    .bind(keys.key(record["id"].as_str().unwrap()))
    .bind(energy)
    .bind(record["task_type"].as_str().unwrap())
    .bind(record["outcome"].as_str().unwrap())
    .bind(duration_us)
    .bind(wh_or_j("energy_low"))
    .bind(wh_or_j("energy_high"))
    .bind(record["input_tokens"].as_i64())
    .bind(record["output_tokens"].as_i64())
    .bind(record["cached_tokens"].as_i64())
    .bind(record["reasoning_tokens"].as_i64())
    .bind(kinds)
    .bind(energies)
    .execute(pool)
    .await
    .unwrap();
    if record["outcome"] == "completed" {
        sqlx::query(
            "INSERT INTO histogram_day AS known (provider_id, group_id, day, bucket, tasks)
             SELECT 1, group_id, ($1 AT TIME ZONE 'UTC')::date, $2, 1 FROM record_group WHERE task_type = $3
             ON CONFLICT (provider_id, group_id, day, bucket) DO UPDATE SET tasks = known.tasks + 1",
        )
        .bind(record["started_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap())
        .bind(Bucket::of(energy).get())
        .bind(record["task_type"].as_str().unwrap())
        .execute(pool)
        .await
        .unwrap();
    }
}

/// The totals by hour of the earlier version.
async fn sum_up_as_before(pool: &Pool) {
    for statement in [
        "INSERT INTO total_hour
         SELECT provider_id, group_id, date_trunc('hour', started_at, 'UTC'),
            count(*) FILTER (WHERE outcome = 'completed'), count(*) FILTER (WHERE outcome = 'failed'),
            count(*) FILTER (WHERE outcome = 'cancelled'), sum(energy_uj), sum(energy_uj::numeric * energy_uj),
            coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
            coalesce(sum(energy_uj) FILTER (WHERE output_tokens IS NOT NULL), 0)
         FROM task_record GROUP BY 1, 2, 3",
        "INSERT INTO stage_hour
         SELECT provider_id, group_id, date_trunc('hour', started_at, 'UTC'), kind, count(*), sum(uj)
         FROM task_record, unnest(step_kinds, step_energies_uj) AS step (kind, uj) GROUP BY 1, 2, 3, 4",
    ] {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_version_stored_is_counted_and_known_as_before() {
    let schema = make_schema().await;
    let pool = open_schema(&schema).await;
    migrate_to(&pool, "0004_disclosures.sql", 4).await;
    fill_registry(&pool).await;
    let records = records();
    for record in &records {
        store_as_before(&pool, record).await;
    }
    sum_up_as_before(&pool).await;
    let sums = "SELECT sum(energy_uj)::text || ' ' || sum(energy_sq_uj2) || ' ' || sum(input_tokens) || ' '
        || sum(output_tokens_energy_uj) || ' ' || count(*) FROM total_hour";
    let before: String = sqlx::query_scalar(sums).fetch_one(&pool).await.unwrap();
    pool.close().await;

    let app = TestApp::serve(open_schema(&schema).await).await;
    let after: String = sqlx::query_scalar(sums).fetch_one(&app.pool).await.unwrap();
    assert_eq!(after, before);
    app.assert_totals().await;
    assert_eq!(app.count("task_record").await, records.len() as i64);
    let old = taskwatt::cli::key::make(
        &app.pool,
        ProviderId::from_db(PROVIDER),
        "new",
        &[Scope::RecordsWrite],
        now(),
    );
    let provider = Provider { app: &app, id: ProviderId::from_db(PROVIDER), secret: old.await.unwrap() };
    // Sent again, one by one and together, every record is known, to the last detail.
    for record in &records {
        let (status, receipt) = provider.post_records(&json!([record])).await;
        assert_eq!((status, counts(&receipt)), (200, [0, 1, 0, 0]), "{record}: {receipt}");
    }
    let (_, receipt) = provider.post_ndjson(ndjson_of(&records)).await;
    assert_eq!(counts(&receipt), [0, records.len() as u64, 0, 0]);
    let mut changed = records[5].clone();
    changed["steps"][1]["energy_j"] = json!("2.000001");
    assert_eq!(counts(&provider.post_records(&json!([changed])).await.1), [0, 0, 1, 0]);
    // What comes new is added to the totals that were there.
    let mut new = record("new");
    new["started_at"] = json!("2025-09-01T00:30:00Z");
    assert_eq!(counts(&provider.post_records(&json!([new])).await.1), [1, 0, 0, 0]);
    app.assert_totals().await;
}

/// A task without energy as version 0015 stored it: its id, input and output tokens (less than 0 is not stated),
/// accelerator time in seconds, images, and the group in which it stands now.
type Untold = (&'static str, i64, i64, i64, i64, &'static str);

const UNTOLD: [Untold; 9] = [
    ("tokens", -1, 300, -1, -1, "from_tokens"),
    ("both tokens", 400, 300, -1, 2, "from_tokens"),
    ("tokens and time", 400, 300, 6, -1, "from_tokens_or_time"),
    ("zero time", -1, 300, 0, -1, "from_tokens"),
    ("read alone", 400, 0, -1, 3, "from_input_tokens"),
    ("read and time", 400, 0, 6, -1, "from_input_tokens_or_time"),
    ("time beside zero", -1, 0, 6, 1, "from_time"),
    ("time", -1, -1, 6, 1, "from_time"),
    ("nothing", -1, 0, -1, -1, "from_tokens"),
];

async fn store_untold(pool: &Pool, (id, input, output, seconds, images, _): Untold) {
    let keys = KeySpace::of(&Slug::parse("acme").unwrap());
    let mut details = Vec::new();
    if seconds >= 0 {
        details.push(format!("\"accelerator_us\":{}", seconds * 1_000_000));
    }
    if images >= 0 {
        details.push(format!("\"units\":{{\"images\":{images}}}"));
    }
    sqlx::query(
        "INSERT INTO task_record (started_at, record_key, energy_uj, duration_us, provider_id, group_id, batch_id,
            input_tokens, output_tokens, cached_tokens, reasoning_tokens, outcome, details)
         SELECT '2025-10-01T12:00:00Z', $1, 0, -1, 1, group_id, 0, $2::bigint, $3::bigint, -1, -1, 'c', $4::json
         FROM record_group WHERE evidence = CASE WHEN $3 < 0 THEN 'from_time' ELSE 'from_tokens' END",
    )
    .bind(keys.key(id))
    .bind(input)
    .bind(output)
    .bind(format!("{{{}}}", details.join(",")))
    .execute(pool)
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_without_energy_move_to_the_group_of_all_that_they_state_and_stay_known() {
    let schema = make_schema().await;
    let pool = open_schema(&schema).await;
    migrate_to(&pool, "0015_model_run.sql", 15).await;
    fill_registry(&pool).await;
    for statement in [
        "INSERT INTO record_group (provider_id, service_id, model_id, site_id, task_type, boundary, evidence)
         SELECT 1, 1, 1, 1, 'chat', 'estimated', evidence FROM unnest(ARRAY['from_tokens', 'from_time']) AS evidence",
        "SELECT ensure_task_record_partition('2025-10-01T12:00:00Z')",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    for untold in UNTOLD {
        store_untold(&pool, untold).await;
    }
    for statement in [
        "INSERT INTO total_hour (provider_id, group_id, hour, tasks_completed, tasks_failed, tasks_cancelled, energy_uj,
            energy_sq_uj2, input_tokens, output_tokens, output_tokens_energy_uj, accelerator_us, tasks_without_squares,
            tasks_without_histogram)
         SELECT provider_id, group_id, '2025-10-01T12:00:00Z', count(*), 0, 0, 0, 0, sum(greatest(input_tokens, 0)),
            sum(greatest(output_tokens, 0)), 0, coalesce(sum((details->>'accelerator_us')::numeric), 0), count(*), count(*)
         FROM task_record GROUP BY 1, 2",
        "INSERT INTO unit_hour (provider_id, group_id, hour, natural_unit, amount, energy_uj)
         SELECT provider_id, group_id, '2025-10-01T12:00:00Z', 'images', sum((details->'units'->>'images')::numeric), 0
         FROM task_record WHERE details->'units' IS NOT NULL GROUP BY 1, 2",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    pool.close().await;

    let app = TestApp::serve(open_schema(&schema).await).await;
    app.assert_totals().await;
    assert_eq!(app.count("task_record").await, UNTOLD.len() as i64);
    let sums: (String, i64) =
        sqlx::query_as("SELECT sum(accelerator_us)::text, sum(tasks_completed)::bigint FROM total_hour")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    assert_eq!(sums, ("24000000".to_owned(), 9));
    let keys = KeySpace::of(&Slug::parse("acme").unwrap());
    let secret = taskwatt::cli::key::make(
        &app.pool,
        ProviderId::from_db(PROVIDER),
        "new",
        &[Scope::RecordsWrite],
        now(),
    );
    let provider = Provider { app: &app, id: ProviderId::from_db(PROVIDER), secret: secret.await.unwrap() };
    for (id, input, output, seconds, images, evidence) in UNTOLD {
        let group =
            "SELECT evidence FROM task_record JOIN record_group USING (group_id) WHERE record_key = $1";
        let found: String = sqlx::query_scalar(group).bind(keys.key(id)).fetch_one(&app.pool).await.unwrap();
        assert_eq!(found, evidence, "{id}");
        let mut record = json!({"id": id, "service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1",
            "started_at": "2025-10-01T12:00:00Z", "outcome": "completed"});
        for (field, amount) in [
            ("input_tokens", input),
            ("output_tokens", output),
            ("accelerator_seconds", seconds),
            ("images", images),
        ] {
            if amount >= 0 {
                record[field] = json!(amount);
            }
        }
        if id != "nothing" {
            let (status, receipt) = provider.post_records(&json!([record])).await;
            assert_eq!((status, counts(&receipt)), (200, [0, 1, 0, 0]), "{id}: {receipt}");
        }
    }
}
