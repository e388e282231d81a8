//! From the boundary that a provider measured within to the energy of the whole facility.
//!
//! Each layer is a multiplier: server ÷ accelerator, IT ÷ server, facility ÷ IT (the PUE). What a
//! provider declares for a site is used; where it declares none, the default is used and flagged.

use crate::domain::ids::SiteId;
use crate::domain::meter::SiteMeterClass;
use crate::domain::registry::{SiteBoundary, SiteFactor};
use crate::domain::terms::{Boundary, EnergyTerms, Evidence, MeterClassKind, SiteFactorKind};
use crate::units::{Decimal, EnergyTotal, MICROJOULES_PER_KWH, MICROJOULES_PER_WH, PPM, Ratio};
use chrono::{DateTime, NaiveDate, Utc};
use ethnum::I256;
use std::collections::HashMap;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// Default server ÷ accelerator, from the one published production breakdown of a prompt's energy
/// (accelerators 58 %, host 25 %): (58 + 25) ÷ 58.
pub const DEFAULT_SERVER_PER_ACCELERATOR: Ratio = Ratio::from_ppm(1_430_000);
/// Default IT ÷ server, from the same breakdown (idle capacity 10 %): (58 + 25 + 10) ÷ (58 + 25).
pub const DEFAULT_IT_PER_SERVER: Ratio = Ratio::from_ppm(1_120_000);
/// Default PUE: energy-weighted average of the data centres that reported to the EU database.
pub const DEFAULT_PUE: Ratio = Ratio::from_ppm(1_360_000);

/// The default of one layer.
pub fn default_of(kind: SiteFactorKind) -> Ratio {
    match kind {
        SiteFactorKind::ServerPerAccelerator => DEFAULT_SERVER_PER_ACCELERATOR,
        SiteFactorKind::ItPerServer => DEFAULT_IT_PER_SERVER,
        SiteFactorKind::Pue => DEFAULT_PUE,
    }
}

/// A sum of energy in units of 10⁻¹⁸ µJ. Three layer factors of six decimals each make at most 18
/// decimals, so a normalised sum is an exact integer and nothing is rounded on the way to the figure.
/// 256 bits hold the product of the largest total, three factors of 10 and the largest intensity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScaledEnergy(I256);

impl ScaledEnergy {
    pub const ZERO: ScaledEnergy = ScaledEnergy(I256::ZERO);
    pub const PER_MICROJOULE: i128 = 1_000_000_000_000_000_000;

    pub(super) fn from_raw(raw: I256) -> ScaledEnergy {
        ScaledEnergy(raw)
    }

    pub(super) fn raw(self) -> I256 {
        self.0
    }

    /// Whole microjoules, rounded down.
    pub fn microjoules(self) -> i128 {
        // The largest total times three factors of 10 is far below 2¹²⁷ µJ.
        i128::try_from(self.0 / I256::new(Self::PER_MICROJOULE)).unwrap_or(i128::MAX)
    }

    pub fn minus(self, other: ScaledEnergy) -> ScaledEnergy {
        ScaledEnergy(self.0 - other.0)
    }

    /// Watt-hours divided by a count, with the given decimals, rounded half to even; `None` for a
    /// count of zero.
    pub fn wh_per(self, count: i128, decimals: u32) -> Option<Decimal> {
        let unit = I256::new(Self::PER_MICROJOULE) * I256::from(MICROJOULES_PER_WH);
        Decimal::from_ratio(self.0, unit * I256::new(count), decimals)
    }

    /// The share of this in a whole, with six decimals; `None` where the whole is zero.
    pub fn share_of(self, whole: ScaledEnergy) -> Option<Decimal> {
        Decimal::from_ratio(self.0, whole.0, 6)
    }
}

impl Add for ScaledEnergy {
    type Output = ScaledEnergy;
    fn add(self, other: ScaledEnergy) -> ScaledEnergy {
        ScaledEnergy(self.0 + other.0)
    }
}

impl AddAssign for ScaledEnergy {
    fn add_assign(&mut self, other: ScaledEnergy) {
        self.0 += other.0;
    }
}

impl Sum for ScaledEnergy {
    fn sum<I: Iterator<Item = ScaledEnergy>>(parts: I) -> ScaledEnergy {
        parts.fold(ScaledEnergy::ZERO, Add::add)
    }
}

/// A sum of energy × intensity, in units of 10⁻¹⁸ µJ · µg/kWh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScaledCarbon(I256);

