//! Emission factors by production type, and what ENTSO-E calls the types.

use crate::domain::terms::Basis;
use crate::units::Intensity;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const FACTORS: &str = include_str!("../../../data/factors/generation_emission_factors.csv");
const PSR_TYPES: &str = include_str!("../../../data/zones/entsoe_psr_types.csv");

/// The built-in table by name. A test pins the bytes of the two files to it: other numbers, other version.
const VERSION: &str = "ipcc-ar5-1";

/// Names that ENTSO-E's list and the table of factors spell differently.
const SPELT_OTHERWISE: &[(&str, &str)] =
    &[("Hydro Run-of-river and pondage", "Hydro Run-of-river and poundage")];

/// Names by `psrType` code, as ENTSO-E lists them: production types, and others that generate nothing.
static NAMES: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| rows::<PsrTypeRow>(PSR_TYPES).map(|row| (row.psr_type, row.name)).collect());

/// Grams CO2e per kilowatt-hour generated, by production type: medians of IPCC AR5 WG3 Annex III, and other
/// public defaults for oil and the unknown (`data/README.md`). One version of the table never changes.
#[derive(Clone, Debug)]
pub struct GenerationFactors {
    by_psr_type: BTreeMap<&'static str, Factor>,
}

#[derive(Clone, Copy, Debug)]
struct Factor {
    lifecycle: Intensity,
    direct: Intensity,
}

#[derive(Deserialize)]
struct FactorRow {
    production_type: String,
    lifecycle_gco2e_per_kwh: String,
    direct_gco2_per_kwh: String,
}

#[derive(Deserialize)]
struct PsrTypeRow {
    psr_type: String,
    name: String,
}

impl GenerationFactors {
    /// The table that ships with the program.
    pub fn built_in() -> GenerationFactors {
        let parse = |text: &str| Intensity::parse_grams_per_kwh(text).expect("a built-in factor");
        let by_name: BTreeMap<String, Factor> = rows::<FactorRow>(FACTORS)
            .map(|row| {
                let (lifecycle, direct) =
                    (parse(&row.lifecycle_gco2e_per_kwh), parse(&row.direct_gco2_per_kwh));
                (row.production_type, Factor { lifecycle, direct })
            })
            .collect();
        let of = |name: &str| {
            let spelt =
                SPELT_OTHERWISE.iter().find(|(entsoe, _)| *entsoe == name).map_or(name, |pair| pair.1);
            by_name.get(spelt).copied()
        };
        let by_psr_type = NAMES.iter().filter_map(|(code, name)| Some((code.as_str(), of(name)?))).collect();
        GenerationFactors { by_psr_type }
    }

    /// Names the table, for the release of what is worked out with it.
    pub fn version(&self) -> &'static str {
        VERSION
    }

    /// The factor of a `psrType` code (`B14`); `None` where the table has none.
    pub fn of(&self, psr_type: &str, basis: Basis) -> Option<Intensity> {
        self.by_psr_type.get(psr_type).map(|factor| match basis {
            Basis::Lifecycle => factor.lifecycle,
            Basis::Direct => factor.direct,
        })
    }
}

/// What ENTSO-E calls a `psrType` code; `None` where it lists no such code.
pub(super) fn name_of(psr_type: &str) -> Option<&'static str> {
    NAMES.get(psr_type).map(String::as_str)
}

/// The rows of a built-in file; a test reads both files, so a row that does not fit cannot ship.
fn rows<T: serde::de::DeserializeOwned>(text: &'static str) -> impl Iterator<Item = T> {
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .map(|row| row.expect("a built-in row fits its columns"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn every_type_that_generates_has_a_factor_or_is_refused_on_purpose() {
        let factors = GenerationFactors::built_in();
        // B21 to B24 are lines and stations, which generate nothing; B25 is storage of all kinds, for which
        // the table has no factor; the A codes are no production types.
        let refused = ["A03", "A04", "A05", "B21", "B22", "B23", "B24", "B25"];
        for (code, name) in NAMES.iter() {
            for basis in [Basis::Lifecycle, Basis::Direct] {
                assert_eq!(
                    factors.of(code, basis).is_none(),
                    refused.contains(&code.as_str()),
                    "{code} {name}"
                );
            }
        }
        for number in 1..=25 {
            assert!(name_of(&format!("B{number:02}")).is_some(), "B{number:02}");
        }
        assert_eq!(name_of("B26"), None);
    }

    #[test]
    fn every_factor_of_the_table_is_used() {
        assert_eq!(GenerationFactors::built_in().by_psr_type.len(), FACTORS.lines().count() - 1);
    }

    #[test]
    fn factors_are_those_of_the_file() {
        let factors = GenerationFactors::built_in();
        for (code, lifecycle, direct) in [
            ("B02", 820, 760),
            ("B04", 490, 370),
            ("B06", 650, 406),
            ("B11", 24, 0),
            ("B14", 12, 0),
            ("B20", 700, 575),
        ] {
            let grams = |basis| factors.of(code, basis).unwrap().micrograms_per_kwh();
            assert_eq!(grams(Basis::Lifecycle), lifecycle * 1_000_000, "{code}");
            assert_eq!(grams(Basis::Direct), direct * 1_000_000, "{code}");
        }
    }

    #[test]
    fn another_table_needs_another_version() {
        let digest = hex::encode(Sha256::digest(format!("{FACTORS}\n{PSR_TYPES}")));
        assert_eq!((VERSION, &digest[..16]), ("ipcc-ar5-1", "842f3ae527d5a17c"));
    }
}
