//! Building a draft: reads totals and factors of one moment, computes, and stores the canonical
//! document. Building again replaces the draft; a published version is never touched.

use super::apart::{Apart, apart};
use super::around::Around;
use super::assemble::{Parts, assemble, evidence_summary};
use super::energy::EnergyRead;
use super::evidence::{EvidenceError, inputs};
use super::market::{Facility, MarketSources, market_sources, site_hours};
use super::series::{Compared, EnergyOf, compare, months};
use super::stated::Stated;
use super::template;
use crate::db::disclosure::{Draft, Ending, Saved, Subject, next_reference, save_draft};
use crate::db::evidence::RecordSums;
use crate::db::job::Claim;
use crate::db::total::{OfBatches, OfProvider, PeriodTotals};
use crate::db::{DbError, Pool, contract, factor};
use crate::domain::days::SiteHours;
use crate::domain::disclosure::Disclosure;
use crate::domain::equivalent::Household;
use crate::domain::fact::{Concept, FactValue};
use crate::domain::factor::{FactorSet, HourIntensity};
use crate::domain::ids::{FactorSetId, ServiceId, SiteId};
use crate::domain::job::JobResult;
use crate::domain::period::Period;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::registry::{Model, Provider, Service, Site};
use crate::domain::template::Template;
use crate::domain::terms::{Basis, EnergyTerms, Perimeter, SmallCells};
use crate::intensity::Ladder;
use crate::method::estimate::{Coefficients, Estimate, NoEstimate, Way};
use crate::method::{CarbonInputs, Figures, LayerTable, MethodError, Settlement};
use crate::render::{csv::value_text, json};
use crate::units::EnergyTotal;
use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use thiserror::Error;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

/// What to disclose.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub provider: &'a Provider,
    pub service: &'a Service,
    pub period: Period,
    pub basis: Basis,
    pub perimeter: Perimeter,
    /// The period that figures are compared with.
    pub baseline: Option<Period>,
    /// What is left out because little is behind it.
    pub small_cells: SmallCells,
    /// What the provider states of the version.
    pub stated: &'a Stated,
    /// The household of equivalents, where one is declared.
    pub household: Option<&'a Household>,
}

/// A stored draft.
#[derive(Clone, Debug)]
pub struct Built {
    pub disclosure: Disclosure,
    pub document_sha256: [u8; 32],
}

/// Why there is no draft.
#[derive(Debug, Error)]
pub enum BuildError {
    #[error("no task of this service was completed in the period")]
    NothingToDisclose,
    #[error("{}", describe_missing(.0))]
    FactorsMissing(Vec<MissingHours>),
    #[error(
        "the period begins or ends within a day that has tasks outside it, and percentiles are kept by day"
    )]
    PeriodCutsDay,
    #[error("{}", describe_unsettled(.0))]
    PueUnknown(Vec<UnsettledSite>),
    #[error("{}", describe_unsupported(.0))]
    NoEstimate(Vec<UnsupportedModel>),
    /// A reason was given, and there is no earlier version.
    #[error(
        "no earlier version is published that this one takes the place of, so there is nothing to give a reason for"
    )]
    NothingReplaced,
    #[error("somebody else built or published this disclosure at the same moment")]
    BuiltMeanwhile,
    #[error("the document does not follow its template: {}", .0.join("; "))]
    OffTemplate(Vec<String>),
    #[error("the totals contradict each other: {0}")]
    Method(MethodError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error("the job was cancelled, or another process has it")]
    JobLost,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl BuildError {
    /// The code of a refusal; `None` where something of ours failed.
    pub fn code(&self) -> Option<ProblemCode> {
        Some(match self {
            BuildError::NothingToDisclose => ProblemCode::NothingToDisclose,
            BuildError::FactorsMissing(_) => ProblemCode::FactorsMissing,
            BuildError::PeriodCutsDay => ProblemCode::PeriodCutsDay,
            BuildError::PueUnknown(_) => ProblemCode::PueUnknown,
            BuildError::NoEstimate(_) => ProblemCode::NoEstimate,
            BuildError::BuiltMeanwhile => ProblemCode::BuiltMeanwhile,
            BuildError::NothingReplaced => ProblemCode::InvalidFields,
            BuildError::OffTemplate(_)
            | BuildError::Method(_)
            | BuildError::Evidence(_)
            | BuildError::JobLost
            | BuildError::Db(_) => {
                return None;
            }
        })
    }
}

