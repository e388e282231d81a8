//! The pure part of building: figures in, document out.

use super::build::{Computed, Request};
use crate::domain::disclosure::{
    BoundaryLine, Concept, ContractUse, DefaultUse, Disclosure, EstimateLine, Fact, FactValue, FactorUse,
    Included, IntervalLine, Member, ModelLine, ProviderLine, Reference, ServiceLine, SiteFactorLine,
    SiteLine,
};
use crate::domain::factor::{FactorSet, HourIntensity};
use crate::domain::ids::{FactorSetId, ModelId, SiteId};
use crate::domain::registry::{Model, Site};
use crate::domain::terms::{Evidence, MarketPart, NaturalUnit, TaskType};
use crate::intensity::Ladder;
use crate::method::estimate::EstimatedBy;
use crate::method::figures::FIGURE_DECIMALS;
use crate::method::market::Claim;
use crate::method::normalise::default_of;
use crate::method::{Figures, ItEnergy, METHOD_VERSION, ScopeFigures};
use crate::render::number::percent;
use crate::units::Decimal;
use chrono::NaiveDate;
use std::collections::{BTreeMap, HashMap};

use super::template::Template;

/// Everything a document is put together from.
#[derive(Debug)]
pub struct Parts<'a> {
    pub reference: Reference,
    pub template: Template,
    pub built_on: NaiveDate,
    pub address: String,
    pub request: Request<'a>,
    pub(super) computed: &'a Computed,
}

/// Puts the document together.
pub fn assemble(parts: &Parts<'_>) -> Disclosure {
    let Request { provider, service, period, basis, perimeter } = parts.request;
    let computed = parts.computed;
    let figures = &computed.figures;
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
        boundary: boundary(),
        facts: facts(figures),
        factor_uses: factor_uses(computed),
        contract_uses: contract_uses(computed),
        residual_uses: residual_uses(computed),
        interval: figures
            .total
            .interval
            .map(|interval| IntervalLine { largest: interval.largest, has_sampling: interval.has_sampling }),
        estimates: estimates(computed),
        defaults: figures
            .default_shares
            .iter()
            .map(|(kind, share)| DefaultUse { kind: *kind, value: default_of(*kind), share: *share })
            .collect(),
        limits: limits(parts),
        address: parts.address.clone(),
    }
}

fn model_line(model: &Model) -> ModelLine {
    ModelLine {
        key: model.key.to_string(),
        name: model.name.clone(),
        version: model.version.clone(),
        released_on: model.released_on,
    }
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
    SiteLine {
        key: site.key.to_string(),
        name: site.name.clone(),
        zone: site.zone.clone(),
        zone_name: site.zone_name.clone(),
        factors,
    }
}

/// The mean is of the whole facility, so its layers are inside, measured or by a factor. Whether every
/// retrieval and tool call is, no provider has declared.
fn boundary() -> Vec<BoundaryLine> {
    let answer = |index| match index {
        0..6 => Included::Yes,
        6 => Included::Unknown,
        _ => Included::No,
    };
    BoundaryLine::ITEMS
        .into_iter()
        .enumerate()
        .map(|(index, item)| BoundaryLine { item, included: answer(index) })
        .collect()
}

