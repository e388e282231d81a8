//! `/v1/budgets`: how much energy or carbon the key's provider means to use in a year, and what became of it.

use super::instant;
use crate::app::App;
use crate::db::{budget, budget_event, registry};
use crate::disclosure::budget::{Counted, burn_of};
use crate::domain::budget::{
    Allowance, Budget, BudgetService, DEFAULT_THRESHOLDS, EventLine, MAX_THRESHOLDS, THRESHOLD_PERCENTS,
    WebhookSecret, WebhookUrl, YEARS, in_order,
};
use crate::domain::ids::ProviderId;
use crate::domain::names::Slug;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::registry::Telling;
use crate::domain::terms::{Basis, Perimeter, Scope};
use crate::http::auth::authorise;
use crate::http::etag;
use crate::http::fields::{MAX_NOTE_CHARS, PageQuery, nothing_named, read};
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, ValueFault, number, prose, slug, string, whole, word};
use crate::method::budget::{Amount, Burn, Forecast, Measure, Threshold};
use crate::units::{CarbonMass, Decimal, EnergyVolume};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A budget as its provider told it. Amounts are decimal text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Budget)]
pub struct WireBudget {
    /// Its name.
    budget: String,
    /// Missing where it is of all services of the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// The UTC year.
    year: i32,
    /// Facility energy in kilowatt-hours, of a budget of energy.
    #[serde(skip_serializing_if = "Option::is_none")]
    energy_kwh: Option<String>,
    /// Location-based kilograms of CO2e, of a budget of carbon.
    #[serde(skip_serializing_if = "Option::is_none")]
    carbon_kg: Option<String>,
    /// Of the grid intensity, where it is a budget of carbon.
    #[schema(value_type = Option<vocabulary::Basis>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<&'static str>,
    #[schema(value_type = Option<vocabulary::Perimeter>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    perimeter: Option<&'static str>,
    /// The shares of which somebody is told.
    thresholds_percent: Vec<i32>,
    /// Where that is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Whether it counts no more.
    withdrawn: bool,
    /// The highest revision of a budget counts.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
    /// The secret with which its messages are signed. It stands in no other answer than that to the telling which gave
    /// the budget a webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_secret: Option<String>,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BudgetList)]
pub struct WireBudgets {
    budgets: Vec<WireBudget>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// An amount of what the budget is of, as decimal text: one of the two.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BudgetAmount)]
pub struct WireAmount {
    /// Kilowatt-hours of facility energy.
    #[serde(skip_serializing_if = "Option::is_none")]
    kwh: Option<String>,
    /// Kilograms of CO2e, location-based.
    #[serde(skip_serializing_if = "Option::is_none")]
    kg: Option<String>,
}

/// What became of a budget.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BudgetBurn)]
pub struct WireBurn {
    budget: WireBudget,
    /// Up to when.
    #[schema(format = DateTime)]
    as_of: String,
    /// In the year up to now, with what today used so far.
    used: WireAmount,
    /// The same as a share of the budget; missing for a budget of 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<String>,
    /// The part of what was used that is estimated, because tasks came without energy.
    estimated: WireAmount,
    /// What of the year is not counted, and which weeks the forecast could not rest on, one sentence each; empty where
    /// all of it is.
    not_counted: Vec<String>,
    months: Vec<WireMonth>,
    /// Days of the year with records.
    days_with_data: usize,
    #[schema(format = Date)]
    #[serde(skip_serializing_if = "Option::is_none")]
    last_day_with_data: Option<String>,
    thresholds: Vec<WireThreshold>,
    /// Missing where nothing can be forecast.
    #[serde(skip_serializing_if = "Option::is_none")]
    forecast: Option<WireForecast>,
    /// How the forecast was made, or why there is none.
    based_on: String,
}

/// What was used in a month of the year.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BudgetMonth)]
pub struct WireMonth {
    /// As `2026-01`.
    month: String,
    used: WireAmount,
}

/// A share of the budget. Without a day it is not used, nor forecast to be in this year.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BudgetThreshold)]
pub struct WireThreshold {
    percent: i32,
    /// The UTC day on which it was used.
    #[schema(format = Date)]
    #[serde(skip_serializing_if = "Option::is_none")]
    passed_on: Option<String>,
    /// The UTC day on which it will be, if use goes on as in the last weeks.
    #[schema(format = Date)]
    #[serde(skip_serializing_if = "Option::is_none")]
    forecast_on: Option<String>,
}

/// What the whole year will have used, with its 95 % interval.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BudgetForecast)]
pub struct WireForecast {
    total: WireAmount,
    low: WireAmount,
    high: WireAmount,
    /// The total as a share of the budget; missing for a budget of 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<String>,
    /// Days that are forecast, the last of them 31 December.
    days: usize,
    /// The first and the last day that the level is a mean of.
    #[schema(format = Date)]
    level_from: String,
    #[schema(format = Date)]
    level_to: String,
    /// How many of those days had records.
    level_days_with_data: usize,
    /// Weeks whose sums the interval rests on.
    weeks: usize,
}

/// That a share of a budget was used, or is forecast to be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BudgetEvent)]
pub struct WireEvent {
    #[schema(format = "uuid")]
    id: String,
    #[schema(value_type = vocabulary::BudgetEventKind)]
    what: &'static str,
    /// The revision of the budget that it is an event of.
    revision: i32,
    threshold_percent: i32,
    /// The UTC day on which the share was or will be used.
    #[schema(format = Date)]
    day: String,
    /// When it was found.
    #[schema(format = DateTime)]
    found_at: String,
    /// What was used by then, to six decimals.
    used: WireAmount,
    /// The same as a share of the budget; missing for a budget of 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<String>,
    #[schema(value_type = vocabulary::Delivery)]
    delivery: &'static str,
    /// Attempts to tell it.
    attempts: i32,
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_at: Option<String>,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

/// Events in the order in which they were found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BudgetEventList)]
pub struct WireEvents {
    events: Vec<WireEvent>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn wire(telling: &Telling<Budget>) -> WireBudget {
    let what = &telling.what;
    let (energy_kwh, carbon_kg, basis, perimeter) = match what.allowance {
        Allowance::Energy(volume) => (Some(volume.kilowatt_hours().to_string()), None, None, None),
        Allowance::Carbon(mass, basis, perimeter) => {
            (None, Some(mass.kilograms().to_string()), Some(basis.as_str()), Some(perimeter.as_str()))
        }
    };
    WireBudget {
        budget: what.key.to_string(),
        service: what.service.as_ref().map(|service| service.key.to_string()),
        year: what.year,
        energy_kwh,
        carbon_kg,
        basis,
        perimeter,
        thresholds_percent: what.thresholds.clone(),
        webhook: what.webhook.as_ref().map(|url| url.as_str().to_owned()),
        note: what.note.clone(),
        withdrawn: what.is_withdrawn,
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
        webhook_secret: None,
    }
}

fn wire_decimal(measure: Measure, value: Option<Decimal>) -> WireAmount {
    let text = value.map(|value| value.without_trailing_zeros().to_string());
    match measure {
        Measure::Energy => WireAmount { kwh: text, kg: None },
        Measure::Carbon => WireAmount { kwh: None, kg: text },
    }
}

/// Decimals of what was used, and of what is forecast, which is not known so well.
const USED_DECIMALS: u32 = 12;
const FORECAST_DECIMALS: u32 = 3;

fn wire_burn(telling: &Telling<Budget>, burn: &Burn, counted: &Counted, now: DateTime<Utc>) -> WireBurn {
    let what = &telling.what;
    let (measure, budget) = (Measure::of(what.allowance), Amount::of_allowance(what.allowance));
    let used = |amount: Amount| wire_decimal(measure, measure.decimal(amount, USED_DECIMALS));
    let forecast = |amount: Amount| wire_decimal(measure, measure.decimal(amount, FORECAST_DECIMALS));
    let share = |amount: Amount| amount.share_of(budget).map(|share| share.to_string());
    let months = burn.months.iter().zip(1..);
    let threshold = |one: &Threshold| WireThreshold {
        percent: one.percent,
        passed_on: one.passed_on.map(|day| day.to_string()),
        forecast_on: one.forecast_on.map(|day| day.to_string()),
    };
    let wire_forecast = |made: &Forecast| WireForecast {
        total: forecast(made.total),
        low: forecast(made.low),
        high: forecast(made.high),
        share: share(made.total),
        days: made.days,
        level_from: made.level_from.to_string(),
        level_to: made.level_to.to_string(),
        level_days_with_data: made.level_days_with_data,
        weeks: made.weeks,
    };
    let based_on = match &burn.forecast {
        Ok(made) => made.describe(),
        Err(why) => format!("Nothing is forecast: {}.", why.describe()),
    };
    WireBurn {
        budget: wire(telling),
        as_of: instant(now),
        used: used(burn.used),
        share: share(burn.used),
        estimated: used(counted.estimated),
        not_counted: counted.left_out(burn),
        months: months
            .map(|(amount, month)| WireMonth {
                month: format!("{}-{month:02}", what.year),
                used: used(*amount),
            })
            .collect(),
        days_with_data: burn.days_with_data,
        last_day_with_data: burn.last_day_with_data.map(|day| day.to_string()),
        thresholds: burn.thresholds.iter().map(threshold).collect(),
        forecast: burn.forecast.as_ref().ok().map(wire_forecast),
        based_on,
    }
}

fn wire_event(line: &EventLine) -> WireEvent {
    let event = &line.event;
    WireEvent {
        id: event.id.to_string(),
        what: event.kind.as_str(),
        revision: event.revision,
        threshold_percent: event.threshold_percent,
        day: event.day.to_string(),
        found_at: instant(event.found_at),
        used: wire_decimal(Measure::of(line.allowance), Some(event.used)),
        share: event.share.map(|share| share.to_string()),
        delivery: line.delivery.as_str(),
        attempts: line.attempts,
        delivered_at: line.delivered_at.map(instant),
        last_error: line.last_error.clone(),
    }
}

/// Every telling of the budgets of the key's provider.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let mut found = budget::list(&app.pool, key.provider, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    Ok(HttpResponse::Ok().json(WireBudgets { budgets: found.iter().map(wire).collect(), next_cursor }))
}

/// One budget in its latest terms.
pub async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let latest = find(&app, key.provider, &path).await?;
    etag::json(&request, &wire(&latest))
}

/// What became of a budget up to now.
pub async fn burn(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let latest = find(&app, key.provider, &path).await?;
    let now = app.clock.now();
    let (burn, counted) = burn_of(&app.pool, key.provider, &latest.what, now).await?;
    Ok(HttpResponse::Ok().json(wire_burn(&latest, &burn, &counted, now)))
}

/// The events of a budget.
pub async fn events(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let latest = find(&app, key.provider, &path).await?;
    let mut found = budget_event::list(&app.pool, key.provider, &latest.what.key, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    Ok(HttpResponse::Ok().json(WireEvents { events: found.iter().map(wire_event).collect(), next_cursor }))
}

async fn find(app: &App, provider: ProviderId, name: &str) -> Result<Telling<Budget>, Problem> {
    let not_there = || nothing_named("budget", name);
    let key = Slug::parse(name).map_err(|_| not_there())?;
    budget::latest(&app.pool, provider, &key).await?.ok_or_else(not_there)
}

/// The fields of a budget.
pub const BUDGET_FIELDS: &[&str] = &[
    "budget",
    "service",
    "year",
    "energy_kwh",
    "carbon_kg",
    "basis",
    "perimeter",
    "thresholds_percent",
    "webhook",
    "note",
    "withdrawn",
];

fn boolean(raw: &str) -> Result<bool, ValueFault> {
    match raw {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err((ProblemCode::WrongType, "must be true or false".to_owned())),
    }
}

/// Exactly one of `energy_kwh` and `carbon_kg`; with the latter, the grid factors that it is counted with.
fn read_allowance(fields: &mut Fields<'_>) -> Option<Allowance> {
    match (fields.has("energy_kwh"), fields.has("carbon_kg")) {
        (true, true) => {
            let detail =
                "energy_kwh and carbon_kg are both given; tell two budgets, each under a name of its own";
            fields.fault("carbon_kg", ProblemCode::BudgetTwice, detail);
        }
        (false, false) => {
            fields.fault("energy_kwh", ProblemCode::BudgetMissing, "send energy_kwh or carbon_kg");
        }
        _ => {}
    }
    let energy = fields.optional("energy_kwh", |raw| number(raw, EnergyVolume::parse_kwh));
    let carbon = fields.optional("carbon_kg", |raw| number(raw, CarbonMass::parse_kilograms));
    let basis = fields.optional("basis", |raw| word(raw, Basis::CHOICES, Basis::parse));
    let perimeter = fields.optional("perimeter", |raw| word(raw, Perimeter::CHOICES, Perimeter::parse));
    if fields.has("energy_kwh") && !fields.has("carbon_kg") {
        for field in ["basis", "perimeter"].into_iter().filter(|field| fields.has(field)).collect::<Vec<_>>()
        {
            let detail = format!("'{field}' is of budgets of carbon; leave it out");
            fields.fault(field, ProblemCode::UnknownField, detail);
        }
    }
    let carbon = carbon.map(|mass| {
        let (basis, perimeter) =
            (basis.unwrap_or(Basis::Lifecycle), perimeter.unwrap_or(Perimeter::Production));
        Allowance::Carbon(mass, basis, perimeter)
    });
    carbon.or(energy.map(Allowance::Energy))
}

fn read_thresholds(fields: &mut Fields<'_>) -> Vec<i32> {
    let percent = |raw: &str| Ok(i32::try_from(whole(raw, THRESHOLD_PERCENTS)?).unwrap_or(i32::MAX));
    let Some((thresholds, length)) = fields.list("thresholds_percent", MAX_THRESHOLDS, percent) else {
        return DEFAULT_THRESHOLDS.to_vec();
    };
    if !(1..=MAX_THRESHOLDS).contains(&length) {
        let detail = format!("must be 1 to {MAX_THRESHOLDS} percents, or left out");
        fields.fault("thresholds_percent", ProblemCode::OutOfRange, detail);
    }
    in_order(thresholds)
}

/// A budget with the name of its service, which is not looked for yet.
fn read_budget(fields: &mut Fields<'_>) -> Option<(Budget, Option<Slug>)> {
    let key = fields.required("budget", slug);
    let service = fields.optional("service", slug);
    let years = *YEARS.start()..=*YEARS.end();
    let year = fields.required("year", |raw| whole(raw, years));
    let allowance = read_allowance(fields);
    let thresholds = read_thresholds(fields);
    let webhook = fields.optional("webhook", |raw| {
        WebhookUrl::parse(&string(raw)?).map_err(|error| (ProblemCode::WebhookInvalid, error.to_string()))
    });
    let note = fields.optional("note", |raw| prose(raw, MAX_NOTE_CHARS));
    let is_withdrawn = fields.optional("withdrawn", boolean).unwrap_or(false);
    let budget = Budget {
        key: key?,
        service: None,
        year: i32::try_from(year?).ok()?,
        allowance: allowance?,
        thresholds,
        webhook,
        note,
        is_withdrawn,
    };
    Some((budget, service))
}

/// Tells a budget, or new terms of one.
pub async fn post(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (mut budget, service) = read(&request, payload, BUDGET_FIELDS, read_budget).await?;
    if let Some(name) = service {
        let Some(found) = registry::find_service(&app.pool, key.provider, &name).await? else {
            let detail = format!("provider '{}' has no service '{name}'", key.provider_key);
            let fault = Fault::new("/service", ProblemCode::UnknownService, detail);
            return Err(Problem::invalid_fields(vec![fault]));
        };
        budget.service = Some(BudgetService { id: found.id, key: name });
    }
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| Problem::internal(&error))?;
    let random = WebhookSecret::from_random(random);
    let told = budget::tell(&app.pool, key.provider, &budget, random, app.clock.now()).await?;
    Ok(super::told(told.told, budget, |telling| WireBudget {
        webhook_secret: told.new_secret.map(|secret| secret.reveal().to_owned()),
        ..wire(telling)
    }))
}
