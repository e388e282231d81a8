//! `GET /v1/impacts`: which published disclosures of the key's provider would say something else today.

use super::{exact_instant, instant};
use crate::app::App;
use crate::db::registry;
use crate::disclosure::impact::{Impact, impacts};
use crate::domain::impact::{Cause, Change};
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::render::csv::value_text;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// A part of the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImpactList)]
pub struct WireImpacts {
    impacts: Vec<WireImpact>,
    /// Send it as `cursor` to go on; missing at the end of the list. A part may be empty and not the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// One published disclosure that something new was told about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Impact)]
pub struct WireImpact {
    number: i32,
    version: i32,
    service: String,
    #[schema(format = DateTime)]
    period_from: String,
    #[schema(format = DateTime)]
    period_to: String,
    #[schema(format = DateTime)]
    published_at: String,
    address: String,
    causes: Vec<WireCause>,
    /// Figures that would differ if it were built now; empty where none would.
    figures: Vec<WireChange>,
    /// Why it cannot be built now. Then no figures are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    cannot_be_built: Option<String>,
}

/// What was told since it was built.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImpactCause)]
pub struct WireCause {
    #[schema(value_type = vocabulary::CauseKind)]
    kind: &'static str,
    /// The key of the factor set, site, contract, model or service, or the version of the method.
    name: String,
    /// The zone of a grid factor, or the kind of a site factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    /// The highest revision of what was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i32>,
    /// When the last of it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    recorded_at: Option<String>,
    /// A plain sentence.
    what: String,
}

/// One figure, as published and as it would be now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImpactFigure)]
pub struct WireChange {
    /// As the document of the disclosure names it; the same with the three that follow.
    concept: &'static str,
    unit: &'static str,
    task_type: &'static str,
    /// The part that a share is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    /// One model, where the figure is not of all together.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Missing where it was not stated. `unknown` and `N/A` as in the document's CSV file.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<String>,
    /// Missing where it would not be stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<String>,
}

fn wire(impact: Impact) -> WireImpact {
    let Impact { published, published_at, causes, changes } = impact;
    let (figures, cannot_be_built) = match changes {
        Ok(changes) => (changes.into_iter().map(wire_change).collect(), None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    WireImpact {
        number: published.reference.number,
        version: published.reference.version,
        service: published.service.key,
        period_from: instant(published.period.from()),
        period_to: instant(published.period.to()),
        published_at: instant(published_at),
        address: published.address,
        causes: causes.into_iter().map(wire_cause).collect(),
        figures,
        cannot_be_built,
    }
}

fn wire_cause(cause: Cause) -> WireCause {
    WireCause {
        what: cause.sentence(),
        kind: cause.kind.as_str(),
        name: cause.name,
        part: cause.part,
        revision: cause.revision,
        recorded_at: cause.recorded_at.map(exact_instant),
    }
}

fn wire_change(change: Change) -> WireChange {
    WireChange {
        concept: change.concept.as_str(),
        unit: change.concept.unit(),
        task_type: change.of.task_type.map_or("all", |task_type| task_type.as_str()),
        member: change.member.map(|member| member.as_pair().1.to_owned()),
        model: change.of.model.as_deref().map(str::to_owned),
        published: change.published.map(value_text),
        now: change.now.map(value_text),
    }
}

/// Compares what is published and in force with what is stored at this moment.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let mut query = Query::read(&request, &["cursor"]);
    let after = query.cursor(|parts| match parts {
        [number] => number.parse::<i32>().ok(),
        _ => None,
    });
    let after = query.finish(Some(after.unwrap_or(0)))?;
    let Some(provider) = registry::find_provider(&app.pool, &key.provider_key).await? else {
        return Err(Problem::not_found("the provider of this key is not there"));
    };
    let page = impacts(&app.pool, &provider, after).await?;
    let next_cursor = page.next.map(|number| query.cursor_after([number.to_string().as_str()]));
    let impacts = page.impacts.into_iter().map(wire).collect();
    Ok(HttpResponse::Ok().json(WireImpacts { impacts, next_cursor }))
}
