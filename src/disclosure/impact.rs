//! Impact lists: which published disclosures would say something else today, why, and which of their figures.
//!
//! What is published does not move. An officer who reads the list decides whether to build and publish the next
//! version.

use super::around::Around;
use super::assemble::{Parts, assemble};
use super::build::{BuildError, Request, compute};
use super::difference::facts;
use super::stated::Stated;
use super::template;
use crate::db::impact::{BuiltFrom, InForce, in_force, told_since};
use crate::db::total::{OfBatches, period_sums};
use crate::db::{DbError, Pool, registry, zone};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, FactValue, Of};
use crate::domain::impact::{Cause, CauseKind, Change};
use crate::domain::names::Slug;
use crate::domain::registry::{Provider, Service};
use crate::intensity::ladder::earliest_year;
use crate::method::METHOD_VERSION;
use crate::render::json;
use crate::units::EnergyTotal;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// One published disclosure that something new was told about.
#[derive(Clone, Debug)]
pub struct Impact {
    pub published: Disclosure,
    pub published_at: DateTime<Utc>,
    pub causes: Vec<Cause>,
    /// The figures that would differ if it were built now, in the order of the document; or why it cannot be.
    pub changes: Result<Vec<Change>, String>,
}

/// A part of a provider's impact list.
#[derive(Clone, Debug)]
pub struct ImpactPage {
    /// By number.
    pub impacts: Vec<Impact>,
    /// The number after which the list goes on; `None` at its end.
    pub next: Option<i32>,
}

/// Disclosures that are computed again for one part of a list: each takes up to a second.
pub const COMPUTED_AT_ONCE: usize = 20;
/// Disclosures that are read at a time.
const READ_AT_ONCE: i64 = 50;
/// A telling carries the time at which it began, and a build the time at which it began: one that was told at the
/// same time as another was built may not have been seen by it.
const OVERLAP: TimeDelta = TimeDelta::hours(1);

/// Looks through a provider's disclosures in force whose number comes after this one.
pub async fn impacts(pool: &Pool, provider: &Provider, after: i32) -> Result<ImpactPage, DbError> {
    let (mut impacts, mut after, mut computed) = (Vec::new(), after, 0);
    loop {
        let some = in_force(pool, provider.id, after, READ_AT_ONCE).await?;
        if some.is_empty() {
            return Ok(ImpactPage { impacts, next: None });
        }
        for one in some {
            after = one.reference.number;
            let Some((published, service, causes)) = causes(pool, provider, &one).await? else { continue };
            impacts.extend(impact(pool, provider, &service, &one, published, causes).await?);
            computed += 1;
            if computed == COMPUTED_AT_ONCE {
                return Ok(ImpactPage { impacts, next: Some(after) });
            }
        }
    }
}

/// What may have changed a disclosure since it was built; `None` where nothing can have.
async fn causes(
    pool: &Pool,
    provider: &Provider,
    one: &InForce,
) -> Result<Option<(Disclosure, Service, Vec<Cause>)>, DbError> {
    let published = json::read(&one.document).map_err(|error| DbError::Unreadable(error.to_string()))?;
    let service = match Slug::parse(&published.service.key) {
        Ok(key) => registry::find_service(pool, provider.id, &key).await?,
        Err(_) => None,
    };
    let unknown =
        || DbError::Unreadable(format!("a disclosure of the unknown service {}", published.service.key));
    let service = service.ok_or_else(unknown)?;
    let own: BTreeSet<String> = published.sites.iter().map(|site| site.zone.clone()).collect();
    let own: Vec<String> = own.into_iter().collect();
    let around = zone::parents(pool, &own).await?;
    let zones: BTreeSet<String> = own.into_iter().chain(around.into_iter().map(|one| one.parent)).collect();
    let sites: Vec<String> = published.sites.iter().map(|site| site.key.clone()).collect();
    let models: Vec<String> = published.models.iter().map(|model| model.key.clone()).collect();
    let from = BuiltFrom {
        provider: provider.id,
        service: one.service,
        period: published.period,
        basis: published.basis,
        perimeter: published.perimeter,
        zones: &zones.into_iter().collect::<Vec<_>>(),
        earliest: earliest_year(published.period),
        // Contracts are allocated to what all services consumed at all sites.
        sites: published.contract_uses.is_empty().then_some(&sites),
        models: &models,
    };
    let mut causes = told_since(pool, from, one.built_at - OVERLAP).await?;
    causes.extend(records_since(pool, provider, one, &published).await?);
    if published.method_version != METHOD_VERSION {
        causes.push(Cause { name: METHOD_VERSION.to_owned(), ..cause(CauseKind::Method) });
    }
    Ok((!causes.is_empty()).then_some((published, service, causes)))
}

