//! Finding a zone by any of its names.

use crate::db::zone::{self, Zone, ZoneCode};
use crate::db::{DbError, Pool};
use crate::domain::period::Period;
use crate::domain::terms::CodeKind;
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

/// A zone has no code of this kind for all of a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{asked}' has no {} code at {}", .kind.as_str(), .at.format("%Y-%m-%dT%H:%MZ"))]
pub struct NoCode {
    pub asked: String,
    pub kind: CodeKind,
    /// The first instant without one.
    pub at: DateTime<Utc>,
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

    /// Those that ship with the program.
    #[cfg(test)]
    pub(super) fn built_in() -> Zones {
        Zones { zones: super::builtin::zones(), codes: super::builtin::codes() }
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

    /// The codes of one kind under which others know a zone in a period, each with the part of the period in
    /// which it held, without gap. Where the text that was asked for is such a code, it is the only one. Where
    /// a zone has several at a time it is the one that held for the shortest while: Germany is the bidding zone
    /// of that time, not the country, whose code always held. Of two that held alike it is the
    /// later in the alphabet: Kosovo is XKX, as Ember writes it, before XKK.
    ///
    /// # Errors
    ///
    /// There is no code for a part of the period.
    pub fn codes_during(
        &self,
        asked: &str,
        zone: &str,
        kind: CodeKind,
        period: Period,
    ) -> Result<Vec<(String, Period)>, NoCode> {
        let of_kind = || self.codes.iter().filter(|code| code.kind == kind);
        let mut codes: Vec<&ZoneCode> =
            of_kind().filter(|code| code.code.eq_ignore_ascii_case(asked)).collect();
        if codes.is_empty() {
            codes = of_kind().filter(|code| code.zone == zone).collect();
        }
        let holds_at = |code: &&&ZoneCode, at| {
            code.valid_from <= at && code.valid_to.is_none_or(|valid_to| at < valid_to)
        };
        let mut parts = Vec::new();
        let mut from = period.from();
        while from < period.to() {
            let none = || NoCode { asked: asked.to_owned(), kind, at: from };
            let held = codes
                .iter()
                .filter(|code| holds_at(code, from))
                .max_by_key(|code| (code.valid_from, code.valid_to.is_some(), &code.code))
                .ok_or_else(none)?;
            let changes = codes.iter().flat_map(|code| [Some(code.valid_from), code.valid_to]).flatten();
            let to = changes.filter(|at| from < *at).fold(period.to(), DateTime::min);
            // A code that changes within an hour cannot be asked about by the hour.
            let part = Period::of_at_most(period.hours(), from, to).map_err(|_| none())?;
            parts.push((held.code.clone(), part));
            from = to;
        }
        Ok(parts)
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
    fn resolve(asked: &str, at: &str) -> Result<String, String> {
        Zones::built_in().resolve(asked, at.parse().unwrap()).map_err(|error| error.to_string())
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
    fn a_period_is_cut_where_the_code_of_a_zone_changes() {
        let codes = |asked: &str, from: &str, to: &str| {
            let period = Period::parse(from, to).unwrap();
            let zone = resolve(asked, "2018-09-30T00:00:00Z").unwrap_or_else(|_| "DE".to_owned());
            let codes = Zones::built_in().codes_during(asked, &zone, CodeKind::Eic, period);
            let part = |(code, part): (String, Period)| (code, part.to().to_rfc3339());
            codes
                .map(|codes| codes.into_iter().map(part).collect::<Vec<_>>())
                .map_err(|error| error.to_string())
        };
        let (old, new) = ("10Y1001A1001A63L".to_owned(), "10Y1001A1001A82H".to_owned());
        let (split, end) = ("2018-09-30T22:00:00+00:00".to_owned(), "2018-10-02T00:00:00+00:00".to_owned());
        assert_eq!(
            codes("DE", "2018-09-30", "2018-10-02").unwrap(),
            [(old.clone(), split), (new.clone(), end.clone())]
        );
        assert_eq!(codes(&new, "2018-10-01", "2018-10-02").unwrap(), [(new.clone(), end)]);
        // A code that is named is the one that is meant, and it must hold all the time.
        let country = codes("10Y1001A1001A83F", "2018-09-30", "2018-10-02").unwrap();
        assert!(country.iter().all(|(code, _)| code == "10Y1001A1001A83F"), "{country:?}");
        let text = codes(&old, "2018-09-30", "2018-10-02").unwrap_err();
        assert_eq!(text, format!("'{old}' has no eic code at 2018-09-30T22:00Z"));
        assert!(codes("US", "2018-09-30", "2018-10-02").is_err());
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
