//! The public page of a disclosure: one self-contained HTML file, frozen at publication. It needs no
//! script and asks for nothing else, so that a downloaded copy reads like the page.

mod around;
mod beside;

use super::chart::{Charts, In, charts};
use super::files::File;
use super::number::{HEADLINE, TABLE, count, figure, percent};
use crate::domain::disclosure::{Disclosure, FactorUse};
use crate::domain::fact::{Concept, FactValue, Member, Of};
use crate::domain::period::day;
use crate::domain::terms::{Evidence, Matching, MeterClassKind, Place, SiteFactorKind, TaskType};
use crate::method::percentile::MAX_ERROR_PPM;
use crate::method::uncertainty::{COUNTER_PPM, INTERVAL_PERCENT, METERED_PPM};
use crate::units::Decimal;
use askama::Template;
use sha2::{Digest, Sha256};

pub const MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// The style sheet of all pages; a frozen page carries its own copy.
pub const STYLESHEET: &str = include_str!("../../templates/site.css");

/// Where the server tells what became of a version since its bytes were frozen. The downloaded file
/// keeps the marker.
pub const STATE_MARKER: &str = "<!-- taskwatt:state -->";

/// The bytes of the page, which lists the files that were rendered before it.
///
/// # Errors
///
/// The template could not be filled.
pub fn render(disclosure: &Disclosure, files: &[File]) -> Result<Vec<u8>, askama::Error> {
    let charts = charts(disclosure, In::english())?;
    Ok(page(disclosure, charts, files).render()?.into_bytes())
}

#[derive(Template)]
#[template(path = "disclosure.html")]
struct Page<'a> {
    d: &'a Disclosure,
    home: &'a str,
    css: &'static str,
    state_marker: &'static str,
    period: String,
    built_on: String,
    notices: Vec<(&'static str, String)>,
    headline: Headline,
    counts: Counts,
    charts: Charts,
    rows: Vec<Row>,
    all: Row,
    evidence: Vec<Share>,
    stages: Vec<Share>,
    units: Vec<UnitRow>,
    places: Vec<PlaceRow>,
    rungs: Vec<Share>,
    market: Vec<Share>,
    contracts: Vec<ContractRow>,
    residuals: Vec<FactorUseRow>,
    site_factors: Vec<SiteFactorRow>,
    meter_classes: Vec<MeterClassRow>,
    /// What is assumed of meters whose class is not declared, in per cent.
    assumed_metered: String,
    assumed_counter: String,
    defaults: Vec<DefaultRow>,
    default_share: String,
    default_share_is_known: bool,
    sampling: &'static str,
    interval_percent: u32,
    max_error: String,
    factor_uses: Vec<FactorUseRow>,
    models: Vec<ModelRow>,
    model_figures: Vec<beside::ModelFigures>,
    changes: Vec<beside::ChangeRow>,
    months: Vec<beside::MonthRow>,
    zones: Vec<beside::ZoneRow>,
    hours: Vec<beside::HourRow>,
    water: Option<beside::Water>,
    embodied: Option<beside::Embodied>,
    training: Vec<beside::TrainingRow>,
    low_coverage: Option<String>,
    around: around::Around,
    downloads: Vec<Download>,
}

struct Headline {
    mean: String,
    /// Both ends of the 95 % interval; `None` where the method states none.
    interval: Option<String>,
    median: String,
    it_mean: String,
    carbon: String,
    completed: String,
    coverage: String,
    coverage_is_known: bool,
    evidence: String,
}

struct Counts {
    unfinished: String,
    retried: String,
    verification: String,
    /// Energy that no step explains, where there is any: what is told of steps is then the least of it.
    unattributed: Option<String>,
    saving: Option<String>,
    /// Tasks that the saving says nothing of.
    without_saving: Option<String>,
    failed: String,
    cancelled: String,
    facility: String,
    it: String,
    carbon_per_task: String,
    carbon_total: String,
    market_per_task: String,
    market_total: String,
    hourly_matched: String,
}

struct Row {
    name: &'static str,
    completed: String,
    mean: String,
    median: String,
    p10: String,
    p90: String,
    p95: String,
    p99: String,
    it_mean: String,
    per_1000_output_tokens: String,
    carbon: String,
    low: String,
    high: String,
}

