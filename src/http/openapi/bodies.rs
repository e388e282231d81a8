//! The objects that are sent. A test compares their fields with the names that the parsers take.

use super::fields::{
    Field, Value, boolean, choice, date, decimal, decimals, end, id, instant, line, list, name, names,
    optional, pattern, prose, required, slug, whole, wholes, word,
};
use super::vocabulary;
use crate::disclosure::stated::{MAX_REASON_CHARS, MAX_VERIFICATION_CHARS};
use crate::domain::authority_pack::MAX_PACK_MODELS;
use crate::domain::budget::{MAX_THRESHOLDS, THRESHOLD_PERCENTS, YEARS};
use crate::domain::contract::{MAX_CONTRACT_HOURS, MAX_REFERENCE_CHARS};
use crate::domain::record::{MAX_ACCELERATOR_US, MAX_DURATION_US, MAX_PIECES, MAX_STEPS, MAX_TOKENS};
use crate::domain::registry::{
    MAX_BATCH_SIZE, MAX_EXCLUSION_CHARS, MAX_EXCLUSIONS, MAX_INSTANCE_ACCELERATORS, MAX_LICENCE_CHARS,
    MAX_METHOD_CHARS, MAX_PARAMETERS, MAX_PRECISION_BITS, MAX_SERVED_TASKS, MAX_SOURCE_CHARS,
};
use crate::domain::water::MAX_DEFINITION_CHARS;
use crate::domain::window::{MAX_HISTOGRAM, MAX_WINDOW_TASKS, MAX_WINDOW_TOKENS};
use crate::http::api::models::MAX_VERSION_CHARS;
use crate::http::api::site_boundary::BOUNDARY_WORDS;
use crate::http::api::sites::MAX_ZONE_CHARS;
use crate::http::fields::{MAX_NAME_CHARS, MAX_NOTE_CHARS};
use crate::ingest::object::BOUNDARY_CHOICES;
use crate::units::{Intensity, MICROJOULES_PER_WH, Power, TokenEnergy};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, AllOfBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};

/// An object that is sent.
pub(super) struct Body {
    pub name: &'static str,
    pub(super) meaning: &'static str,
    pub fields: Vec<Field>,
    /// Groups of fields of which exactly one must be there.
    pub(super) one_of: &'static [OneOf],
}

/// Fields of which exactly one must be there, each with the types of its value.
pub(super) type OneOf = &'static [(&'static str, &'static [Type])];

/// The types of a number: itself, or its digits as a string.
const NUMBER: &[Type] = &[Type::Number, Type::String];

/// The fields of an amount of energy.
const ENERGY: OneOf = &[("energy_wh", NUMBER), ("energy_kwh", NUMBER), ("energy_j", NUMBER)];

/// The fields of the volume of a contract.
const VOLUME: OneOf = &[("volume_kwh", NUMBER), ("hours_kwh", &[Type::Array])];

/// The fields of the amount of a budget.
const ALLOWANCE: OneOf = &[("energy_kwh", NUMBER), ("carbon_kg", NUMBER)];

const MICROSECONDS_PER_S: i64 = 1_000_000;

impl Body {
    pub fn schema(self) -> RefOr<Schema> {
        let mut object = ObjectBuilder::new().description(Some(self.meaning));
        for field in self.fields {
            if field.is_required {
                object = object.required(field.name);
            }
            object = object.property(field.name, field.schema);
        }
        let object = object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        if self.one_of.is_empty() {
            return object.into();
        }
        let given = |field: &str, types: &[Type]| {
            let value: SchemaType = types.iter().cloned().collect();
            let value = ObjectBuilder::new().schema_type(value);
            ObjectBuilder::new().schema_type(SchemaType::AnyValue).required(field).property(field, value)
        };
        let whole = AllOfBuilder::new().item(object);
        let groups = self.one_of.iter().map(|group| {
            group.iter().fold(OneOfBuilder::new(), |one, (field, types)| one.item(given(field, types)))
        });
        groups.fold(whole, AllOfBuilder::item).into()
    }
}

