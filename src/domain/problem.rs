//! The one table of problem codes. Every refusal that leaves the service carries one of them, as a
//! whole (with its HTTP status) or as the fault of one field within a batch.

macro_rules! problem_codes {
    ($($variant:ident $status:literal $code:literal $title:literal $advice:literal;)*) => {
        /// Why something was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode { $(#[doc = $title] $variant),* }

        impl ProblemCode {
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$variant),*];

            /// The HTTP status of an answer that is refused as a whole for this reason; a fault of one
            /// field has the same meaning within a batch.
            pub fn status(self) -> u16 {
                match self { $(ProblemCode::$variant => $status),* }
            }

            /// The stable word for machines.
            pub fn as_str(self) -> &'static str {
                match self { $(ProblemCode::$variant => $code),* }
            }

            /// `None` for a word that is not in the table.
            pub fn parse(text: &str) -> Option<ProblemCode> {
                match text { $($code => Some(ProblemCode::$variant),)* _ => None }
            }

            /// What it means, the same for every occurrence.
            pub fn title(self) -> &'static str {
                match self { $(ProblemCode::$variant => $title),* }
            }

            /// What to do about it.
            pub fn advice(self) -> &'static str {
                match self { $(ProblemCode::$variant => $advice),* }
            }
        }
    };
}