/// Energy of a piece of work: of what, and of the tasks of which type.
struct UnitRow {
    name: &'static str,
    unit: &'static str,
    energy: String,
}

/// Where tasks ran.
struct PlaceRow {
    name: &'static str,
    tasks: String,
    energy: String,
}

/// A share, and the same as the width of a bar out of 100.
struct Share {
    name: &'static str,
    share: String,
    width: String,
    meaning: &'static str,
}

struct SiteFactorRow {
    kind: &'static str,
    value: String,
    site: String,
    validity: String,
}

/// A site with the class of its meters.
struct MeterClassRow {
    site: String,
    kind: &'static str,
    percent: String,
    validity: String,
}

struct DefaultRow {
    kind: &'static str,
    value: String,
    share: String,
}

struct FactorUseRow {
    zone: String,
    rung: String,
    source: String,
    attribution: String,
    release: String,
    licence: String,
    hours: String,
    revisions: String,
}

struct ContractRow {
    key: String,
    instrument: &'static str,
    reference: String,
    zone: String,
    validity: String,
    matching: &'static str,
    volume: String,
    covered: String,
    intensity: String,
}

struct ModelRow {
    name: String,
    key: String,
    version: String,
    released_on: String,
}

struct Download {
    format: &'static str,
    title: &'static str,
    size: String,
    sha256: String,
}

fn page<'a>(d: &'a Disclosure, charts: Charts, files: &[File]) -> Page<'a> {
    let home = d.address.split_once("/disclosures/").map_or("", |(home, _)| home);
    let rows: Vec<Row> = d.task_types().map(|task_type| row(d, Some(task_type))).collect();
    Page {
        d,
        home,
        css: STYLESHEET,
        state_marker: STATE_MARKER,
        period: d.period.describe(),
        built_on: day(d.built_on),
        notices: notices(d),
        headline: headline(d),
        counts: counts(d),
        charts,
        hours: beside::hours(d),
        rows,
        all: row(d, None),
        evidence: evidence(d),
        stages: shares(d, Concept::StageShare),
        units: units(d),
        places: places(d),
        rungs: shares(d, Concept::FactorRungShare),
        market: shares(d, Concept::MarketShare),
        contracts: contracts(d),
        residuals: factor_uses(&d.residual_uses),
        site_factors: site_factors(d),
        meter_classes: meter_classes(d),
        assumed_metered: plain(Decimal::new(METERED_PPM.into(), 4)),
        assumed_counter: plain(Decimal::new(COUNTER_PPM.into(), 4)),
        defaults: d
            .defaults
            .iter()
            .map(|used| DefaultRow {
                kind: factor_label(used.kind),
                value: plain(used.value.decimal()),
                share: share_text(used.share),
            })
            .collect(),
        default_share: share_text(d.value(Concept::DefaultFactorShare, None)),
        default_share_is_known: matches!(d.value(Concept::DefaultFactorShare, None), FactValue::Known(_)),
        sampling: beside::sampling(d),
        interval_percent: INTERVAL_PERCENT,
        max_error: percent(Decimal::new(i128::from(MAX_ERROR_PPM), 6)),
        factor_uses: factor_uses(&d.factor_uses),
        models: models(d),
        model_figures: beside::model_figures(d),
        changes: beside::changes(d),
        months: beside::months(d),
        zones: beside::zones(d),
        water: beside::water(d),
        embodied: beside::embodied(d),
        training: beside::training(d),
        low_coverage: beside::low_coverage(d),
        around: around::around(d),
        downloads: files.iter().map(download).collect(),
    }
}