impl BuildError {
    /// Faults of fields of the request.
    pub fn faults(&self) -> Vec<Fault> {
        match self {
            BuildError::NothingReplaced => {
                vec![Fault::new("/reason", ProblemCode::FieldMisplaced, self.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

/// Hours of one zone for which no rung of the ladder has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingHours {
    pub zone: String,
    pub hours: usize,
    /// Runs of hours without a value, half-open; the first few.
    pub runs: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A site with energy of which it is not settled whether the PUE is inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsettledSite {
    pub site: String,
    pub days: usize,
    pub first: NaiveDate,
    pub last: NaiveDate,
}

fn describe_unsettled(sites: &[UnsettledSite]) -> String {
    let sites = sites.iter().map(|one| {
        format!(
            "of site {} it is not settled whether the energy of {} day(s) from {} to {} includes the PUE",
            one.site, one.days, one.first, one.last
        )
    });
    sites.collect::<Vec<_>>().join("; ")
}

/// A model whose tasks came without energy, and nothing supports an estimate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsupportedModel {
    pub model: String,
    pub days: usize,
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// What the tasks state.
    pub terms: EnergyTerms,
    pub why: NoEstimate,
}

fn describe_unsupported(models: &[UnsupportedModel]) -> String {
    let models = models.iter().map(|one| {
        let why = match &one.why {
            NoEstimate::Nothing => lacking(one.terms).to_owned(),
            NoEstimate::Zero => "the tokens or the time that they state come to no energy, which is no estimate; send \
                                 such tasks with their energy"
                .to_owned(),
            NoEstimate::Several { ways } => format!(
                "several of its coefficients hold for them: {}. To single one out, register the batch_size and \
                 precision_bits of the model as that coefficient states them (where it states none, declare it once more \
                 with them), or name its hardware as the accelerator of the records",
                ways.iter().map(way).collect::<Vec<_>>().join("; ")
            ),
        };
        format!(
            "tasks of model {} came without energy on {} day(s) from {} to {}, and {why}",
            one.model, one.days, one.first, one.last
        )
    });
    models.collect::<Vec<_>>().join("; ")
}

/// What would support an estimate of tasks that state this.
fn lacking(terms: EnergyTerms) -> &'static str {
    match terms {
        EnergyTerms::FromInputTokens => {
            "they state input tokens alone, for which it has no coefficient of these days with input_token_j; declare one"
        }
        EnergyTerms::FromInputTokensOrTime => {
            "they state no output tokens, and it has no coefficient of these days with input_token_j or accelerator_w; \
             declare one"
        }
        EnergyTerms::FromTime => {
            "they state no tokens, and it has no coefficient of these days with accelerator_w; declare one"
        }
        EnergyTerms::FromTokensOrTime => {
            "it has neither a coefficient of these days with output_token_j or accelerator_w, nor parameters; declare a \
             coefficient, or register parameters_total and parameters_active"
        }
        EnergyTerms::FromTokens | EnergyTerms::Stated(..) | EnergyTerms::PueUnknown(_) => {
            "it has neither a coefficient of these days with output_token_j, nor parameters; declare a coefficient, or \
             register parameters_total and parameters_active"
        }
    }
}

/// A way of running a model in words: "H100, batch 64, 8 bits, boundary server".
fn way(way: &Way) -> String {
    let mut said = way.hardware.clone();
    if let Some(batch) = way.batch_size {
        said.push_str(&format!(", batch {batch}"));
    }
    if let Some(bits) = way.precision_bits {
        said.push_str(&format!(", {bits} bits"));
    }
    format!("{said}, boundary {}", way.boundary.as_str())
}

/// Runs of missing hours that a message names, for each zone.
const MAX_RUNS: usize = 5;

fn describe_missing(missing: &[MissingHours]) -> String {
    let zones = missing.iter().map(|zone| {
        let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let runs: Vec<String> =
            zone.runs.iter().map(|(from, to)| format!("[{}, {})", instant(*from), instant(*to))).collect();
        format!("zone {} has no value for {} hour(s): {}", zone.zone, zone.hours, runs.join(", "))
    });
    zones.collect::<Vec<_>>().join("; ")
}

/// What a disclosure says, before it has a number: the figures, and what they were computed from.
#[derive(Debug)]
pub(super) struct Computed {
    pub(super) models: Vec<Model>,
    pub(super) sites: Vec<Site>,
    pub(super) figures: Figures,
    pub(super) layers: LayerTable,
    pub(super) ladder: Ladder,
    pub(super) sets: Vec<(FactorSetId, FactorSet)>,
    pub(super) intensities: Intensities,
    pub(super) market: MarketSources,
    pub(super) apart: Apart,
    /// Whole months up to the end of the period.
    pub(super) months: Vec<EnergyOf>,
    /// The period that figures are compared with.
    pub(super) baseline: Option<EnergyOf>,
    pub(super) compared: Vec<Compared>,
    pub(super) counted: Counted,
}

/// What the energy was counted from, for the evidence.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) totals: PeriodTotals,
    pub(super) settlement: Settlement,
    /// Of the service.
    pub(super) estimates: Vec<Estimate>,
    pub(super) coefficients: Coefficients,
    pub(super) served: Option<i128>,
}

impl Counted {
    /// Tasks and energy of the records of the service.
    fn records(&self, service: ServiceId) -> RecordSums {
        let unmeasured = self.totals.unmeasured.iter().filter(|hour| hour.group.service == service);
        let tasks = self.totals.days.iter().map(|total| total.tasks.all());
        let tasks = tasks.chain(unmeasured.map(|hour| hour.tasks.all())).sum();
        let energy = self.totals.days.iter().map(|total| total.energy.microjoules()).sum();
        (tasks, EnergyTotal::from_microjoules(energy))
    }
}

/// Computes from what is stored at this moment.
pub(super) async fn compute(
    pool: &Pool,
    request: Request<'_>,
    of_batches: OfBatches,
) -> Result<Computed, BuildError> {
    let (provider, period) = (request.provider, request.period);
    let contracts = contract::in_period(pool, provider.id, period).await?;
    let of_provider = if contracts.is_empty() { OfProvider::Left } else { OfProvider::Read };
    let mut read = EnergyRead::read(pool, provider, request.service, period, of_provider, of_batches).await?;
    let at_facility =
        Facility { layers: &read.layers, settlement: &read.settlement, estimates: &read.all_estimates };
    let market = market_sources(pool, request, contracts, &read.totals, &read.sites, at_facility).await?;
    let hours = site_hours(&read.totals, &read.estimates);
    read.sites.retain(|site| read.own_sites.contains(&site.id));
    let (ladder, intensities) = find_intensities(pool, request, &hours, &read.sites).await?;
    let carbon = CarbonInputs { intensities: &intensities, market: &market.market };
    let figures = beside_the_runtime(|| read.figures(Some(carbon)))?;
    let used: BTreeSet<_> = intensities.values().map(|found| ladder.factor(found.factor).0.set).collect();
    let sets = factor::sets(pool, &used.into_iter().collect::<Vec<_>>()).await?;
    let EnergyRead { models, sites, layers, totals, settlement, estimates, coefficients, served, .. } = read;
    let counted = Counted { totals, settlement, estimates, coefficients, served };
    let service = request.service;
    let apart = apart(pool, provider.id, service.id, &models, &sites, period, &figures.site_days).await?;
    let months = months(pool, provider, service, period, &counted.totals).await?;
    let baseline = match request.baseline {
        Some(baseline) => Some(EnergyOf::read(pool, provider, service, baseline).await?),
        None => None,
    };
    let compared = compare((&models, &figures), period, baseline.as_ref());
    Ok(Computed {
        models,
        sites,
        figures,
        layers,
        ladder,
        sets,
        intensities,
        market,
        apart,
        months,
        baseline,
        compared,
        counted,
    })
}

/// A computed disclosure that is not stored yet.
#[derive(Debug)]
pub struct Prepared<'a> {
    request: Request<'a>,
    computed: Computed,
    around: Around,
}

/// Computes a disclosure from what is stored at this moment.
pub async fn prepare<'a>(pool: &Pool, request: Request<'a>) -> Result<Prepared<'a>, BuildError> {
    let computed = compute(pool, request, OfBatches::Read).await?;
    let around = Around::read(pool, request, &computed).await?;
    Ok(Prepared { request, computed, around })
}

