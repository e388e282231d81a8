//! Looks for what is odd about the data of a provider and period, and says it in plain sentences.

use crate::db::finding::{self, OddTimes};
use crate::db::{DbError, Pool, declared, total};
use crate::domain::finding::{Finding, FindingKind, FindingScope, GroupDay};
use crate::domain::ids::{ModelId, ProviderId, ServiceId};
use crate::domain::period::{Period, beginning_of, day, end_of};
use crate::method::quality::{
    HISTORY_DAYS, HISTORY_LEAST_TASKS, JUMP_DAYS_BEFORE, JUMP_FACTOR, JUMP_LEAST_TASKS, Jump,
    LEAST_UJ_PER_OUTPUT_TOKEN, MOST_UJ_PER_TOKEN, Off, Run, SLIP_FACTOR, STEADY_HOURS, UNLIKE_FACTOR,
    is_steady, jump, runs, slip, token_energy, token_jump, unlike_model,
};
use crate::units::Decimal;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// What to look at.
#[derive(Clone, Debug)]
pub struct Look {
    pub provider: ProviderId,
    /// `None` for all. What is known of batches alone is found for every service.
    pub service: Option<ServiceId>,
    /// What to look for.
    pub kinds: Vec<FindingKind>,
    pub period: Period,
}

/// An open batch is odd when it is older than this: a body that arrives for longer is stuck.
const OPEN_FOR: TimeDelta = TimeDelta::hours(1);
/// Longest period in which ids that come twice are looked for at once: all its records are read.
pub const MAX_DAYS_OF_RECORDS: i64 = 62;

/// Everything odd, by kind and then by what and when it is about.
pub async fn look(pool: &Pool, look: &Look, now: DateTime<Utc>) -> Result<Vec<Finding>, DbError> {
    let mut found = Vec::new();
    for kind in &look.kinds {
        match kind {
            FindingKind::SameIdTwice => found.push(same_id_twice(pool, look).await?),
            FindingKind::ZeroEnergy => found.push(zero_energy(pool, look).await?),
            FindingKind::ImplausibleEnergyPerToken => found.push(energy_per_token(pool, look).await?),
            FindingKind::Gap => found.push(gaps(pool, look).await?),
            FindingKind::Jump => found.push(jumps(pool, look).await?),
            FindingKind::UnitSlip => found.push(unit_slips(pool, look).await?),
            FindingKind::UnlikeModel => found.push(unlike_models(pool, look).await?),
            FindingKind::Late => found.push(late(pool, look).await?),
            FindingKind::Future => found.push(future(pool, look).await?),
            FindingKind::BrokenBatch => found.push(unfinished(pool, look, true, now).await?),
            FindingKind::OpenBatch => found.push(unfinished(pool, look, false, now).await?),
            FindingKind::RefusedRecords => found.push(refused(pool, look).await?),
            // It is said of other kinds.
            FindingKind::NotChecked => {}
        }
    }
    Ok(found.into_iter().flatten().collect())
}

