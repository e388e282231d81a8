//! Totals of a service and period, read back for figures: of months that are over as they were packed, of other times
//! row by row.

mod months;
mod pack;
mod rows;
mod sums;

pub(super) use months::differences;
pub use months::pack_months;
pub use sums::{Gap, accelerator_times, gaps, period_sums};

use super::error::known;
use super::{DbError, Pool, batch};
use crate::domain::batch::BatchSums;
use crate::domain::days::{DayHistogram, DayTotal};
use crate::domain::group::Group;
use crate::domain::ids::{ModelId, ProviderId, ServiceId, SiteId};
use crate::domain::period::{Month, Period, beginning_of};
use crate::domain::terms::{CountedFrom, EnergyTerms, Place, TaskType};
use crate::domain::totals::{IntervalTotal, SiteHour, SquareTotal, StageTotal, UnitTotal, UnmeasuredHour};
use crate::units::EnergyTotal;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::TryStreamExt;
use pack::{PACKING, Pack, unpack};
use rows::{Parts, Slice, Wanted};
use sqlx::{Postgres, Transaction};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Everything counted for one service and period. Totals of one group follow each other, by time.
#[derive(Clone, Debug, Default)]
pub struct PeriodTotals {
    pub days: Vec<DayTotal>,
    pub stages: Vec<StageTotal>,
    pub buckets: Vec<DayHistogram>,
    pub units: Vec<UnitTotal>,
    pub intervals: Vec<IntervalTotal>,
    /// Tasks without energy; of all services of the provider, where that was asked for.
    pub unmeasured: Vec<UnmeasuredHour>,
    /// Energy of all services of the provider, where it was asked for.
    pub provider: Vec<SiteHour>,
    /// What became of what was sent, where it was asked for.
    pub batches: Vec<BatchSums>,
}

impl PeriodTotals {
    /// The part of one service that lies within a month of the period that was read.
    pub fn of_month(&self, service: ServiceId, month: Period) -> PeriodTotals {
        let days = month.from().date_naive()..month.to().date_naive();
        let is_within = |hour: DateTime<Utc>| month.from() <= hour && hour < month.to();
        let unmeasured = self.unmeasured.iter().filter(|one| one.group.service == service);
        PeriodTotals {
            days: self.days.iter().filter(|one| days.contains(&one.day)).cloned().collect(),
            stages: self.stages.iter().filter(|one| days.contains(&one.day)).cloned().collect(),
            buckets: self.buckets.iter().filter(|one| days.contains(&one.day)).cloned().collect(),
            units: self.units.iter().filter(|one| days.contains(&one.day)).cloned().collect(),
            intervals: self.intervals.iter().filter(|one| days.contains(&one.day)).cloned().collect(),
            unmeasured: unmeasured.filter(|one| is_within(one.hour)).cloned().collect(),
            provider: Vec::new(),
            batches: Vec::new(),
        }
    }
}

/// Whether the period's histograms can be read: they are kept by day, so a period that begins or ends
/// within a day must hold all of that day's tasks of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayCoverage {
    Whole,
    /// Tasks of the first or last day lie outside the period.
    Partial,
}

/// Whether what all services of the provider consumed is read too: contracts are allocated to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfProvider {
    Read,
    Left,
}

/// Whether it is read too what became of what was sent: evidence tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfBatches {
    Read,
    Left,
}

/// Energy by hour, and tasks without energy.
const ENERGY: Wanted = Wanted { days: true, unmeasured: true, beside: false, squares: false };

