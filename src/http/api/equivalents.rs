//! `GET /v1/equivalents`: what an amount of energy is as much as, in a sentence. Public, because whoever shows a
//! figure may want to say it in other words.

use crate::app::App;
use crate::domain::equivalent::{Equivalent, Yardstick};
use crate::domain::problem::ProblemCode;
use crate::http::etag;
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::method::equivalent::equivalent;
use crate::text::{self, Language};
use crate::units::{DecimalError, EnergyTotal};
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use std::convert::Infallible;
use utoipa::ToSchema;

/// Reads an energy of one unit.
type Parse = fn(&str) -> Result<EnergyTotal, DecimalError>;

/// Parameters of which exactly one is sent, each with its unit in its name.
const ENERGY: [(&str, Parse); 3] = [
    ("energy_wh", EnergyTotal::parse_wh),
    ("energy_kwh", EnergyTotal::parse_kwh),
    ("energy_j", EnergyTotal::parse_joules),
];

/// What an amount of energy is as much as. Numbers are rounded for people: to two significant figures, and to
/// tenths of a second between 0.1 s and 1 s.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Equivalent)]
pub struct WireEquivalent {
    /// A sentence without a full stop, with the assumption that it makes.
    text: String,
    #[schema(value_type = vocabulary::Language)]
    language: &'static str,
    /// The energy, rounded.
    energy: String,
    #[schema(value_type = vocabulary::EnergyUnit)]
    energy_unit: &'static str,
    #[schema(value_type = vocabulary::EquivalentAppliance)]
    appliance: &'static str,
    /// How many of `unit` it is, rounded.
    quantity: String,
    #[schema(value_type = vocabulary::EquivalentUnit)]
    unit: &'static str,
    /// The power of the appliance that is assumed; missing where nothing runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    power_w: Option<String>,
    /// The energy that boils a litre of water, where that is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    litre_wh: Option<String>,
    /// What a household uses in a year, where that is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    household_kwh: Option<String>,
    /// Where the assumption comes from.
    source: String,
}

fn wire(language: Language, found: Equivalent) -> WireEquivalent {
    let text = text::equivalent(language, &found);
    let Equivalent { energy, energy_unit, quantity, yardstick, source } = found;
    let (mut power_w, mut litre_wh, mut household_kwh) = (None, None, None);
    match yardstick {
        Yardstick::Running { power, .. } | Yardstick::LampYears { power } => {
            power_w = Some(power.watts().to_string());
        }
        Yardstick::LitresBoiled { per_litre } => litre_wh = Some(per_litre.watt_hours().to_string()),
        Yardstick::HouseholdDays { per_year } | Yardstick::HouseholdYears { per_year } => {
            household_kwh = Some(per_year.kilowatt_hours().to_string());
        }
    }
    WireEquivalent {
        text,
        language: language.as_str(),
        energy: energy.to_string(),
        energy_unit: energy_unit.as_str(),
        appliance: yardstick.key(),
        quantity: quantity.to_string(),
        unit: yardstick.unit(),
        power_w,
        litre_wh,
        household_kwh,
        source,
    }
}

/// The sentence for the energy that is asked for.
pub async fn show(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut query = Query::read(&request, &["energy_wh", "energy_kwh", "energy_j", "language"]);
    let language = query.optional("language", ProblemCode::UnknownWord, Language::from_tag);
    let asked = energy(&mut query);
    let found = asked.and_then(|(name, energy)| {
        let found = equivalent(energy, app.household.as_deref());
        if found.is_none() {
            let detail =
                format!("'{name}' must be an energy from 1 mJ to 1 TWh; there is no equivalent of others");
            query.fault(name, ProblemCode::OutOfRange, detail);
        }
        found
    });
    let found = query.finish(found)?;
    let mut response = etag::json(&request, &wire(language.unwrap_or(Language::English), found))?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}

/// The one energy, with the name of its parameter.
fn energy(query: &mut Query) -> Option<(&'static str, EnergyTotal)> {
    let given: Vec<_> = ENERGY.into_iter().filter(|(name, _)| query.has(name)).collect();
    let (name, parse) = match given.as_slice() {
        [] => {
            let detail = "send exactly one of energy_wh, energy_kwh and energy_j";
            query.fault("energy_wh", ProblemCode::EnergyMissing, detail);
            return None;
        }
        [one] => *one,
        [(first, _), (second, _), ..] => {
            query.fault(second, ProblemCode::EnergyTwice, format!("{first} and {second} are both given"));
            return None;
        }
    };
    let text = query.optional(name, ProblemCode::NotANumber, |text| Ok::<_, Infallible>(text.to_owned()))?;
    match parse(&text) {
        Ok(energy) => Some((name, energy)),
        Err(error) => {
            let code = match error {
                DecimalError::NotANumber => ProblemCode::NotANumber,
                DecimalError::TooManyDecimals { .. } => ProblemCode::TooManyDecimals,
                DecimalError::OutOfRange => ProblemCode::OutOfRange,
            };
            query.fault(name, code, format!("'{name}' {error}"));
            None
        }
    }
}
