//! A job: work that takes longer than a request should wait for, done in the background.

use super::disclosure::Reference;
use super::ids::{JobId, ProviderId};
use super::problem::{Fault, ProblemCode};
use chrono::{DateTime, Utc};

super::terms::terms! {
    /// What a job does.
    JobKind {
        /// Builds a draft.
        Build = "build",
        /// Makes every file of a draft and publishes it.
        Publish = "publish",
    }
}

super::terms::terms! {
    /// How far a job has come.
    JobState {
        /// It waits for its turn, or for another attempt.
        Queued = "queued",
        Running = "running",
        Done = "done",
        /// It was refused, or something failed; its problem says what.
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl JobState {
    /// Whether it stays as it is.
    pub fn is_final(self) -> bool {
        matches!(self, JobState::Done | JobState::Failed | JobState::Cancelled)
    }
}

/// Steps that are finished, of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub step: i32,
    pub of: i32,
}

/// The version that a job built or published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobResult {
    pub reference: Reference,
    pub mean_energy_wh: String,
    /// Of the canonical document; of a draft.
    pub document_sha256: Option<[u8; 32]>,
    /// Where the version stands once it is published.
    pub address: String,
}

/// Why a job came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobProblem {
    pub code: ProblemCode,
    pub detail: String,
    /// Faults of fields of the request.
    pub faults: Vec<Fault>,
}

impl JobProblem {
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> JobProblem {
        JobProblem { code, detail: detail.into(), faults: Vec::new() }
    }

    /// Faults of fields of the request.
    pub fn of_fields(faults: Vec<Fault>) -> JobProblem {
        let detail = format!("{} field(s) are not valid", faults.len());
        JobProblem { code: ProblemCode::InvalidFields, detail, faults }
    }
}

/// A job as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub provider: ProviderId,
    pub kind: JobKind,
    pub state: JobState,
    pub progress: Progress,
    /// How often it was begun.
    pub attempts: i32,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    /// When it was done, failed or was cancelled.
    pub finished_at: Option<DateTime<Utc>>,
    /// Of a job that is done.
    pub result: Option<JobResult>,
    /// Of a job that failed.
    pub problem: Option<JobProblem>,
}
