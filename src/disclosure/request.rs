//! What a request to build asks for: read here, when the request comes in and again by the job that does it.

use super::build::Request;
use super::stated::{MAX_REASON_CHARS, MAX_VERIFICATION_CHARS, Stated, ToldVerification};
use crate::domain::disclosure::VerificationKind;
use crate::domain::equivalent::Household;
use crate::domain::names::Slug;
use crate::domain::period::{Period, parse_end};
use crate::domain::problem::ProblemCode;
use crate::domain::registry::{Provider, Service};
use crate::domain::terms::{Basis, Perimeter, SmallCells};
use crate::ingest::fields::{Fields, date, line, prose, slug, string, word};
use chrono::{DateTime, NaiveDate, Utc};

/// What a request to build asks for.
#[derive(Clone, Debug)]
pub struct NewDisclosure {
    pub service: Slug,
    pub period: Period,
    pub basis: Basis,
    pub perimeter: Perimeter,
    pub baseline: Option<Period>,
    pub small_cells: SmallCells,
    pub stated: Stated,
}

/// The fields of a request to build; `basis` and `perimeter` have defaults that fit the built-in factors.
pub const BUILD_FIELDS: &[&str] = &[
    "service",
    "from",
    "to",
    "basis",
    "perimeter",
    "baseline_from",
    "baseline_to",
    "small_cells",
    "verification",
    "verification_standard",
    "verifier",
    "verified_on",
    "reason",
];

impl NewDisclosure {
    /// Reads the fields of a request; what is wrong is noted with them.
    pub fn read(fields: &mut Fields<'_>, today: NaiveDate) -> Option<NewDisclosure> {
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
        let period = from.zip(to).and_then(|(from, to)| whole_period(fields, "to", from, to));
        let stated = read_stated(fields, period, today);
        let period = period?;
        Some(NewDisclosure {
            service: service?,
            period,
            basis: basis.unwrap_or(Basis::Lifecycle),
            perimeter: perimeter.unwrap_or(Perimeter::Production),
            baseline,
            small_cells: small_cells.unwrap_or(SmallCells::Sites),
            stated: stated?,
        })
    }

    /// The request for a provider and the service that it names.
    pub fn of<'a>(
        &'a self,
        provider: &'a Provider,
        service: &'a Service,
        household: Option<&'a Household>,
    ) -> Request<'a> {
        let NewDisclosure { service: _, period, basis, perimeter, baseline, small_cells, stated } = self;
        Request {
            provider,
            service,
            period: *period,
            basis: *basis,
            perimeter: *perimeter,
            baseline: *baseline,
            small_cells: *small_cells,
            stated,
            household,
        }
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

/// What the provider states of the version. Whether a verification fits is known with its period alone.
fn read_stated(fields: &mut Fields<'_>, period: Option<Period>, today: NaiveDate) -> Option<Stated> {
    let short = |raw: &str| line(raw, MAX_VERIFICATION_CHARS);
    let told = ToldVerification {
        kind: fields
            .optional("verification", |raw| word(raw, VerificationKind::CHOICES, VerificationKind::parse)),
        standard: fields.optional("verification_standard", short),
        verifier: fields.optional("verifier", short),
        verified_on: fields.optional("verified_on", date),
    };
    let reason = fields.optional("reason", |raw| prose(raw, MAX_REASON_CHARS));
    if fields.has_faults() {
        // A part that could not be read would be told to be missing too.
        return None;
    }
    match told.check(period?, today) {
        Ok(verification) => Some(Stated { verification, reason }),
        Err(faults) => {
            fields.faults(faults);
            None
        }
    }
}