/// Reads the totals of one moment: records that arrive meanwhile are in all of them or in none.
pub async fn period_totals(
    pool: &Pool,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
    of_provider: OfProvider,
    of_batches: OfBatches,
) -> Result<(PeriodTotals, DayCoverage), DbError> {
    let mut transaction = of_one_moment(pool).await?;
    let only = match of_provider {
        OfProvider::Read => None,
        OfProvider::Left => Some(service),
    };
    let groups = groups(&mut transaction, provider, only).await?;
    let (own, others): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|group| group.group.service == service);
    let wanted = Wanted { beside: true, ..ENERGY };
    let mut read = of_groups(&mut transaction, provider, &own, period, wanted).await?;
    let mut of_others = of_groups(&mut transaction, provider, &others, period, ENERGY).await?;
    let batches = match of_batches {
        OfBatches::Read => batch::sums_in(&mut transaction, provider, period).await?,
        OfBatches::Left => Vec::new(),
    };
    let provider = match of_provider {
        OfProvider::Read => site_hours(read.days.iter().chain(&of_others.days))?,
        OfProvider::Left => Vec::new(),
    };
    read.unmeasured.append(&mut of_others.unmeasured);
    let with_histogram = read.days.iter().map(|total| total.tasks.completed - total.tasks_without_histogram);
    let in_histograms: i64 = read.histograms.iter().map(|histogram| histogram.tasks).sum();
    let coverage =
        if with_histogram.sum::<i64>() == in_histograms { DayCoverage::Whole } else { DayCoverage::Partial };
    let totals = PeriodTotals {
        days: read.days,
        stages: read.stages,
        buckets: read.histograms,
        units: read.units,
        intervals: read.intervals,
        unmeasured: read.unmeasured,
        provider,
        batches,
    };
    Ok((totals, coverage))
}

/// Sums of squares by group and day of a service and period; read only where a sample has to be judged.
pub async fn period_squares(
    pool: &Pool,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<Vec<SquareTotal>, DbError> {
    let mut transaction = of_one_moment(pool).await?;
    let groups = groups(&mut transaction, provider, Some(service)).await?;
    let wanted = Wanted { squares: true, ..Wanted::default() };
    Ok(of_groups(&mut transaction, provider, &groups, period, wanted).await?.squares)
}

/// Energy by site, terms and hour, and the tasks that came without any: of one service, or of all of a provider.
pub async fn energy_by_hour(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
) -> Result<(Vec<SiteHour>, Vec<UnmeasuredHour>), DbError> {
    let mut transaction = of_one_moment(pool).await?;
    let groups = groups(&mut transaction, provider, service).await?;
    let read = of_groups(&mut transaction, provider, &groups, period, ENERGY).await?;
    Ok((site_hours(&read.days)?, read.unmeasured))
}

/// A transaction in which all statements see the same totals.
async fn of_one_moment(pool: &Pool) -> Result<Transaction<'_, Postgres>, DbError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut *transaction)
        .await?;
    Ok(transaction)
}

/// A group with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KnownGroup {
    id: i32,
    group: Group,
    accelerator: String,
}