impl ScaledCarbon {
    pub fn add(&mut self, energy: ScaledEnergy, micrograms_per_kwh: i64) {
        self.0 += energy.0 * I256::from(micrograms_per_kwh);
    }

    pub(super) fn from_raw(raw: I256) -> ScaledCarbon {
        ScaledCarbon(raw)
    }

    /// Adds a sum of microjoules × intensity whose energy is multiplied by `factor` (in 10⁻¹⁸) on its way to the facility.
    pub(super) fn add_weighted(&mut self, weighted: I256, factor: I256) {
        self.0 += weighted * factor;
    }

    pub(super) fn merge(&mut self, other: ScaledCarbon) {
        self.0 += other.0;
    }

    /// The share of this in a whole, with six decimals; `None` where the whole is zero.
    pub(super) fn share_of(self, whole: ScaledCarbon) -> Option<Decimal> {
        Decimal::from_ratio(self.0, whole.0, 6)
    }

    /// Grams divided by a count, with the given decimals, rounded half to even.
    pub fn grams_per(self, count: i128, decimals: u32) -> Option<Decimal> {
        let microgram = I256::new(ScaledEnergy::PER_MICROJOULE) * I256::from(MICROJOULES_PER_KWH);
        Decimal::from_ratio(self.0, microgram * I256::new(1_000_000) * I256::new(count), decimals)
    }
}

/// The three multipliers of one site and hour, and which of them are defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    pub server_per_accelerator: Layer,
    pub it_per_server: Layer,
    pub pue: Layer,
}

/// One multiplier and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Index of the site's factor within the table.
    Declared(Ratio, usize),
    Default(Ratio),
}

impl Layer {
    pub fn ratio(self) -> Ratio {
        match self {
            Layer::Declared(ratio, _) | Layer::Default(ratio) => ratio,
        }
    }
}

impl Layers {
    /// The layers that lie between a boundary and the facility, innermost first.
    pub fn applied(&self, boundary: Boundary) -> impl Iterator<Item = (SiteFactorKind, Layer)> {
        let all = [
            (Boundary::Server, SiteFactorKind::ServerPerAccelerator, self.server_per_accelerator),
            (Boundary::It, SiteFactorKind::ItPerServer, self.it_per_server),
            (Boundary::Facility, SiteFactorKind::Pue, self.pue),
        ];
        all.into_iter().filter(move |(outer, _, _)| *outer > boundary).map(|(_, kind, layer)| (kind, layer))
    }

    /// Facility and IT energy of an amount measured within `boundary`. An amount that is of the
    /// facility already is not multiplied again; its IT part is the amount divided by the PUE.
    pub fn normalise(&self, boundary: Boundary, energy: EnergyTotal) -> Normalised {
        let part = |applied: bool, layer: Layer| if applied { layer.ratio().ppm() } else { PPM };
        let it = I256::new(energy.microjoules())
            * I256::from(part(boundary < Boundary::Server, self.server_per_accelerator))
            * I256::from(part(boundary < Boundary::It, self.it_per_server));
        if boundary == Boundary::Facility {
            let facility = I256::new(energy.microjoules()) * I256::new(ScaledEnergy::PER_MICROJOULE);
            let pue = I256::from(self.pue.ratio().ppm());
            let it = crate::units::divide_half_even(facility * I256::from(PPM), pue).unwrap_or(facility);
            return Normalised { it: ScaledEnergy(it), facility: ScaledEnergy(facility) };
        }
        Normalised {
            it: ScaledEnergy(it * I256::from(PPM)),
            facility: ScaledEnergy(it * I256::from(self.pue.ratio().ppm())),
        }
    }
}

impl Layers {
    /// What energy measured within `boundary` is multiplied by to be that of the facility.
    pub(super) fn factor(&self, boundary: Boundary) -> FacilityFactor {
        FacilityFactor::new(self.normalise(boundary, EnergyTotal::from_microjoules(1)).facility.raw())
    }
}

/// What brings microjoules to the facility, in 10⁻¹⁸. There may be millions of products with it, so they are made in
/// 128 bits where they fit; the result is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FacilityFactor {
    exact: I256,
    small: Option<i128>,
}

impl FacilityFactor {
    pub(super) fn new(exact: I256) -> FacilityFactor {
        FacilityFactor { exact, small: i128::try_from(exact).ok() }
    }

    pub(super) fn raw(self) -> I256 {
        self.exact
    }

