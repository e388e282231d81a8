//! `GET /v1/totals`, `/v1/totals/stages` and `/v1/totals/units`: sums over the tasks of the key's provider.

use super::instant;
use crate::app::App;
use crate::db::breakdown;
use crate::db::registry;
use crate::domain::breakdown::{
    GroupColumn, KEY_COLUMNS, PartSums, Question, RowKey, StageSums, TaskSums, WindowLength,
};
use crate::domain::ids::ProviderId;
use crate::domain::names::{Name, Slug};
use crate::domain::period::Period;
use crate::domain::problem::ProblemCode;
use crate::domain::terms::{Scope, TaskType};
use crate::http::auth::authorise;
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::table::{Form, answer, form};
use crate::units::{Decimal, EnergyTotal, MICROJOULES_PER_WH};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Rows of one answer where the query does not say how many, and at most.
pub const DEFAULT_LIMIT: usize = 1_000;
pub const MAX_LIMIT: usize = 10_000;
/// Longest period by the hour, and by longer windows: ten years.
const MAX_DAYS_BY_HOUR: i64 = 366;
const MAX_DAYS: i64 = 3_660;

/// The parameters of the query.
pub const PARAMETERS: &[&str] = &[
    "from",
    "to",
    "window",
    "group_by",
    "service",
    "model",
    "site",
    "task_type",
    "limit",
    "cursor",
    "format",
];

/// A page of totals.
#[derive(Debug, Serialize, ToSchema)]
pub struct WireTotals<T> {
    /// The period that was asked for, in UTC.
    from: String,
    /// The first instant that is no longer inside.
    to: String,
    /// `hour`, `day` or `month`.
    #[schema(value_type = vocabulary::WindowLength)]
    window: &'static str,
    /// What rows are grouped by, in the order of their columns.
    #[schema(value_type = Vec<vocabulary::GroupColumn>)]
    group_by: Vec<&'static str>,
    /// In the order of windows, then of the columns of `group_by`.
    rows: Vec<T>,
    /// Send it as `cursor` to go on, with the other parameters as they are; missing on the last page. A row
    /// that was there when the first page was asked for stands on exactly one page, with its sums of the
    /// moment of that page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What a row is about. Members that the question does not group by are missing.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Group)]
pub struct WireGroup {
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = vocabulary::TaskType, required = false)]
    task_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = vocabulary::Boundary, required = false)]
    boundary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = vocabulary::Evidence, required = false)]
    evidence: Option<String>,
    /// Empty where records did not state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    accelerator: Option<String>,
    /// `unstated` where records did not state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// `records` or `windows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    counted_from: Option<String>,
}

/// Sums over the tasks that started within a window. Tasks are numbers; every other sum is the text of a
/// decimal number, because sums may be larger than the 2⁵³ that a JSON number holds exactly for most readers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Total)]
pub struct WireTotal {
    /// Where the window begins, or the period within it.
    window_from: String,
    /// Where the window ends, or the period within it; no longer inside.
    window_to: String,
    #[serde(flatten)]
    group: WireGroup,
    tasks_completed: i64,
    tasks_failed: i64,
    tasks_cancelled: i64,
    /// Energy of all tasks in microjoules, exact, within the boundary of each record: group by `boundary`
    /// before comparing.
    energy_uj: String,
    /// The same in watt-hours with at most 12 decimals. It is exact where the records were sent in watt-hours;
    /// otherwise its last decimal is rounded half to even, because a microjoule has no end as a decimal.
    energy_wh: String,
    /// Sum of the squares of each task's energy, in µJ².
    energy_sq_uj2: String,
    input_tokens: String,
    output_tokens: String,
    /// Subset of the input tokens.
    cached_tokens: String,
    /// Subset of the output tokens.
    reasoning_tokens: String,
    /// Time of all accelerators, in microseconds.
    accelerator_us: String,
    /// Energy of the tasks that state their output tokens, in microjoules: the numerator of energy per token.
    output_tokens_energy_uj: String,
    /// Tasks of windows that state no sum of squares.
    tasks_without_squares: i64,
    /// Completed tasks of windows that state no histogram.
    tasks_without_histogram: i64,
}

const TASK_COLUMNS: &[&str] = &[
    "tasks_completed",
    "tasks_failed",
    "tasks_cancelled",
    "energy_uj",
    "energy_wh",
    "energy_sq_uj2",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "accelerator_us",
    "output_tokens_energy_uj",
    "tasks_without_squares",
    "tasks_without_histogram",
];

/// Sums over the steps of one kind. Sums are texts as in [`WireTotal`].
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stage)]
pub struct WireStage {
    window_from: String,
    window_to: String,
    #[serde(flatten)]
    group: WireGroup,
    step_kind: String,
    steps: String,
    /// In microjoules, exact: a part of the energy of the tasks.
    energy_uj: String,
    /// In watt-hours, as in [`WireTotal`].
    energy_wh: String,
    /// The part of it that calls used which were made again, in microjoules, exact.
    retry_energy_uj: String,
}