/// What a reader must know before reading a figure, in plain words.
fn notices(d: &Disclosure) -> Vec<(&'static str, String)> {
    let mut notices = Vec::new();
    if let Some((title, sentence)) = d.provider.kind.notice() {
        notices.push((title, sentence.to_owned()));
    }
    let share_of = |tier| {
        d.shares(Concept::EvidenceShare)
            .find(|(member, _)| **member == Member::Evidence(tier))
            .map(|(_, share)| share)
            .filter(|share| !share.is_zero())
    };
    let tiers = d.shares(Concept::EvidenceShare).count();
    if let Some(share) = share_of(Evidence::Modelled) {
        let (title, subject) = if tiers == 1 {
            ("The energy is modelled, not measured", "All of the energy".to_owned())
        } else {
            ("Part of the energy is modelled, not measured", format!("{} of the energy", percent(share)))
        };
        notices.push((
            title,
            format!(
                "{subject} was calculated from tokens or time and a coefficient. It is not a measurement by the \
                 operator of the service."
            ),
        ));
    }
    if let Some(note) = &d.provider.public_note {
        notices.push(("About these figures", note.clone()));
    }
    notices
}

fn share_text(value: FactValue) -> String {
    match value {
        FactValue::Known(share) => percent(share),
        other => figure(other, HEADLINE),
    }
}

fn with_unit(value: FactValue, significant: u32, unit: &str) -> String {
    match value {
        FactValue::Known(_) => format!("{}\u{a0}{unit}", figure(value, significant)),
        other => figure(other, significant),
    }
}

fn headline(d: &Disclosure) -> Headline {
    let evidence: Vec<String> = d
        .shares(Concept::EvidenceShare)
        .filter_map(|(member, share)| match member {
            Member::Evidence(tier) if !share.is_zero() => {
                Some(format!("{} {}", tier.label().to_lowercase(), percent(share)))
            }
            _ => None,
        })
        .collect();
    Headline {
        mean: figure(d.value(Concept::EnergyPerTaskMean, None), HEADLINE),
        interval: d.interval.map(|_| {
            let end = |concept| figure(d.value(concept, None), HEADLINE);
            format!("{} to {} Wh", end(Concept::EnergyPerTaskLow), end(Concept::EnergyPerTaskHigh))
        }),
        median: with_unit(d.value(Concept::EnergyPerTaskMedian, None), HEADLINE, "Wh"),
        it_mean: with_unit(d.value(Concept::EnergyPerTaskItMean, None), HEADLINE, "Wh"),
        carbon: with_unit(d.value(Concept::CarbonLocationPerTask, None), HEADLINE, "g"),
        completed: count(d.value(Concept::TasksCompleted, None)),
        coverage: share_text(d.value(Concept::Coverage, None)),
        coverage_is_known: matches!(d.value(Concept::Coverage, None), FactValue::Known(_)),
        evidence: evidence.join(", "),
    }
}

fn counts(d: &Disclosure) -> Counts {
    let saving = d.value(Concept::PlaceSavingModelled, None);
    Counts {
        unfinished: share_text(d.value(Concept::UnfinishedShare, None)),
        retried: share_text(d.value(Concept::RetryShare, None)),
        verification: share_text(d.value(Concept::VerificationOverhead, None)),
        unattributed: d
            .shares(Concept::StageShare)
            .find(|(member, share)| **member == Member::Unattributed && !share.is_zero())
            .map(|(_, share)| percent(share)),
        without_saving: match d.value(Concept::PlaceSavingLeftOutShare, None) {
            FactValue::Known(share) if !share.is_zero() => Some(percent(share)),
            _ => None,
        },
        saving: match saving {
            FactValue::Known(more) if more.is_negative() => {
                Some(format!("{} less", with_unit(FactValue::Known(more.abs()), TABLE, "Wh")))
            }
            FactValue::Known(_) => Some(format!("{} more", with_unit(saving, TABLE, "Wh"))),
            _ => None,
        },
        failed: count(d.value(Concept::TasksFailed, None)),
        cancelled: count(d.value(Concept::TasksCancelled, None)),
        facility: with_unit(d.value(Concept::EnergyFacilityTotal, None), TABLE, "Wh"),
        it: with_unit(d.value(Concept::EnergyItTotal, None), TABLE, "Wh"),
        carbon_per_task: with_unit(d.value(Concept::CarbonLocationPerTask, None), TABLE, "g"),
        carbon_total: with_unit(d.value(Concept::CarbonLocationTotal, None), TABLE, "g"),
        market_per_task: with_unit(d.value(Concept::CarbonMarketPerTask, None), TABLE, "g"),
        market_total: with_unit(d.value(Concept::CarbonMarketTotal, None), TABLE, "g"),
        hourly_matched: share_text(d.value(Concept::HourlyMatchedShare, None)),
    }
}