    /// Facility energy.
    pub(super) fn of(self, energy_uj: i128) -> ScaledEnergy {
        match self.small.and_then(|factor| factor.checked_mul(energy_uj)) {
            Some(product) => ScaledEnergy(I256::new(product)),
            None => ScaledEnergy(I256::new(energy_uj) * self.exact),
        }
    }

    /// The share `numerator ÷ denominator` of it, rounded down to 10⁻¹⁸ µJ. Nothing is negative, and the denominator not
    /// zero.
    pub(super) fn part_of(self, energy_uj: i128, numerator: i128, denominator: i128) -> ScaledEnergy {
        // With energy · numerator = q · denominator + r, the share is q · factor + r · factor ÷ denominator.
        let in_128_bits = || {
            let (factor, product) = (self.small?, energy_uj.checked_mul(numerator)?);
            let whole = (product / denominator).checked_mul(factor)?;
            whole.checked_add((product % denominator).checked_mul(factor)? / denominator)
        };
        match in_128_bits() {
            Some(part) => ScaledEnergy(I256::new(part)),
            None => ScaledEnergy(self.of(energy_uj).0 * I256::new(numerator) / I256::new(denominator)),
        }
    }
}

/// One amount of energy at two boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Normalised {
    pub it: ScaledEnergy,
    pub facility: ScaledEnergy,
}

/// What energy that came as `it_or_facility` includes, as providers settled it.
#[derive(Clone, Debug, Default)]
pub struct Settlement(HashMap<SiteId, Vec<SiteBoundary>>);

impl Settlement {
    /// Where several tellings cover one day, the latest revision counts.
    pub fn new(mut told: Vec<SiteBoundary>) -> Settlement {
        told.sort_by_key(|one| std::cmp::Reverse(one.revision));
        let mut by_site: HashMap<SiteId, Vec<SiteBoundary>> = HashMap::new();
        for one in told {
            by_site.entry(one.site).or_default().push(one);
        }
        Settlement(by_site)
    }

    /// The boundary and the evidence of energy; `None` where it is not settled what it includes, and of tasks that came
    /// without energy.
    pub fn terms(&self, terms: EnergyTerms, site: SiteId, day: NaiveDate) -> Option<(Boundary, Evidence)> {
        match terms {
            EnergyTerms::Stated(boundary, evidence) => Some((boundary, evidence)),
            EnergyTerms::PueUnknown(evidence) => {
                let told = self.0.get(&site)?;
                let settled = told.iter().find(|one| one.valid.from() <= day && day < one.valid.to())?;
                Some((settled.boundary, evidence))
            }
            _ => None,
        }
    }
}

/// The declared multipliers of the sites that a disclosure touches, and the classes of their meters.
#[derive(Clone, Debug, Default)]
pub struct LayerTable {
    factors: Vec<SiteFactor>,
    by_site: HashMap<(SiteId, SiteFactorKind), Vec<usize>>,
    /// The latest revision first.
    classes: Vec<SiteMeterClass>,
}