/// The list of facts: all tasks together, then each task type, then the shares.
fn facts(figures: &Figures) -> Vec<Fact> {
    let mut facts = scope_facts(None, &figures.total);
    for (task_type, scope) in &figures.by_task_type {
        facts.extend(scope_facts(Some(*task_type), scope));
    }
    let share = |concept, member, share: Decimal| Fact {
        concept,
        task_type: None,
        member: Some(member),
        value: FactValue::Known(share),
    };
    facts.extend(
        figures
            .total
            .evidence_shares
            .iter()
            .map(|(tier, part)| share(Concept::EvidenceShare, Member::Evidence(*tier), *part)),
    );
    facts.extend(
        figures
            .stage_shares
            .iter()
            .map(|(kind, part)| share(Concept::StageShare, Member::Step(*kind), *part)),
    );
    facts.extend(
        figures.unattributed_share.map(|part| share(Concept::StageShare, Member::Unattributed, part)),
    );
    facts.extend(
        figures.verification_overhead.map(|part| fact(Concept::VerificationOverhead, None, Some(part))),
    );
    let unfinished = figures.unfinished_share.map_or(FactValue::Unknown, FactValue::Known);
    facts.push(Fact { concept: Concept::UnfinishedShare, task_type: None, member: None, value: unfinished });
    for (place, part) in &figures.places {
        facts.push(share(Concept::PlaceTaskShare, Member::Place(*place), part.tasks));
        facts.push(share(Concept::PlaceEnergyShare, Member::Place(*place), part.energy));
    }
    facts
        .extend(figures.place_saving_wh.map(|saving| fact(Concept::PlaceSavingModelled, None, Some(saving))));
    facts.push(fact(Concept::EstimatedShare, None, figures.estimated_share));
    facts.extend(
        figures
            .rung_shares
            .iter()
            .map(|(rung, part)| share(Concept::FactorRungShare, Member::Rung(*rung), *part)),
    );
    facts.extend(
        figures
            .market_shares
            .iter()
            .map(|(part, of_whole)| share(Concept::MarketShare, Member::Market(*part), *of_whole)),
    );
    facts.push(fact(Concept::HourlyMatchedShare, None, figures.hourly_matched_share));
    facts.push(fact(Concept::DefaultFactorShare, None, figures.default_share));
    // Without a declared number of served tasks it is not known what share was reported.
    let coverage = figures.coverage.map_or(FactValue::Unknown, FactValue::Known);
    facts.push(Fact { concept: Concept::Coverage, task_type: None, member: None, value: coverage });
    facts
}

fn fact(concept: Concept, task_type: Option<TaskType>, value: Option<Decimal>) -> Fact {
    let value = value.map_or(FactValue::NotApplicable, FactValue::Known);
    Fact { concept, task_type, member: None, value }
}

fn scope_facts(task_type: Option<TaskType>, scope: &ScopeFigures) -> Vec<Fact> {
    let count = |number| Some(Decimal::new(number, 0));
    let percentile = |index: usize| scope.percentiles_wh.and_then(|all| all[index]);
    let mut facts: Vec<Fact> = [
        (Concept::TasksCompleted, count(scope.completed)),
        (Concept::TasksFailed, count(scope.failed)),
        (Concept::TasksCancelled, count(scope.cancelled)),
        (Concept::EnergyReportedTotal, count(scope.energy_reported.microjoules())),
        (Concept::EnergyItTotal, scope.energy_it_wh),
        (Concept::EnergyFacilityTotal, scope.energy_facility_wh),
        (Concept::EnergyPerTaskMean, scope.mean_wh),
        (Concept::EnergyPerTaskLow, scope.interval.map(|interval| interval.low_wh)),
        (Concept::EnergyPerTaskHigh, scope.interval.map(|interval| interval.high_wh)),
        (Concept::EnergyPerTaskItMean, scope.it_mean_wh),
        (Concept::EnergyPerTaskP10, percentile(0)),
        (Concept::EnergyPerTaskMedian, percentile(1)),
        (Concept::EnergyPerTaskP90, percentile(2)),
        (Concept::EnergyPerTaskP95, percentile(3)),
        (Concept::EnergyPerTaskP99, percentile(4)),
        (Concept::EnergyPer1000OutputTokens, scope.per_1000_output_tokens_wh),
        (Concept::CarbonLocationTotal, scope.carbon_g),
        (Concept::CarbonLocationPerTask, scope.carbon_per_task_g),
        (Concept::CarbonMarketTotal, scope.carbon_market_g),
        (Concept::CarbonMarketPerTask, scope.carbon_market_per_task_g),
    ]
    .into_iter()
    .map(|(concept, value)| match (concept, scope.it_energy) {
        (Concept::EnergyItTotal | Concept::EnergyPerTaskItMean, ItEnergy::Unknown) => {
            Fact { concept, task_type, member: None, value: FactValue::Unknown }
        }
        // Tasks were completed, but only sums over them were sent.
        (
            Concept::EnergyPerTaskMedian
            | Concept::EnergyPerTaskP10
            | Concept::EnergyPerTaskP90
            | Concept::EnergyPerTaskP95
            | Concept::EnergyPerTaskP99,
            _,
        ) if value.is_none() && scope.completed_without_histogram > 0 => {
            Fact { concept, task_type, member: None, value: FactValue::Unknown }
        }
        _ => fact(concept, task_type, value),
    })
    .collect();
    let per_unit = [
        (Concept::EnergyPerImage, NaturalUnit::Images),
        (Concept::EnergyPerPage, NaturalUnit::Pages),
        (Concept::EnergyPerAudioSecond, NaturalUnit::AudioUs),
        (Concept::EnergyPerVideoSecond, NaturalUnit::VideoUs),
    ];
    // Told where tasks state such work.
    facts.extend(
        per_unit.into_iter().filter_map(|(concept, unit)| {
            Some(fact(concept, task_type, Some(*scope.per_unit_wh.get(&unit)?)))
        }),
    );
    // Told where tasks came as sums without a histogram; elsewhere percentiles are of all tasks.
    if scope.completed_without_histogram > 0 {
        facts.push(fact(Concept::PercentileLeftOutShare, task_type, scope.percentile_left_out_share));
    }
    facts
}