/// Every object that is sent.
pub(super) fn all() -> Vec<Body> {
    let body = |name, meaning, fields| Body { name, meaning, fields, one_of: &[] };
    let with_energy = |name, meaning, fields| Body { name, meaning, fields, one_of: &[ENERGY] };
    let mut all = vec![
        body(
            "Record",
            "One task of a user, and what it used: exactly one energy, with boundary and evidence. Without energy, \
             boundary and evidence, its energy is estimated from `output_tokens`, `input_tokens` or \
             `accelerator_seconds`, of which one is above 0.",
            record(),
        ),
        with_energy("Step", "A part of a task, which explains it and is no task of its own.", step()),
        with_energy("Window", "Sums over tasks within one UTC hour, sent instead of the tasks.", window()),
        with_energy(
            "HistogramEntry",
            "Completed tasks of a window that used this energy each.",
            histogram_entry(),
        ),
        body("NewService", "What is registered of a service.", service()),
        body("NewServed", "The tasks of a month.", served()),
        body("NewExclusion", "Tasks that figures do not describe.", exclusion()),
        body("NewServiceText", "A text of a service in the language of its address.", service_text()),
        body("NewModel", "What is registered of a model.", model()),
        body(
            "NewCoefficient",
            "Measured energy per token of a model, for one way of running it.",
            coefficient(),
        ),
        body("NewSite", "What is registered of a site.", site()),
        body("NewSiteFactor", "A declared number of a site.", site_factor()),
        body("NewSiteBoundary", "What energy that came as `it_or_facility` includes.", site_boundary()),
        body("NewHardware", "Accelerators of one kind in a site.", hardware()),
        Body {
            name: "NewContract",
            meaning: "Power that was bought, with the factor at which market-based figures count it. At least one \
                      of the factors must be there.",
            fields: contract(),
            one_of: &[VOLUME],
        },
        Body {
            name: "NewBudget",
            meaning: "How much energy or carbon is meant to be used in a year.",
            fields: budget(),
            one_of: &[ALLOWANCE],
        },
        body(
            "NewNote",
            "Which answer a note is of: `id` and `started_at` of a record that was sent; or the energy of an answer with \
             everything that a record says of it.",
            note_of_answer(),
        ),
        body("NewDisclosure", "What a disclosure is to be built of.", disclosure()),
        body(
            "NewAuthorityPack",
            "Which models a pack is about.",
            vec![required("models", names(MAX_PACK_MODELS, "The names of models of the key's provider."))],
        ),
    ];
    all.extend(super::bodies_apart::all());
    all
}

/// Energy in its three units: at most 2⁶³ µJ.
fn energy(end: &str, meaning: &str) -> Value {
    let most_wh = i64::MAX / MICROJOULES_PER_WH + 1;
    match end {
        "wh" => decimal(Some(most_wh), 8, &format!("{meaning} In watt-hours.")),
        "kwh" => decimal(Some(most_wh / 1_000 + 1), 11, &format!("{meaning} In kilowatt-hours.")),
        _ => decimal(Some(i64::MAX / 1_000_000 + 1), 6, &format!("{meaning} In joules.")),
    }
}

fn energy_fields(meaning: &str) -> Vec<Field> {
    let meaning = format!("{meaning} Send exactly one of the three.");
    ENERGY
        .iter()
        .zip(["wh", "kwh", "j"])
        .map(|((field, _), end)| optional(field, energy(end, &meaning)))
        .collect()
}

/// Fields that records and windows share, around those of time.
fn group() -> Vec<Field> {
    vec![
        required("service", slug("The service that was asked, as it is registered.")),
        required("model", name("The model that answered, as it is registered.")),
        required("task_type", word::<vocabulary::TaskType>("What the user asked for.")),
        required("site", name("The site that computed it, as it is registered.")),
    ]
}

fn known() -> Vec<Field> {
    vec![
        required(
            "boundary",
            choice(
                BOUNDARY_CHOICES,
                "Which layers the energy includes; `it_or_facility` where nobody knows whether the PUE is inside.",
            ),
        ),
        required("evidence", word::<vocabulary::Evidence>("How the energy is known.")),
    ]
}

fn tokens(most: i64) -> Vec<Field> {
    vec![
        optional("input_tokens", whole(0..=most, "Tokens that were read.")),
        optional("cached_tokens", whole(0..=most, "Subset of the input that came from a cache.")),
        optional("output_tokens", whole(0..=most, "Tokens that were written.")),
        optional("reasoning_tokens", whole(0..=most, "Subset of the output that the user did not see.")),
    ]
}

