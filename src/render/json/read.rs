//! From the wire form back to the document. Every word is checked: a document that this program would
//! not write is not read.

use super::{
    FIRST_FORMAT, FORMAT, UnreadableDocument, Wire, WireBoundary, WireContractUse, WireEstimate, WireFact,
    WireFactorUse, WireInterval, WireMember, WireMeterClass, WirePeriod, WireSite, WireSiteFactor, apart,
    around, interval_level,
};
use crate::domain::disclosure::{
    BoundaryLine, ContractUse, DefaultUse, Disclosure, EstimateLine, FactorUse, Included, IntervalLine,
    MeterClassLine, ModelLine, ProviderLine, Reference, ServiceLine, SiteFactorLine, SiteLine, TemplateUse,
};
use crate::domain::fact::{Concept, Fact, FactValue, HourOfDay, Member, OTHER_ZONES, Of};
use crate::domain::factor::Rung;
use crate::domain::meter::MeterClass;
use crate::domain::period::{Days, Period};
use crate::domain::registry::{ProviderKind, ProviderRole};
use crate::domain::terms::{
    Basis, Evidence, Instrument, IntervalSource, MarketPart, Matching, MeterClassKind, Perimeter, Place,
    Resolution, SiteFactorKind, SmallCells, StepKind, TaskType,
};
use crate::units::{Decimal, EnergyVolume, Intensity, Ratio};
use chrono::{DateTime, Utc};

pub(in crate::render) fn known<T>(value: Option<T>, text: &str) -> Result<T, UnreadableDocument> {
    value.ok_or_else(|| UnreadableDocument(format!("'{text}' is not known")))
}

pub(in crate::render) fn decimal(text: &str) -> Result<Decimal, UnreadableDocument> {
    // The number of decimals is part of a value, so it is read as it stands.
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let decimals = known(u32::try_from(decimals).ok().filter(|count| *count <= Decimal::MAX_DECIMALS), text)?;
    let parsed = Decimal::parse(text).ok();
    let mantissa = parsed.and_then(|value| value.to_scaled(decimals).ok());
    Ok(Decimal::new(known(mantissa, text)?, decimals))
}

fn ratio(text: &str) -> Result<Ratio, UnreadableDocument> {
    known(Ratio::parse(text).ok(), text)
}

fn parse_instant(text: &str) -> Result<DateTime<Utc>, UnreadableDocument> {
    known(DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc()), text)
}

impl WirePeriod {
    pub(super) fn read(&self) -> Result<Period, UnreadableDocument> {
        let period = Period::new(parse_instant(&self.from)?, parse_instant(&self.to)?);
        known(period.ok(), &self.from)
    }
}

