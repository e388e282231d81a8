//! The figures that stand apart, collected from what was told and from what records say.

use super::{COMPUTE, EMBODIED, TRAINING, WATER, training, with};
use crate::registry::{post, registrar};
use crate::support::{Provider, TestApp, record};
use serde_json::{Value, json};
use taskwatt::db::registry;
use taskwatt::disclosure::apart::{Apart, apart};
use taskwatt::domain::ids::SiteId;
use taskwatt::domain::names::{Name, Slug};
use taskwatt::domain::period::Period;
use taskwatt::domain::terms::Boundary;
use taskwatt::method::LayerTable;
use taskwatt::method::water::{SiteDay, WaterFigure};
use taskwatt::units::EnergyTotal;

/// Energy of so many kilowatt-hours of IT at the site on a day, at the default PUE of 1.36.
fn day(site: SiteId, day: &str, it_kwh: i128, completed: i64) -> SiteDay {
    let hour = format!("{day}T12:00:00Z").parse().unwrap();
    let energy = EnergyTotal::from_microjoules(it_kwh * 3_600_000_000_000);
    let normalised = LayerTable::default().at(site, hour).normalise(Boundary::It, energy);
    let day = day.parse().unwrap();
    SiteDay { site, day, it: Some(normalised.it), facility: normalised.facility, completed }
}

/// What stands apart of the provider's service `chat` in October 2025.
async fn october(provider: &Provider<'_>, days: impl Fn(SiteId) -> Vec<SiteDay>) -> Apart {
    let pool = &provider.app.pool;
    let site = registry::find_site(pool, provider.id, &Name::parse("s-1").unwrap()).await.unwrap().unwrap();
    let models: Vec<i32> = sqlx::query_scalar("SELECT model_id FROM model WHERE provider_id = $1")
        .bind(provider.id.get())
        .fetch_all(pool)
        .await
        .unwrap();
    let models: Vec<_> = models.into_iter().map(taskwatt::domain::ids::ModelId::from_db).collect();
    let models = registry::models(pool, &models).await.unwrap();
    let sites = registry::sites(pool, &[site]).await.unwrap();
    let service = registry::find_service(pool, provider.id, &Slug::parse("chat").unwrap()).await;
    let service = service.unwrap().unwrap().id;
    let period = Period::parse("2025-10-01", "2025-11-01").unwrap();
    apart(pool, provider.id, service, &models, &sites, period, &days(site)).await.unwrap()
}