fn accelerator() -> Field {
    optional("accelerator", name("The kind of accelerator, as the provider calls it."))
}

fn place() -> Field {
    optional("place", word::<vocabulary::Place>("Where it was computed."))
}

fn record() -> Vec<Field> {
    let seconds = |most_us: i64, meaning| decimal(Some(most_us / MICROSECONDS_PER_S), 6, meaning);
    let mut fields = vec![required(
        "id",
        id(
            "Made with the task; a UUID is best. At most 200 bytes. With the start it names the record: sent \
            again, it is counted once.",
        ),
    )];
    fields.extend(group());
    fields.extend([
        required("started_at", instant("When the task started: RFC 3339 with a zone, from 2020 to now.")),
        optional(
            "ended_at",
            instant("When it ended, at most a week later. Send this or `duration_ms`, not both."),
        ),
        optional(
            "duration_ms",
            decimal(Some(MAX_DURATION_US / 1_000), 3, "How long it took, in milliseconds."),
        ),
        required("outcome", word::<vocabulary::Outcome>("How the task ended.")),
    ]);
    fields.extend(known().into_iter().map(Field::or_missing));
    fields.extend(energy_fields("Energy of the whole task within the boundary."));
    for (low, high, end) in [
        ("energy_low_wh", "energy_high_wh", "wh"),
        ("energy_low_kwh", "energy_high_kwh", "kwh"),
        ("energy_low_j", "energy_high_j", "j"),
    ] {
        let meaning = "Lower end of the interval that holds the energy; needs the high end.";
        fields.push(optional(low, energy(end, meaning)));
        let meaning = "Upper end of the interval that holds the energy; needs the low end.";
        fields.push(optional(high, energy(end, meaning)));
    }
    fields.extend(tokens(MAX_TOKENS));
    fields.extend([
        optional("images", whole(0..=MAX_PIECES, "Images that were made or read.")),
        optional("pages", whole(0..=MAX_PIECES, "Pages that were read.")),
        optional("audio_seconds", seconds(MAX_DURATION_US, "Sound that was made or read, in seconds.")),
        optional("video_seconds", seconds(MAX_DURATION_US, "Video that was made or read, in seconds.")),
        accelerator(),
        optional(
            "accelerator_seconds",
            seconds(MAX_ACCELERATOR_US, "Time of all accelerators together, in seconds."),
        ),
        place(),
        optional(
            "steps",
            list("Step", MAX_STEPS, "Parts of the task; together at most its energy. In CSV, the same JSON."),
        ),
    ]);
    fields
}

fn step() -> Vec<Field> {
    let mut fields = vec![required("kind", word::<vocabulary::StepKind>("What the step does."))];
    fields.extend(energy_fields("Energy of the step, within the boundary of the task."));
    fields.push(optional(
        "retry",
        boolean("Whether it is a call made again, because an earlier try failed or its answer was discarded; `false` where missing."),
    ));
    fields
}

fn window() -> Vec<Field> {
    let tasks = |meaning| whole(0..=MAX_WINDOW_TASKS, meaning);
    let mut fields =
        vec![required("id", id("Names the window: sent again, it is counted once. At most 200 bytes."))];
    fields.extend(group());
    fields.extend([
        required("from", instant("The first instant at which its tasks started.")),
        required("to", instant("The first instant that is no longer inside, within the same UTC hour.")),
        required("tasks_completed", tasks("Tasks that were completed.")),
        optional("tasks_failed", tasks("Tasks that failed.")),
        optional("tasks_cancelled", tasks("Tasks that were cancelled.")),
    ]);
    fields.extend(known());
    fields.extend(energy_fields("Energy of all tasks, also failed and cancelled ones."));
    fields.extend([
        optional(
            "energy_sq_j2",
            // The squares of the largest energies are beyond what a bound can name.
            decimal(None, 12, "Sum of the squares of each task's energy, in J²."),
        ),
        optional(
            "histogram",
            list(
                "HistogramEntry",
                MAX_HISTOGRAM,
                "Every completed task by its energy. In CSV, the same JSON.",
            ),
        ),
    ]);
    fields.extend(tokens(MAX_WINDOW_TOKENS));
    fields.extend([accelerator(), place()]);
    fields
}

fn histogram_entry() -> Vec<Field> {
    let mut fields = energy_fields("Energy of each of these tasks.");
    fields.push(required("tasks", whole(0..=MAX_WINDOW_TASKS, "How many they are.")));
    fields
}