pub(super) fn from_wire(wire: Wire) -> Result<Disclosure, UnreadableDocument> {
    if wire.format != FORMAT && wire.format != FIRST_FORMAT {
        return Err(UnreadableDocument(format!("format '{}'", wire.format)));
    }
    Ok(Disclosure {
        reference: Reference { number: wire.number, version: wire.version },
        template: TemplateUse {
            id: wire.template.id,
            version: wire.template.version,
            legal_status: wire.template.legal_status,
            status_line: wire.template.status_line,
        },
        method_version: wire.method_version,
        built_on: wire.built_on,
        provider: ProviderLine {
            key: wire.provider.key,
            legal_name: wire.provider.legal_name,
            contact: wire.provider.contact,
            public_note: wire.provider.public_note,
            kind: known(ProviderKind::parse(&wire.provider.kind), &wire.provider.kind)?,
            lei: wire.provider.lei,
            role: wire.provider.role.map(|role| known(ProviderRole::parse(&role), &role)).transpose()?,
        },
        service: ServiceLine {
            key: wire.service.key,
            name: wire.service.name,
            energy_method: wire.service.energy_method,
        },
        period: wire.period.read()?,
        basis: known(Basis::parse(&wire.carbon_basis), &wire.carbon_basis)?,
        perimeter: known(Perimeter::parse(&wire.carbon_perimeter), &wire.carbon_perimeter)?,
        models: wire
            .models
            .into_iter()
            .map(|model| ModelLine {
                key: model.key,
                name: model.name,
                version: model.version,
                released_on: model.released_on,
                baseline: model.baseline,
            })
            .collect(),
        sites: wire.sites.into_iter().map(site_from_wire).collect::<Result<_, _>>()?,
        small_cells: known(SmallCells::parse(&wire.small_cells), &wire.small_cells)?,
        zones: wire.zones.into_iter().map(apart::zone_from_wire).collect(),
        boundary: wire.boundary.iter().map(boundary_from_wire).collect::<Result<_, _>>()?,
        facts: wire.facts.iter().map(fact_from_wire).collect::<Result<_, _>>()?,
        factor_uses: wire.factors.into_iter().map(factor_from_wire).collect::<Result<_, _>>()?,
        contract_uses: wire.contracts.into_iter().map(contract_from_wire).collect::<Result<_, _>>()?,
        residual_uses: wire.residual_mixes.into_iter().map(factor_from_wire).collect::<Result<_, _>>()?,
        interval: wire.interval.map(interval_from_wire).transpose()?,
        estimates: wire.estimates.into_iter().map(estimate_from_wire).collect::<Result<_, _>>()?,
        defaults: wire
            .defaults
            .iter()
            .map(|used| {
                Ok(DefaultUse {
                    kind: known(SiteFactorKind::parse(&used.kind), &used.kind)?,
                    value: ratio(&used.value)?,
                    share: value(&used.share)?,
                })
            })
            .collect::<Result<_, _>>()?,
        changes: wire.changes.into_iter().map(apart::change_from_wire).collect::<Result<_, _>>()?,
        gaps: wire.series_gaps.iter().map(apart::gap_from_wire).collect::<Result<_, _>>()?,
        training: wire.training.into_iter().map(apart::training_from_wire).collect::<Result<_, _>>()?,
        water_definitions: wire
            .water_definitions
            .into_iter()
            .map(apart::water_definition_from_wire)
            .collect::<Result<_, _>>()?,
        water_factors: wire
            .water_factors
            .into_iter()
            .map(apart::water_factor_from_wire)
            .collect::<Result<_, _>>()?,
        embodied: wire
            .embodied_carbon
            .into_iter()
            .map(apart::embodied_from_wire)
            .collect::<Result<_, _>>()?,
        hardware: wire.hardware.into_iter().map(around::hardware_from_wire).collect::<Result<_, _>>()?,
        texts: wire.texts.into_iter().map(around::text_from_wire).collect::<Result<_, _>>()?,
        exclusions: wire.exclusions.into_iter().map(around::exclusion_from_wire).collect::<Result<_, _>>()?,
        equivalents: wire
            .equivalents
            .into_iter()
            .map(around::equivalent_from_wire)
            .collect::<Result<_, _>>()?,
        budgets: wire.budgets.into_iter().map(around::budget_from_wire).collect::<Result<_, _>>()?,
        verification: around::verification_from_wire(wire.verification)?,
        history: wire.history.into_iter().map(around::history_from_wire).collect(),
        reason: wire.reason,
        limits: wire.limits,
        address: wire.address,
    })
}

fn site_from_wire(site: WireSite) -> Result<SiteLine, UnreadableDocument> {
    let factor = |factor: &WireSiteFactor| {
        Ok(SiteFactorLine {
            kind: known(SiteFactorKind::parse(&factor.kind), &factor.kind)?,
            value: ratio(&factor.value)?,
            valid_from: parse_instant(&factor.valid_from)?,
            valid_to: parse_instant(&factor.valid_to)?,
            revision: factor.revision,
        })
    };
    let class = |line: &WireMeterClass| {
        Ok(MeterClassLine {
            kind: known(MeterClassKind::parse(&line.kind), &line.kind)?,
            class: known(MeterClass::parse_percent(&line.percent).ok(), &line.percent)?,
            valid: known(Days::new(line.valid_from, line.valid_to), "valid_from and valid_to")?,
            revision: line.revision,
        })
    };
    Ok(SiteLine {
        meter_classes: site.meter_classes.iter().map(class).collect::<Result<_, _>>()?,
        factors: site.declared_factors.iter().map(factor).collect::<Result<_, _>>()?,
        key: site.key,
        name: site.name,
        zone: site.zone,
        zone_name: site.zone_name,
    })
}

