//! Which facts a document is: its figures, why some have no value, and its words, each with what it is of.

use super::names::{
    Axis, LEI_SCHEME, PROVIDER_SCHEME, Unit, figure_name, part_member, task_type_member, why_name,
};
use super::words::{Said, Word, readable, said};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Fact, FactValue};
use crate::domain::period::Period;
use crate::render::csv::value_text;
use crate::units::Decimal;
use std::collections::BTreeMap;

/// All facts of a document.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) entity: Entity,
    /// What facts are of; facts name them by their place here.
    pub(super) contexts: Vec<Context>,
    /// One for each fact of the document, in its order.
    pub(super) figures: Vec<Figure>,
    pub(super) words: Vec<(Word, Entry)>,
}

/// Whose facts they are.
#[derive(Debug)]
pub(super) struct Entity {
    pub(super) scheme: &'static str,
    pub(super) identifier: String,
}

/// What a fact is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Context {
    pub(super) period: Period,
    /// In the order of [`Axis`]; a member of the taxonomy, or the key of a typed axis.
    pub(super) dimensions: Vec<(Axis, String)>,
}

/// A figure, and where it has no value, why.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) entry: Entry,
    pub(super) why: Option<Entry>,
}

/// One fact of the report.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    /// The element that it is a fact of.
    pub(super) name: String,
    /// Its place among the contexts.
    pub(super) context: usize,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Number {
        /// In the unit of the document; times ten to the [`Unit::scale`] in that of the report.
        shown: Decimal,
        /// Decimals in the unit of the report within half a unit of which the value is true; `None` is exactly true.
        decimals: Option<u32>,
        unit: Unit,
    },
    /// A figure that is asked for and has no value.
    Nil { unit: Unit },
    Text {
        text: String,
        /// A BCP 47 tag, where the element is of texts in a language.
        language: Option<String>,
    },
}

/// The facts of a document.
pub(super) fn report(d: &Disclosure) -> Report {
    let mut contexts = Contexts::default();
    let figures = d.facts.iter().enumerate().map(|(at, fact)| figure(d, at, fact, &mut contexts)).collect();
    let words = said(d)
        .into_iter()
        .enumerate()
        .map(|(at, said)| (said.word, word(d, at, said, &mut contexts)))
        .collect();
    let entity = match &d.provider.lei {
        Some(lei) => Entity { scheme: LEI_SCHEME, identifier: lei.clone() },
        None => Entity { scheme: PROVIDER_SCHEME, identifier: d.provider.key.clone() },
    };
    Report { entity, contexts: contexts.all, figures, words }
}

#[derive(Default)]
struct Contexts {
    all: Vec<Context>,
    places: BTreeMap<Context, usize>,
}

impl Contexts {
    fn place(&mut self, context: Context) -> usize {
        *self.places.entry(context).or_insert_with_key(|context| {
            self.all.push(context.clone());
            self.all.len() - 1
        })
    }
}

fn figure(d: &Disclosure, at: usize, fact: &Fact, contexts: &mut Contexts) -> Figure {
    let task_type = fact.of.task_type.map(|task_type| (Axis::TaskType, task_type_member(task_type)));
    let model = fact.of.model.as_deref().map(|model| (Axis::Model, readable(model)));
    let part = fact.member.as_ref().map(part_member);
    let context = contexts.place(Context {
        period: fact.of.month.unwrap_or(d.period),
        dimensions: task_type.into_iter().chain(model).chain(part).collect(),
    });
    let unit = Unit::of(fact.concept);
    let value = match fact.value {
        FactValue::Known(shown) => {
            let decimals =
                (!fact.concept.is_exact()).then(|| shown.decimals().saturating_add_signed(-unit.scale()));
            Value::Number { shown, decimals, unit }
        }
        _ => Value::Nil { unit },
    };
    let why = matches!(value, Value::Nil { .. }).then(|| Entry {
        id: format!("f{}-why", at + 1),
        name: why_name(fact.concept),
        context,
        value: Value::Text { text: value_text(fact.value), language: None },
    });
    Figure {
        entry: Entry { id: format!("f{}", at + 1), name: figure_name(fact.concept), context, value },
        why,
    }
}

fn word(d: &Disclosure, at: usize, said: Said, contexts: &mut Contexts) -> Entry {
    let dimension = said.word.axis().zip(said.member);
    Entry {
        id: format!("w{}", at + 1),
        name: said.word.as_str().to_owned(),
        context: contexts.place(Context {
            period: said.month.unwrap_or(d.period),
            dimensions: dimension.into_iter().collect(),
        }),
        value: Value::Text { text: said.text, language: said.language },
    }
}
