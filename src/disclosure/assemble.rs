//! The pure part of building: figures in, document out.

use super::around::Around;
use super::build::{Computed, Request};
use super::facts::{facts, zones};
use super::inside::checklist;
use super::left_out::LeftOut;
use super::limits::limits;
use super::series::Compared;
use crate::domain::disclosure::{
    ChangeLine, ContractUse, DefaultUse, Disclosure, EmbodiedLine, EstimateLine, FactorUse, IntervalLine,
    MeterClassLine, ModelLine, ProviderLine, Reference, SeriesGap, ServiceLine, SiteFactorLine, SiteLine,
    TrainingLine, WaterDefinitionLine, WaterFactorLine,
};
use crate::domain::fact::FactValue;
use crate::domain::factor::{FactorSet, HourIntensity};
use crate::domain::ids::{FactorSetId, ModelId, SiteId};
use crate::domain::lei::Lei;
use crate::domain::meter::SiteMeterClass;
use crate::domain::registry::{Model, Site};
use crate::domain::template::Template;
use crate::domain::terms::Evidence;
use crate::intensity::Ladder;
use crate::method::estimate::EstimatedBy;
use crate::method::figures::FIGURE_DECIMALS;
use crate::method::market::Claim;
use crate::method::normalise::default_of;
use crate::method::{Figures, METHOD_VERSION, ScaledEnergy};
use crate::render::number::percent;
use crate::units::Decimal;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Everything a document is put together from.
#[derive(Debug)]
pub struct Parts<'a> {
    pub reference: Reference,
    pub template: &'a Template,
    pub built_on: NaiveDate,
    pub address: String,
    pub request: Request<'a>,
    pub(super) computed: &'a Computed,
    pub(super) around: &'a Around,
}

/// Puts the document together.
pub fn assemble(parts: &Parts<'_>) -> Disclosure {
    let Request { provider, service, period, basis, perimeter, small_cells, .. } = parts.request;
    let (computed, around) = (parts.computed, parts.around);
    let figures = &computed.figures;
    let left_out = LeftOut::of(computed, small_cells, period);
    Disclosure {
        reference: parts.reference,
        template: parts.template.to_use(),
        method_version: METHOD_VERSION.to_owned(),
        built_on: parts.built_on,
        provider: ProviderLine {
            key: provider.key.to_string(),
            legal_name: provider.legal_name.clone(),
            contact: provider.contact.clone(),
            public_note: provider.public_note.clone(),
            kind: provider.kind,
            lei: provider.lei.as_ref().map(Lei::to_string),
            role: provider.role,
        },
        service: ServiceLine {
            key: service.key.to_string(),
            name: service.name.clone(),
            energy_method: service.energy_method.clone(),
        },
        period,
        basis,
        perimeter,
        models: computed.models.iter().map(model_line).collect(),
        sites: computed.sites.iter().map(|site| site_line(computed, site)).collect(),
        small_cells,
        zones: zones(&computed.sites),
        boundary: checklist(service.inside, figures).lines,
        facts: facts(parts, &left_out),
        factor_uses: factor_uses(computed, &left_out),
        contract_uses: contract_uses(computed, &left_out),
        residual_uses: residual_uses(computed, &left_out),
        interval: figures
            .total
            .interval
            .map(|interval| IntervalLine { largest: interval.largest, has_sampling: interval.has_sampling }),
        estimates: estimates(computed, &left_out),
        defaults: figures
            .default_shares
            .iter()
            .map(|(kind, share)| {
                let share =
                    if left_out.sites.defaults { FactValue::NotIncluded } else { FactValue::Known(*share) };
                DefaultUse { kind: *kind, value: default_of(*kind), share }
            })
            .collect(),
        changes: changes(computed, &left_out),
        gaps: computed
            .months
            .iter()
            .filter_map(|month| {
                Some(SeriesGap { month: month.period, why: month.energy.as_ref().err().copied()? })
            })
            .collect(),
        training: training(computed),
        water_definitions: computed
            .apart
            .water
            .definitions
            .iter()
            .map(|(definition, share)| WaterDefinitionLine {
                definition: definition.clone(),
                share: share.filter(|_| !left_out.sites.water_definitions),
            })
            .collect(),
        water_factors: computed
            .apart
            .water
            .factors
            .iter()
            .map(|told| WaterFactorLine { revision: told.revision, factor: told.what.clone() })
            .collect(),
        embodied: embodied(computed),
        hardware: around.hardware.clone(),
        texts: around.texts.clone(),
        exclusions: around.exclusions.clone(),
        equivalents: around.equivalents.clone(),
        budgets: around.budgets.clone(),
        verification: around.verification.clone(),
        history: around.history.clone(),
        reason: around.reason.clone(),
        limits: limits(parts, &left_out),
        address: parts.address.clone(),
    }
}