fn accelerated(id: &str, accelerator: &str, seconds: Option<&str>) -> Value {
    let mut record = record(id);
    record["accelerator"] = json!(accelerator);
    record["accelerator_seconds"] = json!(seconds);
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_are_those_of_the_period_the_zone_and_the_latest_telling() {
    let app = TestApp::start().await;
    let (acme, rival) = (registrar(&app, "acme").await, registrar(&app, "rival").await);
    for body in [
        json!({"kind": "wue", "value": 9, "from": "2024-01-01", "to": "2025-10-01"}),
        json!({"kind": "wue", "value": 5, "from": "2025-01-01", "to": "2026-01-01"}),
        json!({"kind": "wue", "value": 2, "from": "2025-10-01", "to": "2025-10-31", "definition": "eu_2024_1364"}),
    ] {
        assert_eq!(post(&acme, "/v1/sites/s-1/factors", &body).await.0, 201);
    }
    let factor = |zone: &str, litres: i64| {
        json!({
            "zone": zone, "litres_per_kwh": litres, "from": "2025-10-02", "to": "2026-01-01", "source": "Study",
            "licence": "CC0-1.0",
        })
    };
    assert_eq!(post(&acme, WATER, &factor("DE", 3)).await.0, 201);
    assert_eq!(post(&acme, WATER, &factor("FR", 70)).await.0, 201);
    assert_eq!(post(&rival, WATER, &factor("DE", 90)).await.0, 201);

    let energy = |site| vec![day(site, "2025-10-01", 300, 3), day(site, "2025-10-31", 100, 5)];
    let found = october(&acme, energy).await;
    let WaterFigure::Known(on_site) = found.water.on_site else { panic!("unknown") };
    // 300 kWh · 2 L on the first of October and 100 kWh · 5 L on the last.
    assert_eq!((on_site.litres.to_string().as_str(), on_site.tasks), ("1100.000000", 8));
    assert_eq!(on_site.covered.unwrap().to_string(), "1.000000");
    let shares: Vec<(&str, String)> = found
        .water
        .definitions
        .iter()
        .map(|(definition, share)| (definition.word().as_str(), share.unwrap().to_string()))
        .collect();
    assert_eq!(shares, [("eu_2024_1364", "0.750000".to_owned()), ("not_stated", "0.250000".to_owned())]);
    let WaterFigure::Known(indirect) = found.water.indirect else { panic!("unknown") };
    // 136 kWh of the facility on the last day · 3 L over its five tasks; nothing was told of the first.
    assert_eq!((indirect.litres.to_string().as_str(), indirect.tasks), ("408.000000", 5));
    assert_eq!(indirect.litres_per_task.unwrap().to_string(), "81.600000000000");
    assert_eq!(indirect.covered.unwrap().to_string(), "0.250000");
    let used: Vec<(&str, i32)> =
        found.water.factors.iter().map(|one| (one.what.zone.as_str(), one.revision)).collect();
    assert_eq!(used, [("DE", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn embodied_carbon_takes_the_accelerator_time_of_the_service_and_counts_what_it_lacks() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let nothing = october(&acme, |_| Vec::new()).await;
    assert_eq!((nothing.embodied.carbon, nothing.embodied.covered()), (None, None));
    assert_eq!(nothing.water.on_site, WaterFigure::Unknown);
    assert!(nothing.training.is_empty() && nothing.inference_compute.is_empty());

    let mut early = accelerated("early", "H100", Some("3600"));
    early["started_at"] = json!("2025-09-30T23:59:59Z");
    let mut failed = accelerated("failed", "H100", Some("36"));
    failed["outcome"] = json!("failed");
    let mut window = json!({
        "id": "w", "service": "chat", "model": "m-1", "task_type": "code", "site": "s-1", "boundary": "server",
        "evidence": "metered", "energy_wh": "1", "from": "2025-10-03T00:00:00Z", "to": "2025-10-03T01:00:00Z",
        "tasks_completed": 5, "accelerator": "H100",
    });
    window["energy_wh"] = json!("2");
    let records = json!([
        accelerated("a", "H100", Some("144")),
        accelerated("b", "H100", Some("180")),
        accelerated("c", "B200", Some("10")),
        accelerated("d", "L4", None),
        record("e"),
        early,
        failed,
    ]);
    assert_eq!(acme.post_records(&records).await.0, 200);
    assert_eq!(acme.post_windows(&json!([window])).await.0, 200);
    let told = json!({
        "accelerator": "H100", "embodied_kg": 999, "lifetime_hours": 1_000, "includes": "Server", "source": "S",
    });
    assert_eq!(post(&acme, EMBODIED, &told).await.0, 201);
    assert_eq!(post(&acme, EMBODIED, &with(told, &json!({"embodied_kg": 200}))).await.0, 201);

    let found = october(&acme, |_| Vec::new()).await.embodied;
    let carbon = found.carbon.unwrap();
    // 144 + 180 + 36 s are a tenth of an hour: of 1,000 hours and 200 kg that is 20 g, over two completed tasks.
    assert_eq!(carbon.kg.to_string(), "0.020000");
    assert_eq!(carbon.g_per_task.unwrap().to_string(), "10.000000000000");
    assert_eq!((found.tasks, found.tasks_undeclared, found.tasks_without_time), (2, 1, 7));
    assert_eq!(found.covered().unwrap().to_string(), "0.200000");
    let kinds: Vec<Option<&str>> =
        found.undeclared.iter().map(|(_, kind)| kind.as_ref().map(Name::as_str)).collect();
    assert_eq!(kinds, [Some("B200")]);
    assert_eq!(found.used.iter().map(|one| one.revision).collect::<Vec<_>>(), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn training_is_collected_in_its_latest_telling_and_public_only_where_it_says_so() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    assert_eq!(post(&acme, TRAINING, &with(training(), &json!({"public": true}))).await.0, 201);
    let found = october(&acme, |_| Vec::new()).await;
    assert_eq!(found.public_training().count(), 1);
    assert_eq!(post(&acme, TRAINING, &training()).await.0, 201);
    for (task_type, flops) in [("chat", "1.4e15"), ("code", "2.0e15"), ("chat", "1.5e15")] {
        let body = json!({"task_type": task_type, "hardware": "H100", "compute_flops": flops});
        assert_eq!(post(&acme, COMPUTE, &body).await.0, 201);
    }
    let found = october(&acme, |_| Vec::new()).await;
    assert_eq!(found.public_training().count(), 0, "it was public, and is no longer");
    assert_eq!(found.training.len(), 1);
    let figure = &found.training[0];
    assert_eq!(figure.told.revision, 2);
    assert_eq!(figure.told.what.energy.known().unwrap().to_string(), "1287.0");
    assert_eq!(figure.share.unwrap().energy_wh.to_string(), "0.001287000000");
    let compute: Vec<(&str, String, i32)> = found
        .inference_compute
        .iter()
        .map(|(_, told)| {
            let flops = told.what.compute.known().unwrap().to_string();
            (told.what.task_type.as_str(), flops, told.revision)
        })
        .collect();
    assert_eq!(compute, [("chat", "1.5e15".to_owned(), 3), ("code", "2.0e15".to_owned(), 2)]);
}