const STAGE_COLUMNS: &[&str] = &["step_kind", "steps", "energy_uj", "energy_wh", "retry_energy_uj"];

/// Sums over the records that state a natural unit. Sums are texts as in [`WireTotal`].
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitTotal)]
pub struct WireUnit {
    window_from: String,
    window_to: String,
    #[serde(flatten)]
    group: WireGroup,
    /// `images`, `pages`, or microseconds of sound or video: `audio_us`, `video_us`.
    natural_unit: String,
    amount: String,
    /// Energy of the records that state the unit, in microjoules, exact.
    energy_uj: String,
    /// In watt-hours, as in [`WireTotal`].
    energy_wh: String,
}

const UNIT_COLUMNS: &[&str] = &["natural_unit", "amount", "energy_uj", "energy_wh"];

/// Sums over tasks.
pub async fn tasks(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Asked::read(&app, &request).await?;
    let rows = breakdown::tasks(&app.pool, &asked.question, asked.after.as_ref(), asked.rows()).await?;
    asked.answer(rows, TASK_COLUMNS, wire_total)
}

/// Sums over the steps of tasks.
pub async fn stages(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Asked::read(&app, &request).await?;
    let rows = breakdown::stages(&app.pool, &asked.question, asked.after.as_ref(), asked.rows()).await?;
    asked.answer(rows, STAGE_COLUMNS, |head, kind, sums: StageSums| WireStage {
        window_from: head.window_from,
        window_to: head.window_to,
        group: head.group,
        step_kind: kind,
        steps: sums.steps.to_string(),
        energy_uj: sums.energy.microjoules().to_string(),
        energy_wh: watt_hours(sums.energy),
        retry_energy_uj: sums.retry_energy.microjoules().to_string(),
    })
}

/// Sums over natural units.
pub async fn units(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Asked::read(&app, &request).await?;
    let rows = breakdown::units(&app.pool, &asked.question, asked.after.as_ref(), asked.rows()).await?;
    asked.answer(rows, UNIT_COLUMNS, |head, kind, sums: PartSums| WireUnit {
        window_from: head.window_from,
        window_to: head.window_to,
        group: head.group,
        natural_unit: kind,
        amount: sums.amount.to_string(),
        energy_uj: sums.energy.microjoules().to_string(),
        energy_wh: watt_hours(sums.energy),
    })
}

fn wire_total(head: Head, _: String, sums: TaskSums) -> WireTotal {
    WireTotal {
        window_from: head.window_from,
        window_to: head.window_to,
        group: head.group,
        tasks_completed: sums.tasks.completed,
        tasks_failed: sums.tasks.failed,
        tasks_cancelled: sums.tasks.cancelled,
        energy_uj: sums.energy.microjoules().to_string(),
        energy_wh: watt_hours(sums.energy),
        energy_sq_uj2: sums.energy_squared_uj2.to_string(),
        input_tokens: sums.input_tokens.to_string(),
        output_tokens: sums.output_tokens.to_string(),
        cached_tokens: sums.cached_tokens.to_string(),
        reasoning_tokens: sums.reasoning_tokens.to_string(),
        accelerator_us: sums.accelerator_us.to_string(),
        output_tokens_energy_uj: sums.output_tokens_energy.microjoules().to_string(),
        tasks_without_squares: sums.tasks_without_squares,
        tasks_without_histogram: sums.tasks_without_histogram,
    }
}

fn watt_hours(energy: EnergyTotal) -> String {
    const DECIMALS: u32 = 12;
    let watt_hours = Decimal::from_ratio(energy.microjoules().into(), MICROJOULES_PER_WH.into(), DECIMALS);
    // A sum of energies is far from what a decimal holds: 10²⁶ Wh.
    watt_hours.map(|value| value.without_trailing_zeros().to_string()).unwrap_or_default()
}

/// What every row begins with.
struct Head {
    window_from: String,
    window_to: String,
    group: WireGroup,
}

/// A question as it was asked.
struct Asked {
    query: Query,
    question: Question,
    after: Option<RowKey>,
    limit: usize,
    form: Form,
}

impl Asked {
    async fn read(app: &App, request: &HttpRequest) -> Result<Asked, Problem> {
        let key = authorise(app, request, Scope::Read).await?;
        let mut query = Query::read(request, PARAMETERS);
        let window = query.required("window", ProblemCode::UnknownWord, str::parse::<WindowLength>);
        let by_hour = window == Some(WindowLength::Hour);
        let period = query.period(if by_hour { MAX_DAYS_BY_HOUR } else { MAX_DAYS });
        let group_by = query.optional("group_by", ProblemCode::UnknownWord, group_by).unwrap_or_default();
        let service = query.optional("service", ProblemCode::InvalidName, Slug::parse);
        let model = query.optional("model", ProblemCode::InvalidName, Name::parse);
        let site = query.optional("site", ProblemCode::InvalidName, Name::parse);
        let task_type = query.optional("task_type", ProblemCode::UnknownWord, str::parse::<TaskType>);
        let limit = query.limit(DEFAULT_LIMIT, MAX_LIMIT);
        let form = form(request, &mut query);
        let after = query.cursor(|parts| row_key(parts, period?));
        let (window, period) = query.finish(window.zip(period))?;
        let provider = key.provider;
        let question = Question { provider, period, window, group_by, service, model, site, task_type };
        names_are_known(app, &mut query, &question).await?;
        Ok(Asked { query, question, after, limit, form })
    }