/// One line for each zone, factor set and rung, with the hours and revisions that were used.
fn factor_uses(computed: &Computed) -> Vec<FactorUse> {
    let zone_of: HashMap<SiteId, &str> =
        computed.sites.iter().map(|site| (site.id, site.zone.as_str())).collect();
    let found = computed
        .intensities
        .iter()
        .filter_map(|((site, _), found)| Some((zone_of.get(site).copied()?, *found)));
    uses(found, &computed.ladder, &computed.sets)
}

/// What tasks that came without energy were estimated from, by model.
fn estimates(computed: &Computed) -> Vec<EstimateLine> {
    let named =
        |id: ModelId| computed.models.iter().find(|model| model.id == id).map(|model| model.key.to_string());
    let lines = computed.figures.estimated.iter().filter_map(|(by, energy)| {
        let (model, coefficient) = match *by {
            EstimatedBy::Coefficient { model, revision } => (model, Some(revision)),
            EstimatedBy::Formula { model } => (model, None),
        };
        let energy_wh = energy.wh_per(1, FIGURE_DECIMALS)?;
        Some(EstimateLine { model: named(model)?, coefficient, energy_wh })
    });
    lines.collect()
}

/// The same of residual mixes.
fn residual_uses(computed: &Computed) -> Vec<FactorUse> {
    let market = &computed.market;
    let found = computed.intensities.keys().filter_map(|(site, hour)| {
        let place = (market.market.zone_of(*site), *hour);
        let ((zone, _), found) = market.residual_found.get_key_value(&place)?;
        Some((zone.as_str(), *found))
    });
    uses(found, &market.residual, &market.residual_sets)
}

fn uses<'a>(
    found: impl Iterator<Item = (&'a str, HourIntensity)>,
    ladder: &Ladder,
    sets: &[(FactorSetId, FactorSet)],
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
                hours: 0,
                lowest_revision: value.revision,
                highest_revision: value.revision,
            });
        line.hours += 1;
        line.lowest_revision = line.lowest_revision.min(value.revision);
        line.highest_revision = line.highest_revision.max(value.revision);
    }
    uses.into_values().collect()
}

