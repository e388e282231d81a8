//! How the platform is asked for generation per type. Nothing here does I/O.

use crate::domain::period::Period;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// Longest period asked for at once, in days. The platform allows a year, but a year of quarter hours of
/// twenty types is a document of more than [`super::MAX_BYTES`]; a quarter is one of about a third of it.
pub const MAX_DAYS_PER_REQUEST: i64 = 92;

/// The secret that the platform takes as a part of the address. It never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl From<String> for Token {
    fn from(secret: String) -> Token {
        Token(secret)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([redacted])")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Cuts a period into those that one request may have each, in order and without gap or overlap.
pub fn requests(period: Period) -> Vec<Period> {
    let length = TimeDelta::days(MAX_DAYS_PER_REQUEST);
    let beginnings = std::iter::successors(Some(period.from()), |from| Some(*from + length));
    beginnings
        .take_while(|from| *from < period.to())
        .map(|from| Period::new(from, period.to().min(from + length)).expect("a part of a period is one"))
        .collect()
}

/// The address of one request, with the secret: never log it, nor an error that holds it.
///
/// `base` is the address without a query (`https://web-api.tp.entsoe.eu/api`), `eic` the area's code.
pub fn address(base: &str, eic: &str, period: Period, token: &Token) -> String {
    format!("{base}?{}", query(eic, period, Some(token)))
}

/// The same address without the secret, for logs and messages.
pub fn address_for_logs(base: &str, eic: &str, period: Period) -> String {
    format!("{base}?{}", query(eic, period, None))
}

fn query(eic: &str, period: Period, token: Option<&Token>) -> String {
    let minute = |at: DateTime<Utc>| at.format("%Y%m%d%H%M").to_string();
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(Token(secret)) = token {
        query.append_pair("securityToken", secret);
    }
    query
        // Actual generation per production type, realised.
        .append_pair("documentType", "A75")
        .append_pair("processType", "A16")
        .append_pair("in_Domain", eic)
        .append_pair("periodStart", &minute(period.from()))
        .append_pair("periodEnd", &minute(period.to()));
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://web-api.tp.entsoe.eu/api";

    #[test]
    fn an_address_asks_for_realised_generation_in_utc() {
        let period = Period::parse("2023-01-01T01:00:00+01:00", "2023-01-02T05:00:00Z").unwrap();
        let token = Token::from("a&b=c".to_owned());
        let asked = "documentType=A75&processType=A16&in_Domain=10YFR-RTE------C\
                     &periodStart=202301010000&periodEnd=202301020500";
        assert_eq!(
            address(BASE, "10YFR-RTE------C", period, &token),
            format!("{BASE}?securityToken=a%26b%3Dc&{asked}")
        );
        assert_eq!(address_for_logs(BASE, "10YFR-RTE------C", period), format!("{BASE}?{asked}"));
    }

    #[test]
    fn a_token_never_prints_itself() {
        let token = Token::from("5ecret".to_owned());
        assert_eq!(
            format!("{token} {token:?} {:?}", Some(&token)),
            "[redacted] Token([redacted]) Some(Token([redacted]))"
        );
    }

    #[test]
    fn a_long_period_is_cut_without_gap_or_overlap() {
        let period = |days, from, to| Period::of_at_most(days, from, to).unwrap();
        let (from, to) = ("2022-12-31T23:00:00Z".parse().unwrap(), "2025-03-01T05:00:00Z".parse().unwrap());
        let parts = requests(period(1000, from, to));
        assert_eq!((parts[0].from(), parts.last().unwrap().to()), (from, to));
        assert!(parts.windows(2).all(|pair| pair[0].to() == pair[1].from()));
        assert!(parts.iter().all(|part| part.hours() <= 24 * MAX_DAYS_PER_REQUEST));
        assert_eq!(parts.len(), 9);
    }

    #[test]
    fn a_short_period_is_one_request() {
        for to in ["2023-01-01T01:00:00Z", "2023-04-03"] {
            let period = Period::parse("2023-01-01", to).unwrap();
            assert_eq!(requests(period), [period]);
        }
        assert_eq!(requests(Period::parse("2023-01-01", "2023-04-03T01:00:00Z").unwrap()).len(), 2);
    }
}