impl LayerTable {
    /// Where several tellings cover one hour, the latest revision counts.
    pub fn new(mut factors: Vec<SiteFactor>) -> LayerTable {
        factors.sort_by_key(|factor| std::cmp::Reverse(factor.revision));
        let mut by_site: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, factor) in factors.iter().enumerate() {
            by_site.entry((factor.site, factor.kind)).or_default().push(index);
        }
        LayerTable { factors, by_site, classes: Vec::new() }
    }

    /// The same with classes of meters. Where several tellings cover one day, the latest revision counts.
    pub fn with_classes(mut self, mut classes: Vec<SiteMeterClass>) -> LayerTable {
        classes.sort_by_key(|class| std::cmp::Reverse(class.revision));
        self.classes = classes;
        self
    }

    pub fn classes(&self) -> &[SiteMeterClass] {
        &self.classes
    }

    /// The class of the instruments by which energy of this tier was measured at a site on a day, with its place in the
    /// table; `None` where it was not measured, or no class is declared.
    pub fn class_at(
        &self,
        site: SiteId,
        day: NaiveDate,
        evidence: Evidence,
    ) -> Option<(usize, SiteMeterClass)> {
        let kind = MeterClassKind::of(evidence)?;
        let covers = |class: &SiteMeterClass| class.valid.from() <= day && day < class.valid.to();
        let mut classes = self.classes.iter().copied().enumerate();
        classes.find(|(_, class)| (class.site, class.kind) == (site, kind) && covers(class))
    }

    pub fn factors(&self) -> &[SiteFactor] {
        &self.factors
    }

    pub fn at(&self, site: SiteId, hour: DateTime<Utc>) -> Layers {
        let find = |kind| {
            let indices = self.by_site.get(&(site, kind)).map_or(&[][..], Vec::as_slice);
            indices
                .iter()
                .map(|index| (*index, &self.factors[*index]))
                .find(|(_, factor)| factor.valid_from <= hour && hour < factor.valid_to)
                .map_or(Layer::Default(default_of(kind)), |(index, factor)| {
                    Layer::Declared(factor.value, index)
                })
        };
        Layers {
            server_per_accelerator: find(SiteFactorKind::ServerPerAccelerator),
            it_per_server: find(SiteFactorKind::ItPerServer),
            pue: find(SiteFactorKind::Pue),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::meter::MeterClass;
    use crate::domain::period::Days;
    use proptest::prelude::*;

    fn layers() -> Layers {
        Layers {
            server_per_accelerator: Layer::Default(DEFAULT_SERVER_PER_ACCELERATOR),
            it_per_server: Layer::Default(DEFAULT_IT_PER_SERVER),
            pue: Layer::Declared(Ratio::from_ppm(1_150_000), 0),
        }
    }

    fn wh(energy: ScaledEnergy) -> String {
        energy.wh_per(1, 12).unwrap().to_string()
    }

    fn one_wh() -> EnergyTotal {
        EnergyTotal::from_microjoules(3_600_000_000)
    }

    #[test]
    fn each_boundary_takes_only_the_layers_outside_it() {
        for (boundary, it, facility) in [
            (Boundary::Accelerator, "1.601600000000", "1.841840000000"),
            (Boundary::Server, "1.120000000000", "1.288000000000"),
            (Boundary::It, "1.000000000000", "1.150000000000"),
        ] {
            let normalised = layers().normalise(boundary, one_wh());
            assert_eq!(wh(normalised.it), it);
            assert_eq!(wh(normalised.facility), facility);
        }
    }

    #[test]
    fn pue_is_never_applied_to_facility_energy() {
        let normalised = layers().normalise(Boundary::Facility, one_wh());
        assert_eq!(wh(normalised.facility), "1.000000000000");
        assert_eq!(wh(normalised.it), "0.869565217391");
        assert_eq!(layers().applied(Boundary::Facility).count(), 0);
    }

    #[test]
    fn the_latest_revision_that_covers_the_hour_counts() {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let site = SiteId::from_db(1);
        let told = |from, to, revision, ppm| SiteFactor {
            site,
            kind: SiteFactorKind::Pue,
            valid_from: instant(from),
            valid_to: instant(to),
            revision,
            value: Ratio::from_ppm(ppm),
        };
        let table = LayerTable::new(vec![
            told("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 1, 1_200_000),
            told("2025-10-01T00:00:00Z", "2025-11-01T00:00:00Z", 2, 1_100_000),
        ]);
        let pue = |text| table.at(site, instant(text)).pue.ratio().ppm();
        assert_eq!(pue("2025-09-30T23:00:00Z"), 1_200_000);
        assert_eq!(pue("2025-10-01T00:00:00Z"), 1_100_000);
        assert_eq!(pue("2025-11-01T00:00:00Z"), 1_200_000);
        assert_eq!(table.at(site, instant("2026-01-01T00:00:00Z")).pue, Layer::Default(DEFAULT_PUE));
        let october = table.at(site, instant("2025-10-01T00:00:00Z")).pue;
        // A layer points to its factor, and the latest revision stands first.
        assert_eq!(october, Layer::Declared(Ratio::from_ppm(1_100_000), 0));
        let revisions: Vec<i32> = table.factors().iter().map(|factor| factor.revision).collect();
        assert_eq!(revisions, [2, 1]);
    }

    #[test]
    fn a_site_settles_from_which_day_to_which_its_energy_includes_cooling() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let site = SiteId::from_db(1);
        let told = |from, to, revision, boundary| SiteBoundary {
            site,
            valid: Days::new(date(from), date(to)).unwrap(),
            revision,
            boundary,
        };
        let settlement = Settlement::new(vec![
            told("2025-01-01", "2026-01-01", 1, Boundary::It),
            told("2025-10-01", "2025-11-01", 2, Boundary::Facility),
        ]);
        let unknown = EnergyTerms::PueUnknown(Evidence::Counter);
        let boundary = |site, day| settlement.terms(unknown, site, date(day)).map(|(boundary, _)| boundary);
        assert_eq!(boundary(site, "2025-01-01"), Some(Boundary::It));
        assert_eq!(boundary(site, "2025-09-30"), Some(Boundary::It));
        assert_eq!(boundary(site, "2025-10-01"), Some(Boundary::Facility));
        assert_eq!(boundary(site, "2025-11-01"), Some(Boundary::It));
        assert_eq!((boundary(site, "2024-12-31"), boundary(site, "2026-01-01")), (None, None));
        assert_eq!(boundary(SiteId::from_db(2), "2025-10-01"), None);
        assert_eq!(
            settlement.terms(unknown, site, date("2025-10-01")),
            Some((Boundary::Facility, Evidence::Counter))
        );
        let stated = EnergyTerms::Stated(Boundary::Server, Evidence::Metered);
        assert_eq!(
            settlement.terms(stated, SiteId::from_db(2), date("2025-10-01")),
            Some((Boundary::Server, Evidence::Metered))
        );
        assert_eq!(settlement.terms(EnergyTerms::FromTokens, site, date("2025-10-01")), None);
    }

    #[test]
    fn whole_microjoules_are_rounded_down() {
        let energy = |text: &str| ScaledEnergy::from_raw(text.parse().unwrap());
        assert_eq!(energy("2999999999999999999").microjoules(), 2);
        assert_eq!(energy("20").minus(energy("13")), energy("7"));
    }

    proptest! {
        #[test]
        fn products_and_shares_of_a_factor_are_the_same_in_any_number_of_bits(
            factor in 1..=1_000_000_000_000_000_000_000_i128,
            energy_uj in prop_oneof![0..=1_000_000_000_000_i128, 0..=1_000_000_000_000_000_000_000_000_000_000_i128],
            denominator in prop_oneof![1..=1_000_000_000_000_i128, 1..=1_000_000_000_000_000_000_000_000_i128],
            share in 0..=1_000_000_i128,
        ) {
            let numerator = denominator / 1_000_000 * share + denominator % 1_000_000 * share / 1_000_000;
            let factor = FacilityFactor::new(I256::new(factor));
            let whole = I256::new(energy_uj) * factor.raw();
            prop_assert_eq!(factor.of(energy_uj).raw(), whole);
            let part = whole * I256::new(numerator) / I256::new(denominator);
            prop_assert_eq!(factor.part_of(energy_uj, numerator, denominator).raw(), part);
        }
    }

    #[test]
    fn the_class_of_a_day_is_that_of_its_site_and_instruments_told_last() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let told = |site, kind, from, to, revision, ppm| SiteMeterClass {
            site: SiteId::from_db(site),
            kind,
            valid: Days::new(date(from), date(to)).unwrap(),
            revision,
            class: MeterClass::from_ppm(ppm).unwrap(),
        };
        let (metered, counter) = (MeterClassKind::Metered, MeterClassKind::Counter);
        let table = LayerTable::default().with_classes(vec![
            told(1, metered, "2025-01-01", "2026-01-01", 1, 20_000),
            told(1, metered, "2025-10-01", "2025-11-01", 2, 5_000),
            told(1, counter, "2025-10-01", "2025-11-01", 1, 30_000),
        ]);
        let ppm = |site, day, evidence| {
            let (index, class) = table.class_at(SiteId::from_db(site), date(day), evidence)?;
            assert_eq!(table.classes()[index], class);
            Some(class.class.ppm())
        };
        assert_eq!(ppm(1, "2025-09-30", Evidence::Metered), Some(20_000));
        assert_eq!(ppm(1, "2025-10-01", Evidence::Metered), Some(5_000));
        assert_eq!(ppm(1, "2025-10-31", Evidence::Counter), Some(30_000));
        assert_eq!(ppm(1, "2025-11-01", Evidence::Metered), Some(20_000));
        assert_eq!(ppm(1, "2025-11-01", Evidence::Counter), None);
        assert_eq!(ppm(1, "2026-01-01", Evidence::Metered), None);
        assert_eq!(ppm(2, "2025-10-01", Evidence::Metered), None);
        for evidence in [Evidence::Modelled, Evidence::Declared] {
            assert_eq!(ppm(1, "2025-10-01", evidence), None);
        }
    }

    #[test]
    fn carbon_is_energy_times_intensity() {
        let mut carbon = ScaledCarbon::default();
        let kwh = layers().normalise(Boundary::Facility, EnergyTotal::from_microjoules(3_600_000_000_000));
        carbon.add(kwh.facility, 412_345_678);
        assert_eq!(carbon.grams_per(1, 6).unwrap().to_string(), "412.345678");
        assert_eq!(carbon.grams_per(0, 6), None);
    }
}