    /// Rows to ask for: one more than is shown tells whether there are more.
    fn rows(&self) -> usize {
        self.limit + 1
    }

    fn answer<S, T: Serialize>(
        self,
        mut found: Vec<(RowKey, S)>,
        columns: &[&'static str],
        wire: impl Fn(Head, String, S) -> T,
    ) -> Result<HttpResponse, Problem> {
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().filter(|_| has_more).map(|(key, _)| {
            let window_from = instant(key.window_from);
            let parts = [window_from.as_str()].into_iter().chain(key.columns.iter().map(String::as_str));
            self.query.cursor_after(parts)
        });
        let rows: Vec<T> = found
            .into_iter()
            .map(|(mut key, sums)| {
                let kind = key.columns.pop().unwrap_or_default();
                wire(self.head(key), kind, sums)
            })
            .collect();
        let next_address = next.as_deref().map(|cursor| self.query.address_of(cursor));
        let Question { period, window, group_by, .. } = self.question;
        let group_by: Vec<&str> = group_by.into_iter().map(GroupColumn::as_str).collect();
        let columns = [&["window_from", "window_to"], &group_by[..], columns].concat();
        let (from, to) = (instant(period.from()), instant(period.to()));
        let totals = WireTotals { from, to, window: window.as_str(), group_by, rows, next };
        answer(self.form, &totals, &totals.rows, &columns, next_address.as_deref())
    }

    fn head(&self, key: RowKey) -> Head {
        let Question { period, window, group_by, .. } = &self.question;
        let clip = |at: DateTime<Utc>| instant(at.clamp(period.from(), period.to()));
        let mut group = WireGroup::default();
        for (column, value) in GroupColumn::ALL.iter().zip(key.columns) {
            if group_by.contains(column) {
                *group.place_of(*column) = Some(value);
            }
        }
        Head { window_from: clip(key.window_from), window_to: clip(window.later(key.window_from, 1)), group }
    }
}

impl WireGroup {
    fn place_of(&mut self, column: GroupColumn) -> &mut Option<String> {
        match column {
            GroupColumn::Service => &mut self.service,
            GroupColumn::Model => &mut self.model,
            GroupColumn::Site => &mut self.site,
            GroupColumn::TaskType => &mut self.task_type,
            GroupColumn::Boundary => &mut self.boundary,
            GroupColumn::Evidence => &mut self.evidence,
            GroupColumn::Accelerator => &mut self.accelerator,
            GroupColumn::Place => &mut self.place,
            GroupColumn::CountedFrom => &mut self.counted_from,
        }
    }
}

/// A list with commas, in any order.
fn group_by(text: &str) -> Result<Vec<GroupColumn>, String> {
    let mut columns = Vec::new();
    for word in text.split(',') {
        let column: GroupColumn = word.parse()?;
        if columns.contains(&column) {
            return Err(format!("names {} twice", column.as_str()));
        }
        columns.push(column);
    }
    columns.sort_unstable();
    Ok(columns)
}

/// Reads a cursor of [`Asked::answer`].
fn row_key(parts: &[&str], period: Period) -> Option<RowKey> {
    let (window_from, columns) = parts.split_first()?;
    let window_from = DateTime::parse_from_rfc3339(window_from).ok()?.to_utc();
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let earliest = WindowLength::Month.beginning(period.from());
    let is_ours = columns.len() == KEY_COLUMNS && (earliest..period.to()).contains(&window_from);
    is_ours.then_some(RowKey { window_from, columns })
}

/// Refuses names that this provider did not register: an answer without rows would say that nothing was
/// served.
async fn names_are_known(app: &App, query: &mut Query, question: &Question) -> Result<(), Problem> {
    let provider = question.provider;
    if let Some(service) = &question.service {
        service_is_known(app, query, provider, service).await?;
    }
    if let Some(model) = &question.model
        && registry::find_model(&app.pool, provider, model).await?.is_none()
    {
        query.fault("model", ProblemCode::UnknownModel, format!("there is no model '{model}'"));
    }
    if let Some(site) = &question.site
        && registry::find_site(&app.pool, provider, site).await?.is_none()
    {
        query.fault("site", ProblemCode::UnknownSite, format!("there is no site '{site}'"));
    }
    query.finish(Some(()))
}

/// Notes a service that this provider did not register.
pub(super) async fn service_is_known(
    app: &App,
    query: &mut Query,
    provider: ProviderId,
    service: &Slug,
) -> Result<(), Problem> {
    if registry::find_service(&app.pool, provider, service).await?.is_none() {
        query.fault("service", ProblemCode::UnknownService, format!("there is no service '{service}'"));
    }
    Ok(())
}
