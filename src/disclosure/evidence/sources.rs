//! What was multiplied with: grid factors by zone and hour, and what is declared of sites, models, contracts and water.

use super::{Archive, EvidenceError, Names, instant};
use crate::disclosure::build::Computed;
use crate::domain::factor::{FactorSet, HourIntensity};
use crate::domain::ids::FactorSetId;
use crate::domain::period::Days;
use crate::domain::terms::SiteFactorKind;
use crate::intensity::Ladder;
use crate::method::normalise::default_of;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// The tables of factors and declarations.
pub(super) fn write(
    archive: &mut Archive,
    names: &Names<'_>,
    computed: &Computed,
) -> Result<(), EvidenceError> {
    grid(archive, names, computed)?;
    sites(archive, names, computed)?;
    models(archive, names, computed)?;
    contracts(archive, computed)?;
    water(archive, names, computed)
}

const GRID: [&str; 10] = [
    "zone",
    "hour",
    "g_per_kwh",
    "factor_set",
    "revision",
    "rung",
    "value_zone",
    "valid_from",
    "valid_to",
    "is_estimated",
];

/// The intensity of every zone and hour that was used, with where it comes from.
fn grid(archive: &mut Archive, names: &Names<'_>, computed: &Computed) -> Result<(), EvidenceError> {
    // Several sites of one zone use one value.
    let used: BTreeMap<(&str, DateTime<Utc>), HourIntensity> = computed
        .intensities
        .iter()
        .map(|((site, hour), found)| ((names.zone(*site), *hour), *found))
        .collect();
    let rows =
        used.into_iter().map(|(place, found)| grid_row(place, found, &computed.ladder, &computed.sets));
    archive.table("inputs/grid.csv", &GRID, rows)?;
    let market = &computed.market;
    let used: BTreeMap<(&str, DateTime<Utc>), HourIntensity> =
        market.residual_found.iter().map(|((zone, hour), found)| ((zone.as_str(), *hour), *found)).collect();
    let rows = used
        .into_iter()
        .map(|(place, found)| grid_row(place, found, &market.residual, &market.residual_sets));
    archive.table("inputs/residual_mixes.csv", &GRID, rows)?;
    let columns = [
        "factor_set",
        "source",
        "licence",
        "attribution",
        "release",
        "kind",
        "basis",
        "perimeter",
        "resolution",
    ];
    let sets: BTreeMap<String, &FactorSet> = computed
        .sets
        .iter()
        .chain(&market.residual_sets)
        .map(|(_, set)| (set.key.to_string(), set))
        .collect();
    let rows = sets.into_iter().map(|(key, set)| {
        let words = [set.kind.as_str(), set.basis.as_str(), set.perimeter.as_str(), set.resolution.as_str()];
        let texts =
            [key, set.source.clone(), set.licence.clone(), set.attribution.clone(), set.release.clone()];
        texts.into_iter().chain(words.map(ToOwned::to_owned)).collect()
    });
    archive.table("inputs/factor_sets.csv", &columns, rows)
}

fn grid_row(
    (zone, hour): (&str, DateTime<Utc>),
    found: HourIntensity,
    ladder: &Ladder,
    sets: &[(FactorSetId, FactorSet)],
) -> Vec<String> {
    let (series, value) = ladder.factor(found.factor);
    let set = sets.iter().find(|(id, _)| *id == series.set);
    vec![
        zone.to_owned(),
        instant(hour),
        found.intensity.grams_per_kwh().to_string(),
        set.map_or_else(String::new, |(_, set)| set.key.to_string()),
        value.revision.to_string(),
        found.rung.as_str().to_owned(),
        series.zone.clone(),
        instant(value.valid_from),
        instant(value.valid_to),
        yes_or_no(value.is_estimated),
    ]
}

fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

/// What sites declare, and the defaults for what they do not. Of several values for one hour the one with the highest
/// revision holds.
fn sites(archive: &mut Archive, names: &Names<'_>, computed: &Computed) -> Result<(), EvidenceError> {
    let mut declared: Vec<_> = computed
        .layers
        .factors()
        .iter()
        .enumerate()
        .filter(|(_, factor)| computed.sites.iter().any(|site| site.id == factor.site))
        .map(|(index, factor)| {
            vec![
                names.site(factor.site).to_owned(),
                factor.kind.as_str().to_owned(),
                factor.value.decimal().to_string(),
                instant(factor.valid_from),
                instant(factor.valid_to),
                factor.revision.to_string(),
                yes_or_no(computed.figures.site_factors_used.contains(&index)),
            ]
        })
        .collect();
    declared.sort();
    let columns = ["site", "kind", "value", "valid_from", "valid_to", "revision", "used"];
    archive.table("inputs/site_factors.csv", &columns, declared)?;
    let defaults = SiteFactorKind::ALL.iter().map(|kind| {
        let used = computed.figures.default_shares.contains_key(kind);
        vec![kind.as_str().to_owned(), default_of(*kind).decimal().to_string(), yes_or_no(used)]
    });
    archive.table("inputs/default_factors.csv", &["kind", "value", "used"], defaults)
}