async fn groups(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    service: Option<ServiceId>,
) -> Result<Vec<KnownGroup>, DbError> {
    let rows = sqlx::query!(
        "SELECT group_id, service_id, model_id, site_id, task_type, boundary, evidence, place, counted_from, accelerator
        FROM record_group WHERE provider_id = $1 AND ($2::integer IS NULL OR service_id = $2) ORDER BY group_id",
        provider.get(),
        service.map(ServiceId::get),
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter()
        .map(|row| {
            let group = Group {
                service: ServiceId::from_db(row.service_id),
                model: ModelId::from_db(row.model_id),
                site: SiteId::from_db(row.site_id),
                task_type: known(TaskType::parse(&row.task_type), &row.task_type)?,
                terms: known(EnergyTerms::parse(&row.boundary, &row.evidence), &row.evidence)?,
                place: Place::parse(&row.place),
                counted_from: known(CountedFrom::parse(&row.counted_from), &row.counted_from)?,
            };
            Ok(KnownGroup { id: row.group_id, group, accelerator: row.accelerator })
        })
        .collect()
}

/// The totals of groups in a period.
async fn of_groups(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    groups: &[KnownGroup],
    period: Period,
    wanted: Wanted,
) -> Result<Parts, DbError> {
    let mut parts = Parts::default();
    if groups.is_empty() {
        return Ok(parts);
    }
    let mut read = packs(transaction, provider, groups, period, wanted).await?;
    let packed = read.keys().filter_map(|(id, from)| Some((*id, Month::beginning_on(from.date_naive())?)));
    let slices = slices(groups, &packed.collect(), period);
    let of_slices = rows::read(transaction, provider, &slices, wanted).await?;
    read.extend(slices.iter().map(|slice| (slice.group.id, slice.from)).zip(of_slices));
    // By group and time, so that what is packed decides nothing where groups differ only in their accelerator.
    read.into_values().for_each(|of_time| parts.append(of_time));
    parts.sort();
    Ok(parts)
}

/// Reads the packs of whole months, by group and the beginning of the month. They are unpacked while they come.
async fn packs(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    groups: &[KnownGroup],
    period: Period,
    wanted: Wanted,
) -> Result<BTreeMap<(i32, DateTime<Utc>), Parts>, DbError> {
    let by_id: HashMap<i32, &KnownGroup> = groups.iter().map(|group| (group.id, group)).collect();
    let ids: Vec<i32> = groups.iter().map(|group| group.id).collect();
    let mut read = BTreeMap::new();
    let mut packs = sqlx::query!(
        r#"SELECT group_id, month, CASE WHEN $5 THEN days ELSE '' END AS "days!",
            CASE WHEN $6 THEN histograms ELSE '' END AS "histograms!", CASE WHEN $6 THEN stages ELSE '' END AS "stages!",
            CASE WHEN $6 THEN units ELSE '' END AS "units!", CASE WHEN $6 THEN intervals ELSE '' END AS "intervals!",
            CASE WHEN $7 THEN squares ELSE '' END AS "squares!", CASE WHEN $8 THEN unmeasured ELSE '' END AS "unmeasured!"
        FROM total_month
        WHERE provider_id = $1 AND month = ANY ($2) AND group_id = ANY ($3) AND packing = $4
        ORDER BY group_id, month"#,
        provider.get(),
        &first_days(period),
        &ids,
        PACKING,
        wanted.days,
        wanted.beside,
        wanted.squares,
        wanted.unmeasured,
    )
    .fetch(&mut **transaction);
    while let Some(row) = packs.try_next().await? {
        let group = known(by_id.get(&row.group_id), "a group")?;
        let month = known(Month::beginning_on(row.month), "a month")?;
        let pack = Pack {
            days: row.days,
            histograms: row.histograms,
            squares: row.squares,
            stages: row.stages,
            units: row.units,
            intervals: row.intervals,
            unmeasured: row.unmeasured,
        };
        let parts = unpack(group.group, &group.accelerator, month, pack)?;
        read.insert((row.group_id, month.ends().0), parts);
    }
    Ok(read)
}

/// The first days of the whole months of a period.
fn first_days(period: Period) -> Vec<NaiveDate> {
    Month::within(period).into_iter().map(Month::first_day).collect()
}

/// The times of each group that no pack holds, as few as there can be.
fn slices<'a>(groups: &'a [KnownGroup], packed: &HashSet<(i32, Month)>, period: Period) -> Vec<Slice<'a>> {
    let months = Month::within(period);
    let mut slices = Vec::new();
    for group in groups {
        let mut from = period.from();
        let mut up_to = |to: DateTime<Utc>, next: DateTime<Utc>| {
            if from < to {
                slices.push(Slice { group, from, to });
            }
            from = next;
        };
        for month in months.iter().filter(|month| packed.contains(&(group.id, **month))) {
            let (begin, end) = month.ends();
            up_to(begin, end);
        }
        up_to(period.to(), period.to());
    }
    slices
}

/// Energy by site, terms and hour.
fn site_hours<'a>(days: impl IntoIterator<Item = &'a DayTotal>) -> Result<Vec<SiteHour>, DbError> {
    let mut sums: BTreeMap<(SiteId, EnergyTerms, NaiveDate), [Option<EnergyTotal>; 24]> = BTreeMap::new();
    for total in days {
        let sum = sums.entry((total.group.site, total.group.terms, total.day)).or_default();
        let mut left_uj = total.energy.microjoules();
        for part in total.hours.iter() {
            let of_hour = &mut sum[usize::from(part.hour.get())];
            of_hour.get_or_insert(EnergyTotal::ZERO).add(part.energy);
            left_uj = left_uj.wrapping_sub(part.energy.microjoules());
        }
        known((left_uj == 0).then_some(()), "hours that do not add up to their day")?;
    }
    let hours = sums.into_iter().flat_map(|((site, terms, day), hours)| {
        let at = move |number: i64| beginning_of(day) + TimeDelta::hours(number);
        (0..).zip(hours).filter_map(move |(number, energy)| {
            Some(SiteHour { site, terms, hour: at(number), energy: energy? })
        })
    });
    Ok(hours.collect())
}
