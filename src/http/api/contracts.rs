//! `/v1/contracts`: what the key's provider bought to say where its power comes from.

use super::instant;
use crate::app::App;
use crate::db::DbError;
use crate::db::contract;
use crate::db::declared::Told;
use crate::domain::contract::{
    Contract, ContractError, ContractSummary, ContractVolume, MAX_CONTRACT_HOURS, MAX_REFERENCE_CHARS,
    check_days, check_hours,
};
use crate::domain::names::Slug;
use crate::domain::period::{Days, beginning_of};
use crate::domain::problem::ProblemCode;
use crate::domain::registry::Telling;
use crate::domain::terms::{Instrument, Scope};
use crate::http::api::sites::MAX_ZONE_CHARS;
use crate::http::auth::authorise;
use crate::http::etag;
use crate::http::fields::{PageQuery, nothing_named, read};
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, line, number, slug, word};
use crate::intensity::zones::Zones;
use crate::units::{EnergyVolume, Intensity};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A contract as its provider told it. Volumes and factors are decimal text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contract)]
pub struct WireContract {
    /// Its name.
    contract: String,
    #[schema(value_type = vocabulary::Instrument)]
    instrument: &'static str,
    /// The zone whose consumption it may cover, with the zones inside it.
    zone: String,
    /// The first UTC day on which its power is made.
    #[schema(format = Date)]
    from: String,
    /// The first UTC day on which it no longer is.
    #[schema(format = Date)]
    to: String,
    #[schema(value_type = vocabulary::Matching)]
    matching: &'static str,
    /// The whole volume in kilowatt-hours, also where it is matched by the hour; 0 says that the contract was
    /// withdrawn.
    volume_kwh: String,
    /// Grams of CO2e per kilowatt-hour over the life cycle.
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycle_g_per_kwh: Option<String>,
    /// Grams of CO2e per kilowatt-hour that are emitted directly.
    #[serde(skip_serializing_if = "Option::is_none")]
    direct_g_per_kwh: Option<String>,
    /// Where it can be looked up.
    reference: String,
    /// The highest revision of a contract counts.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
    /// The volume of each UTC hour in kilowatt-hours, where it is matched by the hour; only in the answer of one
    /// contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    hours_kwh: Option<Vec<String>>,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContractList)]
pub struct WireContracts {
    contracts: Vec<WireContract>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn wire(telling: &Telling<ContractSummary>) -> WireContract {
    let what = &telling.what;
    let grams = |intensity: Option<Intensity>| intensity.map(|value| value.grams_per_kwh().to_string());
    WireContract {
        contract: what.key.to_string(),
        instrument: what.instrument.as_str(),
        zone: what.zone.clone(),
        from: what.valid.from().to_string(),
        to: what.valid.to().to_string(),
        matching: what.matching.as_str(),
        volume_kwh: what.volume.kilowatt_hours().to_string(),
        lifecycle_g_per_kwh: grams(what.lifecycle),
        direct_g_per_kwh: grams(what.direct),
        reference: what.reference.clone(),
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
        hours_kwh: None,
    }
}

fn summary(contract: &Contract) -> Result<ContractSummary, Problem> {
    // Reading a contract checks that its hours have a sum.
    Ok(contract.summary().ok_or_else(|| DbError::Unreadable("hours_wh".to_owned()))?)
}

/// Every telling of the contracts of the key's provider.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let mut found = contract::list(&app.pool, key.provider, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    let contracts = found.iter().map(wire).collect();
    Ok(HttpResponse::Ok().json(WireContracts { contracts, next_cursor }))
}

/// One contract in its latest terms, with its hours.
pub async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let not_there = || nothing_named("contract", &path);
    let name = Slug::parse(&path).map_err(|_| not_there())?;
    let latest = contract::latest(&app.pool, key.provider, &name).await?.ok_or_else(not_there)?;
    let Telling { what, revision, recorded_at } = latest;
    let mut answer = wire(&Telling { what: summary(&what)?, revision, recorded_at });
    if let ContractVolume::Hourly(hours) = &what.volume {
        answer.hours_kwh = Some(hours.iter().map(|hour| hour.kilowatt_hours().to_string()).collect());
    }
    etag::json(&request, &answer)
}