/// One line for each contract that covers energy of the service, in the order in which they are allocated.
fn contract_uses(computed: &Computed) -> Vec<ContractUse> {
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
            covered_wh: energy.wh_per(1, FIGURE_DECIMALS)?,
            reference: contract.reference.clone(),
        })
    });
    used.collect()
}

/// What the figures do not say.
fn limits(parts: &Parts<'_>) -> Vec<String> {
    let figures = &parts.computed.figures;
    let mut limits = Vec::new();
    let share_of = |tier| figures.total.evidence_shares.get(&tier).copied().filter(|share| !share.is_zero());
    if let Some(share) = share_of(Evidence::Modelled) {
        limits.push(format!(
            "{} of the energy is modelled from tokens or time and a coefficient; it was not measured where \
             the tasks ran.",
            percent(share)
        ));
    }
    if let Some(share) = share_of(Evidence::Declared) {
        limits.push(format!("{} of the energy is derived from compute or spending.", percent(share)));
    }
    if let Some(share) = figures.default_share.filter(|share| !share.is_zero()) {
        limits.push(format!(
            "{} of the energy was brought to the facility boundary with at least one default factor, because \
             the provider declared none.",
            percent(share)
        ));
    }
    if figures.total.it_energy == ItEnergy::Unknown {
        limits.push(
            "IT energy is unknown: the energy of whole facilities was reported, and their PUE was not declared."
                .to_owned(),
        );
    }
    match figures.coverage {
        None => limits.push(
            "Coverage is unknown: the provider has not declared how many tasks the service served in each whole \
             month of the period."
                .to_owned(),
        ),
        Some(share) if share.mantissa() > 10i128.pow(share.decimals()) => {
            limits.push("More tasks were reported than the provider declares as served.".to_owned());
        }
        Some(share) => limits.push(format!(
            "{} of the tasks that the provider declares as served were reported; the figures say nothing of \
             the others.",
            percent(share)
        )),
    }
    if let Some(share) = figures.total.percentile_left_out_share.filter(|share| !share.is_zero()) {
        limits.push(format!(
            "{} of the completed tasks came as sums over many tasks without a histogram; median and percentiles \
             are of the others.",
            percent(share)
        ));
    }
    limits.push(
        "Median and percentiles are of completed tasks and are read from a histogram; each is within 1 % of \
         the value that sorting every task would give."
            .to_owned(),
    );
    let at_location = figures.market_shares.get(&MarketPart::LocationBased);
    if let Some(share) = at_location.filter(|share| !share.is_zero()) {
        limits.push(format!(
            "{} of the energy is counted at the location-based factor in the market-based figure too, because no \
             residual mix is loaded for its zone and time.",
            percent(*share)
        ));
    }
    if !parts.computed.market.without_factor.is_empty() {
        limits.push(format!(
            "Contracts that state no factor of the basis {} are not counted: {}.",
            parts.request.basis.label(),
            parts.computed.market.without_factor.join(", ")
        ));
    }
    if let Some(share) = figures.estimated_share.filter(|share| !share.is_zero()) {
        limits.push(format!(
            "{} of the energy is estimated here, because the tasks came without: from their tokens or time on \
             accelerators and a coefficient, or the parameters of the model.",
            percent(share)
        ));
    }
    if figures.unfinished_share.is_none() {
        limits.push(
            "What failed and cancelled tasks used is in the mean, but not known apart: some came as sums over many tasks or \
             without energy."
                .to_owned(),
        );
    }
    if let Some(interval) = figures.total.interval {
        let sampling =
            if interval.has_sampling { "" } else { " It says nothing of tasks that were not reported." };
        limits.push(format!(
            "The 95 % interval holds the error of how energy is known; most of it comes from {}. It is not the \
             spread of single tasks, which the percentiles tell.{sampling}",
            interval.largest.label()
        ));
    }
    limits.push("Training, embodied carbon and water are not included.".to_owned());
    limits
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
