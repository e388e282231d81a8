//! Answers that refuse: RFC 9457 `application/problem+json` for machines, a page with a way on for
//! people. Every one carries a code of [`ProblemCode`], the one table.
//!
//! What goes out is the code's title, a detail that we wrote, and the request id. What went wrong
//! inside is logged once, here, and never leaves.

use super::api::ingest::WireReceipt;
use super::observe::RequestId;
use super::openapi::vocabulary;
use super::pages::problem_page;
use crate::db::DbError;
use crate::disclosure::BuildError;
use crate::disclosure::authority_pack::PackError;
use crate::disclosure::budget::BurnError;
use crate::domain::job::JobProblem;
use crate::domain::problem::{Fault, ProblemCode};
use crate::ingest::BodyFault;
use crate::ingest::intake::{IngestError, LISTED_FAULTS, Receipt};
use crate::ingest::writer::WriteError;
use crate::publish::PublishError;
use crate::publish::pack::FreezeError;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use std::error::Error;
use std::fmt;
use utoipa::ToSchema;

/// How long a client should wait before it tries again, in seconds.
const RETRY_AFTER_S: u32 = 2;

/// A refusal on its way out.
#[derive(Debug)]
pub struct Problem {
    code: ProblemCode,
    detail: String,
    faults: Vec<Fault>,
    receipt: Option<Box<Receipt>>,
    allow: Option<String>,
    /// Seconds to wait before the same is tried again.
    retry_after_s: Option<u32>,
    /// What went wrong inside: logged, never sent.
    internal: Option<String>,
}

impl Problem {
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Problem {
        Problem {
            code,
            detail: detail.into(),
            faults: Vec::new(),
            receipt: None,
            allow: None,
            retry_after_s: None,
            internal: None,
        }
    }

    /// A key has used up what it may send in a window that ends in so many seconds.
    pub fn rate_limited(detail: impl Into<String>, retry_after_s: i64) -> Problem {
        let retry_after_s = Some(u32::try_from(retry_after_s).unwrap_or(u32::MAX));
        Problem { retry_after_s, ..Problem::new(ProblemCode::RateLimited, detail) }
    }

    pub fn not_found(detail: impl Into<String>) -> Problem {
        Problem::new(ProblemCode::NotFound, detail)
    }

    pub fn method_not_allowed(detail: impl Into<String>, allow: &str) -> Problem {
        Problem { allow: Some(allow.to_owned()), ..Problem::new(ProblemCode::MethodNotAllowed, detail) }
    }

    /// Something of ours failed: the client learns the request id, the log learns the rest.
    pub fn internal(error: &dyn Error) -> Problem {
        let mut internal = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            internal = format!("{internal}: {cause}");
            source = cause.source();
        }
        let detail = "The error was logged under the request id.";
        Problem { internal: Some(internal), ..Problem::new(ProblemCode::Internal, detail) }
    }

    /// Faults of the fields of a request.
    pub fn invalid_fields(faults: Vec<Fault>) -> Problem {
        let detail = format!("{} field(s) are not valid", faults.len());
        Problem { faults, ..Problem::new(ProblemCode::InvalidFields, detail) }
    }

    /// A request of which not everything was stored: the counts say what was.
    pub fn refused(receipt: Receipt) -> Problem {
        let counts = receipt.counts;
        let refused = counts.conflicts + counts.invalid;
        let stored = counts.accepted + counts.duplicates;
        let detail = if receipt.withheld > 0 || stored == 0 && counts.all() > refused {
            format!("{refused} were refused, so nothing of the request was stored")
        } else {
            format!("{refused} of {} were refused, {stored} are stored", counts.all())
        };
        let code = match (receipt.withheld, counts.invalid) {
            (1.., _) => ProblemCode::NothingStored,
            (_, 0) => ProblemCode::RecordConflict,
            _ => ProblemCode::RecordsRefused,
        };
        Problem::new(code, detail).with_receipt(receipt)
    }

    /// A body that could be read only up to some point: what came before it is stored.
    pub fn broken_off(fault: BodyFault, receipt: Receipt) -> Problem {
        if receipt.batch.is_none() {
            return fault.into();
        }
        let stored = receipt.counts.accepted + receipt.counts.duplicates;
        let detail = format!("{}; {stored} that came before are stored", fault.detail);
        Problem::new(fault.code, detail).with_receipt(receipt)
    }

    fn with_receipt(mut self, mut receipt: Receipt) -> Problem {
        self.faults = std::mem::take(&mut receipt.faults);
        self.receipt = Some(Box::new(receipt));
        self
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        self.code.status()
    }

    /// The body of the answer.
    pub fn bytes(&self, id: RequestId) -> Vec<u8> {
        serde_json::to_vec(&self.wire(id)).unwrap_or_default()
    }

    /// The answer to this request. [`super::observe`] calls it for every handler that failed, because
    /// actix converts an error without knowing the request.
    pub(super) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let id = RequestId::of(request);
        if let Some(internal) = &self.internal {
            tracing::error!(request_id = %id.0, error = internal, "request failed");
        }
        let mut response = HttpResponse::build(self.status_code());
        match self.code {
            ProblemCode::Busy
            | ProblemCode::Unavailable
            | ProblemCode::RenderTooSlow
            | ProblemCode::IdempotencyRunning => {
                response.insert_header((header::RETRY_AFTER, RETRY_AFTER_S));
            }
            ProblemCode::KeyMissing | ProblemCode::KeyInvalid => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"taskwatt\""));
            }
            _ => {}
        }
        if let Some(seconds) = self.retry_after_s {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if let Some(allow) = &self.allow {
            response.insert_header((header::ALLOW, allow.as_str()));
        }
        if wants_page(request) {
            return problem_page(response, self.code, &self.detail, id);
        }
        response.content_type("application/problem+json").body(self.bytes(id))
    }

    fn wire(&self, id: RequestId) -> WireProblem<'_> {
        WireProblem {
            kind: format!("/problems#{}", self.code.as_str()),
            title: self.code.title(),
            status: self.code.status(),
            code: self.code.as_str(),
            detail: &self.detail,
            advice: self.code.advice(),
            request_id: id.0.to_string(),
            receipt: self.receipt.as_deref().map(WireReceipt::from),
            errors_total: self
                .receipt
                .as_ref()
                .map_or(self.faults.len() as u64, |receipt| receipt.faults_total),
            errors_address: self
                .receipt
                .as_ref()
                .filter(|receipt| receipt.faults_are_kept)
                .and_then(|receipt| receipt.batch)
                .map(|batch| format!("/v1/batches/{}/faults", batch.get())),
            errors: self
                .faults
                .iter()
                .take(LISTED_FAULTS)
                .map(|fault| WireFault {
                    pointer: &fault.pointer,
                    code: fault.code.as_str(),
                    detail: &fault.detail,
                })
                .collect(),
        }
    }
}