/// The fields of a contract.
pub const CONTRACT_FIELDS: &[&str] = &[
    "contract",
    "instrument",
    "zone",
    "from",
    "to",
    "volume_kwh",
    "hours_kwh",
    "lifecycle_g_per_kwh",
    "direct_g_per_kwh",
    "reference",
];

fn fault(fields: &mut Fields<'_>, field: &str, error: ContractError) {
    let code = match error {
        ContractError::TooLong => ProblemCode::PeriodInvalid,
        ContractError::Hours { .. } => ProblemCode::HoursIncomplete,
        ContractError::TooMuch => ProblemCode::OutOfRange,
    };
    fields.fault(field, code, error.to_string());
}

/// Exactly one of `volume_kwh` and `hours_kwh`.
fn read_volume(fields: &mut Fields<'_>, valid: Option<Days>) -> Option<ContractVolume> {
    let volume = |raw: &str| number(raw, EnergyVolume::parse_kwh);
    match (fields.has("volume_kwh"), fields.has("hours_kwh")) {
        (true, true) => {
            let detail = "volume_kwh and hours_kwh are both given; leave volume_kwh out where the power is \
                          matched by the hour";
            fields.fault("volume_kwh", ProblemCode::VolumeTwice, detail);
        }
        (false, false) => {
            let detail = "send volume_kwh, or hours_kwh with one volume for each UTC hour";
            fields.fault("volume_kwh", ProblemCode::VolumeMissing, detail);
        }
        _ => {}
    }
    let annual = fields.optional("volume_kwh", volume).map(ContractVolume::Annual);
    let Some((hours, length)) = fields.list("hours_kwh", MAX_CONTRACT_HOURS, volume) else { return annual };
    // Of days that are too long or cannot be read, the number of hours is not known.
    let valid = valid.filter(|valid| check_days(*valid).is_ok())?;
    let hourly = match check_hours(length, valid) {
        Ok(()) if hours.len() < length => return None,
        Ok(()) => ContractVolume::hourly(hours, valid),
        Err(error) => Err(error),
    };
    hourly.map_err(|error| fault(fields, "hours_kwh", error)).ok()
}

fn read_contract(fields: &mut Fields<'_>, zones: &Zones, now: DateTime<Utc>) -> Option<Contract> {
    let key = fields.required("contract", slug);
    let instrument = fields.required("instrument", |raw| word(raw, Instrument::CHOICES, Instrument::parse));
    let valid = fields.days();
    if let Some(Err(error)) = valid.map(check_days) {
        fault(fields, "to", error);
    }
    // A code of a zone means what it meant when the power was made.
    let at = valid.map_or(now, |valid| beginning_of(valid.from()));
    let zone = fields.required("zone", |raw| {
        let asked = line(raw, MAX_ZONE_CHARS)?;
        zones.resolve(&asked, at).map_err(|unknown| (ProblemCode::UnknownZone, unknown.to_string()))
    });
    let volume = read_volume(fields, valid);
    let intensity = |raw: &str| number(raw, Intensity::parse_grams_per_kwh);
    if !fields.has("lifecycle_g_per_kwh") && !fields.has("direct_g_per_kwh") {
        let detail = "send lifecycle_g_per_kwh, direct_g_per_kwh or both: a disclosure uses the contracts that \
                      state a factor of its basis";
        fields.fault("lifecycle_g_per_kwh", ProblemCode::MissingField, detail);
    }
    let lifecycle = fields.optional("lifecycle_g_per_kwh", intensity);
    let direct = fields.optional("direct_g_per_kwh", intensity);
    let reference = fields.required("reference", |raw| line(raw, MAX_REFERENCE_CHARS));
    Some(Contract {
        key: key?,
        instrument: instrument?,
        zone: zone?,
        valid: valid?,
        volume: volume?,
        lifecycle,
        direct,
        reference: reference?,
    })
}

/// Tells a contract, or new terms of one.
pub async fn post(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (zones, now) = (Zones::load(&app.pool).await?, app.clock.now());
    let contract =
        read(&request, payload, CONTRACT_FIELDS, |fields| read_contract(fields, &zones, now)).await?;
    let what = summary(&contract)?;
    let told: Told = contract::tell(&app.pool, key.provider, &contract, now).await?;
    Ok(super::told(told, what, wire))
}
