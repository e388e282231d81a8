//! The registry of templates. A new version is a new entry; old disclosures keep theirs.

use crate::domain::disclosure::TemplateUse;
use crate::domain::period::day;
use chrono::NaiveDate;

/// A versioned form of disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    pub id: &'static str,
    pub version: &'static str,
    /// Law, adopted, draft, consultation or voluntary.
    pub legal_status: &'static str,
    /// The day on which the state of the law was last looked at; a later day needs a new look.
    law_as_of: NaiveDate,
}

/// The public disclosure of average energy per task.
pub const EU_DRAFT_AVERAGE_ENERGY_PER_TASK: Template = Template {
    id: "eu-draft-average-energy-per-task",
    version: "0.1",
    legal_status: "draft",
    law_as_of: NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day of the calendar"),
};

impl Template {
    /// The template as a document names it.
    pub fn to_use(&self) -> TemplateUse {
        TemplateUse {
            id: self.id.to_owned(),
            version: self.version.to_owned(),
            legal_status: self.legal_status.to_owned(),
            status_line: format!(
                "As of {}, no EU act prescribes a method or format for the energy of AI tasks. This page \
                 follows the draft template {} {}. It is not an EU label, certification or conformity \
                 assessment.",
                day(self.law_as_of),
                self.id,
                self.version
            ),
        }
    }
}

/// The public template as a document names it.
pub fn template_use() -> TemplateUse {
    EU_DRAFT_AVERAGE_ENERGY_PER_TASK.to_use()
}