/// "1 task", "2 tasks".
fn many(count: i64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

fn tasks(count: i64) -> String {
    many(count, "task", "tasks")
}

/// A finding about a time, as far as it lies within the period.
fn finding(
    kind: FindingKind,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    count: i64,
    what: String,
) -> Finding {
    Finding {
        kind,
        scope: FindingScope::default(),
        from,
        to,
        count: count.unsigned_abs(),
        what,
        examples: Vec::new(),
    }
}

/// Records of a period whose id also stands at another time of it; `None` where the period is too long to look through
/// all of them, or that took too long.
pub(super) async fn records_in_conflict(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
) -> Result<Option<i64>, DbError> {
    if period.hours() > MAX_DAYS_OF_RECORDS * 24 {
        return Ok(None);
    }
    let repeated = finding::repeated_keys(pool, provider, service, period).await?;
    Ok(repeated.map(|repeated| repeated.ids + repeated.surplus))
}

/// Hours without tasks that are findings of a service.
pub(super) async fn hours_without_records(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
) -> Result<i64, DbError> {
    let odd = odd_gaps(pool, provider, service, period).await?;
    Ok(odd.iter().map(|gap| (gap.to - gap.from).num_hours()).sum())
}

async fn same_id_twice(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let Look { provider, service, period, .. } = *look;
    let time = (period.from(), period.to());
    let not_checked = |why: &str| {
        let what = format!("Ids that come twice were not looked for, because {why}.");
        Ok(vec![finding(FindingKind::NotChecked, time, 0, what)])
    };
    if period.hours() > MAX_DAYS_OF_RECORDS * 24 {
        return not_checked(&format!("the period is longer than {MAX_DAYS_OF_RECORDS} days"));
    }
    let Some(repeated) = finding::repeated_keys(pool, provider, service, period).await? else {
        return not_checked("looking through all records took too long");
    };
    if repeated.ids == 0 {
        return Ok(Vec::new());
    }
    let ids = many(repeated.ids, "id stands", "ids stand");
    let more = many(repeated.surplus, "record", "records");
    let what =
        format!("{ids} in several records with different starts; {more} more than ids may be counted twice.");
    let found = finding(FindingKind::SameIdTwice, time, repeated.ids, what);
    Ok(vec![Finding { examples: repeated.examples, ..found }])
}

async fn zero_energy(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let found = finding::zero_energy(pool, look.provider, look.service, look.period).await?;
    let say = |zero: finding::ZeroEnergy| {
        let what = format!(
            "{} completed in {} without any energy.",
            many(zero.completed, "task was", "tasks were"),
            many(zero.hours, "hour", "hours")
        );
        let time = (zero.first_hour, zero.last_hour + TimeDelta::hours(1));
        Finding { scope: zero.scope, ..finding(FindingKind::ZeroEnergy, time, zero.completed, what) }
    };
    Ok(found.into_iter().map(say).collect())
}

fn of_run<T>(kind: FindingKind, run: Run<T>, period: Period, what: String) -> Finding {
    let time = (beginning_of(run.first).max(period.from()), end_of(run.last).min(period.to()));
    Finding { scope: run.scope, ..finding(kind, time, run.tasks, what) }
}

/// "on 1 October 2025" or "from 1 October 2025 to 3 October 2025".
fn on_days<T>(run: &Run<T>) -> String {
    if run.first == run.last {
        format!("on {}", day(run.first))
    } else {
        format!("from {} to {}", day(run.first), day(run.last))
    }
}

async fn energy_per_token(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let Look { provider, service, period, .. } = *look;
    let days = finding::group_days(pool, provider, service, period.from(), period).await?;
    let off = days.iter().filter_map(|day| Some((day, token_energy(day)?)));
    let say = |run: Run<Off>| {
        let bound = match run.wrong {
            Off::TooLittle => {
                "less than 1 µWh (3.6 mJ) an output token; the least that is known of any measured model is ten \
                 times as much"
            }
            Off::TooMuch => {
                "more than 10 mWh (36 J) a token, read or written; the most that is known of any measured model is \
                 7.5 J an output token"
            }
        };
        let what = format!("{} {} used {bound}.", tasks(run.tasks), on_days(&run));
        of_run(FindingKind::ImplausibleEnergyPerToken, run, period, what)
    };
    let mut found: Vec<Finding> = runs(off).into_iter().map(say).collect();
    found.extend(odd_coefficients(pool, look).await?);
    Ok(found)
}

/// Coefficients beyond the same bounds: what is estimated from them is as wrong as they are, and nothing measured
/// stands beside it.
async fn odd_coefficients(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let Look { provider, service, period, .. } = *look;
    let bounds = (LEAST_UJ_PER_OUTPUT_TOKEN * 1_000, MOST_UJ_PER_TOKEN * 1_000);
    let odd = finding::odd_coefficients(pool, provider, service, period, bounds).await?;
    let say = |odd: finding::OddCoefficient| {
        let joules = Decimal::new(odd.output_token_nj.into(), 9).without_trailing_zeros();
        let what = format!(
            "The coefficient of revision {} says {joules} J an output token, and measured models use between 38 mJ \
             and 7.5 J: is it the energy of a request, of 1,000 tokens, or in another unit?",
            odd.revision
        );
        let time =
            (beginning_of(odd.valid_from).max(period.from()), beginning_of(odd.valid_to).min(period.to()));
        let scope = FindingScope { model: Some(odd.model), ..FindingScope::default() };
        Finding { scope, ..finding(FindingKind::ImplausibleEnergyPerToken, time, 1, what) }
    };
    Ok(odd.into_iter().map(say).collect())
}

/// The days of the period of which a rule says something, each looked at with the days of its group before it.
async fn compared<T: PartialEq>(
    pool: &Pool,
    look: &Look,
    days_before: i64,
    rule: impl Fn(&[GroupDay]) -> Option<T>,
) -> Result<Vec<Run<T>>, DbError> {
    let Look { provider, service, period, .. } = *look;
    // Whole days: the hours of a day that the period cuts are compared as what they are.
    let first_day = beginning_of(period.from().date_naive()) - TimeDelta::days(days_before);
    let days = finding::group_days(pool, provider, service, first_day, period).await?;
    let groups = days.chunk_by(|one, other| one.scope == other.scope);
    let found = groups.flat_map(|group: &[GroupDay]| {
        let of_period = group.iter().enumerate().filter(|(_, day)| day.day >= period.from().date_naive());
        of_period.filter_map(|(index, day)| {
            // Of days without gaps, those that count stand in the last places.
            let before = index.saturating_sub(usize::try_from(days_before).unwrap_or_default());
            Some((day, rule(&group[before..=index])?))
        })
    });
    Ok(runs(found))
}

fn way(jump: Jump) -> &'static str {
    match jump {
        Jump::Up => "above",
        Jump::Down => "below",
    }
}