fn boundary_from_wire(line: &WireBoundary) -> Result<BoundaryLine, UnreadableDocument> {
    let item = BoundaryLine::ITEMS.iter().find(|item| **item == line.item);
    Ok(BoundaryLine {
        item: known(item, &line.item)?,
        included: known(Included::parse(&line.included), &line.included)?,
    })
}

fn fact_from_wire(fact: &WireFact) -> Result<Fact, UnreadableDocument> {
    let task_type = match fact.task_type.as_str() {
        "all" => None,
        text => Some(known(TaskType::parse(text), text)?),
    };
    Ok(Fact {
        concept: known(Concept::parse(&fact.concept), &fact.concept)?,
        of: Of {
            task_type,
            model: fact.model.as_deref().map(Into::into),
            month: fact.month.as_ref().map(WirePeriod::read).transpose()?,
        },
        member: fact.member.as_ref().map(member_from_wire).transpose()?,
        value: value(&fact.value)?,
    })
}

fn value(text: &str) -> Result<FactValue, UnreadableDocument> {
    Ok(match text {
        "unknown" => FactValue::Unknown,
        "N/A" => FactValue::NotApplicable,
        "not included" => FactValue::NotIncluded,
        text => FactValue::Known(decimal(text)?),
    })
}

fn member_from_wire(member: &WireMember) -> Result<Member, UnreadableDocument> {
    let name = member.name.as_str();
    let found = match (member.dimension.as_str(), name) {
        ("evidence", _) => Evidence::parse(name).map(Member::Evidence),
        ("factor_rung", _) => {
            Rung::ALL.iter().find(|rung| rung.as_str() == name).map(|rung| Member::Rung(*rung))
        }
        ("market_part", _) => MarketPart::parse(name).map(Member::Market),
        ("place", "unstated") => Some(Member::Place(None)),
        ("place", _) => Place::parse(name).map(|place| Member::Place(Some(place))),
        ("hour_of_day", _) => HourOfDay::parse(name).map(Member::HourOfDay),
        ("zone", OTHER_ZONES) => Some(Member::Zone(None)),
        ("zone", _) => Some(Member::Zone(Some(name.into()))),
        ("step_kind", "unattributed") => Some(Member::Unattributed),
        ("step_kind", _) => StepKind::parse(name).map(Member::Step),
        _ => None,
    };
    known(found, name)
}

fn factor_from_wire(used: WireFactorUse) -> Result<FactorUse, UnreadableDocument> {
    let rung = Rung::ALL.iter().find(|rung| rung.as_str() == used.rung);
    Ok(FactorUse {
        rung: *known(rung, &used.rung)?,
        resolution: known(Resolution::parse(&used.resolution), &used.resolution)?,
        set_key: used.set,
        source: used.source,
        licence: used.licence,
        attribution: used.attribution,
        release: used.release,
        zone: used.zone,
        value_zone: used.value_zone,
        hours: used.site_hours,
        lowest_revision: used.lowest_revision,
        highest_revision: used.highest_revision,
    })
}

fn contract_from_wire(used: WireContractUse) -> Result<ContractUse, UnreadableDocument> {
    Ok(ContractUse {
        instrument: known(Instrument::parse(&used.instrument), &used.instrument)?,
        matching: known(Matching::parse(&used.matching), &used.matching)?,
        valid: known(Days::new(used.from, used.to), "from and to")?,
        volume: known(EnergyVolume::parse_kwh(&used.volume_kwh).ok(), &used.volume_kwh)?,
        intensity: known(Intensity::parse_grams_per_kwh(&used.g_per_kwh).ok(), &used.g_per_kwh)?,
        covered_wh: value(&used.covered_wh)?,
        key: used.contract,
        revision: used.revision,
        zone: used.zone,
        reference: used.reference,
    })
}

fn interval_from_wire(interval: WireInterval) -> Result<IntervalLine, UnreadableDocument> {
    known((interval.level == interval_level()).then_some(()), &interval.level)?;
    let largest = known(IntervalSource::parse(&interval.largest_source), &interval.largest_source)?;
    Ok(IntervalLine { largest, has_sampling: interval.includes_sampling })
}

fn estimate_from_wire(line: WireEstimate) -> Result<EstimateLine, UnreadableDocument> {
    let energy_wh = value(&line.energy_wh)?;
    Ok(EstimateLine { model: line.model, coefficient: line.coefficient_revision, energy_wh })
}