fn note() -> Field {
    optional("note", prose(MAX_NOTE_CHARS, "A remark for the provider's own use; it is not published."))
}

fn service() -> Vec<Field> {
    vec![
        required("name", line(MAX_NAME_CHARS, "Its name for people.")),
        optional(
            "energy_method",
            prose(
                MAX_METHOD_CHARS,
                "How the provider comes by its energy figures, in about 100 words; printed in disclosures.",
            ),
        ),
        optional(
            "retrieval_and_tools",
            word::<vocabulary::Included>(
                "Whether the energy holds retrieval and tool calls; `unknown` where missing.",
            ),
        ),
        optional(
            "user_device",
            word::<vocabulary::Included>(
                "Whether the energy holds that of the user's device; `unknown` where missing.",
            ),
        ),
        note(),
    ]
}

fn served() -> Vec<Field> {
    vec![
        required("tasks", whole(0..=MAX_SERVED_TASKS, "Tasks that the service served in the month.")),
        optional(
            "exclusions",
            list("NewExclusion", MAX_EXCLUSIONS, "Tasks that the figures of the month do not describe."),
        ),
    ]
}

fn exclusion() -> Vec<Field> {
    vec![
        required("what", line(MAX_EXCLUSION_CHARS, "Which tasks, and why.")),
        optional("tasks", whole(0..=MAX_SERVED_TASKS, "How many they are, where that is known.")),
    ]
}

fn service_text() -> Vec<Field> {
    vec![required("text", prose(MAX_METHOD_CHARS, "The text, in about 100 words."))]
}

fn model() -> Vec<Field> {
    let parameters = |meaning| whole(1..=MAX_PARAMETERS, meaning);
    vec![
        required("name", line(MAX_NAME_CHARS, "Its name for people.")),
        optional("version", line(MAX_VERSION_CHARS, "Its version; fixed once records name the model.")),
        optional("released_on", date("The day on which it was released.")),
        optional("parameters_total", parameters("All its parameters.")),
        optional("parameters_active", parameters("Parameters that work on one token.")),
        optional(
            "batch_size",
            whole(
                1..=MAX_BATCH_SIZE,
                "Requests that are computed together, for estimates from parameters; of several coefficients it tells, \
                 with `precision_bits`, which one is meant.",
            ),
        ),
        optional("precision_bits", whole(1..=MAX_PRECISION_BITS, "Bits of a parameter, for the same.")),
        optional(
            "accelerators",
            whole(1..=MAX_INSTANCE_ACCELERATORS, "Accelerators of one instance, for the same."),
        ),
        optional(
            "baseline",
            name("The model of the same provider that a change is told against; it must be registered."),
        ),
        note(),
    ]
}

/// The days for which a declaration holds.
pub(super) fn days() -> [Field; 2] {
    [
        required("from", date("The first UTC day for which it holds.")),
        required("to", date("The first UTC day for which it no longer holds; later than `from`.")),
    ]
}

fn coefficient() -> Vec<Field> {
    const NANOJOULES_PER_J: i64 = 1_000_000_000;
    let energy = |meaning| decimal(Some(TokenEnergy::MAX_NJ / NANOJOULES_PER_J), 9, meaning);
    let mut fields = Vec::from(days());
    fields.extend([
        optional(
            "output_token_j",
            energy("Energy of one token that is written, in joules; not zero. At least one of the three."),
        ),
        optional(
            "input_token_j",
            energy("Energy of one token that is read, in joules; not zero. Alone, it is of tasks that write none."),
        ),
        optional(
            "accelerator_w",
            decimal(
                Some(Power::MAX_MILLIWATTS / 1_000),
                3,
                "Mean power of one accelerator while it works on the model, in watts; not zero.",
            ),
        ),
        required("boundary", word::<vocabulary::Boundary>("Which layers the energy includes.")),
        required("hardware", line(MAX_NAME_CHARS, "What it was measured on.")),
        optional("batch_size", whole(1..=MAX_BATCH_SIZE, "Requests that were served together.")),
        optional("precision_bits", whole(1..=MAX_PRECISION_BITS, "Bits of a weight.")),
        required("source", line(MAX_SOURCE_CHARS, "Where it was measured or published.")),
        required("licence", line(MAX_LICENCE_CHARS, "The licence of the source.")),
        optional("published_on", date("The day on which the source was published.")),
    ]);
    fields
}