/// People get a page: the API lives under `/v1`, and all but the health checks is read in a browser.
fn wants_page(request: &HttpRequest) -> bool {
    let for_machines = ["/v1/", "/healthz", "/readyz", "/openapi.json"];
    !for_machines.iter().any(|start| request.path().starts_with(start))
}

/// A refusal (RFC 9457). `type` leads to the code in the table at `/problems`.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct WireProblem<'a> {
    #[serde(rename = "type")]
    kind: String,
    /// What the code means, the same every time.
    title: &'static str,
    /// The HTTP status of the answer.
    status: u16,
    #[schema(value_type = vocabulary::ProblemCode)]
    code: &'static str,
    /// What was wrong this time.
    detail: &'a str,
    /// What to do about it.
    advice: &'static str,
    /// Names this request; also the header `X-Request-Id`.
    #[schema(format = "uuid")]
    request_id: String,
    /// What was stored all the same: its members stand among these, where records were sent.
    #[schema(ignore)]
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    receipt: Option<WireReceipt>,
    /// How many faults there are; missing where none is of one field.
    #[serde(skip_serializing_if = "is_zero")]
    errors_total: u64,
    /// Where all faults of a batch can be fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors_address: Option<String>,
    /// The first hundred faults.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<WireFault<'a>>,
}

/// One fault: where, why and what to do.
#[derive(Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct WireFault<'a> {
    /// JSON pointer (RFC 6901) into the body; in NDJSON and CSV its first token is the record, counted from 0.
    pointer: &'a str,
    #[schema(value_type = vocabulary::ProblemCode)]
    code: &'static str,
    detail: &'a str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl From<&DbError> for Problem {
    fn from(error: &DbError) -> Problem {
        match error {
            DbError::Unavailable(source) => {
                tracing::warn!(error = %source, "database unavailable");
                Problem::new(ProblemCode::Unavailable, "the database cannot be reached at the moment")
            }
            other => Problem::internal(other),
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Problem {
        Problem::from(&error)
    }
}

impl From<BodyFault> for Problem {
    fn from(fault: BodyFault) -> Problem {
        Problem::new(fault.code, fault.detail)
    }
}

impl From<IngestError> for Problem {
    fn from(error: IngestError) -> Problem {
        match error {
            IngestError::Db(error) => error.into(),
            IngestError::Write(WriteError::Busy) => {
                Problem::new(ProblemCode::Busy, "too many records are waiting to be written")
            }
            IngestError::Write(WriteError::Unavailable) => {
                Problem::new(ProblemCode::Unavailable, "the database went away before the commit was sure")
            }
            IngestError::Write(error @ WriteError::Failed(_)) => Problem::internal(&error),
        }
    }
}

impl From<BuildError> for Problem {
    fn from(error: BuildError) -> Problem {
        match (error.code(), error) {
            (Some(ProblemCode::InvalidFields), error) => Problem::invalid_fields(error.faults()),
            (Some(code), error) => Problem::new(code, error.to_string()),
            (None, BuildError::Db(error)) => error.into(),
            (None, error) => Problem::internal(&error),
        }
    }
}

impl From<PackError> for Problem {
    fn from(error: PackError) -> Problem {
        match error {
            PackError::Refused(faults) => Problem::invalid_fields(faults),
            PackError::OffTemplate(_) => Problem::internal(&error),
            PackError::Db(error) => error.into(),
        }
    }
}

impl From<FreezeError> for Problem {
    fn from(error: FreezeError) -> Problem {
        let detail = error.to_string();
        match error {
            FreezeError::Pack(error) => error.into(),
            FreezeError::BuiltMeanwhile => Problem::new(ProblemCode::BuiltMeanwhile, detail),
            FreezeError::NotReproducible => Problem::internal(&error),
            FreezeError::Render(error) => match error.code() {
                Some(code) => Problem::new(code, detail),
                None => Problem::internal(&error),
            },
            FreezeError::Db(error) => error.into(),
        }
    }
}

impl From<BurnError> for Problem {
    fn from(error: BurnError) -> Problem {
        match error {
            BurnError::FactorsMissing(_) => Problem::new(ProblemCode::FactorsMissing, error.to_string()),
            BurnError::Db(error) => error.into(),
        }
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Problem {
        match (error.code(), error) {
            (Some(code), error) => Problem::new(code, error.to_string()),
            (None, PublishError::Db(error)) => error.into(),
            (None, error) => Problem::internal(&error),
        }
    }
}

impl From<JobProblem> for Problem {
    fn from(problem: JobProblem) -> Problem {
        Problem { faults: problem.faults, ..Problem::new(problem.code, problem.detail) }
    }
}