/// Builds and stores a draft.
///
/// `public_url` is the address that the published document will stand under.
pub async fn build(
    pool: &Pool,
    request: Request<'_>,
    public_url: &str,
    now: DateTime<Utc>,
) -> Result<Built, BuildError> {
    prepare(pool, request).await?.store(pool, public_url, None, now).await
}

impl Prepared<'_> {
    /// The document, with the number that is the next one now.
    pub async fn document(
        &self,
        pool: &Pool,
        public_url: &str,
        now: DateTime<Utc>,
    ) -> Result<Disclosure, BuildError> {
        let template = template::public();
        let reference = next_reference(pool, self.subject()).await?;
        let address = format!("{public_url}/disclosures/{}/v{}", reference.number, reference.version);
        let around = self.around.with_history(pool, reference).await?;
        if around.reason.is_some() && around.history.is_empty() {
            return Err(BuildError::NothingReplaced);
        }
        let (request, computed, around) = (self.request, &self.computed, &around);
        let built_on = now.date_naive();
        Ok(assemble(&Parts { reference, template, built_on, address, request, computed, around }))
    }

    fn subject(&self) -> Subject<'static> {
        let template = template::public();
        Subject {
            provider: self.request.provider.id,
            service: self.request.service.id,
            template_id: &template.id,
            template_version: &template.version,
            period: self.request.period,
        }
    }

    /// Stores the draft with the archive of what it was computed from, and ends the job that it was built for: all or
    /// nothing.
    pub async fn store(
        &self,
        pool: &Pool,
        public_url: &str,
        job: Option<Claim>,
        now: DateTime<Utc>,
    ) -> Result<Built, BuildError> {
        let evidence = beside_the_runtime(|| inputs(self.request, &self.computed))?;
        // Somebody else may take the same next number at this moment; then the one after it is free.
        for _ in 0..MAX_ATTEMPTS {
            let disclosure = self.document(pool, public_url, now).await?;
            let of_document = (template::public(), disclosure);
            let stored =
                store(pool, self.subject(), of_document, (&self.computed, &evidence), job, now).await;
            if !matches!(stored, Err(BuildError::BuiltMeanwhile)) {
                return stored;
            }
        }
        Err(BuildError::BuiltMeanwhile)
    }
}