fn site() -> Vec<Field> {
    vec![
        required("name", line(MAX_NAME_CHARS, "Its name for people.")),
        required(
            "zone",
            line(
                MAX_ZONE_CHARS,
                "The grid zone of the data centre: a country (`DE`) or a bidding zone (`SE-SE3`); fixed once \
                 records name the site.",
            ),
        ),
        note(),
    ]
}

fn site_factor() -> Vec<Field> {
    let mut fields = vec![
        optional(
            "definition",
            word::<vocabulary::WaterDefinition>("Of `wue` alone; `not_stated` where missing."),
        ),
        optional(
            "definition_text",
            line(MAX_DEFINITION_CHARS, "Names the definition where it is `other`, and only then."),
        ),
        required("kind", word::<vocabulary::SiteSeries>("What the number is.")),
        required(
            "value",
            decimal(
                Some(100),
                6,
                "A factor from 1 to 10; for `metered_class` and `counter_class`, 0.1 to 50 per cent either way, with at most \
                 4 decimals; for `wue`, 0 to 100 litres of water per kilowatt-hour of IT energy.",
            ),
        ),
    ];
    fields.extend(days());
    fields
}

fn site_boundary() -> Vec<Field> {
    let mut fields =
        vec![required("boundary", choice(BOUNDARY_WORDS, "`it`, or `facility` where the PUE is inside."))];
    fields.extend(days());
    fields
}

fn hardware() -> Vec<Field> {
    let mut fields = vec![
        required("accelerator", line(MAX_NAME_CHARS, "Its name, such as \"NVIDIA H100 SXM\".")),
        required(
            "accelerators",
            whole(0..=i32::MAX.into(), "How many; zero says that there are none any more."),
        ),
    ];
    fields.extend(days());
    fields.push(note());
    fields
}

fn contract() -> Vec<Field> {
    const WATT_HOURS_PER_KWH: i64 = 1_000;
    const MICROGRAMS_PER_G: i64 = 1_000_000;
    let most_kwh = Some(i64::MAX / WATT_HOURS_PER_KWH);
    let grams = |meaning| decimal(Some(Intensity::MAX_UG_PER_KWH / MICROGRAMS_PER_G), 6, meaning);
    vec![
        required("contract", slug("Its name; told again under the same name, its terms change.")),
        required("instrument", word::<vocabulary::Instrument>("What was bought.")),
        required(
            "zone",
            line(
                MAX_ZONE_CHARS,
                "The zone whose consumption it may cover, with the zones inside it: a country (`DE`), a bidding \
                 zone (`SE-SE3`) or another of its codes.",
            ),
        ),
        required("from", date("The first UTC day on which its power is made.")),
        required("to", date("The first UTC day on which it no longer is; at most 366 days after `from`.")),
        optional(
            "volume_kwh",
            decimal(
                most_kwh,
                3,
                "The volume in kilowatt-hours, matched over the time of the contract; 0 withdraws the contract. \
                 Send this or `hours_kwh`.",
            ),
        ),
        optional(
            "hours_kwh",
            decimals(
                MAX_CONTRACT_HOURS,
                most_kwh,
                3,
                "The volume of each UTC hour in kilowatt-hours, 24 for each day; each counts for its hour alone. \
                 Send this or `volume_kwh`.",
            ),
        ),
        optional(
            "lifecycle_g_per_kwh",
            grams("Its factor over the life cycle, in grams of CO2e per kilowatt-hour; 0 is taken."),
        ),
        optional(
            "direct_g_per_kwh",
            grams("Its factor of direct emissions, in grams of CO2e per kilowatt-hour; 0 is taken."),
        ),
        required(
            "reference",
            line(
                MAX_REFERENCE_CHARS,
                "Where it can be looked up: the registry and numbers of certificates, or the name of the agreement.",
            ),
        ),
    ]
}

