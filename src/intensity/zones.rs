//! Finding a zone by any of its names.

use crate::db::zone::{self, Zone, ZoneCode};
use crate::db::{DbError, Pool};
use chrono::{DateTime, Utc};

/// The zones and what others call them.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    zones: Vec<Zone>,
    codes: Vec<ZoneCode>,
}

/// There is no such zone; what is near it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no zone '{asked}'{}", near_text(.near))]
pub struct UnknownZone {
    pub asked: String,
    /// Keys with their names, the nearest first.
    pub near: Vec<(String, String)>,
}

fn near_text(near: &[(String, String)]) -> String {
    if near.is_empty() {
        return "; a zone is a country such as DE or a bidding zone such as SE-SE3".to_owned();
    }
    let near: Vec<String> = near.iter().map(|(key, name)| format!("{key} ({name})")).collect();
    format!("; near it are {}", near.join(", "))
}

/// How many near zones are told.
const NEAR: usize = 6;
/// A slip of the keyboard in this many letters is near.
const LETTERS_A_SLIP: usize = 3;

impl Zones {
    pub async fn load(pool: &Pool) -> Result<Zones, DbError> {
        Ok(Zones { zones: zone::zones(pool).await?, codes: zone::codes(pool).await? })
    }

    /// The key of the zone that is meant at an instant: a key itself, an EIC, an ISO 3166 or Eurostat code, a
    /// name of ENTSO-E (`DE_LU` or `DE-LU`), or a region of a cloud (`aws:eu-central-1`).
    pub fn resolve(&self, asked: &str, at: DateTime<Utc>) -> Result<String, UnknownZone> {
        let asked = asked.trim();
        if let Some(zone) = self.zones.iter().find(|zone| zone.key.eq_ignore_ascii_case(asked)) {
            return Ok(zone.key.clone());
        }
        let other = asked.replace('-', "_");
        let is_meant = |code: &ZoneCode| {
            (code.code.eq_ignore_ascii_case(asked) || code.code.eq_ignore_ascii_case(&other))
                && code.valid_from <= at
                && code.valid_to.is_none_or(|valid_to| at < valid_to)
        };
        match self.codes.iter().find(|code| is_meant(code)) {
            Some(code) => Ok(code.zone.clone()),
            None => Err(UnknownZone { asked: asked.to_owned(), near: self.near(asked) }),
        }
    }

    /// Every zone, by key.
    pub fn all(&self) -> &[Zone] {
        &self.zones
    }

    /// The name of a zone, by its key.
    pub fn name_of(&self, key: &str) -> Option<&str> {
        self.zones.iter().find(|zone| zone.key == key).map(|zone| zone.name.as_str())
    }

    /// What others call a zone, by kind and code.
    pub fn codes_of(&self, key: &str) -> Vec<&ZoneCode> {
        self.codes.iter().filter(|code| code.zone == key).collect()
    }

    /// Zones of the country that the text begins with, and zones whose key or name is spelt alike.
    fn near(&self, asked: &str) -> Vec<(String, String)> {
        let asked = asked.to_uppercase();
        let country = asked.get(..2).filter(|_| asked.len() == 2 || asked.get(2..3) == Some("-"));
        let slips_allowed = (asked.len() / LETTERS_A_SLIP).max(1);
        let slips = |text: &str| strsim::osa_distance(&asked, &text.to_uppercase());
        let mut near: Vec<(usize, &Zone)> = Vec::new();
        for zone in &self.zones {
            let fewest = slips(&zone.key).min(slips(&zone.name));
            let is_of_country = country.is_some_and(|country| zone.key.starts_with(country));
            // Two letters are near to every other two: of a key alone, the country must be right.
            let is_spelt_alike = asked.len() > 3 && fewest <= slips_allowed;
            if is_of_country || is_spelt_alike {
                near.push((fewest, zone));
            }
        }
        near.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| one.1.key.cmp(&other.1.key)));
        near.into_iter().take(NEAR).map(|(_, zone)| (zone.key.clone(), zone.name.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intensity::builtin;

    fn zones() -> Zones {
        Zones { zones: builtin::zones(), codes: builtin::codes() }
    }

    fn resolve(asked: &str, at: &str) -> Result<String, String> {
        zones().resolve(asked, at.parse().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_zone_is_found_by_every_name_that_is_used_for_it() {
        for (asked, zone) in [
            ("DE", "DE"),
            ("de", "DE"),
            ("DE_LU", "DE"),
            ("DE-LU", "DE"),
            ("10Y1001A1001A82H", "DE"),
            ("DEU", "DE"),
            ("EL", "GR"),
            ("GR", "GR"),
            ("GRC", "GR"),
            ("UK", "GB"),
            ("NA", "NA"),
            ("NAM", "NA"),
            ("XKX", "XK"),
            ("XK", "XK"),
            ("10YSE-1--------K", "SE"),
            ("10Y1001A1001A46L", "SE-SE3"),
            ("SE_3", "SE-SE3"),
            ("aws:eu-central-1", "DE"),
            ("azure:swedencentral", "SE-SE3"),
        ] {
            assert_eq!(resolve(asked, "2025-01-01T00:00:00Z"), Ok(zone.to_owned()), "{asked}");
        }
    }

    #[test]
    fn a_code_means_what_it_meant_at_that_time() {
        let (before, after) = ("2018-09-30T21:59:59Z", "2018-09-30T22:00:00Z");
        assert_eq!(resolve("DE_AT_LU", before), Ok("DE".to_owned()));
        assert!(resolve("DE_AT_LU", after).is_err());
        assert!(resolve("10Y1001A1001A82H", before).is_err());
        assert_eq!(resolve("10Y1001A1001A82H", after), Ok("DE".to_owned()));
    }

    #[test]
    fn an_unknown_zone_is_refused_with_what_is_near() {
        let now = "2025-01-01T00:00:00Z";
        let text = resolve("SE-SE5", now).unwrap_err();
        assert!(text.contains("there is no zone 'SE-SE5'") && text.contains("SE-SE1"), "{text}");
        let text = resolve("Germny", now).unwrap_err();
        assert!(text.contains("DE (Germany)"), "{text}");
        let text = resolve("qqqqqq", now).unwrap_err();
        assert!(text.contains("such as SE-SE3"), "{text}");
    }
}