async fn jumps(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let of_tasks = compared(pool, look, JUMP_DAYS_BEFORE, jump).await?;
    // What the mean of a task shows need not be said twice.
    let of_tokens =
        compared(pool, look, HISTORY_DAYS, |days| token_jump(days).filter(|_| jump(days).is_none()));
    let say = |run: Run<Jump>, energy: &str, days: i64, least: i64| {
        let what = format!(
            "The {energy} of {} {} was more than {JUMP_FACTOR} times {} the median of the up to {days} days before \
             (days with at least {least} completed tasks).",
            tasks(run.tasks),
            on_days(&run),
            way(run.wrong)
        );
        of_run(FindingKind::Jump, run, look.period, what)
    };
    let mut found: Vec<Finding> =
        of_tasks.into_iter().map(|run| say(run, "mean energy", JUMP_DAYS_BEFORE, JUMP_LEAST_TASKS)).collect();
    let of_tokens = of_tokens.await?.into_iter();
    found.extend(of_tokens.map(|run| say(run, "energy per output token", HISTORY_DAYS, HISTORY_LEAST_TASKS)));
    Ok(found)
}

async fn unit_slips(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let Look { provider, service, period, .. } = *look;
    let say = |run: Run<Jump>| {
        let what = format!(
            "The energy of {} {} was more than {SLIP_FACTOR} times {} what the same tasks used on the up to \
             {HISTORY_DAYS} days before, by output token or by task: as a slip of 1,000 or 3,600 makes it.",
            tasks(run.tasks),
            on_days(&run),
            way(run.wrong)
        );
        of_run(FindingKind::UnitSlip, run, period, what)
    };
    let of_days = compared(pool, look, HISTORY_DAYS, slip).await?;
    let mut found: Vec<Finding> = of_days.into_iter().map(say).collect();
    let bounds = (SLIP_FACTOR, HISTORY_LEAST_TASKS);
    let of_hours = finding::low_hours(pool, provider, service, period, bounds).await?;
    found.extend(of_hours.into_iter().map(|low| {
        let what = format!(
            "{} in {} of {} used more than {SLIP_FACTOR} times less than the mean of that day.",
            tasks(low.completed),
            many(low.hours, "hour", "hours"),
            day(low.first_hour.date_naive())
        );
        let time = (low.first_hour, low.last_hour + TimeDelta::hours(1));
        Finding { scope: low.scope, ..finding(FindingKind::UnitSlip, time, low.completed, what) }
    }));
    Ok(found)
}

async fn unlike_models(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let Look { provider, service, period, .. } = *look;
    let days = finding::group_days(pool, provider, service, period.from(), period).await?;
    let models: BTreeSet<ModelId> = days.iter().map(|day| day.model).collect();
    let models: Vec<ModelId> = models.into_iter().collect();
    let coefficients = declared::coefficients_in(pool, &models, period).await?;
    let parameters = declared::parameters(pool, &models).await?;
    let unlike = |day: &GroupDay| {
        let told = coefficients.get(&day.model).map_or(&[][..], Vec::as_slice);
        unlike_model(day, told, parameters.get(&day.model).copied())
    };
    let say = |run: Run<Off>| {
        let way = match run.wrong {
            Off::TooMuch => "more",
            Off::TooLittle => "less",
        };
        let what = format!(
            "{} {} used more than {UNLIKE_FACTOR} times {way} energy per output token than the coefficients of the \
             model say, or the formula over its parameters where it has none.",
            tasks(run.tasks),
            on_days(&run)
        );
        of_run(FindingKind::UnlikeModel, run, period, what)
    };
    Ok(runs(days.iter().filter_map(|day| Some((day, unlike(day)?)))).into_iter().map(say).collect())
}

