//! Work in the background: what waits in the queue is claimed, done, tried again where a fault may pass, and settled.
//!
//! A job is a row. The process that claims it says every few seconds that it lives; of one that is not heard of, another
//! takes the job over. What a job makes is stored in the transaction that ends it, so that it is made once, whoever was
//! killed when.

mod work;

use crate::app::App;
use crate::db::job::{self, Claimed};
use crate::domain::ids::JobId;
use crate::domain::job::{JobKind, JobProblem, Progress};
use crate::domain::problem::ProblemCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval};
use work::Ended;

pub use work::find_service;

/// Builds of one process at a time: each holds the totals of its period in memory.
const BUILDS_AT_ONCE: usize = 2;
/// How often the queue is looked at for what other processes put there or left lying.
const POLL: Duration = Duration::from_secs(1);
/// How often a process says that it works at a job: several times in each lease.
const BEAT: Duration = Duration::from_secs(3);
/// How often a job is begun before it is given up.
const MAX_ATTEMPTS: i32 = 8;
/// The longest wait before another attempt, in seconds.
const MAX_WAIT_S: i32 = 60;
/// News that a slow listener may miss; it then looks for itself.
const NEWS_KEPT: usize = 256;

/// What the parts of one process tell each other about jobs.
#[derive(Clone, Debug)]
pub struct Jobs {
    /// There may be something to do.
    wake: Arc<Notify>,
    /// Something happened to this job: it came to its end, or is to be cancelled.
    news: broadcast::Sender<JobId>,
}

impl Jobs {
    pub fn new() -> Jobs {
        Jobs { wake: Arc::new(Notify::new()), news: broadcast::channel(NEWS_KEPT).0 }
    }

    /// Says that a job was put into the queue.
    pub fn queued(&self) {
        self.wake.notify_one();
    }

    /// Says that something happened to a job.
    pub fn tell(&self, job: JobId) {
        // Nobody may be listening.
        let _ = self.news.send(job);
    }

    /// Hears of every job to which something happens from now on.
    pub fn listen(&self) -> News {
        News(self.news.subscribe())
    }
}

impl Default for Jobs {
    fn default() -> Jobs {
        Jobs::new()
    }
}

/// A listener.
#[derive(Debug)]
pub struct News(broadcast::Receiver<JobId>);

impl News {
    /// Answers when something may have happened to a job.
    pub async fn of(&mut self, job: JobId) {
        loop {
            match self.0.recv().await {
                Ok(other) if other != job => {}
                // It was this one, or news were missed.
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                // The service ends; whoever waits is dropped with it.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

/// Does what is in the queue, for ever. Dropping it ends the work that is going on.
pub async fn run(app: App) {
    let lanes = [
        (JobKind::Build, Arc::new(Semaphore::new(BUILDS_AT_ONCE))),
        (JobKind::Publish, Arc::new(Semaphore::new(app.renderer.at_once()))),
    ];
    let mut polls = interval(POLL);
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            _ = polls.tick() => {}
            () = app.jobs.wake.notified() => {}
            Some(_) = running.join_next() => {}
        }
        for (kind, places) in &lanes {
            while let Ok(place) = places.clone().try_acquire_owned() {
                match job::claim(&app.pool, *kind, app.instance, app.clock.now()).await {
                    Ok(Some(claimed)) => {
                        running.spawn(attend(app.clone(), claimed, place));
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::warn!(%error, "the queue of jobs will be looked at again");
                        break;
                    }
                }
            }
        }
    }
}

/// Puts back what this process was working at, so that another need not wait until its lease has run out.
pub async fn release(app: &App) {
    if let Err(error) = job::release(&app.pool, app.instance).await {
        tracing::warn!(%error, "jobs of this process will be taken up when their leases have run out");
    }
}

/// One attempt at a job: does it, says that it lives, stops where it was cancelled, and settles it.
async fn attend(app: App, claimed: Claimed, place: OwnedSemaphorePermit) {
    let claim = claimed.claim;
    let (progress, mut told) = watch::channel(Progress { step: 0, of: 1 });
    let mut news = app.jobs.listen();
    let mut beats = interval(BEAT);
    // In a task of its own, because a beat may have to wait for the transaction that ends the job.
    let mut work = JoinSet::new();
    work.spawn(work::run(app.clone(), claimed, progress));
    let ended = loop {
        tokio::select! {
            ended = work.join_next() => break ended,
            _ = beats.tick() => {}
            () = news.of(claim.job) => {}
            Ok(()) = told.changed() => {}
        }
        let progress = *told.borrow_and_update();
        match job::beat(&app.pool, claim, progress).await {
            Ok(true) => {}
            // Cancelled, or taken over. Dropping the work ends a process that makes files.
            Ok(false) => {
                work.shutdown().await;
                break None;
            }
            Err(error) => tracing::warn!(%error, job = claim.job.get(), "a job could not be kept"),
        }
    };
    if let Some(ended) = ended
        && let Err(error) = settle(&app, claim, ended).await
    {
        tracing::warn!(%error, job = claim.job.get(), "a job will be taken up again when its lease has run out");
    }
    drop(place);
    app.jobs.tell(claim.job);
}

/// Writes down how an attempt ended.
async fn settle(
    app: &App,
    claim: job::Claim,
    ended: Result<Ended, JoinError>,
) -> Result<(), crate::db::DbError> {
    let (pool, now) = (&app.pool, app.clock.now());
    match ended {
        Ok(Ended::Settled | Ended::Lost) => Ok(()),
        Ok(Ended::Refused(problem)) => job::fail(pool, claim, &problem, now).await,
        Ok(Ended::Passing(problem)) if claim.attempt >= MAX_ATTEMPTS => {
            job::fail(pool, claim, &problem, now).await
        }
        Ok(Ended::Passing(_)) => job::postpone(pool, claim, wait_s(claim.attempt)).await,
        Err(error) => {
            tracing::error!(%error, job = claim.job.get(), "a job broke off");
            let detail = format!("The error was logged under job {}.", claim.job.get());
            job::fail(pool, claim, &JobProblem::new(ProblemCode::Internal, detail), now).await
        }
    }
}

/// Seconds before the attempt after this one: 1, 2, 4 and so on.
fn wait_s(attempt: i32) -> i32 {
    1i32.checked_shl(attempt.clamp(1, 16).unsigned_abs() - 1).unwrap_or(MAX_WAIT_S).min(MAX_WAIT_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_have_an_end() {
        assert_eq!([1, 2, 3, 4, 7, 8, 100].map(wait_s), [1, 2, 4, 8, 60, 60, 60]);
    }

    #[tokio::test]
    async fn a_listener_hears_of_its_job_alone_and_of_news_that_it_missed() {
        let jobs = Jobs::new();
        let (mine, other) = (JobId::from_db(1), JobId::from_db(2));
        let mut news = jobs.listen();
        jobs.tell(other);
        jobs.tell(mine);
        news.of(mine).await;
        for _ in 0..=NEWS_KEPT {
            jobs.tell(other);
        }
        news.of(mine).await;
    }
}
