//! `/v1/jobs`: work that goes on in the background, and waiting for it.

use super::disclosures::WireVersion;
use super::exact_instant;
use crate::app::App;
use crate::db::job::{self, Cancelled, NewJob};
use crate::domain::ids::{JobId, ProviderId};
use crate::domain::job::{Job, JobKind, JobProblem, JobState};
use crate::domain::problem::ProblemCode;
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::openapi::vocabulary;
use crate::http::prefer::Prefer;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::jobs::News;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;

/// Jobs of one answer where the query does not say how many, and at most.
pub const DEFAULT_LIMIT: usize = 100;
pub const MAX_LIMIT: usize = 500;
/// How often a request that waits looks for what other processes did.
const LOOK: Duration = Duration::from_millis(500);
/// When a client should ask again, in seconds.
const RETRY_AFTER_S: u32 = 1;

/// A page of jobs, the latest first.
#[derive(Serialize, ToSchema)]
#[schema(as = JobList)]
pub struct WireJobs {
    jobs: Vec<WireJob>,
    /// Send it as `cursor` to go on; missing on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Work in the background.
#[derive(Serialize, ToSchema)]
#[schema(as = Job)]
pub struct WireJob {
    job: i32,
    #[schema(value_type = vocabulary::JobKind)]
    kind: &'static str,
    #[schema(value_type = vocabulary::JobState)]
    state: &'static str,
    progress: WireProgress,
    /// How often it was begun: more than once where a fault passed or the service was ended.
    attempts: i32,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    /// When it was done, failed or was cancelled. What became of it can be asked for 7 days.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    /// The version that it built or published.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<WireVersion>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<WireJobProblem>,
}

/// Steps that are finished, of all.
#[derive(Serialize, ToSchema)]
#[schema(as = JobProgress)]
pub struct WireProgress {
    step: i32,
    of: i32,
}

/// What the request would have been refused with.
#[derive(Serialize, ToSchema)]
#[schema(as = JobProblem)]
pub struct WireJobProblem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    /// The HTTP status that it stands for.
    status: u16,
    #[schema(value_type = vocabulary::ProblemCode)]
    code: &'static str,
    detail: String,
    advice: &'static str,
    /// Faults of fields of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<WireJobFault>,
}

/// A fault of one field of the request.
#[derive(Serialize, ToSchema)]
#[schema(as = JobFault)]
pub struct WireJobFault {
    /// JSON pointer (RFC 6901) into the request.
    pointer: String,
    #[schema(value_type = vocabulary::ProblemCode)]
    code: &'static str,
    detail: String,
}

/// Puts a job into the queue and waits for it as long as the client prefers. It answers as if the work were done in
/// the request; where it takes longer, 202 with the job.
pub async fn start(app: &App, request: &HttpRequest, new: NewJob<'_>) -> Result<HttpResponse, Problem> {
    let prefer = Prefer::of(request);
    let mut news = app.jobs.listen();
    let id = job::enqueue(&app.pool, new, app.clock.now()).await?;
    app.jobs.queued();
    let patience = match prefer {
        Prefer::Async => Duration::ZERO,
        Prefer::Wait(time) => time,
        Prefer::Silent => app.job_patience,
    };
    let job = wait(app, new.provider, id, &mut news, patience).await?;
    match (job.state, job.kind, &job.result, job.problem) {
        // Who prefers not to wait is told the same, however fast the work was.
        (JobState::Done, kind, Some(result), _) if prefer != Prefer::Async => {
            let mut response = match kind {
                JobKind::Build => HttpResponse::Created(),
                JobKind::Publish => HttpResponse::Ok(),
            };
            Ok(response.json(WireVersion::of(kind, result)))
        }
        (JobState::Failed, _, _, Some(problem)) if prefer != Prefer::Async => Err(problem.into()),
        (JobState::Cancelled, ..) if prefer != Prefer::Async => {
            let detail = format!("job {} was cancelled while this request waited for it", id.get());
            Err(Problem::new(ProblemCode::JobCancelled, detail))
        }
        (.., problem) => {
            let mut response = HttpResponse::Accepted();
            response.insert_header((header::LOCATION, format!("/v1/jobs/{}", id.get())));
            if prefer == Prefer::Async {
                response.insert_header(("Preference-Applied", "respond-async"));
            }
            Ok(answer(response, Job { problem, ..job }))
        }
    }
}

