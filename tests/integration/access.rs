//! Who may use what: every route of the table that needs a key is tried with the wrong ones.

use crate::support::{TestApp, answer, now, record};
use chrono::TimeDelta;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, HashSet};
use taskwatt::cli::key::{KeyTerms, make_with};
use taskwatt::db::registry::{NewProvider, insert_provider};
use taskwatt::db::{Pool, key};
use taskwatt::domain::ids::ProviderId;
use taskwatt::domain::key::KeyLimits;
use taskwatt::domain::names::Slug;
use taskwatt::domain::registry::ProviderKind;
use taskwatt::domain::terms::Scope;
use taskwatt::http::routes::{Access, ROUTES, RouteInfo};

/// How a route is tried: a request that is right for the provider `acme`.
struct Case {
    path: String,
    body: Option<Value>,
    /// What somebody else's key gets for the same request.
    others: Others,
}

/// What a key of another provider gets.
enum Others {
    /// The thing is not there for them.
    NotFound,
    /// The names in the body are not there for them.
    UnknownNames,
    /// A list, under this name, in which they see nothing.
    NothingIn(&'static str),
    /// It becomes a thing of their own, which has the same name.
    ThingOfTheirOwn,
}

/// The case of every route that needs a key. A new route has none and fails the test.
fn case(route: &RouteInfo) -> Case {
    let case = |path: &str, body: Option<Value>, others| Case { path: path.to_owned(), body, others };
    match (route.method, route.path) {
        ("POST", "/v1/records") => case("/v1/records", Some(json!([record("r-2")])), Others::UnknownNames),
        ("POST", "/v1/disclosures") => {
            let body = json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"});
            case("/v1/disclosures", Some(body), Others::UnknownNames)
        }
        ("POST", "/v1/authority-packs") => {
            case("/v1/authority-packs", Some(json!({"models": ["m-1"]})), Others::UnknownNames)
        }
        ("GET", "/v1/authority-packs") => {
            case("/v1/authority-packs", None, Others::NothingIn("authority_packs"))
        }
        ("GET", "/v1/authority-packs/{number}/{version}/{file}") => {
            case("/v1/authority-packs/1/v1/pack.json", None, Others::NotFound)
        }
        ("POST", "/v1/notes") => {
            let body = json!({"service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1", "energy_wh": 1,
                "boundary": "facility", "evidence": "metered"});
            case("/v1/notes", Some(body), Others::UnknownNames)
        }
        ("POST", "/v1/disclosures/{number}/versions/{version}/publish") => {
            case("/v1/disclosures/1/versions/1/publish", None, Others::NotFound)
        }
        ("GET", "/v1/disclosures/{number}/versions/{version}/evidence.zip") => {
            case("/v1/disclosures/1/versions/1/evidence.zip", None, Others::NotFound)
        }
        ("GET", "/v1/jobs") => case("/v1/jobs", None, Others::NothingIn("jobs")),
        ("GET", "/v1/jobs/{job}") => case("/v1/jobs/1", None, Others::NotFound),
        ("DELETE", "/v1/jobs/{job}") => case("/v1/jobs/1", None, Others::NotFound),
        ("GET", "/v1/services") => case("/v1/services", None, Others::NothingIn("services")),
        ("GET", "/v1/services/{service}") => case("/v1/services/chat", None, Others::NotFound),
        ("PUT", "/v1/services/{service}") => {
            case("/v1/services/chat", Some(json!({"name": "Chat"})), Others::ThingOfTheirOwn)
        }
        ("GET", "/v1/services/{service}/served") => case("/v1/services/chat/served", None, Others::NotFound),
        ("PUT", "/v1/services/{service}/served/{month}") => {
            case("/v1/services/chat/served/2025-10", Some(json!({"tasks": 1})), Others::NotFound)
        }
        ("GET", "/v1/services/{service}/texts") => case("/v1/services/chat/texts", None, Others::NotFound),
        ("GET", "/v1/services/{service}/texts/{field}/{language}") => {
            case("/v1/services/chat/texts/method/de", None, Others::NotFound)
        }
        ("PUT", "/v1/services/{service}/texts/{field}/{language}") => {
            let body = json!({"text": "Zähler je Rack."});
            case("/v1/services/chat/texts/method/de", Some(body), Others::NotFound)
        }
        ("DELETE", "/v1/services/{service}/texts/{field}/{language}") => {
            case("/v1/services/chat/texts/method/de", None, Others::NotFound)
        }
        ("GET", "/v1/models") => case("/v1/models", None, Others::NothingIn("models")),
        ("GET", "/v1/models/{model}") => case("/v1/models/m-1", None, Others::NotFound),
        ("PUT", "/v1/models/{model}") => {
            case("/v1/models/m-1", Some(json!({"name": "M", "version": "1.0"})), Others::ThingOfTheirOwn)
        }
        ("GET", "/v1/models/{model}/coefficients") => {
            case("/v1/models/m-1/coefficients", None, Others::NotFound)
        }
        ("POST", "/v1/models/{model}/coefficients") => {
            let body = json!({
                "from": "2025-01-01", "to": "2026-01-01", "output_token_j": "1", "boundary": "server",
                "hardware": "H100", "source": "Our bench", "licence": "CC0-1.0",
            });
            case("/v1/models/m-1/coefficients", Some(body), Others::NotFound)
        }
        ("GET", "/v1/sites") => case("/v1/sites", None, Others::NothingIn("sites")),
        ("GET", "/v1/sites/{site}") => case("/v1/sites/s-1", None, Others::NotFound),
        ("PUT", "/v1/sites/{site}") => {
            case("/v1/sites/s-1", Some(json!({"name": "S", "zone": "DE"})), Others::ThingOfTheirOwn)
        }
        ("GET", "/v1/sites/{site}/factors") => case("/v1/sites/s-1/factors", None, Others::NotFound),
        ("POST", "/v1/sites/{site}/factors") => {
            let body = json!({"kind": "pue", "value": "1.2", "from": "2025-01-01", "to": "2026-01-01"});
            case("/v1/sites/s-1/factors", Some(body), Others::NotFound)
        }
        ("GET", "/v1/sites/{site}/hardware") => case("/v1/sites/s-1/hardware", None, Others::NotFound),
        ("POST", "/v1/sites/{site}/hardware") => {
            let body =
                json!({"accelerator": "H100", "accelerators": 8, "from": "2025-01-01", "to": "2026-01-01"});
            case("/v1/sites/s-1/hardware", Some(body), Others::NotFound)
        }
        ("GET", "/v1/sites/{site}/boundary") => case("/v1/sites/s-1/boundary", None, Others::NotFound),
        ("POST", "/v1/sites/{site}/boundary") => {
            let body = json!({"boundary": "it", "from": "2025-01-01", "to": "2026-01-01"});
            case("/v1/sites/s-1/boundary", Some(body), Others::NotFound)
        }
        ("GET", "/v1/models/{model}/training") => case("/v1/models/m-1/training", None, Others::NotFound),
        ("POST", "/v1/models/{model}/training") => {
            let body = json!({
                "energy_mwh": "12", "compute_not_available_reason": "Not counted.", "from": "2025-01-01",
                "to": "2025-02-01", "evidence": "measured", "method": "Meters.",
            });
            case("/v1/models/m-1/training", Some(body), Others::NotFound)
        }
        ("GET", "/v1/models/{model}/inference-compute") => {
            case("/v1/models/m-1/inference-compute", None, Others::NotFound)
        }
        ("POST", "/v1/models/{model}/inference-compute") => {
            let body = json!({"task_type": "chat", "hardware": "H100", "compute_flops": "1.4e15"});
            case("/v1/models/m-1/inference-compute", Some(body), Others::NotFound)
        }
        ("GET", "/v1/sites/{site}/embodied") => case("/v1/sites/s-1/embodied", None, Others::NotFound),
        ("POST", "/v1/sites/{site}/embodied") => {
            let body = json!({
                "accelerator": "H100", "embodied_kg": "164.5", "lifetime_hours": 43_800, "includes": "Server",
                "source": "Study",
            });
            case("/v1/sites/s-1/embodied", Some(body), Others::NotFound)
        }
        ("GET", "/v1/water-factors") => case("/v1/water-factors", None, Others::NothingIn("water_factors")),
        ("POST", "/v1/water-factors") => {
            let body = json!({
                "zone": "DE", "litres_per_kwh": "1.9", "from": "2025-01-01", "to": "2026-01-01",
                "source": "Study", "licence": "CC0-1.0",
            });
            case("/v1/water-factors", Some(body), Others::ThingOfTheirOwn)
        }
        ("GET", "/v1/contracts") => case("/v1/contracts", None, Others::NothingIn("contracts")),
        ("GET", "/v1/contracts/{contract}") => case("/v1/contracts/wind", None, Others::NotFound),
        ("POST", "/v1/contracts") => {
            let body = json!({
                "contract": "wind", "instrument": "guarantee_of_origin", "zone": "DE", "from": "2025-01-01",
                "to": "2026-01-01", "volume_kwh": 1000, "direct_g_per_kwh": 0, "reference": "Register 7",
            });
            case("/v1/contracts", Some(body), Others::ThingOfTheirOwn)
        }
        ("GET", "/v1/budgets") => case("/v1/budgets", None, Others::NothingIn("budgets")),
        ("GET", "/v1/budgets/{budget}") => case("/v1/budgets/all", None, Others::NotFound),
        ("GET", "/v1/budgets/{budget}/burn") => case("/v1/budgets/all/burn", None, Others::NotFound),
        ("GET", "/v1/budgets/{budget}/events") => case("/v1/budgets/all/events", None, Others::NotFound),
        ("POST", "/v1/budgets") => {
            let body = json!({
                "budget": "all", "year": 2025, "energy_kwh": 1000, "webhook": "https://alerts.example.org/",
            });
            case("/v1/budgets", Some(body), Others::ThingOfTheirOwn)
        }
        ("POST", "/v1/windows") => {
            let mut window = record("w-1");
            let fields = window.as_object_mut().unwrap();
            for field in ["started_at", "outcome"] {
                fields.remove(field);
            }
            fields.insert("from".to_owned(), json!("2025-10-01T12:00:00Z"));
            fields.insert("to".to_owned(), json!("2025-10-01T13:00:00Z"));
            fields.insert("tasks_completed".to_owned(), json!(1));
            case("/v1/windows", Some(json!([window])), Others::UnknownNames)
        }
        ("GET", path @ ("/v1/totals" | "/v1/totals/stages" | "/v1/totals/units")) => {
            let query = "?from=2025-10-01&to=2025-11-01&window=day";
            case(&format!("{path}{query}"), None, Others::NothingIn("rows"))
        }
        ("GET", "/v1/batches") => case("/v1/batches", None, Others::NothingIn("batches")),
        ("GET", "/v1/batches/{batch}") => case("/v1/batches/1", None, Others::NotFound),
        ("GET", "/v1/batches/{batch}/faults") => case("/v1/batches/1/faults", None, Others::NotFound),
        ("GET", "/v1/findings") => {
            case("/v1/findings?from=2025-10-01&to=2025-11-01", None, Others::NothingIn("findings"))
        }
        ("GET", "/v1/impacts") => case("/v1/impacts", None, Others::NothingIn("impacts")),
        (method, path) => panic!("{method} {path} needs a key: add its case to this test"),
    }
}

/// Routes that need a key, with the scope they need.
fn key_routes() -> impl Iterator<Item = (&'static RouteInfo, Scope)> {
    ROUTES.iter().filter_map(|route| match route.access {
        Access::Key(scope) => Some((route, scope)),
        Access::Public => None,
    })
}

impl Case {
    fn request(&self, app: &TestApp, method: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = app.http.request(method, format!("{}{}", app.url, self.path));
        match &self.body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    async fn refused(&self, app: &TestApp, method: &str, key: Option<&str>) -> (u16, String) {
        let request = self.request(app, method);
        let request = match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        let (status, problem) = answer(request.send().await.unwrap()).await;
        (status, problem["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// Everything of `acme` that is stored, with the things of which it is not said whose they are: a digest
/// of the rows of each table.
async fn stored_of(pool: &Pool, provider: ProviderId) -> BTreeMap<String, String> {
    // What keys used is noted for every key; the built-in data belong to nobody.
    const LEFT_OUT: [&str; 6] =
        ["api_key", "key_usage_day", "zone", "factor_set", "grid_factor", "_sqlx_migrations"];
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "SELECT table_name::text, EXISTS (
            SELECT FROM information_schema.columns AS c
            WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND column_name = 'provider_id')
         FROM information_schema.tables AS t WHERE table_schema = current_schema()",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut stored = BTreeMap::new();
    for (table, has_provider) in tables.into_iter().filter(|(table, _)| !LEFT_OUT.contains(&table.as_str())) {
        let whose =
            if has_provider { format!("WHERE provider_id = {}", provider.get()) } else { String::new() };
        let sql = format!(
            "SELECT md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), '')) FROM {table} AS row {whose}"
        );
        let digest = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap();
        stored.insert(table, digest);
    }
    assert!(stored.len() > 8, "{stored:?}");
    stored
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_needs_a_key_takes_no_other() {
    let app = TestApp::start().await;
    let acme = app.provider("acme").await;
    let yesterday = now() - TimeDelta::days(1);
    let expired = KeyTerms { expires_at: Some(now()), limits: KeyLimits::default() };
    let expired = make_with(&app.pool, acme.id, "old", Scope::ALL, expired, yesterday).await.unwrap();
    let revoked = acme.key(Scope::ALL).await;
    let named = key::Named::Start(&revoked[..12]);
    assert_eq!(key::revoke(&app.pool, acme.id, named, now()).await.unwrap(), 1);
    let unknown = format!("twk_{}", "0".repeat(64));
    for (route, scope) in key_routes() {
        let (case, method) = (case(route), route.method);
        let told = format!("{method} {}", route.path);
        assert_eq!(case.refused(&app, method, None).await, (401, "key-missing".to_owned()), "{told}");
        for key in [&unknown, &expired, &revoked] {
            let refused = case.refused(&app, method, Some(key)).await;
            assert_eq!(refused, (401, "key-invalid".to_owned()), "{told}");
        }
        let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|other| *other != scope).collect();
        let key = acme.key(&others).await;
        assert_eq!(case.refused(&app, method, Some(&key)).await, (403, "scope-missing".to_owned()), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scope_of_the_table_is_enough() {
    let app = TestApp::start().await;
    let acme = app.provider("acme").await;
    for (route, scope) in key_routes() {
        let key = acme.key(&[scope]).await;
        let sent = case(route).request(&app, route.method).bearer_auth(key).send().await.unwrap();
        assert!(![401, 403, 405].contains(&sent.status().as_u16()), "{} {}", route.method, route.path);
        assert!(sent.headers().contains_key("ratelimit"), "{} {}", route.method, route.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_reaches_nothing_of_another_provider() {
    let app = TestApp::start().await;
    let acme = app.provider("acme").await;
    let (status, _) = acme.post_records(&json!([record("r-1")])).await;
    assert_eq!(status, 200);
    let build = json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"});
    assert_eq!(acme.build(&build).await.0, 201);
    let before = stored_of(&app.pool, acme.id).await;
    for (index, (route, _)) in key_routes().enumerate() {
        // A provider of its own for each, because some routes register something for it.
        let slug = Slug::parse(&format!("rival-{index}")).unwrap();
        let new = NewProvider {
            key: &slug,
            legal_name: "Rival Ltd",
            contact: None,
            public_note: None,
            kind: ProviderKind::Operator,
            lei: None,
            role: None,
        };
        let rival = insert_provider(&app.pool, new, now()).await.unwrap();
        let key = make_with(&app.pool, rival, "rival", Scope::ALL, KeyTerms::default(), now()).await.unwrap();
        let case = case(route);
        let (status, body) =
            answer(case.request(&app, route.method).bearer_auth(key).send().await.unwrap()).await;
        let told = format!("{} {}: {status} {body}", route.method, route.path);
        match case.others {
            Others::NotFound => assert_eq!(status, 404, "{told}"),
            Others::UnknownNames => {
                assert_eq!(status, 422, "{told}");
                let code = body["errors"][0]["code"].as_str().unwrap();
                assert!(["unknown-service", "unknown-model"].contains(&code), "{told}");
            }
            Others::NothingIn(list) => assert_eq!((status, &body[list]), (200, &json!([])), "{told}"),
            Others::ThingOfTheirOwn => assert_eq!(status, 201, "{told}"),
        }
        assert!(!body.to_string().contains("acme"), "{told}");
        assert_eq!(stored_of(&app.pool, acme.id).await, before, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_table_is_served_and_refuses_other_methods_by_name() {
    let app = TestApp::start().await;
    let mut seen = HashSet::new();
    for route in ROUTES {
        assert!(seen.insert((route.method, route.path)), "{} {} stands twice", route.method, route.path);
        let path: String = route.path.replace(['{', '}'], "");
        let response = app.http.patch(format!("{}{path}", app.url)).send().await.unwrap();
        assert_eq!(response.status(), 405, "{path}");
        let allow = response.headers()["allow"].to_str().unwrap().to_owned();
        let allowed: Vec<&str> = allow.split(", ").collect();
        assert!(allowed.contains(&route.method), "{path}: {allow}");
        assert_eq!(allowed.contains(&"HEAD"), allowed.contains(&"GET"), "{path}: {allow}");
    }
}
