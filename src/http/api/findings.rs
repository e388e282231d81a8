//! `GET /v1/findings`: what is odd about the data of the key's provider.

use super::exact_instant;
use super::totals::service_is_known;
use crate::app::App;
use crate::db::registry;
use crate::disclosure::findings::{Look, look};
use crate::domain::finding::{Finding, FindingKind, RepeatedKey, Severity};
use crate::domain::names::Slug;
use crate::domain::problem::ProblemCode;
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::table::{answer, form};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// Longest period that is looked at.
const MAX_DAYS: i64 = 366;

/// Everything odd about a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FindingList)]
pub struct WireFindings {
    from: String,
    to: String,
    /// Findings that block: nothing should be published before they are clear.
    blocking: usize,
    findings: Vec<WireFinding>,
}

/// One finding.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct WireFinding {
    /// `same_id_twice`, `zero_energy`, `implausible_energy_per_token`, `gap`, `jump`, `unit_slip`, `unlike_model`,
    /// `late`, `future`, `broken_batch`, `open_batch`, `refused_records`, or `not_checked`.
    #[schema(value_type = vocabulary::FindingKind)]
    kind: &'static str,
    /// `blocks` or `look`.
    #[schema(value_type = vocabulary::Severity)]
    severity: &'static str,
    /// Missing where the finding is not of one service; the same with the three that follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = vocabulary::TaskType, required = false)]
    task_type: Option<&'static str>,
    /// The time that it is about: of starts, and of batches when they were received.
    from: String,
    /// The first instant that is no longer inside.
    to: String,
    /// Tasks, ids, hours or batches, as `what` says.
    count: u64,
    /// A plain sentence.
    what: String,
    what_to_do: &'static str,
    /// Of ids that come twice: at most ten of them. In CSV one text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<WireRepeatedKey>,
}

/// A record key that stands in several records.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RepeatedKey)]
pub struct WireRepeatedKey {
    /// The id that was sent where that is a UUID, else its name-based UUID.
    record_key: String,
    records: i64,
    first_started_at: String,
    last_started_at: String,
}

const COLUMNS: &[&str] = &[
    "kind",
    "severity",
    "service",
    "model",
    "site",
    "task_type",
    "from",
    "to",
    "count",
    "what",
    "what_to_do",
    "examples",
];

fn wire(finding: Finding) -> WireFinding {
    let Finding { kind, scope, from, to, count, what, examples } = finding;
    WireFinding {
        kind: kind.as_str(),
        severity: kind.severity().as_str(),
        service: scope.service.map(|name| name.to_string()),
        model: scope.model.map(|name| name.to_string()),
        site: scope.site.map(|name| name.to_string()),
        task_type: scope.task_type.map(|task_type| task_type.as_str()),
        from: exact_instant(from),
        to: exact_instant(to),
        count,
        what,
        what_to_do: kind.what_to_do(),
        examples: examples.into_iter().map(wire_key).collect(),
    }
}

fn wire_key(key: RepeatedKey) -> WireRepeatedKey {
    WireRepeatedKey {
        record_key: key.record_key.to_string(),
        records: key.records,
        first_started_at: exact_instant(key.first_started_at),
        last_started_at: exact_instant(key.last_started_at),
    }
}

/// Looks at the data as it is stored at this moment.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let mut query = Query::read(&request, &["from", "to", "service", "kind", "format"]);
    let period = query.period(MAX_DAYS);
    let service = query.optional("service", ProblemCode::InvalidName, Slug::parse);
    let kinds = query.optional("kind", ProblemCode::UnknownWord, |text| {
        text.split(',').map(str::parse).collect::<Result<Vec<FindingKind>, String>>()
    });
    let form = form(&request, &mut query);
    let period = query.finish(period)?;
    let mut service_id = None;
    if let Some(service) = &service {
        service_is_known(&app, &mut query, key.provider, service).await?;
        service_id = registry::find_service(&app.pool, key.provider, service).await?.map(|found| found.id);
    }
    query.finish(Some(()))?;
    let mut kinds = kinds.unwrap_or_else(|| FindingKind::ALL.to_vec());
    kinds.sort_unstable();
    kinds.dedup();
    let wanted = Look { provider: key.provider, service: service_id, kinds, period };
    let found = look(&app.pool, &wanted, app.clock.now()).await?;
    let blocking = found.iter().filter(|finding| finding.kind.severity() == Severity::Blocks).count();
    let findings: Vec<WireFinding> = found.into_iter().map(wire).collect();
    let (from, to) = (exact_instant(period.from()), exact_instant(period.to()));
    let findings = WireFindings { from, to, blocking, findings };
    answer(form, &findings, &findings.findings, COLUMNS, None)
}
