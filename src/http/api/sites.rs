//! `/v1/sites`: the sites of the key's provider, their factors and water use, and their hardware.

use super::instant;
use crate::app::App;
use crate::db::declared;
use crate::db::register::{self, Put, SitePut, Wanted};
use crate::domain::ids::{ProviderId, SiteId};
use crate::domain::names::Name;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::registry::{Hardware, SiteDeclaration, SiteFacts, SiteValue, Telling};
use crate::domain::terms::{Scope, SiteSeries, WaterDefinition};
use crate::domain::water::{DefinitionError, MAX_DEFINITION_CHARS, WueDefinition};
use crate::http::auth::authorise;
use crate::http::etag;
use crate::http::fields::{MAX_NAME_CHARS, MAX_NOTE_CHARS, PageQuery, new_name, nothing_named, read};
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, line, number, prose, whole, word};
use crate::intensity::zones::Zones;
use crate::units::Decimal;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// A site as its provider registered it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Site)]
pub struct WireSite {
    /// Its name in records.
    site: String,
    /// Its name for people.
    name: String,
    /// The grid zone of the data centre: a country or a bidding zone.
    zone: String,
    /// A remark for the provider's own use; it is not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Sites by name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SiteList)]
pub struct WireSites {
    sites: Vec<WireSite>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A declared number of a site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SiteFactor)]
pub struct WireFactor {
    /// pue, server_per_accelerator, it_per_server, metered_class, counter_class or wue.
    #[schema(value_type = vocabulary::SiteSeries)]
    kind: &'static str,
    /// Decimal text: a plain ratio, per cent either way for the classes of meters, and for wue litres per
    /// kilowatt-hour of IT energy.
    value: String,
    /// Of wue: by whose definition it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<vocabulary::WaterDefinition>)]
    definition: Option<&'static str>,
    /// Which other definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    definition_text: Option<String>,
    /// The first UTC day for which it holds.
    #[schema(format = Date)]
    from: String,
    /// The first UTC day for which it no longer holds.
    #[schema(format = Date)]
    to: String,
    /// Counted for each kind; later revisions count where two overlap.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SiteFactorList)]
pub struct WireFactors {
    factors: Vec<WireFactor>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Accelerators of one kind in a site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hardware)]
pub struct WireHardware {
    accelerator: String,
    /// How many; zero says that there are none any more.
    accelerators: i32,
    /// The first UTC day for which it holds.
    #[schema(format = Date)]
    from: String,
    /// The first UTC day for which it no longer holds.
    #[schema(format = Date)]
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Later revisions of one accelerator count where two overlap.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HardwareList)]
pub struct WireHardwareList {
    hardware: Vec<WireHardware>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn wire(site: Name, facts: SiteFacts) -> WireSite {
    let SiteFacts { name, zone, note } = facts;
    WireSite { site: site.to_string(), name, zone, note }
}

fn wire_factor(telling: &Telling<SiteDeclaration>) -> WireFactor {
    let SiteDeclaration { value, valid } = &telling.what;
    let definition = match value {
        SiteValue::Water(water) => Some(&water.definition),
        SiteValue::Factor(..) | SiteValue::Class(..) => None,
    };
    WireFactor {
        kind: value.series(),
        value: value.decimal().to_string(),
        definition: definition.map(|definition| definition.word().as_str()),
        definition_text: definition.and_then(|definition| definition.text()).map(str::to_owned),
        from: valid.from().to_string(),
        to: valid.to().to_string(),
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
    }
}

fn wire_hardware(telling: &Telling<Hardware>) -> WireHardware {
    let what = &telling.what;
    WireHardware {
        accelerator: what.accelerator.clone(),
        accelerators: what.accelerators,
        from: what.valid.from().to_string(),
        to: what.valid.to().to_string(),
        note: what.note.clone(),
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
    }
}

/// The sites of the key's provider.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let wanted = Wanted::page(page.after()?, page.rows());
    let mut found = register::sites(&app.pool, key.provider, wanted).await?;
    let next_cursor = page.cut_by_name(&mut found, |(_, site, _)| site.as_str());
    let sites = found.into_iter().map(|(_, site, facts)| wire(site, facts)).collect();
    Ok(HttpResponse::Ok().json(WireSites { sites, next_cursor }))
}

/// One site.
pub async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let (_, site, facts) = find(&app, key.provider, &path).await?;
    etag::json(&request, &wire(site, facts))
}

pub(super) async fn find(
    app: &App,
    provider: ProviderId,
    name: &str,
) -> Result<(SiteId, Name, SiteFacts), Problem> {
    let not_there = || nothing_named("site", name);
    let site = Name::parse(name).map_err(|_| not_there())?;
    let found = register::sites(&app.pool, provider, Wanted::one(site.as_str())).await?;
    found.into_iter().next().ok_or_else(not_there)
}

/// Most characters of a zone.
pub const MAX_ZONE_CHARS: usize = 40;

/// The fields of a site that is put.
pub const SITE_FIELDS: &[&str] = &["name", "zone", "note"];