/// What estimates can be made from.
fn models(archive: &mut Archive, names: &Names<'_>, computed: &Computed) -> Result<(), EvidenceError> {
    let coefficients = &computed.counted.coefficients;
    let mut told: Vec<_> = coefficients
        .told
        .iter()
        .filter(|(model, _)| !names.model(**model).is_empty())
        .flat_map(|(model, told)| told.iter().map(|telling| (names.model(*model), telling)))
        .collect();
    told.sort_by_key(|(model, telling)| (*model, telling.revision));
    let rows = told.into_iter().map(|(model, telling)| {
        let one = &telling.what;
        vec![
            model.to_owned(),
            telling.revision.to_string(),
            one.valid.from().to_string(),
            one.valid.to().to_string(),
            one.output_token.map_or_else(String::new, |energy| energy.joules().to_string()),
            one.input_token.map_or_else(String::new, |energy| energy.joules().to_string()),
            one.accelerator_power.map_or_else(String::new, |power| power.watts().to_string()),
            one.boundary.as_str().to_owned(),
            one.hardware.clone(),
            one.batch_size.map_or_else(String::new, |size| size.to_string()),
            one.precision_bits.map_or_else(String::new, |bits| bits.to_string()),
            one.source.clone(),
            one.licence.clone(),
        ]
    });
    let columns = [
        "model",
        "revision",
        "valid_from",
        "valid_to",
        "output_token_j",
        "input_token_j",
        "accelerator_w",
        "boundary",
        "hardware",
        "batch_size",
        "precision_bits",
        "source",
        "licence",
    ];
    archive.table("inputs/coefficients.csv", &columns, rows)?;
    let parameters: BTreeMap<&str, _> =
        coefficients.parameters.iter().map(|(model, parameters)| (names.model(*model), parameters)).collect();
    let rows = parameters.into_iter().filter(|(model, _)| !model.is_empty()).map(|(model, one)| {
        vec![
            model.to_owned(),
            one.total.to_string(),
            one.active.to_string(),
            one.batch_size.map_or_else(String::new, |size| size.to_string()),
            one.precision_bits.map_or_else(String::new, |bits| bits.to_string()),
            one.accelerators.map_or_else(String::new, |count| count.to_string()),
        ]
    });
    let columns =
        ["model", "parameters", "active_parameters", "batch_size", "precision_bits", "accelerators"];
    archive.table("inputs/model_parameters.csv", &columns, rows)
}

/// Contracts, and what each covers of what all services of the provider consumed in each zone and hour.
fn contracts(archive: &mut Archive, computed: &Computed) -> Result<(), EvidenceError> {
    let market = &computed.market.market;
    let rows = market.claims.iter().map(|claim| {
        let contract = &claim.contract;
        let zones: Vec<&str> = claim.zones.iter().map(String::as_str).collect();
        vec![
            contract.key.to_string(),
            claim.revision.to_string(),
            contract.instrument.as_str().to_owned(),
            contract.volume.matching().as_str().to_owned(),
            contract.zone.clone(),
            zones.join(" "),
            contract.valid.from().to_string(),
            contract.valid.to().to_string(),
            contract.volume.total().map_or_else(String::new, |volume| volume.kilowatt_hours().to_string()),
            claim.intensity.grams_per_kwh().to_string(),
            contract.reference.clone(),
        ]
    });
    let columns = [
        "contract",
        "revision",
        "instrument",
        "matching",
        "zone",
        "zones_covered",
        "valid_from",
        "valid_to",
        "volume_kwh",
        "g_per_kwh",
        "reference",
    ];
    archive.table("inputs/contracts.csv", &columns, rows)?;
    let rows = market.covered.iter().flat_map(|((zone, hour), covered)| {
        covered.parts().iter().map(move |(index, part_uj)| {
            vec![
                zone.clone(),
                instant(*hour),
                covered.consumed_uj().to_string(),
                market.claims[*index].contract.key.to_string(),
                part_uj.to_string(),
            ]
        })
    });
    archive.table(
        "inputs/contract_hours.csv",
        &["zone", "hour", "consumed_uj", "contract", "covered_uj"],
        rows,
    )
}

/// What is declared of water.
fn water(archive: &mut Archive, names: &Names<'_>, computed: &Computed) -> Result<(), EvidenceError> {
    let days = |valid: Days| [valid.from().to_string(), valid.to().to_string()];
    let rows = computed.apart.water.factors.iter().map(|telling| {
        let one = &telling.what;
        let [from, to] = days(one.valid);
        let litres = one.value.litres_per_kwh().to_string();
        let (source, licence) = (one.source.clone(), one.licence.clone());
        vec![one.zone.clone(), telling.revision.to_string(), from, to, litres, source, licence]
    });
    let columns = ["zone", "revision", "valid_from", "valid_to", "l_per_kwh", "source", "licence"];
    archive.table("inputs/water_factors.csv", &columns, rows)?;
    let mut told: Vec<_> = computed.apart.wue.iter().collect();
    told.sort_by_key(|one| (one.site, one.revision));
    let rows = told.into_iter().map(|one| {
        let [from, to] = days(one.valid);
        let definition = &one.water.definition;
        vec![
            names.site(one.site).to_owned(),
            one.revision.to_string(),
            from,
            to,
            one.water.value.litres_per_kwh().to_string(),
            definition.word().as_str().to_owned(),
            definition.text().unwrap_or_default().to_owned(),
        ]
    });
    let columns =
        ["site", "revision", "valid_from", "valid_to", "l_per_kwh", "definition", "definition_text"];
    archive.table("inputs/site_water.csv", &columns, rows)
}
