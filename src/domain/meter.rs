//! Within how many per cent the meters of a site tell energy, as its provider declares it.

use super::ids::SiteId;
use super::period::Days;
use super::terms::MeterClassKind;
use crate::units::{Decimal, DecimalError};

/// The largest error of a meter either way, in parts per million of what it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeterClass(i64);

impl MeterClass {
    /// 0.1 %: the best class of meters for active energy (IEC 62053-22, class 0.1 S).
    pub const LEAST_PPM: i64 = 1_000;
    /// 50 %: what is told no better than that is no measurement.
    pub const MOST_PPM: i64 = 500_000;

    /// `None` beyond the bounds.
    pub fn from_ppm(ppm: i64) -> Option<MeterClass> {
        (MeterClass::LEAST_PPM..=MeterClass::MOST_PPM).contains(&ppm).then_some(MeterClass(ppm))
    }

    /// Per cent with at most 4 decimals are exact: `0.5` is ± 0.5 %.
    pub fn parse_percent(text: &str) -> Result<MeterClass, DecimalError> {
        let ppm = i64::try_from(Decimal::parse(text)?.to_scaled(4)?);
        ppm.ok().and_then(MeterClass::from_ppm).ok_or(DecimalError::OutOfRange)
    }

    pub fn ppm(self) -> i64 {
        self.0
    }

    /// The same in per cent, without zeros at the end.
    pub fn percent(self) -> Decimal {
        Decimal::new(self.0.into(), 4).without_trailing_zeros()
    }
}

/// The class of a site's meters, or of the counters in its devices, in some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteMeterClass {
    pub site: SiteId,
    pub kind: MeterClassKind,
    pub valid: Days,
    pub revision: i32,
    pub class: MeterClass,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cent_are_exact_parts_per_million_and_keep_within_what_a_meter_can_be() {
        for (text, ppm, percent) in [
            ("0.5", 5_000, "0.5"),
            ("0.1", 1_000, "0.1"),
            ("50.0000", 500_000, "50"),
            ("2.3456", 23_456, "2.3456"),
        ] {
            let class = MeterClass::parse_percent(text).unwrap();
            assert_eq!((class.ppm(), class.percent().to_string().as_str()), (ppm, percent));
        }
        for text in ["0", "0.0999", "50.0001", "-0.5", "1e30"] {
            assert_eq!(MeterClass::parse_percent(text), Err(DecimalError::OutOfRange), "{text}");
        }
        assert_eq!(MeterClass::parse_percent("0.50001"), Err(DecimalError::TooManyDecimals { allowed: 4 }));
        assert_eq!(MeterClass::parse_percent("0,5"), Err(DecimalError::NotANumber));
    }
}