fn row(d: &Disclosure, task_type: Option<TaskType>) -> Row {
    let cell = |concept| figure(d.value(concept, task_type), TABLE);
    Row {
        name: task_type.map_or("All tasks", TaskType::label),
        completed: count(d.value(Concept::TasksCompleted, task_type)),
        mean: cell(Concept::EnergyPerTaskMean),
        median: cell(Concept::EnergyPerTaskMedian),
        p10: cell(Concept::EnergyPerTaskP10),
        p90: cell(Concept::EnergyPerTaskP90),
        p95: cell(Concept::EnergyPerTaskP95),
        p99: cell(Concept::EnergyPerTaskP99),
        it_mean: cell(Concept::EnergyPerTaskItMean),
        per_1000_output_tokens: cell(Concept::EnergyPer1000OutputTokens),
        carbon: cell(Concept::CarbonLocationPerTask),
        low: cell(Concept::EnergyPerTaskLow),
        high: cell(Concept::EnergyPerTaskHigh),
    }
}

fn units(d: &Disclosure) -> Vec<UnitRow> {
    let unit = |concept| match concept {
        Concept::EnergyPerImage => Some("image"),
        Concept::EnergyPerPage => Some("page"),
        Concept::EnergyPerAudioSecond => Some("second of sound"),
        Concept::EnergyPerVideoSecond => Some("second of video"),
        _ => None,
    };
    d.facts
        .iter()
        .filter_map(|fact| {
            Some(UnitRow {
                name: fact.of.task_type.map_or("All tasks", TaskType::label),
                unit: unit(fact.concept)?,
                energy: figure(fact.value, TABLE),
            })
        })
        .collect()
}

fn places(d: &Disclosure) -> Vec<PlaceRow> {
    let energy = |member| d.shares(Concept::PlaceEnergyShare).find(|(other, _)| *other == member);
    d.shares(Concept::PlaceTaskShare)
        .map(|(member, tasks)| PlaceRow {
            name: match member {
                Member::Place(Some(place)) => place.label(),
                _ => "not stated",
            },
            tasks: percent(tasks),
            energy: energy(member).map_or("unknown".to_owned(), |(_, energy)| percent(energy)),
        })
        .collect()
}

fn evidence(d: &Disclosure) -> Vec<Share> {
    let zero = Decimal::new(0, 6);
    Evidence::ALL
        .iter()
        .map(|tier| {
            let found =
                d.shares(Concept::EvidenceShare).find(|(member, _)| **member == Member::Evidence(*tier));
            share(tier.label(), found.map_or(zero, |(_, share)| share), tier.explanation())
        })
        .collect()
}

/// Shares that are left out stand in their places.
fn shares(d: &Disclosure, concept: Concept) -> Vec<Share> {
    let facts = d.facts.iter().filter(|fact| fact.concept == concept && fact.of == Of::ALL);
    facts
        .filter_map(|fact| Some((fact.member.as_ref()?, fact.value)))
        .map(|(member, value)| {
            let name = match member {
                Member::Evidence(tier) => tier.label(),
                Member::Rung(rung) => rung.label(),
                Member::Market(part) => part.label(),
                Member::Step(kind) => kind.label(),
                Member::Place(place) => place.map_or("not stated", Place::label),
                Member::Unattributed => "Not attributed to a step",
                // Shares of zones and hours have tables of their own.
                Member::Zone(_) | Member::HourOfDay(_) => "",
            };
            match value {
                FactValue::Known(part) => share(name, part, ""),
                other => Share { name, share: figure(other, HEADLINE), width: "0".to_owned(), meaning: "" },
            }
        })
        .collect()
}

fn share(name: &'static str, part: Decimal, meaning: &'static str) -> Share {
    let hundredths = Decimal::new(part.to_scaled(6).unwrap_or_default(), 4);
    Share { name, share: percent(part), width: plain(hundredths), meaning }
}