async fn gaps(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let odd = odd_gaps(pool, look.provider, look.service, look.period).await?;
    let say = |gap: total::Gap| {
        let hours = (gap.to - gap.from).num_hours();
        let what = format!(
            "The service had no task in {}, though it has tasks in nearly every other hour.",
            many(hours, "hour", "hours")
        );
        let scope = FindingScope { service: Some(gap.service), ..FindingScope::default() };
        Finding { scope, ..finding(FindingKind::Gap, (gap.from, gap.to), hours, what) }
    };
    Ok(odd.into_iter().map(say).collect())
}

/// The gaps of services that have tasks in nearly every other hour.
async fn odd_gaps(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
) -> Result<Vec<total::Gap>, DbError> {
    let mut found = total::gaps(pool, provider, service, period).await?;
    found.retain(|gap| {
        is_steady(gap.hours_with_tasks_before, STEADY_HOURS) || is_steady(gap.hours_with_tasks, gap.hours)
    });
    Ok(found)
}

/// The time of tasks that batches hold, as far as it lies within the period.
fn odd_time(odd: &OddTimes, period: Period) -> (DateTime<Utc>, DateTime<Utc>) {
    // The end is no longer inside, and the database counts microseconds.
    let end = odd.last_started_at + TimeDelta::microseconds(1);
    (odd.first_started_at.max(period.from()), end.min(period.to()))
}

async fn late(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let odd = finding::late(pool, look.provider, look.period).await?;
    let say = |odd: OddTimes| {
        let what = format!(
            "{} received more than 7 days after they started, in {} with tasks of the period.",
            many(odd.tasks, "task was", "tasks were"),
            many(odd.batches, "batch", "batches")
        );
        finding(FindingKind::Late, odd_time(&odd, look.period), odd.tasks, what)
    };
    Ok(odd.into_iter().map(say).collect())
}

async fn future(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let odd = finding::future(pool, look.provider, look.period).await?;
    let say = |odd: OddTimes| {
        let what = format!(
            "{} after they were received, in {} with tasks of the period.",
            many(odd.tasks, "task started", "tasks started"),
            many(odd.batches, "batch", "batches")
        );
        finding(FindingKind::Future, odd_time(&odd, look.period), odd.tasks, what)
    };
    Ok(odd.into_iter().map(say).collect())
}

async fn unfinished(
    pool: &Pool,
    look: &Look,
    is_broken: bool,
    now: DateTime<Utc>,
) -> Result<Vec<Finding>, DbError> {
    let before = if is_broken { now + TimeDelta::microseconds(1) } else { now - OPEN_FOR };
    let found = finding::unfinished(pool, look.provider, look.period, is_broken, before).await?;
    let (kind, how) = if is_broken {
        (FindingKind::BrokenBatch, "broke off")
    } else {
        (FindingKind::OpenBatch, "began more than an hour ago and did not come to an end")
    };
    let say = |unfinished: finding::Unfinished| {
        let numbers: Vec<String> = unfinished.latest.iter().map(ToString::to_string).collect();
        let what = format!(
            "{} {how}; {} that came before are stored. The latest: {}.",
            many(unfinished.batches, "batch", "batches"),
            unfinished.stored,
            numbers.join(", ")
        );
        let time = (unfinished.first_received_at, unfinished.last_received_at + TimeDelta::microseconds(1));
        finding(kind, time, unfinished.batches, what)
    };
    Ok(found.into_iter().map(say).collect())
}

async fn refused(pool: &Pool, look: &Look) -> Result<Vec<Finding>, DbError> {
    let found = finding::refused(pool, look.provider, look.period).await?;
    let say = |refused: finding::Refused| {
        let what = format!(
            "Of what was received on {} in {}, {} refused for what they hold and {} because another record with \
             the same id is stored.",
            day(refused.day),
            many(refused.batches, "batch", "batches"),
            many(refused.invalid, "was", "were"),
            refused.conflicts
        );
        let time = (beginning_of(refused.day), end_of(refused.day));
        finding(FindingKind::RefusedRecords, time, refused.invalid + refused.conflicts, what)
    };
    Ok(found.into_iter().map(say).collect())
}