fn model_line(model: &Model) -> ModelLine {
    ModelLine {
        key: model.key.to_string(),
        name: model.name.clone(),
        version: model.version.clone(),
        released_on: model.released_on,
        baseline: model.baseline.as_ref().map(|(_, key)| key.to_string()),
    }
}

/// What is public of the training of the models.
fn training(computed: &Computed) -> Vec<TrainingLine> {
    let named = |id: ModelId| computed.models.iter().find(|model| model.id == id);
    let lines = computed.apart.public_training().filter_map(|figure| {
        Some(TrainingLine {
            model: named(figure.model)?.key.to_string(),
            revision: figure.told.revision,
            training: figure.told.what.clone(),
        })
    });
    lines.collect()
}

fn embodied(computed: &Computed) -> Vec<EmbodiedLine> {
    let named = |id: SiteId| computed.sites.iter().find(|site| site.id == id);
    let lines = computed.apart.embodied.used.iter().filter_map(|used| {
        Some(EmbodiedLine {
            site: named(used.site)?.key.to_string(),
            revision: used.revision,
            embodied: used.embodied.clone(),
        })
    });
    lines.collect()
}

fn site_line(computed: &Computed, site: &Site) -> SiteLine {
    let mut factors: Vec<SiteFactorLine> = computed
        .figures
        .site_factors_used
        .iter()
        .map(|index| &computed.layers.factors()[*index])
        .filter(|factor| factor.site == site.id)
        .map(|factor| SiteFactorLine {
            kind: factor.kind,
            value: factor.value,
            valid_from: factor.valid_from,
            valid_to: factor.valid_to,
            revision: factor.revision,
        })
        .collect();
    factors.sort_by_key(|factor| (factor.kind, factor.valid_from, factor.revision));
    let classes = computed.figures.meter_classes_used.iter().map(|index| computed.layers.classes()[*index]);
    let mut meter_classes: Vec<MeterClassLine> = classes
        .filter(|class| class.site == site.id)
        .map(|SiteMeterClass { kind, class, valid, revision, .. }| MeterClassLine {
            kind,
            class,
            valid,
            revision,
        })
        .collect();
    meter_classes.sort_by_key(|line| (line.kind, line.valid.from(), line.revision));
    SiteLine {
        key: site.key.to_string(),
        name: site.name.clone(),
        zone: site.zone.clone(),
        zone_name: site.zone_name.clone(),
        factors,
        meter_classes,
    }
}

/// Why there is no ratio tells of a mean too: where that is left out, no reason is told.
fn changes(computed: &Computed, left_out: &LeftOut) -> Vec<ChangeLine> {
    let line = |compared: &Compared| match left_out.change(compared) {
        true => ChangeLine { reasons: Vec::new(), ..compared.line.clone() },
        false => compared.line.clone(),
    };
    computed.compared.iter().map(line).collect()
}

/// One line for each zone, factor set and rung, with the hours and revisions that were used.
fn factor_uses(computed: &Computed, left_out: &LeftOut) -> Vec<FactorUse> {
    let zone_of: HashMap<SiteId, &str> =
        computed.sites.iter().map(|site| (site.id, site.zone.as_str())).collect();
    let found = computed
        .intensities
        .iter()
        .filter_map(|((site, _), found)| Some((zone_of.get(site).copied()?, *found)));
    uses(found, &computed.ladder, &computed.sets, left_out)
}

