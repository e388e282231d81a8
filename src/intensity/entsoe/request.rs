//! How the platform is asked for generation per type. Nothing here does I/O.

use crate::domain::period::Period;
use chrono::{DateTime, Utc};

/// Longest period asked for at once, in days. The platform allows a year, but a year of quarter hours of
/// twenty types is a document of more than [`super::MAX_BYTES`]; a quarter is one of about a third of it.
pub const MAX_DAYS_PER_REQUEST: i64 = 92;

/// What follows the address of the platform in one request, without the token. `eic` is the area's code.
pub fn path(eic: &str, period: Period) -> String {
    let minute = |at: DateTime<Utc>| at.format("%Y%m%d%H%M").to_string();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        // Actual generation per production type, realised.
        .append_pair("documentType", "A75")
        .append_pair("processType", "A16")
        .append_pair("in_Domain", eic)
        .append_pair("periodStart", &minute(period.from()))
        .append_pair("periodEnd", &minute(period.to()));
    format!("?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_asks_for_realised_generation_in_utc() {
        let period = Period::parse("2023-01-01T01:00:00+01:00", "2023-01-02T05:00:00Z").unwrap();
        assert_eq!(
            path("10YFR-RTE------C", period),
            "?documentType=A75&processType=A16&in_Domain=10YFR-RTE------C\
             &periodStart=202301010000&periodEnd=202301020500"
        );
    }
}