fn cause(kind: CauseKind) -> Cause {
    Cause {
        kind,
        name: String::new(),
        part: None,
        tellings: 0,
        revision: None,
        valid: None,
        recorded_at: None,
    }
}

/// Records that came, or were taken back, since it was built.
async fn records_since(
    pool: &Pool,
    provider: &Provider,
    one: &InForce,
    published: &Disclosure,
) -> Result<Option<Cause>, DbError> {
    let (tasks_now, energy_now) = period_sums(pool, provider.id, one.service, published.period).await?;
    let of_document = |concept| match published.value(concept, None) {
        FactValue::Known(value) => value.mantissa(),
        _ => 0,
    };
    let of_document = || {
        let counts = [Concept::TasksCompleted, Concept::TasksFailed, Concept::TasksCancelled];
        let energy = EnergyTotal::from_microjoules(of_document(Concept::EnergyReportedTotal));
        (counts.into_iter().map(of_document).sum(), energy)
    };
    // The sums of a document hold what was estimated too, so what was counted is taken where it was noted.
    let (tasks, energy) = one.counted.unwrap_or_else(of_document);
    let is_same = (tasks, energy) == (tasks_now, energy_now);
    Ok((!is_same).then(|| Cause {
        name: published.service.key.clone(),
        // More than a number of 64 bits were never counted.
        tellings: i64::try_from(tasks_now - tasks).unwrap_or(i64::MAX),
        ..cause(CauseKind::Records)
    }))
}

/// Computes the disclosure again; `None` where it turns out that nothing touches it.
async fn impact(
    pool: &Pool,
    provider: &Provider,
    service: &Service,
    one: &InForce,
    published: Disclosure,
    mut causes: Vec<Cause>,
) -> Result<Option<Impact>, DbError> {
    let Disclosure { period, basis, perimeter, .. } = published;
    let of_all = published.changes.iter().find(|line| line.model.is_none());
    let baseline = of_all.map(|line| line.baseline_period);
    let small_cells = published.small_cells;
    let request = Request {
        provider,
        service,
        period,
        basis,
        perimeter,
        baseline,
        small_cells,
        stated: &Stated::NOTHING,
        household: None,
    };
    let changes = match compute(pool, request, OfBatches::Left).await {
        Ok(computed) => {
            let now = assemble(&Parts {
                reference: published.reference,
                template: template::public(),
                built_on: published.built_on,
                address: published.address.clone(),
                request,
                computed: &computed,
                // Figures alone are compared.
                around: &Around::none(),
            });
            Ok(changes(&published, &now))
        }
        Err(BuildError::Db(error)) => return Err(error),
        Err(error) => Err(error.to_string()),
    };
    // What was told at the time of building is named only where nothing later explains the difference. Where
    // nothing differs, it was seen then, and another version of the method did not touch the figures.
    let is_later = |cause: &Cause| cause.recorded_at.is_some_and(|at| at > one.built_at);
    if changes.as_ref().is_ok_and(Vec::is_empty) {
        causes.retain(is_later);
    } else {
        let is_sure = |cause: &Cause| cause.recorded_at.is_none() || is_later(cause);
        if causes.iter().any(is_sure) {
            causes.retain(is_sure);
        }
    }
    let touched = !causes.is_empty();
    Ok(touched.then_some(Impact { published, published_at: one.published_at, causes, changes }))
}

/// Facts that differ, in the order of the document; then those that only stand in the new one. Concepts that the
/// published document does not know at all, or not by model, are left out: a later method states more.
fn changes(published: &Disclosure, now: &Disclosure) -> Vec<Change> {
    let stated = |concept: Concept, of: &Of| (concept, of.model.is_some());
    let concepts: BTreeSet<(Concept, bool)> =
        published.facts.iter().map(|fact| stated(fact.concept, &fact.of)).collect();
    facts(&published.facts, &now.facts)
        .into_iter()
        // Months of the series have disclosures of their own, and what is odd about the records is not looked for again:
        // that reads every one of them.
        .filter(|change| change.of.month.is_none())
        .filter(|change| !matches!(change.concept, Concept::RecordsInConflict | Concept::HoursWithoutRecords))
        .filter(|change| change.old.is_some() || concepts.contains(&stated(change.concept, &change.of)))
        .map(|change| Change {
            concept: change.concept,
            of: change.of,
            member: change.member,
            published: change.old,
            now: change.new,
        })
        .collect()
}
