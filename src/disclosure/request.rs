//! What a request to build asks for: read here, when the request comes in and again by the job that does it.

use super::build::Request;
use crate::domain::names::Slug;
use crate::domain::period::{Period, parse_end};
use crate::domain::problem::ProblemCode;
use crate::domain::registry::{Provider, Service};
use crate::domain::terms::{Basis, Perimeter, SmallCells};
use crate::ingest::fields::{Fields, slug, string, word};
use chrono::{DateTime, Utc};

/// What a request to build asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDisclosure {
    pub service: Slug,
    pub period: Period,
    pub basis: Basis,
    pub perimeter: Perimeter,
    pub baseline: Option<Period>,
    pub small_cells: SmallCells,
}

/// The fields of a request to build; `basis` and `perimeter` have defaults that fit the built-in factors.
pub const BUILD_FIELDS: &[&str] =
    &["service", "from", "to", "basis", "perimeter", "baseline_from", "baseline_to", "small_cells"];

impl NewDisclosure {
    /// Reads the fields of a request; what is wrong is noted with them.
    pub fn read(fields: &mut Fields<'_>) -> Option<NewDisclosure> {
        let service = fields.required("service", slug);
        let end = |raw: &str| {
            parse_end(&string(raw)?).map_err(|error| (ProblemCode::PeriodInvalid, error.to_string()))
        };
        let (from, to) = (fields.required("from", end), fields.required("to", end));
        let basis = fields.optional("basis", |raw| word(raw, Basis::CHOICES, Basis::parse));
        let perimeter = fields.optional("perimeter", |raw| word(raw, Perimeter::CHOICES, Perimeter::parse));
        let small_cells =
            fields.optional("small_cells", |raw| word(raw, SmallCells::CHOICES, SmallCells::parse));
        let baseline = match (fields.optional("baseline_from", end), fields.optional("baseline_to", end)) {
            (Some(from), Some(to)) => Some(whole_period(fields, "baseline_to", from, to)?),
            (None, None) => None,
            (Some(_), None) => {
                fields.fault("baseline_to", ProblemCode::MissingField, "a baseline has both ends");
                return None;
            }
            (None, Some(_)) => {
                fields.fault("baseline_from", ProblemCode::MissingField, "a baseline has both ends");
                return None;
            }
        };
        let period = whole_period(fields, "to", from?, to?)?;
        Some(NewDisclosure {
            service: service?,
            period,
            basis: basis.unwrap_or(Basis::Lifecycle),
            perimeter: perimeter.unwrap_or(Perimeter::Production),
            baseline,
            small_cells: small_cells.unwrap_or(SmallCells::Sites),
        })
    }

    /// The request for a provider and the service that it names.
    pub fn of<'a>(&self, provider: &'a Provider, service: &'a Service) -> Request<'a> {
        let NewDisclosure { service: _, period, basis, perimeter, baseline, small_cells } = *self;
        Request { provider, service, period, basis, perimeter, baseline, small_cells }
    }
}

fn whole_period(
    fields: &mut Fields<'_>,
    name: &str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Option<Period> {
    Period::new(from, to)
        .map_err(|error| fields.fault(name, ProblemCode::PeriodInvalid, error.to_string()))
        .ok()
}
