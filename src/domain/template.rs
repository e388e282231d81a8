//! What a template says of the documents that follow it: its legal status, how figures are rounded for people, and
//! every field with who may see it. The templates themselves are files (`data/templates`).

use super::disclosure::TemplateUse;
use super::period::day;
use super::terms::terms;
use chrono::NaiveDate;

/// One version of a template. A new version is another one; documents keep theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub id: String,
    pub version: String,
    pub title: String,
    /// The first day on which it held.
    pub valid_from: NaiveDate,
    pub legal_status: LegalStatus,
    /// The day on which the state of the law was last looked at; a later day needs a new look.
    pub law_as_of: NaiveDate,
    /// The status line with `{date}`, `{id}` and `{version}` in their places.
    pub status_form: String,
    /// The layout of the canonical JSON of its documents.
    pub document_format: String,
    pub rounding: Rounding,
    pub sections: Vec<Section>,
    pub fields: Vec<Field>,
}

terms! {
    /// Where the text that a template follows stands in law.
    LegalStatus {
        Law = "law",
        Adopted = "adopted",
        Draft = "draft",
        Consultation = "consultation",
        Voluntary = "voluntary",
    }
}

terms! {
    /// Who may see a field. Each class may see what the one before may.
    Confidentiality { Public = "public", Auditor = "auditor", Authority = "authority" }
}

terms! {
    /// To whom a field of an authority pack goes.
    Recipient {
        AiOffice = "ai_office",
        NationalAuthorities = "national_authorities",
        DownstreamProviders = "downstream_providers",
    }
}

impl Recipient {
    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
            Recipient::AiOffice => "AI Office",
            Recipient::NationalAuthorities => "national competent authorities",
            Recipient::DownstreamProviders => "downstream providers",
        }
    }
}

/// To how many significant figures people read a value; files for machines hold it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounding {
    pub headline_significant: u32,
    pub table_significant: u32,
}

/// A group of fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub id: String,
    pub title: String,
}

/// One field of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub id: String,
    pub of: FieldOf,
    /// The id of its section.
    pub section: String,
    pub need: Need,
    pub confidentiality: Confidentiality,
    /// Whom it goes to, in a template whose documents are not public.
    pub recipients: Vec<Recipient>,
    pub label: String,
}

/// What of a document a field is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldOf {
    /// The facts of one concept, with the unit of each.
    Fact { concept: String, unit: String },
    /// A JSON pointer into the canonical JSON; `*` stands for every element of a list.
    Member(String),
    /// What the provider says of one matter in its own words, by the word of the matter.
    Text(String),
}

/// Whether a document without the field follows the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Required,
    Optional,
}

impl Template {
    /// What every document by it says of the law, as of the day on which that was last looked at.
    pub fn status_line(&self) -> String {
        self.status_form
            .replace("{date}", &day(self.law_as_of))
            .replace("{id}", &self.id)
            .replace("{version}", &self.version)
    }

    /// The template as a document names it.
    pub fn to_use(&self) -> TemplateUse {
        TemplateUse {
            id: self.id.clone(),
            version: self.version.clone(),
            legal_status: self.legal_status.as_str().to_owned(),
            status_line: self.status_line(),
        }
    }

    /// The field of the texts about one matter.
    pub fn text(&self, matter: &str) -> Option<&Field> {
        self.fields.iter().find(|field| matches!(&field.of, FieldOf::Text(own) if own == matter))
    }

    /// The field of the facts of one concept.
    pub fn fact(&self, concept: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| matches!(&field.of, FieldOf::Fact { concept: own, .. } if own == concept))
    }
}
