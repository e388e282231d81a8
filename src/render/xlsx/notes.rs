//! The sheet of words: what is disclosed, by whom and under which template, what the provider says, and what the
//! figures do not say.

use super::sheet::{Book, Column, Sheet};
use crate::domain::disclosure::{Disclosure, TrainingLine, Verification};
use crate::domain::period::day;
use crate::domain::training::Stated;
use crate::render::csv::value_text;
use rust_xlsxwriter::XlsxError;

/// What a reader of the sheets has to know of their numbers.
const PRECISION: &str = "A spreadsheet keeps 15 to 17 digits of a number. Where a figure has more, the column value_exact of \
                         the sheet Data holds all of them as text; the JSON and CSV files hold every figure exactly.";

pub(super) fn fill(book: &mut Book, d: &Disclosure) -> Result<(), XlsxError> {
    let columns = [("section", 16), ("item", 34), ("language", 10), ("text", 110)];
    let columns = columns.map(|(head, width)| Column::new(head, width));
    let mut notes = Notes { sheet: book.sheet("Notes", &columns, 0)? };
    identity(&mut notes, d)?;
    scope(&mut notes, d)?;
    for text in &d.texts {
        notes.say(["texts", text.field.as_str(), &text.language], &text.text)?;
    }
    for line in &d.exclusions {
        let tasks =
            line.tasks.map_or("an unknown number of tasks".to_owned(), |tasks| format!("{tasks} task(s)"));
        notes.say(["exclusions", &line.month.to_string(), ""], &format!("{}: {tasks}", line.what))?;
    }
    beside(&mut notes, d)?;
    verification(&mut notes, &d.verification)?;
    for line in &d.history {
        let reason = line.reason.as_deref().unwrap_or("no reason given");
        let text =
            format!("published on {}, SHA-256 {}: {reason}", day(line.published_on), line.document_sha256);
        notes.say(["history", &format!("version {}", line.version), ""], &text)?;
    }
    if let Some(reason) = &d.reason {
        notes.say(["history", "reason for this version", ""], reason)?;
    }
    for limit in &d.limits {
        notes.say(["limits", "", ""], limit)?;
    }
    notes.say(["limits", "precision of this file", ""], PRECISION)
}

struct Notes<'a> {
    sheet: Sheet<'a>,
}

impl Notes<'_> {
    /// One row: its section, item and language, and its text.
    fn say(&mut self, of: [&str; 3], text: &str) -> Result<(), XlsxError> {
        for (column, word) in (0..).zip(of) {
            self.sheet.text(column, word)?;
        }
        self.sheet.prose(3, text)?;
        self.sheet.next_row();
        Ok(())
    }

    /// The same where there is a text.
    fn say_some(&mut self, of: [&str; 3], text: Option<&str>) -> Result<(), XlsxError> {
        text.map_or(Ok(()), |text| self.say(of, text))
    }
}

fn identity(notes: &mut Notes<'_>, d: &Disclosure) -> Result<(), XlsxError> {
    notes.say(["status", "status line", ""], &d.template.status_line)?;
    let template = format!("{} {} ({})", d.template.id, d.template.version, d.template.legal_status);
    let reference = format!("{}, version {}", d.reference.number, d.reference.version);
    let provider = &d.provider;
    notes.say(["identity", "disclosure", ""], &reference)?;
    notes.say(["identity", "address", ""], &d.address)?;
    notes.say(["identity", "built on", ""], &day(d.built_on))?;
    notes.say(["identity", "template", ""], &template)?;
    notes.say(["identity", "method", ""], &d.method_version)?;
    notes.say(["identity", "period", ""], &d.period.describe())?;
    notes.say(["identity", "provider", ""], &provider.legal_name)?;
    notes.say_some(["identity", "whose figures", ""], provider.kind.mark())?;
    notes.say_some(["identity", "LEI", ""], provider.lei.as_deref())?;
    notes.say_some(["identity", "role", ""], provider.role.map(|role| role.as_str()))?;
    notes.say_some(["identity", "contact", ""], provider.contact.as_deref())?;
    notes.say_some(["identity", "remark", ""], provider.public_note.as_deref())?;
    notes.say(["identity", "service", ""], &d.service.name)?;
    notes.say_some(["identity", "energy method", ""], d.service.energy_method.as_deref())?;
    for model in &d.models {
        let version = model.version.as_deref().unwrap_or("not stated");
        let released = model.released_on.map_or_else(|| "not stated".to_owned(), day);
        let mut text = format!("{}, version {version}, released on {released}", model.name);
        if let Some(baseline) = &model.baseline {
            text.push_str(&format!(", baseline {baseline}"));
        }
        notes.say(["models", &model.key, ""], &text)?;
    }
    Ok(())
}