impl Built {
    /// What the job of a build came to.
    fn result(&self) -> JobResult {
        JobResult {
            reference: self.disclosure.reference,
            mean_energy_wh: value_text(self.disclosure.value(Concept::EnergyPerTaskMean, None)),
            document_sha256: Some(self.document_sha256),
            address: self.disclosure.address.clone(),
        }
    }
}

/// How often a number is sought before the caller is told to look again.
const MAX_ATTEMPTS: usize = 5;

async fn store(
    pool: &Pool,
    subject: Subject<'_>,
    (template, disclosure): (&Template, Disclosure),
    (computed, evidence): (&Computed, &[u8]),
    job: Option<Claim>,
    now: DateTime<Utc>,
) -> Result<Built, BuildError> {
    let document = json::render(&disclosure);
    let document_sha256: [u8; 32] = Sha256::digest(&document).into();
    let deviations = template::deviations(template, &disclosure, &document);
    if !deviations.is_empty() {
        return Err(BuildError::OffTemplate(deviations));
    }
    let mean = match disclosure.value(Concept::EnergyPerTaskMean, None) {
        FactValue::Known(mean) => value_text(FactValue::Known(mean)),
        _ => return Err(BuildError::NothingToDisclose),
    };
    let draft = Draft {
        reference: disclosure.reference,
        document: &document,
        document_sha256: &document_sha256,
        mean_energy_wh: &mean,
        evidence_summary: &evidence_summary(&computed.figures),
        evidence,
        counted: computed.counted.records(subject.service),
        built_at: now,
    };
    let built = Built { disclosure, document_sha256 };
    let result = built.result();
    let ending = job.map(|claim| Ending { claim, result: &result });
    match save_draft(pool, subject, draft, ending).await {
        Ok(Saved::Yes) => Ok(built),
        Ok(Saved::JobLost) => Err(BuildError::JobLost),
        Err(DbError::Taken { .. }) => Err(BuildError::BuiltMeanwhile),
        Err(error) => Err(error.into()),
    }
}

/// Does work that takes the processor for long: other tasks of this thread go on elsewhere, where there is more than
/// one thread.
fn beside_the_runtime<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}

pub(super) type Intensities = HashMap<(SiteId, DateTime<Utc>), HourIntensity>;

/// The intensity of these sites and hours, or the list of what is missing.
async fn find_intensities(
    pool: &Pool,
    request: Request<'_>,
    hours: &SiteHours,
    sites: &[Site],
) -> Result<(Ladder, Intensities), BuildError> {
    let mut zones: Vec<String> = sites.iter().map(|site| site.zone.clone()).collect();
    zones.sort();
    zones.dedup();
    let ladder = Ladder::load(pool, &zones, request.basis, request.perimeter, request.period).await?;
    let zone_of: HashMap<SiteId, &str> = sites.iter().map(|site| (site.id, site.zone.as_str())).collect();
    let mut intensities = Intensities::new();
    let mut missing: BTreeMap<&str, BTreeSet<DateTime<Utc>>> = BTreeMap::new();
    for (site, hour) in hours.iter() {
        let zone = zone_of.get(&site).copied().unwrap_or_default();
        match ladder.at(zone, hour) {
            Some(found) => drop(intensities.insert((site, hour), found)),
            None => drop(missing.entry(zone).or_default().insert(hour)),
        }
    }
    if missing.is_empty() {
        return Ok((ladder, intensities));
    }
    Err(BuildError::FactorsMissing(
        missing.into_iter().map(|(zone, hours)| missing_hours(zone, &hours)).collect(),
    ))
}

fn missing_hours(zone: &str, hours: &BTreeSet<DateTime<Utc>>) -> MissingHours {
    let mut runs: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    for hour in hours {
        let end = *hour + TimeDelta::hours(1);
        match runs.last_mut() {
            Some(run) if run.1 == *hour => run.1 = end,
            _ => runs.push((*hour, end)),
        }
    }
    runs.truncate(MAX_RUNS);
    MissingHours { zone: zone.to_owned(), hours: hours.len(), runs }
}