/// Waits until a job comes to its end, or as long as patience lasts. While it waits it holds neither a thread nor a
/// connection to the database.
async fn wait(
    app: &App,
    provider: ProviderId,
    id: JobId,
    news: &mut News,
    patience: Duration,
) -> Result<Job, Problem> {
    let end = Instant::now() + patience;
    loop {
        let found = job::find(&app.pool, provider, id).await?.ok_or_else(|| not_there(id))?;
        let now = Instant::now();
        if found.state.is_final() || end <= now {
            return Ok(found);
        }
        // Whether it was heard of or time went by: it is looked at.
        let _ = timeout_at(end.min(now + LOOK), news.of(id)).await;
    }
}

fn answer(mut response: HttpResponseBuilder, job: Job) -> HttpResponse {
    if !job.state.is_final() {
        response.insert_header((header::RETRY_AFTER, RETRY_AFTER_S));
    }
    response.json(WireJob::of(job))
}

fn not_there(id: JobId) -> Problem {
    Problem::not_found(format!("there is no job {}", id.get()))
}

fn id_of(path: &str) -> Result<JobId, Problem> {
    let id: i32 = path.parse().map_err(|_| Problem::not_found("there is no such job"))?;
    Ok(JobId::from_db(id))
}

/// The jobs of the key's provider.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::DisclosuresWrite).await?;
    let mut query = Query::read(&request, &["limit", "cursor"]);
    let limit = query.limit(DEFAULT_LIMIT, MAX_LIMIT);
    let before = query.cursor(|parts| {
        let [job] = parts else { return None };
        Some(JobId::from_db(job.parse().ok()?))
    });
    query.finish(Some(()))?;
    let rows = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut found = job::list(&app.pool, key.provider, before, rows).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| query.cursor_after([last.id.get().to_string().as_str()]));
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &next {
        response.insert_header((header::LINK, format!("<{}>; rel=\"next\"", query.address_of(cursor))));
    }
    Ok(response.json(WireJobs { jobs: found.into_iter().map(WireJob::of).collect(), next }))
}

/// One job, at once or when it comes to its end.
pub async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::DisclosuresWrite).await?;
    let id = id_of(&path)?;
    let prefer = Prefer::of(&request);
    let patience = match prefer {
        Prefer::Wait(time) => time,
        Prefer::Async | Prefer::Silent => Duration::ZERO,
    };
    let mut news = app.jobs.listen();
    let job = wait(&app, key.provider, id, &mut news, patience).await?;
    let mut response = HttpResponse::Ok();
    if let (Prefer::Wait(_), Some(applied)) = (prefer, prefer.applied()) {
        response.insert_header(applied);
    }
    Ok(answer(response, job))
}

/// Cancels a job that has not come to its end. What it was doing ends too, and nothing of it is stored.
pub async fn cancel(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::DisclosuresWrite).await?;
    let id = id_of(&path)?;
    match job::cancel(&app.pool, key.provider, id, app.clock.now()).await? {
        Cancelled::Yes => {
            app.jobs.tell(id);
            let job = job::find(&app.pool, key.provider, id).await?.ok_or_else(|| not_there(id))?;
            Ok(answer(HttpResponse::Ok(), job))
        }
        Cancelled::Finished => {
            let detail = format!("job {} came to its end before it could be cancelled", id.get());
            Err(Problem::new(ProblemCode::JobFinished, detail))
        }
        Cancelled::NotThere => Err(not_there(id)),
    }
}

impl WireJob {
    fn of(job: Job) -> WireJob {
        WireJob {
            job: job.id.get(),
            kind: job.kind.as_str(),
            state: job.state.as_str(),
            progress: WireProgress { step: job.progress.step, of: job.progress.of },
            attempts: job.attempts,
            created_at: exact_instant(job.created_at),
            started_at: job.started_at.map(exact_instant),
            finished_at: job.finished_at.map(exact_instant),
            result: job.result.as_ref().map(|result| WireVersion::of(job.kind, result)),
            problem: job.problem.map(WireJobProblem::of),
        }
    }
}

impl WireJobProblem {
    fn of(problem: JobProblem) -> WireJobProblem {
        let code = problem.code;
        let faults = problem.faults.into_iter();
        WireJobProblem {
            kind: format!("/problems#{}", code.as_str()),
            title: code.title(),
            status: code.status(),
            code: code.as_str(),
            detail: problem.detail,
            advice: code.advice(),
            errors: faults
                .map(|fault| WireJobFault {
                    pointer: fault.pointer,
                    code: fault.code.as_str(),
                    detail: fault.detail,
                })
                .collect(),
        }
    }
}