fn budget() -> Vec<Field> {
    const WATT_HOURS_PER_KWH: i64 = 1_000;
    const MILLIGRAMS_PER_KG: i64 = 1_000_000;
    let years = *YEARS.start()..=*YEARS.end();
    vec![
        required("budget", slug("Its name; told again under the same name, its terms change.")),
        optional(
            "service",
            slug("The service that it is of; of all services of the provider where missing."),
        ),
        required("year", whole(years, "The UTC year that it is of.")),
        optional(
            "energy_kwh",
            decimal(
                Some(i64::MAX / WATT_HOURS_PER_KWH),
                3,
                "Facility energy in kilowatt-hours. Send this or `carbon_kg`; 0 is taken.",
            ),
        ),
        optional(
            "carbon_kg",
            decimal(
                Some(i64::MAX / MILLIGRAMS_PER_KG),
                6,
                "Location-based emissions in kilograms of CO2e. Send this or `energy_kwh`; 0 is taken.",
            ),
        ),
        optional(
            "basis",
            word::<vocabulary::Basis>(
                "Of the grid intensity, with `carbon_kg` alone; `lifecycle` where missing.",
            ),
        ),
        optional(
            "perimeter",
            word::<vocabulary::Perimeter>(
                "Of the grid intensity, with `carbon_kg` alone; `production` where missing.",
            ),
        ),
        optional(
            "thresholds_percent",
            wholes(
                MAX_THRESHOLDS,
                THRESHOLD_PERCENTS,
                "The shares, in percent, of which somebody is told; 50, 80 and 100 where missing.",
            ),
        ),
        optional(
            "webhook",
            pattern(
                "^(https://|http://(localhost|127\\.|\\[::1\\]))[!-~]+$",
                "The address to which messages are sent: https, without user and password; http for localhost \
                 alone. At most 500 characters.",
            ),
        ),
        note(),
        optional("withdrawn", boolean("`true` says that the budget counts no more; `false` where missing.")),
    ]
}

fn note_of_answer() -> Vec<Field> {
    let mut fields = vec![
        optional("id", id("The id of a record that was sent.")),
        optional(
            "started_at",
            instant("When the task began: needed with an id; the moment of the request where missing."),
        ),
        optional("service", slug("The service that was asked, as it is registered.")),
        optional("model", name("The model that answered, as it is registered.")),
        optional("task_type", word::<vocabulary::TaskType>("What the user asked for.")),
        optional("site", name("The site that computed it, as it is registered.")),
        optional("boundary", word::<vocabulary::Boundary>("Which layers the energy includes.")),
        optional("evidence", word::<vocabulary::Evidence>("How the energy is known.")),
    ];
    fields.extend(energy_fields("Of the answer."));
    fields.push(optional(
        "language",
        line(35, "BCP 47 tag of an official language of the EU or of Chinese; `en` where missing."),
    ));
    fields
}

fn disclosure() -> Vec<Field> {
    vec![
        required("service", slug("One of the provider's services.")),
        required("from", end("The beginning of the period.")),
        required("to", end("Its end, no longer inside and at most 366 days later.")),
        optional("basis", word::<vocabulary::Basis>("Of the grid intensity; `lifecycle` where missing.")),
        optional(
            "perimeter",
            word::<vocabulary::Perimeter>("Of the grid intensity; `production` where missing."),
        ),
        optional(
            "baseline_from",
            end(
                "The beginning of the period that the energy per task is compared with. Send both ends or neither.",
            ),
        ),
        optional("baseline_to", end("Its end, no longer inside and at most 366 days later.")),
        optional(
            "small_cells",
            word::<vocabulary::SmallCells>(
                "What is left out because little is behind it; `sites` where missing.",
            ),
        ),
        optional("verification", word::<vocabulary::Verification>("Who verified; `none` where missing.")),
        optional(
            "verification_standard",
            line(MAX_VERIFICATION_CHARS, "By which standard; needed of a third party."),
        ),
        optional("verifier", line(MAX_VERIFICATION_CHARS, "Who it was; needed of a third party.")),
        optional(
            "verified_on",
            date(
                "The UTC day; needed of any verification, not before the end of the period and not later than today.",
            ),
        ),
        optional(
            "reason",
            prose(
                MAX_REASON_CHARS,
                "Why this version takes the place of the published one before; refused where there is none.",
            ),
        ),
    ]
}

/// The object that holds a list of records or windows under its name.
pub(super) fn envelope(field: &'static str, list: Value) -> RefOr<Schema> {
    let object = ObjectBuilder::new().property(field, list.schema()).required(field);
    object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false))).into()
}

#[cfg(test)]
#[path = "bodies_tests.rs"]
mod tests;