/// Registers a site, or changes what may change of it.
pub async fn put(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let site = new_name(&path)?;
    let mut facts = read(&request, payload, SITE_FIELDS, |fields| {
        let name = fields.required("name", |raw| line(raw, MAX_NAME_CHARS));
        let zone = fields.required("zone", |raw| line(raw, MAX_ZONE_CHARS));
        let note = fields.optional("note", |raw| prose(raw, MAX_NOTE_CHARS));
        Some(SiteFacts { name: name?, zone: zone?, note })
    })
    .await?;
    let now = app.clock.now();
    facts.zone = Zones::load(&app.pool).await?.resolve(&facts.zone, now).map_err(|unknown| {
        let fault = Fault::new("/zone", ProblemCode::UnknownZone, unknown.to_string());
        Problem::invalid_fields(vec![fault])
    })?;
    let mut response = match register::put_site(&app.pool, key.provider, &site, &facts, now).await? {
        SitePut::Done(Put::Created) => HttpResponse::Created(),
        SitePut::Done(Put::Updated) => HttpResponse::Ok(),
        SitePut::ZoneFixed => {
            let detail = format!("records name '{site}', so its zone cannot change");
            return Err(Problem::new(ProblemCode::MeaningFixed, detail));
        }
    };
    Ok(response.json(wire(site, facts)))
}

/// The fields of a declared number.
pub const FACTOR_FIELDS: &[&str] = &["kind", "value", "definition", "definition_text", "from", "to"];

/// By whose definition water use was measured; the other numbers have none.
fn read_definition(fields: &mut Fields<'_>, kind: Option<SiteSeries>) -> Option<WueDefinition> {
    if kind.is_some_and(|kind| kind != SiteSeries::Wue) {
        for field in ["definition", "definition_text"] {
            if fields.has(field) {
                let detail = format!("'{field}' belongs to kind 'wue' alone");
                fields.fault(field, ProblemCode::FieldMisplaced, detail);
            }
        }
        return Some(WueDefinition::default());
    }
    let word =
        fields.optional("definition", |raw| word(raw, WaterDefinition::CHOICES, WaterDefinition::parse));
    let text = fields.optional("definition_text", |raw| line(raw, MAX_DEFINITION_CHARS));
    // Of a word that is not known it is not said whether it needs a text, nor of a text that was refused.
    if (fields.has("definition") && word.is_none()) || (fields.has("definition_text") && text.is_none()) {
        return None;
    }
    let definition = WueDefinition::new(word.unwrap_or(WaterDefinition::NotStated), text);
    match definition {
        Ok(definition) => return Some(definition),
        Err(DefinitionError::Unnamed) => {
            let detail = "definition_text is required with 'other': name the definition";
            fields.fault("definition_text", ProblemCode::MissingField, detail);
        }
        Err(DefinitionError::Misnamed) => {
            let detail = "definition_text belongs to the definition 'other' alone";
            fields.fault("definition_text", ProblemCode::FieldMisplaced, detail);
        }
    }
    None
}

fn read_factor(fields: &mut Fields<'_>) -> Option<SiteDeclaration> {
    let kind = fields.required("kind", |raw| word(raw, SiteSeries::CHOICES, SiteSeries::parse));
    let value = fields.required("value", |raw| match kind {
        Some(kind) => number(raw, |text| SiteValue::parse(kind, text)).map(Some).map_err(|fault| {
            let out_of_range = fault.0 == ProblemCode::OutOfRange;
            if out_of_range { (fault.0, SiteValue::range(kind).to_owned()) } else { fault }
        }),
        // Which range the value has is not known, but that it must be a number is.
        None => number(raw, |text| Decimal::parse(text).map(|_| None::<SiteValue>)),
    });
    let valid = fields.days();
    let definition = read_definition(fields, kind);
    Some(SiteDeclaration { value: value??.defined_by(definition?), valid: valid? })
}

/// Declares a factor, the class of meters or the water use of a site.
pub async fn post_factor(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (site, ..) = find(&app, key.provider, &path).await?;
    let declaration = read(&request, payload, FACTOR_FIELDS, read_factor).await?;
    let told = declared::tell_site(&app.pool, site, declaration.clone(), app.clock.now()).await?;
    Ok(super::told(told, declaration, wire_factor))
}

/// Every telling of the factors, the classes of meters and the water use of a site.
pub async fn list_factors(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let (site, ..) = find(&app, key.provider, &path).await?;
    let mut found = declared::site_declarations(&app.pool, site, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    let factors = found.iter().map(wire_factor).collect();
    Ok(HttpResponse::Ok().json(WireFactors { factors, next_cursor }))
}

/// The fields of declared hardware.
pub const HARDWARE_FIELDS: &[&str] = &["accelerator", "accelerators", "from", "to", "note"];

/// Declares how many accelerators of one kind stand in a site.
pub async fn post_hardware(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (site, ..) = find(&app, key.provider, &path).await?;
    let hardware = read(&request, payload, HARDWARE_FIELDS, |fields| {
        let accelerator = fields.required("accelerator", |raw| line(raw, MAX_NAME_CHARS));
        let accelerators = fields.required("accelerators", |raw| whole(raw, 0..=i32::MAX.into()));
        let valid = fields.days();
        let note = fields.optional("note", |raw| prose(raw, MAX_NOTE_CHARS));
        let accelerators = i32::try_from(accelerators?).ok()?;
        Some(Hardware { valid: valid?, accelerator: accelerator?, accelerators, note })
    })
    .await?;
    let told = declared::tell_hardware(&app.pool, site, &hardware, app.clock.now()).await?;
    Ok(super::told(told, hardware, wire_hardware))
}

/// Every telling of the hardware of a site.
pub async fn list_hardware(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let (site, ..) = find(&app, key.provider, &path).await?;
    let mut found = declared::hardware(&app.pool, site, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    let hardware = found.iter().map(wire_hardware).collect();
    Ok(HttpResponse::Ok().json(WireHardwareList { hardware, next_cursor }))
}