fn scope(notes: &mut Notes<'_>, d: &Disclosure) -> Result<(), XlsxError> {
    for site in &d.sites {
        notes.say(["sites", &site.key, ""], &format!("{}, {} ({})", site.name, site.zone_name, site.zone))?;
    }
    for line in &d.boundary {
        notes.say(["boundary", line.item, ""], line.included.as_str())?;
    }
    notes.say(["carbon", "basis", ""], d.basis.label())?;
    notes.say(["carbon", "perimeter", ""], d.perimeter.as_str())?;
    notes.say(["quality", "small cells left out", ""], d.small_cells.as_str())?;
    if let Some(interval) = d.interval {
        let sampling = if interval.has_sampling { "counted in" } else { "not counted in" };
        let text = format!(
            "Most of the width of the 95 % interval comes from {}; tasks that were not reported are {sampling}.",
            interval.largest.label()
        );
        notes.say(["quality", "interval", ""], &text)?;
    }
    for line in &d.estimates {
        let by = line.coefficient.map_or("the parameters of the model".to_owned(), |revision| {
            format!("a coefficient, revision {revision}")
        });
        notes.say(
            ["quality", &format!("estimates of {}", line.model), ""],
            &format!("{} Wh, from {by}", value_text(line.energy_wh)),
        )?;
    }
    for line in &d.changes {
        let model = line.model.as_deref().unwrap_or("all models");
        let reasons: Vec<&str> = line.reasons.iter().map(|reason| reason.sentence()).collect();
        let what = if reasons.is_empty() { "compared".to_owned() } else { reasons.join(" ") };
        let baseline = line.baseline_model.as_deref().unwrap_or("the same");
        let text = format!("against {baseline}, {}: {what}", line.baseline_period.describe());
        notes.say(["changes", &format!("{}, {model}", line.task_type.as_str()), ""], &text)?;
    }
    for gap in &d.gaps {
        notes.say(["months without a figure", &gap.month.describe(), ""], gap.why.sentence())?;
    }
    Ok(())
}

fn beside(notes: &mut Notes<'_>, d: &Disclosure) -> Result<(), XlsxError> {
    for line in &d.training {
        training(notes, line)?;
    }
    for line in &d.water_definitions {
        let name = line.definition.text().unwrap_or(line.definition.word().as_str());
        let share = line.share.map_or("an unknown share".to_owned(), |share| format!("a share of {share}"));
        notes.say(["water", "definition of WUE", ""], &format!("{name}, for {share} of the energy"))?;
    }
    for line in &d.equivalents {
        notes.say(
            ["equivalents", line.concept.as_str(), ""],
            &format!("{} ({})", line.sentence, line.source),
        )?;
    }
    for line in &d.budgets {
        let share = line.share.map_or("N/A".to_owned(), |share| share.to_string());
        let service = line.service.as_deref().unwrap_or("all services");
        let text = format!(
            "{} of {} {} used in {} by the end of the period, a share of {share}; {service}, revision {}",
            line.used, line.allowance, line.unit, line.year, line.revision
        );
        notes.say(["budgets", &line.key, ""], &text)?;
    }
    Ok(())
}

fn training(notes: &mut Notes<'_>, line: &TrainingLine) -> Result<(), XlsxError> {
    let stated = |stated: &Stated, unit: &str| match stated {
        Stated::Known(value) => format!("{value} {unit}"),
        Stated::NotAvailable(reason) => format!("N/A: {reason}"),
    };
    let what = &line.training;
    let item = |what: &str| format!("{what} of {}", line.model);
    notes.say(["training", &item("energy"), ""], &stated(&what.energy, "MWh"))?;
    notes.say(["training", &item("compute"), ""], &stated(&what.compute, "FLOP"))?;
    if let Some(emissions) = &what.emissions {
        let text = format!("{} kgCO2e, {}", emissions.carbon.kilograms(), emissions.basis);
        notes.say(["training", &item("emissions"), ""], &text)?;
    }
    let (from, to) = (day(what.trained.from()), day(what.trained.to()));
    notes.say(["training", &item("time"), ""], &format!("{from} until before {to}"))?;
    notes.say_some(["training", &item("zone"), ""], what.zone.as_deref())?;
    notes.say_some(["training", &item("evidence"), ""], what.evidence.map(|evidence| evidence.as_str()))?;
    notes.say_some(["training", &item("method"), ""], what.method.as_deref())?;
    notes.say_some(["training", &item("method of compute"), ""], what.compute_method.as_deref())
}

fn verification(notes: &mut Notes<'_>, verification: &Verification) -> Result<(), XlsxError> {
    notes.say(["verification", "kind", ""], verification.kind.as_str())?;
    notes.say_some(["verification", "standard", ""], verification.standard.as_deref())?;
    notes.say_some(["verification", "verifier", ""], verification.verifier.as_deref())?;
    notes.say_some(["verification", "date", ""], verification.verified_on.map(day).as_deref())
}
