//! All elements of the taxonomy with their labels.

use super::super::documentation as meaning;
use super::super::names::{Axis, Kind, Names, figure_name, in_all, why_name};
use super::super::words::Word;
use super::cubes::Cube;
use crate::domain::fact::Concept;

/// One element of the schema.
pub(in crate::render::xbrl) struct Element {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) labels: Names,
    pub(super) documentation: [String; 2],
}

/// What an element is declared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Item(Kind),
    /// The head of a list of items.
    Heading,
    Cube,
    /// With the element of its keys, where it is typed.
    Axis(Option<Axis>),
    Member,
    /// The element that holds the key of a typed axis; it is no concept and has no labels.
    Key(Axis),
}

impl Element {
    pub(super) fn type_name(&self) -> &'static str {
        match self.shape {
            Shape::Item(kind) => kind.type_name(),
            Shape::Member => "dtr-types:domainItemType",
            Shape::Key(Axis::Line) => "xs:positiveInteger",
            Shape::Key(_) => "tw:keyType",
            _ => "xbrli:stringItemType",
        }
    }

    pub(super) fn group(&self) -> Option<&'static str> {
        match self.shape {
            Shape::Cube => Some("xbrldt:hypercubeItem"),
            Shape::Axis(_) => Some("xbrldt:dimensionItem"),
            Shape::Key(_) => None,
            _ => Some("xbrli:item"),
        }
    }

    pub(super) fn is_abstract(&self) -> bool {
        !matches!(self.shape, Shape::Item(_) | Shape::Key(_))
    }

    pub(super) fn typed_domain(&self) -> Option<String> {
        match self.shape {
            Shape::Axis(Some(axis)) => Some(axis.domain()),
            _ => None,
        }
    }

    pub(super) fn has_labels(&self) -> bool {
        !matches!(self.shape, Shape::Key(_))
    }
}

/// The heads of the two lists of items.
pub(super) const FIGURES: &str = "Figures";
pub(super) const WORDS: &str = "Words";

pub(super) fn elements() -> Vec<Element> {
    let mut all = vec![
        heading(FIGURES, ["Figures", "Werte", "Valeurs"]),
        heading(WORDS, ["Words of the report", "Worte des Berichts", "Mentions du rapport"]),
    ];
    all.extend(Concept::ALL.iter().map(|concept| Element {
        name: figure_name(*concept),
        shape: Shape::Item(Kind::of(*concept)),
        labels: in_all(|labels| (labels.concept)(*concept).to_owned()),
        documentation: meaning::figure(*concept),
    }));
    all.extend(Concept::ALL.iter().map(|concept| why(*concept)));
    all.extend(Word::ALL.iter().map(|word| Element {
        name: word.as_str().to_owned(),
        shape: Shape::Item(word.kind()),
        labels: word.labels(),
        documentation: meaning::word(*word),
    }));
    all.extend(Cube::all().into_iter().map(|cube| Element {
        name: cube.name(),
        shape: Shape::Cube,
        labels: cube.labels(),
        documentation: cube.documentation(),
    }));
    all.extend(Axis::ALL.into_iter().flat_map(axis));
    all
}

fn heading(name: &str, labels: [&str; 3]) -> Element {
    let labels = labels.map(str::to_owned);
    let documentation = [0, 1].map(|at| meaning::member(["Heading", "Überschrift"][at], &labels[at], at));
    Element { name: name.to_owned(), shape: Shape::Heading, labels, documentation }
}

fn why(concept: Concept) -> Element {
    let names = in_all(|labels| (labels.concept)(concept).to_owned());
    let suffixes = ["why there is no value", "warum es keinen Wert gibt", "pourquoi il n’y a pas de valeur"];
    Element {
        name: why_name(concept),
        shape: Shape::Item(Kind::WhyNoValue),
        labels: [0, 1, 2].map(|at| format!("{}: {}", names[at], suffixes[at])),
        documentation: meaning::why(concept),
    }
}

/// An axis with its members, or with the element of its keys.
fn axis(axis: Axis) -> Vec<Element> {
    let own = Element {
        name: axis.name(),
        shape: Shape::Axis(axis.is_typed().then_some(axis)),
        labels: axis_labels(axis),
        documentation: meaning::axis(axis),
    };
    let key = Element {
        name: axis.domain(),
        shape: if axis.is_typed() { Shape::Key(axis) } else { Shape::Member },
        labels: domain_labels(axis),
        documentation: member_meaning(axis, &domain_labels(axis)),
    };
    let members = axis.members().into_iter().map(|(name, labels)| Element {
        name,
        shape: Shape::Member,
        documentation: member_meaning(axis, &labels),
        labels,
    });
    [own, key].into_iter().chain(members).collect()
}

fn member_meaning(axis: Axis, labels: &Names) -> [String; 2] {
    let of = axis_labels(axis);
    [0, 1].map(|at| meaning::member(&of[at], &labels[at], at))
}

/// What an axis is called.
pub(super) fn axis_labels(axis: Axis) -> Names {
    axis.labels().map(str::to_owned)
}

/// What all members of an axis together are called.
fn domain_labels(axis: Axis) -> Names {
    if axis == Axis::TaskType {
        return in_all(|labels| labels.all_task_types.to_owned());
    }
    let all = ["all members", "alle Elemente", "tous les membres"];
    let names = axis_labels(axis);
    [0, 1, 2].map(|at| format!("{}: {}", names[at], all[at]))
}
