//! What jobs do: building a draft, and publishing one.

use super::MAX_ATTEMPTS;
use crate::app::App;
use crate::db::job::Claimed;
use crate::db::registry::{find_provider, find_service as service_of};
use crate::db::{DbError, Pool};
use crate::disclosure::request::{BUILD_FIELDS, NewDisclosure};
use crate::disclosure::{BuildError, prepare};
use crate::domain::disclosure::Reference;
use crate::domain::ids::JobId;
use crate::domain::job::{JobKind, JobProblem, Progress};
use crate::domain::names::Slug;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::registry::{Provider, Service};
use crate::ingest::fields::Fields;
use crate::publish::worker::WorkerError;
use crate::publish::{PublishError, look};
use crate::render::files::Format;
use serde::Deserialize;
use tokio::sync::watch;

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// What it made is stored, and with it that the job is done.
    Settled,
    /// The job is not this attempt's any more.
    Lost,
    Refused(JobProblem),
    /// It may go well another time; the problem is told where it does not.
    Passing(JobProblem),
}

/// The provider and the service that a request to build names.
pub async fn find_service(
    pool: &Pool,
    provider: &Slug,
    service: &Slug,
) -> Result<Result<(Provider, Service), JobProblem>, DbError> {
    let Some(provider) = find_provider(pool, provider).await? else {
        let problem = JobProblem::new(ProblemCode::NotFound, "the provider of this key is not there");
        return Ok(Err(problem));
    };
    let Some(found) = service_of(pool, provider.id, service).await? else {
        let detail = format!("provider '{}' has no service '{service}'", provider.key);
        let fault = Fault::new("/service", ProblemCode::UnknownService, detail);
        return Ok(Err(JobProblem::of_fields(vec![fault])));
    };
    Ok(Ok((provider, found)))
}

/// Makes one attempt.
pub(super) async fn run(app: App, claimed: Claimed, progress: watch::Sender<Progress>) -> Ended {
    let job = claimed.claim.job;
    if claimed.claim.attempt > MAX_ATTEMPTS {
        let detail = format!("{MAX_ATTEMPTS} attempts ended without a word; the process was ended each time");
        return Ended::Refused(JobProblem::new(ProblemCode::JobAbandoned, detail));
    }
    match claimed.kind {
        JobKind::Build => match build(&app, &claimed, &progress).await {
            Ok(ended) => ended,
            Err(BuildError::JobLost) => Ended::Lost,
            Err(BuildError::Db(error)) => of_database(job, error),
            Err(error) if !error.faults().is_empty() => Ended::Refused(JobProblem::of_fields(error.faults())),
            Err(error) => of_error(job, error.code(), &error),
        },
        JobKind::Publish => match publish(&app, &claimed, &progress).await {
            Ok(ended) => ended,
            Err(PublishError::JobLost) => Ended::Lost,
            Err(PublishError::Db(error)) => of_database(job, error),
            // The system had no room for another process or its files.
            Err(PublishError::Render(error @ WorkerError::Io(_))) => {
                tracing::warn!(%error, job = job.get(), "a job will be tried again");
                Ended::Passing(internal(job))
            }
            Err(error) => of_error(job, error.code(), &error),
        },
    }
}

async fn build(
    app: &App,
    claimed: &Claimed,
    progress: &watch::Sender<Progress>,
) -> Result<Ended, BuildError> {
    progress.send_replace(Progress { step: 0, of: 2 });
    let read = Fields::read(claimed.request.as_bytes(), BUILD_FIELDS)
        .map_err(|fault| vec![Fault::new("", fault.code, fault.detail)]);
    let wanted = read.and_then(|mut fields| {
        let wanted = NewDisclosure::read(&mut fields, app.clock.now().date_naive());
        fields.finish(wanted)
    });
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(faults) => {
            return Ok(Ended::Refused(JobProblem::of_fields(faults)));
        }
    };
    let (provider, service) = match find_service(&app.pool, &claimed.provider_key, &wanted.service).await? {
        Ok(found) => found,
        Err(problem) => return Ok(Ended::Refused(problem)),
    };
    let prepared = prepare(&app.pool, wanted.of(&provider, &service, app.household.as_deref())).await?;
    progress.send_replace(Progress { step: 1, of: 2 });
    prepared.store(&app.pool, &claimed.public_url, Some(claimed.claim), app.clock.now()).await?;
    Ok(Ended::Settled)
}

/// A request to publish, as a job keeps it.
#[derive(Deserialize)]
struct WireReference {
    number: i32,
    version: i32,
}

async fn publish(
    app: &App,
    claimed: &Claimed,
    progress: &watch::Sender<Progress>,
) -> Result<Ended, PublishError> {
    let WireReference { number, version } = serde_json::from_str(&claimed.request)
        .map_err(|error| DbError::Unreadable(format!("the request of a job: {error}")))?;
    let reference = Reference { number, version };
    // One step for each format, and one for freezing them.
    let formats = i32::try_from(Format::ALL.len()).unwrap_or(i32::MAX - 1);
    let at = |step| Progress { step, of: formats + 1 };
    progress.send_replace(at(0));
    let ready = look(&app.pool, claimed.provider, reference, app.clock.now()).await?;
    let begins = |place: usize| {
        progress.send_replace(at(i32::try_from(place).unwrap_or(formats)));
    };
    let files = ready.render(&app.renderer, begins).await?;
    progress.send_replace(at(formats));
    ready.freeze(&app.pool, &files, Some(claimed.claim), app.clock.now()).await?;
    Ok(Ended::Settled)
}

/// What a fault of the database means for a job.
fn of_database(job: JobId, error: DbError) -> Ended {
    match error {
        DbError::Unavailable(_) | DbError::Contended(_) => {
            tracing::warn!(%error, job = job.get(), "a job will be tried again");
            let detail = "the database cannot be reached at the moment";
            Ended::Passing(JobProblem::new(ProblemCode::Unavailable, detail))
        }
        error => of_error(job, None, &error),
    }
}

/// A refusal is told; what went wrong inside is logged and does not leave.
fn of_error(job: JobId, code: Option<ProblemCode>, error: &dyn std::error::Error) -> Ended {
    if let Some(code) = code {
        return Ended::Refused(JobProblem::new(code, error.to_string()));
    }
    let mut causes = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        causes = format!("{causes}: {cause}");
        source = cause.source();
    }
    tracing::error!(error = causes, job = job.get(), "a job failed");
    Ended::Refused(internal(job))
}

fn internal(job: JobId) -> JobProblem {
    JobProblem::new(ProblemCode::Internal, format!("The error was logged under job {}.", job.get()))
}