/// What tasks that came without energy were estimated from, by model. The energy of models that are not shown is left
/// out; of one alone the share that is estimated would tell it, so that the next goes with it, or the line.
fn estimates(computed: &Computed, left_out: &LeftOut) -> Vec<EstimateLine> {
    let named =
        |id: ModelId| computed.models.iter().find(|model| model.id == id).map(|model| model.key.to_string());
    let mut by_model: BTreeMap<ModelId, ScaledEnergy> = BTreeMap::new();
    for (by, energy) in &computed.figures.estimated {
        *by_model.entry(by.model()).or_insert(ScaledEnergy::ZERO) += *energy;
    }
    let mut hidden: BTreeSet<ModelId> =
        by_model.keys().copied().filter(|model| left_out.model(*model)).collect();
    if hidden.len() == 1 {
        let shown = by_model.iter().filter(|(model, _)| !left_out.model(**model));
        hidden.extend(shown.min_by_key(|(_, energy)| **energy).map(|(model, _)| *model));
    }
    let is_alone = |model: ModelId| hidden.len() == 1 && hidden.contains(&model);
    let lines = computed.figures.estimated.iter().filter(|(by, _)| !is_alone(by.model()));
    let lines = lines.filter_map(|(by, energy)| {
        let coefficient = match *by {
            EstimatedBy::Coefficient { revision, .. } => Some(revision),
            EstimatedBy::Formula { .. } => None,
        };
        let energy_wh = match hidden.contains(&by.model()) {
            true => FactValue::NotIncluded,
            false => FactValue::Known(energy.wh_per(1, FIGURE_DECIMALS)?),
        };
        Some(EstimateLine { model: named(by.model())?, coefficient, energy_wh })
    });
    lines.collect()
}

/// The same of residual mixes.
fn residual_uses(computed: &Computed, left_out: &LeftOut) -> Vec<FactorUse> {
    let market = &computed.market;
    let found = computed.intensities.keys().filter_map(|(site, hour)| {
        let place = (market.market.zone_of(*site), *hour);
        let ((zone, _), found) = market.residual_found.get_key_value(&place)?;
        Some((zone.as_str(), *found))
    });
    uses(found, &market.residual, &market.residual_sets, left_out)
}

fn uses<'a>(
    found: impl Iterator<Item = (&'a str, HourIntensity)>,
    ladder: &Ladder,
    sets: &[(FactorSetId, FactorSet)],
    left_out: &LeftOut,
) -> Vec<FactorUse> {
    let mut uses: BTreeMap<_, FactorUse> = BTreeMap::new();
    for (zone, found) in found {
        let (series, value) = ladder.factor(found.factor);
        let Some((_, set)) = sets.iter().find(|(id, _)| *id == series.set) else { continue };
        let line = uses
            .entry((zone.to_owned(), found.rung, set.key.clone(), series.zone.clone()))
            .or_insert_with(|| FactorUse {
                set_key: set.key.to_string(),
                source: set.source.clone(),
                licence: set.licence.clone(),
                attribution: set.attribution.clone(),
                release: set.release.clone(),
                resolution: set.resolution,
                zone: zone.to_owned(),
                value_zone: series.zone.clone(),
                rung: found.rung,
                hours: (!left_out.sites.zones.contains(zone)).then_some(0),
                lowest_revision: value.revision,
                highest_revision: value.revision,
            });
        line.hours = line.hours.map(|hours| hours + 1);
        line.lowest_revision = line.lowest_revision.min(value.revision);
        line.highest_revision = line.highest_revision.max(value.revision);
    }
    uses.into_values().collect()
}

/// One line for each contract that covers energy of the service, in the order in which they are allocated.
fn contract_uses(computed: &Computed, left_out: &LeftOut) -> Vec<ContractUse> {
    let used = computed.figures.contract_energy.iter().filter_map(|(index, energy)| {
        let Claim { contract, revision, intensity, .. } = &computed.market.market.claims[*index];
        Some(ContractUse {
            key: contract.key.to_string(),
            revision: *revision,
            instrument: contract.instrument,
            matching: contract.volume.matching(),
            zone: contract.zone.clone(),
            valid: contract.valid,
            volume: contract.volume.total()?,
            intensity: *intensity,
            covered_wh: match left_out.sites.contracts.contains(index) {
                true => FactValue::NotIncluded,
                false => FactValue::Known(energy.wh_per(1, FIGURE_DECIMALS)?),
            },
            reference: contract.reference.clone(),
        })
    });
    used.collect()
}

/// How the energy is known, in one phrase: "Metered 82 %, device counters 18 %".
pub fn evidence_summary(figures: &Figures) -> String {
    let mut tiers: Vec<(Evidence, Decimal)> =
        figures.total.evidence_shares.iter().map(|(tier, share)| (*tier, *share)).collect();
    tiers.retain(|(_, share)| !share.is_zero());
    if let [(tier, _)] = tiers[..] {
        return tier.label().to_owned();
    }
    let phrase = tiers
        .iter()
        .map(|(tier, share)| format!("{} {}", tier.label().to_lowercase(), percent(*share)))
        .collect::<Vec<_>>()
        .join(", ");
    let mut letters = phrase.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
