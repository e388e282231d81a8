//! Grid factors: the sets, what they cover, and the hours of a zone.

use super::totals::form;
use crate::domain::problem::ProblemCode as Code;
use crate::http::api::factor_hours::WireHours;
use crate::http::api::factors::{MAX_ZONE_NAME_CHARS, WireSets, WireZone};
use crate::http::openapi::fields::{Value, date, end, line, word};
use crate::http::openapi::operation::Op;
use crate::http::openapi::{headers, vocabulary};
use utoipa::ToSchema;

pub(super) fn operations() -> Vec<Op> {
    vec![
        Op::get("/v1/factors", "list-factor-sets", "List the sets of grid factors")
            .says("Whose they are, under which licence, what they count, and how much there is of them.")
            .query("format", form())
            .answers_public_rows::<WireSets>("The sets."),
        Op::get("/v1/factors/coverage", "factor-coverage", "Ask what there is of a zone")
            .says("By set and UTC year: how many hours are covered, of how many.")
            .required_query("zone", zone(), "DE")
            .query("format", form())
            .answers_public_rows::<WireZone>("What there is."),
        hours(),
    ]
}

fn hours() -> Op {
    Op::get("/v1/factors/hours", "factor-hours", "Read the intensity of every hour of a day")
        .says(
            "What the ladder has for each hour, as a disclosure would take it: the hour itself, else the month, the \
             year, an earlier year, else the same of the zone around. A local day has 23 or 25 hours where clocks \
             change. Instead of `date`, send `from` and `to` for up to 31 days in UTC.",
        )
        .required_query("zone", zone(), "DE")
        .query_like("date", date("A day on the clocks of the zone, from 2000 to 2099."), "2025-10-26")
        .query("from", end("The beginning of a period, instead of `date`."))
        .query("to", end("Its end, no longer inside."))
        .query("basis", word::<vocabulary::Basis>("Of the intensity; `lifecycle` where missing."))
        .query("perimeter", word::<vocabulary::Perimeter>("Of the intensity; `production` where missing."))
        .query("format", form())
        .answers_public_rows::<WireHours>("The hours.")
}

fn zone() -> Value {
    line(
        MAX_ZONE_NAME_CHARS,
        "A zone by any of its names: a country (`DE`), a bidding zone (`SE-SE3`), an EIC, an ISO 3166, Eurostat or \
         ENTSO-E code, or a region of a cloud (`aws:eu-central-1`).",
    )
}

/// Used by the answers of this file alone.
impl Op {
    /// An answer of rows for everybody: JSON, or the same as CSV, with a tag.
    fn answers_public_rows<T: ToSchema>(self, meaning: &'static str) -> Op {
        self.answers_json::<T>(200, meaning)
            .with_content("text/csv", Value::text("The same rows, with a header.").schema())
            .with_header("ETag", headers::etag())
            .answers_not_modified()
            .refuses(&[Code::InvalidFields, Code::Internal, Code::Unavailable])
    }
}

#[cfg(test)]
mod tests {
    use crate::http::api::factor_hours::HOUR_PARAMETERS;
    use std::collections::BTreeSet;

    #[test]
    fn the_parameters_of_hours_are_those_that_are_read() {
        let document: serde_json::Value =
            serde_json::from_str(&crate::http::openapi::DOCUMENT.to_json().unwrap()).unwrap();
        let described = document["paths"]["/v1/factors/hours"]["get"]["parameters"].as_array().unwrap();
        let described: BTreeSet<&str> = described
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(described, HOUR_PARAMETERS.iter().copied().collect());
    }
}