problem_codes! {
    InvalidJson 400 "invalid-json" "The body is not valid JSON"
        "Check that the body was sent whole and is JSON in UTF-8; NaN and Infinity are not JSON.";
    InvalidCsv 400 "invalid-csv" "The table cannot be read"
        "Send CSV as RFC 4180 says: a header with the names of fields, commas, quotes where a cell holds one.";
    InvalidRequest 400 "invalid-request" "The request cannot be read"
        "Check the address, the headers and the transfer of the body.";
    KeyMissing 401 "key-missing" "An API key is needed"
        "Send the header 'Authorization: Bearer twk_…' with a key made by 'taskwatt key create'.";
    KeyInvalid 401 "key-invalid" "The API key is not valid"
        "The key is unknown, expired or was revoked; ask your administrator for a new one.";
    ScopeMissing 403 "scope-missing" "The API key may not do this"
        "Use a key with the scope that the detail names.";
    NotFound 404 "not-found" "There is nothing at this address"
        "Check the address; published disclosures are listed at /.";
    MethodNotAllowed 405 "method-not-allowed" "This address does not take this method"
        "Use a method that the header 'Allow' names.";
    RecordConflict 409 "record-conflict" "A record with this id is stored with other content"
        "Nothing was changed. Send a new record under an id of its own, or the same content again.";
    MeaningFixed 409 "meaning-fixed" "This cannot change once records name it"
        "Records keep the meaning they were sent with: register another one under a name of its own.";
    DisclosurePublished 409 "disclosure-published" "This version is published and cannot change"
        "Build the disclosure again: a correction becomes the next version.";
    PeriodNotOver 409 "period-not-over" "The period is not over"
        "Publish after the period's end; a draft can be built at any time.";
    DraftOutdated 409 "draft-outdated" "The draft does not hold all records of its period"
        "Build the disclosure again and look at its figures before you publish.";
    BuiltMeanwhile 409 "built-meanwhile" "The disclosure was built or published by somebody else meanwhile"
        "Look at the latest version and repeat what is still needed.";
    JobCancelled 409 "job-cancelled" "The job was cancelled"
        "Nothing was stored. Send the request again where it is still wanted.";
    JobFinished 409 "job-finished" "The job came to its end before"
        "Look at what became of it with GET /v1/jobs/{job}.";
    IdempotencyRunning 409 "idempotency-running" "A request with this Idempotency-Key is running"
        "Wait as 'Retry-After' says and send the same request again to get its answer.";
    BodyTooLarge 413 "body-too-large" "The body is too large"
        "Send fewer records in one request; the limit holds after decompression.";
    TooManyRecords 413 "too-many-records" "The batch holds too many records"
        "Split the batch; records that were sent before are recognised and counted once.";
    UnsupportedMediaType 415 "unsupported-media-type" "This content type is not understood"
        "Send application/json, application/x-ndjson or text/csv.";
    UnsupportedEncoding 415 "unsupported-encoding" "This content encoding is not understood"
        "Send the body plain, or with Content-Encoding gzip or zstd.";
    RecordsRefused 422 "records-refused" "Some records were refused"
        "Correct the records that 'errors' points at and send them again; those that were stored need not be sent again.";
    InvalidFields 422 "invalid-fields" "Some fields are not valid"
        "Correct the fields that 'errors' points at.";
    IdempotencyMismatch 422 "idempotency-mismatch" "This Idempotency-Key belongs to another request"
        "Use a new key for each request; a repeated request must be the same to the byte.";
    NothingStored 422 "nothing-stored" "The batch was not stored, because a part of it was refused"
        "Correct what 'errors' points at and send all of it again, or send it without 'atomic=true'.";
    NotAnObject 422 "not-an-object" "A record is not a JSON object"
        "Send each record as an object with named fields.";
    MissingField 422 "missing-field" "A required field is missing"
        "Add the field.";
    UnknownField 422 "unknown-field" "A field is not known"
        "Check the spelling, or leave the field out; nothing is dropped in silence.";
    DuplicateField 422 "duplicate-field" "A field stands twice in one object"
        "Send the field once.";
    WrongType 422 "wrong-type" "A field has the wrong JSON type"
        "Send the type that the detail names.";
    InvalidId 422 "invalid-id" "An id is not acceptable"
        "Send 1 to 200 bytes of text without control characters; a UUID is best.";
    InvalidName 422 "invalid-name" "A name is not acceptable"
        "Use the name that was registered.";
    UnknownWord 422 "unknown-word" "A value is not in the vocabulary"
        "Use one of the words that the detail lists.";
    UnknownService 422 "unknown-service" "The service is not registered with this provider"
        "Register it with 'taskwatt service add', or use a key of the provider it belongs to.";
    UnknownModel 422 "unknown-model" "The model is not registered with this provider"
        "Register it with 'taskwatt model add'.";
    UnknownSite 422 "unknown-site" "The site is not registered with this provider"
        "Register it with 'taskwatt site add'.";
    UnknownZone 422 "unknown-zone" "The zone is not known"
        "Use a country (DE) or a bidding zone (SE-SE3).";
    TimeZoneUnknown 422 "time-zone-unknown" "The time zone of the zone is not known"
        "Ask for hours in UTC, with 'from' and 'to'.";
    BaselineCycle 422 "baseline-cycle" "A model would be its own baseline"
        "Name a baseline that does not lead back to this model.";
    InvalidText 422 "invalid-text" "A text is empty, too long or holds control characters"
        "Send a text of the length that the detail names, or leave the field out.";
    DateInvalid 422 "date-invalid" "A date cannot be read"
        "Send a day such as 2025-10-01; a time that ends begins earlier.";
    MonthNotBegun 422 "month-not-begun" "The month has not begun"
        "Declare what was served, not what is expected.";
    NotANumber 422 "not-a-number" "A value is not a decimal number"
        "Send a JSON number, or its digits as a string.";
    TooManyDecimals 422 "too-many-decimals" "A value has more decimals than its unit holds exactly"
        "Round it yourself, or send it in a smaller unit; nothing is rounded on the way in.";
    OutOfRange 422 "out-of-range" "A value is out of range"
        "Check the unit: slips of a thousand are the most common reason.";
    TimeInvalid 422 "time-invalid" "A time cannot be read"
        "Send RFC 3339 with a zone, such as 2025-10-01T12:00:00Z.";
    TimeWithoutZone 422 "time-without-zone" "A time has no zone"
        "Add Z or an offset: 2025-10-01T12:00:00Z. A local time is ambiguous.";
    TimeInFuture 422 "time-in-future" "A time is in the future"
        "Send a task after it ended, and check the client's clock.";
    TimeTooEarly 422 "time-too-early" "A time is too early"
        "Tasks before 2020 are not taken; check the date.";
    EnergyMissing 422 "energy-missing" "The record has no energy"
        "Send exactly one of energy_wh, energy_kwh and energy_j.";
    EnergyTwice 422 "energy-twice" "The energy is given in more than one unit"
        "Send exactly one of the fields with the unit in its name.";
    VolumeMissing 422 "volume-missing" "The contract has no volume"
        "Send exactly one of volume_kwh and hours_kwh; a volume of 0 withdraws the contract.";
    VolumeTwice 422 "volume-twice" "The volume of the contract is given twice"
        "Send volume_kwh, or hours_kwh where the power is matched by the hour.";
    HoursIncomplete 422 "hours-incomplete" "The hours do not fill the days of the contract"
        "Send one volume for each UTC hour, 24 a day, also where clocks were changed; an hour without power is 0.";
    ReasonMissing 422 "reason-missing" "There is neither a value nor a reason why there is none"
        "Send the value, or the reason in the field that the detail names: a missing figure is never an empty place.";
    ReasonTwice 422 "reason-twice" "A value and a reason why there is none are both given"
        "Send the value or the reason, not both.";
    TooFewDigits 422 "too-few-digits" "A value has fewer significant figures than it must have"
        "Send at least two as text, such as \"5.0\" instead of \"5\"; zeros before the first other digit do not count.";
    FieldMisplaced 422 "field-misplaced" "A field does not belong to what was sent"
        "Leave the field out, or send what the detail names with it.";
    BudgetMissing 422 "budget-missing" "The budget has no amount"
        "Send exactly one of energy_kwh and carbon_kg; 0 is an amount, and 'withdrawn' withdraws a budget.";
    BudgetTwice 422 "budget-twice" "The budget has two amounts"
        "Send energy_kwh or carbon_kg, and the other as a budget under a name of its own.";
    WebhookInvalid 422 "webhook-invalid" "Messages cannot be sent to this address"
        "Send an address that begins with https://, without user and password; http:// is taken for localhost alone.";
    DurationTwice 422 "duration-twice" "The duration is given twice"
        "Send duration_ms or ended_at, not both.";
    IntervalIncomplete 422 "interval-incomplete" "An interval has only one end"
        "Send the low and the high end, or neither.";
    IntervalDisordered 422 "interval-disordered" "An interval does not contain the energy"
        "Send low ≤ energy ≤ high.";
    StepsExceedTask 422 "steps-exceed-task" "The steps use more energy than the task"
        "The energy of a task includes that of its steps; check for a step counted twice.";
    SubsetExceedsWhole 422 "subset-exceeds-whole" "A part is larger than its whole"
        "Cached tokens are a subset of the input, reasoning tokens of the output, active parameters of all.";
    WindowCrossesHour 422 "window-crosses-hour" "The window crosses a full hour"
        "Cut windows at the full UTC hour: carbon is counted by the hour.";
    HistogramIncomplete 422 "histogram-incomplete" "The histogram does not hold the window's tasks"
        "Count every completed task once in the histogram, or leave it out.";
    CountedByWindow 422 "counted-by-window" "A window counts the tasks of this time already"
        "Send the tasks of one service, model, site, task type, boundary and evidence either singly or as windows.";
    CountedByRecords 422 "counted-by-records" "Single records count tasks of this window already"
        "Send the tasks of one service, model, site, task type, boundary and evidence either singly or as windows.";
    RecordUnstorable 422 "record-unstorable" "The database refused this record alone"
        "The other records are stored. Report the request id: the record broke a rule that should have been told before.";
    PeriodInvalid 422 "period-invalid" "The period is not valid"
        "Send 'from' and 'to' as dates or as instants on the hour, at most 366 days apart.";
    InvalidCursor 422 "invalid-cursor" "The cursor does not belong to this question"
        "Follow 'next' or the header 'Link' of the answer before, or begin without a cursor.";
    FactorsMissing 422 "factors-missing" "Grid intensity is missing for some hours"
        "Import factors for the zones and hours that the detail names; nothing is taken as zero.";
    NothingToDisclose 422 "nothing-to-disclose" "No task was completed in the period"
        "Check the period, and that records of this service were sent.";
    PeriodCutsDay 422 "period-cuts-day" "The period cuts through a day that has tasks outside it"
        "Percentiles are kept by UTC day: begin and end the period at midnight UTC.";
    PueUnknown 422 "pue-unknown" "It is not known whether some energy includes the PUE"
        "Settle it with POST /v1/sites/{site}/boundary for the days that the detail names: 'it', or 'facility' where the PUE is inside.";
    NoEstimate 422 "no-estimate" "Some tasks have no energy, and nothing supports an estimate"
        "Register a coefficient for the model and days that the detail names, or the parameters of the model; or send the energy.";
    RenderRefused 422 "render-refused" "A file of the disclosure cannot be made"
        "Change what the detail names, build the disclosure again and publish it; nothing was published.";
    RenderTooLarge 422 "render-too-large" "The files of the disclosure take more memory than they may"
        "Build the disclosure for fewer models and task types or for a shorter period; nothing was published.";
    RateLimited 429 "rate-limited" "The key has used up what it may send for now"
        "Wait as 'Retry-After' says and send it again: records that were stored before are known by their ids and never counted twice.";
    Internal 500 "internal" "Something went wrong on our side"
        "Try again later; if it stays, report the request id.";
    JobAbandoned 500 "job-abandoned" "The job was begun too often without coming to its end"
        "Send the request again; if it stays, report the number of the job.";
    RenderTooSlow 503 "render-too-slow" "Making the files of the disclosure took too long"
        "Publish again when the service has less to do; nothing was published.";
    Busy 503 "busy" "The service has more to write than it can take"
        "Nothing of this request was stored. Wait as 'Retry-After' says and send it again.";
    Unavailable 503 "unavailable" "The database cannot be reached"
        "Wait as 'Retry-After' says and send the same request again: records are known by their ids and never counted twice.";
}

/// One fault of a body: where, why and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the body. In NDJSON the first token is the number of the line,
    /// counted from 0.
    pub pointer: String,
    pub code: ProblemCode,
    pub detail: String,
}

impl Fault {
    pub fn new(pointer: impl Into<String>, code: ProblemCode, detail: impl Into<String>) -> Fault {
        Fault { pointer: pointer.into(), code, detail: detail.into() }
    }
}

/// A JSON pointer one token longer; `~` and `/` are escaped as RFC 6901 says.
pub fn child(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_code_is_its_own_word_and_says_what_to_do() {
        let words: HashSet<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), ProblemCode::ALL.len());
        for code in ProblemCode::ALL {
            assert!((400..600).contains(&code.status()), "{code:?}");
            assert!(code.advice().ends_with('.'), "{code:?}");
        }
    }

    #[test]
    fn pointers_escape_their_tokens() {
        assert_eq!(child("/3", "a/b~c"), "/3/a~1b~0c");
    }
}