/// Without zeros at the end.
fn plain(value: Decimal) -> String {
    let text = value.to_string();
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn factor_label(kind: SiteFactorKind) -> &'static str {
    match kind {
        SiteFactorKind::Pue => "PUE (facility ÷ IT)",
        SiteFactorKind::ServerPerAccelerator => "Server ÷ accelerator",
        SiteFactorKind::ItPerServer => "IT ÷ server",
    }
}

fn site_factors(d: &Disclosure) -> Vec<SiteFactorRow> {
    d.sites
        .iter()
        .flat_map(|site| site.factors.iter().map(move |factor| (site, factor)))
        .map(|(site, factor)| SiteFactorRow {
            kind: factor_label(factor.kind),
            value: plain(factor.value.decimal()),
            site: site.name.clone(),
            validity: format!(
                "valid from {} until before {}, revision {}",
                day(factor.valid_from.date_naive()),
                day(factor.valid_to.date_naive()),
                factor.revision
            ),
        })
        .collect()
}

fn meter_classes(d: &Disclosure) -> Vec<MeterClassRow> {
    let lines = d.sites.iter().flat_map(|site| site.meter_classes.iter().map(move |line| (site, line)));
    lines
        .map(|(site, line)| MeterClassRow {
            site: site.name.clone(),
            kind: match line.kind {
                MeterClassKind::Metered => "meters",
                MeterClassKind::Counter => "device counters",
            },
            percent: line.class.percent().to_string(),
            validity: format!(
                "valid from {} until before {}, revision {}",
                day(line.valid.from()),
                day(line.valid.to()),
                line.revision
            ),
        })
        .collect()
}

fn factor_uses(uses: &[FactorUse]) -> Vec<FactorUseRow> {
    uses.iter()
        .map(|used| FactorUseRow {
            zone: if used.zone == used.value_zone {
                used.zone.clone()
            } else {
                format!("{} (value of {})", used.zone, used.value_zone)
            },
            rung: used.rung.label().to_owned(),
            source: used.source.clone(),
            attribution: used.attribution.clone(),
            release: used.release.clone(),
            licence: used.licence.clone(),
            hours: match used.hours {
                Some(hours) => super::number::group(&hours.to_string()),
                None => figure(FactValue::NotIncluded, TABLE),
            },
            revisions: if used.lowest_revision == used.highest_revision {
                used.lowest_revision.to_string()
            } else {
                format!("{} to {}", used.lowest_revision, used.highest_revision)
            },
        })
        .collect()
}

fn contracts(d: &Disclosure) -> Vec<ContractRow> {
    let kwh = |value: FactValue| match value {
        FactValue::Known(watt_hours) => {
            let kwh = Decimal::new(watt_hours.mantissa(), watt_hours.decimals() + 3);
            figure(FactValue::Known(kwh), TABLE)
        }
        other => figure(other, TABLE),
    };
    d.contract_uses
        .iter()
        .map(|used| ContractRow {
            key: used.key.clone(),
            instrument: used.instrument.label(),
            reference: used.reference.clone(),
            zone: used.zone.clone(),
            validity: format!("{} until before {}", day(used.valid.from()), day(used.valid.to())),
            matching: match used.matching {
                Matching::Annual => "over its time",
                Matching::Hourly => "hour by hour",
            },
            volume: figure(FactValue::Known(used.volume.kilowatt_hours()), TABLE),
            covered: kwh(used.covered_wh),
            intensity: plain(used.intensity.grams_per_kwh()),
        })
        .collect()
}

fn models(d: &Disclosure) -> Vec<ModelRow> {
    let not_stated = || "not stated".to_owned();
    d.models
        .iter()
        .map(|model| ModelRow {
            name: model.name.clone(),
            key: model.key.clone(),
            version: model.version.clone().unwrap_or_else(not_stated),
            released_on: model.released_on.map_or_else(not_stated, day),
        })
        .collect()
}

fn download(file: &File) -> Download {
    Download {
        format: file.format.as_str(),
        title: file.format.title(),
        size: format!("{} kB", file.bytes.len().div_ceil(1000)),
        sha256: hex::encode(Sha256::digest(&file.bytes)),
    }
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
