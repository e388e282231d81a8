//! The rounds that look what became of budgets and tell it: in a running service every minute, or by
//! `taskwatt budget check`. Instances that share a database take turns at budgets and at messages.

use super::webhook::Sender;
use crate::app::App;
use crate::db::budget::{self, Turn};
use crate::db::budget_event::{self, Attempts, DECIMALS, Message};
use crate::db::{DbError, Pool};
use crate::disclosure::budget::{BurnError, burn_of};
use crate::domain::budget::{BudgetEvent, BudgetEventKind};
use crate::method::budget::{Amount, Measure};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

/// Time from one round to the next.
const ROUND: Duration = Duration::from_secs(60);
/// Time from one look at a budget to the next.
const LOOK_EVERY: TimeDelta = TimeDelta::minutes(5);
/// Most budgets that one round looks at; the others have their turn in the next.
const MAX_LOOKS: usize = 200;
/// A year is looked at for so long after its end, because records come late.
const LATE: TimeDelta = TimeDelta::days(60);

/// Messages that are sent at a time, and how often in one round.
const MESSAGES: i64 = 20;
const MAX_SENDINGS: usize = 10;
/// The last attempt is made about 20 hours after the first.
pub const ATTEMPTS: Attempts =
    Attempts { most: 12, first_wait: TimeDelta::minutes(1), longest_wait: TimeDelta::hours(6) };

/// Which budgets a round looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Those that were not looked at for a while.
    Due,
    /// All of them.
    All,
}

/// What one round did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub budgets: usize,
    /// Budgets of which it cannot be said what became, in plain words.
    pub unclear: Vec<String>,
    /// New events, in plain words.
    pub events: Vec<String>,
    pub delivered: usize,
    pub failed: usize,
}

/// Looks and tells again and again. It never ends; a service runs it.
pub async fn run(app: App, sender: Sender) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        if let Err(error) = round(&app.pool, app.clock.now(), &sender, Looks::Due).await {
            tracing::warn!(%error, "budgets will be looked at again");
        }
    }
}

/// One round: looks at budgets, and sends the messages that are due. A receiver that does not answer keeps nobody
/// from a turn, but the round takes as long as the slowest.
///
/// # Errors
///
/// The database does not answer; what was done until then stays.
pub async fn round(
    pool: &Pool,
    now: DateTime<Utc>,
    sender: &Sender,
    looks: Looks,
) -> Result<Outcome, DbError> {
    let mut outcome = Outcome::default();
    look(pool, now, looks, &mut outcome).await?;
    tell(pool, now, sender, &mut outcome).await?;
    Ok(outcome)
}

async fn look(pool: &Pool, now: DateTime<Utc>, looks: Looks, outcome: &mut Outcome) -> Result<(), DbError> {
    let next = now + LOOK_EVERY;
    let (due, most) = match looks {
        Looks::Due => (now, MAX_LOOKS),
        // Whatever was looked at is put to `next`, so that no budget has two turns.
        Looks::All => (next - TimeDelta::seconds(1), usize::MAX),
    };
    let years = [now.year(), (now - LATE).year()];
    while outcome.budgets < most
        && let Some(turn) = budget::take_turn(pool, &years, due, next).await?
    {
        outcome.budgets += 1;
        match look_at(pool, &turn, now).await {
            Ok(events) => outcome.events.extend(events),
            Err(BurnError::Db(error)) => return Err(error),
            Err(error @ BurnError::FactorsMissing(_)) => {
                let (provider, budget) = (turn.provider_key.as_str(), turn.key.as_str());
                tracing::warn!(provider, budget, %error, "it cannot be said what became of a budget");
                outcome.unclear.push(format!("{provider}/{budget}: {error}"));
            }
        }
    }
    Ok(())
}

/// Notes the events of one budget; answers those that are new.
async fn look_at(pool: &Pool, turn: &Turn, now: DateTime<Utc>) -> Result<Vec<String>, BurnError> {
    let Some(telling) = budget::latest(pool, turn.provider, &turn.key).await? else { return Ok(Vec::new()) };
    let terms = &telling.what;
    let (burn, _) = burn_of(pool, turn.provider, terms, now).await?;
    let measure = Measure::of(terms.allowance);
    let Some(used) = measure.decimal(burn.used, DECIMALS) else {
        return Err(DbError::Unreadable("what a budget used does not fit".to_owned()).into());
    };
    let mut new = Vec::new();
    for threshold in &burn.thresholds {
        let (kind, day) = match (threshold.passed_on, threshold.forecast_on) {
            (Some(day), _) => (BudgetEventKind::Passed, day),
            (None, Some(day)) => (BudgetEventKind::ForecastToPass, day),
            (None, None) => continue,
        };
        let event = BudgetEvent {
            id: Uuid::new_v4(),
            revision: telling.revision,
            threshold_percent: threshold.percent,
            kind,
            found_at: now,
            day,
            used,
            share: burn.used.share_of(Amount::of_allowance(terms.allowance)),
        };
        if budget_event::note(pool, turn.provider, &turn.key, &event, terms.webhook.is_some()).await? {
            new.push(log(turn, &event, measure));
        }
    }
    Ok(new)
}

/// Logs an event; answers it in plain words.
fn log(turn: &Turn, event: &BudgetEvent, measure: Measure) -> String {
    let (provider, budget) = (turn.provider_key.as_str(), turn.key.as_str());
    let (percent, what, day) = (event.threshold_percent, event.kind.as_str(), event.day);
    let unit = match measure {
        Measure::Energy => "kWh",
        Measure::Carbon => "kg CO2e",
    };
    let used = event.used.without_trailing_zeros();
    let share = event.share.map(|share| share.to_string()).unwrap_or_default();
    tracing::warn!(
        event = %event.id, provider, budget, revision = event.revision, percent, what, %day, %used, unit, share,
        "a share of a budget is used or forecast to be"
    );
    let said = match event.kind {
        BudgetEventKind::Passed => "was used on",
        BudgetEventKind::ForecastToPass => "is forecast to be used on",
    };
    format!("{provider}/{budget}: {percent} % {said} {day}; {used} {unit} are used")
}

async fn tell(
    pool: &Pool,
    now: DateTime<Utc>,
    sender: &Sender,
    outcome: &mut Outcome,
) -> Result<(), DbError> {
    budget_event::sweep(pool, ATTEMPTS, now).await?;
    for _ in 0..MAX_SENDINGS {
        let messages = budget_event::take(pool, MESSAGES, ATTEMPTS, now).await?;
        if messages.is_empty() {
            return Ok(());
        }
        for delivered in join_all(messages.iter().map(|message| send(pool, now, sender, message))).await {
            if delivered? { outcome.delivered += 1 } else { outcome.failed += 1 }
        }
    }
    Ok(())
}

/// Sends one message and notes how that went; answers whether it was taken.
async fn send(pool: &Pool, now: DateTime<Utc>, sender: &Sender, message: &Message) -> Result<bool, DbError> {
    let id = message.event.id;
    match sender.send(message, now).await {
        Ok(()) => budget_event::delivered(pool, id, now).await.map(|()| true),
        Err(error) => {
            let (provider, budget) = (message.provider_key.as_str(), message.budget_key.as_str());
            let attempt = message.attempts;
            tracing::warn!(event = %id, provider, budget, attempt, %error, "a message was not delivered");
            budget_event::failed(pool, id, ATTEMPTS, &error.to_string()).await.map(|()| false)
        }
    }
}
