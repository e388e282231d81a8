//! Cubes: which axes the facts of an element have. A typed axis has no default, so that a figure which is told for all
//! models and for single ones stands in two cubes, each in a role of its own, where one of them is enough.

use super::super::documentation::member as plain_meaning;
use super::super::names::{Axis, Names, figure_name, why_name};
use super::super::words::Word;
use super::Role;
use super::elements::{FIGURES, WORDS, axis_labels};
use crate::domain::fact::Concept;

/// A closed cube and its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cube {
    /// Figures that are parts by an axis, or none, of all models or of single ones.
    Figures {
        part: Option<Axis>,
        by_model: bool,
    },
    Words {
        axis: Option<Axis>,
    },
}

impl Cube {
    pub(super) fn all() -> Vec<Cube> {
        let parts = [None].into_iter().chain(Axis::OF_PARTS.map(Some));
        let figures = parts.flat_map(|part| [false, true].map(|by_model| Cube::Figures { part, by_model }));
        let words = [None, Some(Axis::Model), Some(Axis::Line)].map(|axis| Cube::Words { axis });
        figures.chain(words).collect()
    }

    /// The element above its items.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Cube::Figures { .. } => FIGURES,
            Cube::Words { .. } => WORDS,
        }
    }

    pub(super) fn axes(self) -> Vec<Axis> {
        match self {
            Cube::Figures { part, by_model } => {
                [Some(Axis::TaskType), by_model.then_some(Axis::Model), part].into_iter().flatten().collect()
            }
            Cube::Words { axis } => axis.into_iter().collect(),
        }
    }

    /// The names of its items.
    pub(super) fn items(self) -> Vec<String> {
        match self {
            Cube::Figures { part, .. } => {
                let concepts = Concept::ALL.iter().filter(|concept| Axis::of(**concept) == part);
                concepts.flat_map(|concept| [figure_name(*concept), why_name(*concept)]).collect()
            }
            Cube::Words { axis } => {
                let words = Word::ALL.iter().filter(|word| word.axis() == axis);
                words.map(|word| word.as_str().to_owned()).collect()
            }
        }
    }

    pub(super) fn name(self) -> String {
        let by: String =
            self.axes().iter().map(|axis| format!("By{}", axis.name().trim_end_matches("Axis"))).collect();
        format!("{}{by}Cube", self.heading())
    }

    /// The last part of the address of its role.
    pub(super) fn role(self) -> String {
        let by: String = self
            .axes()
            .iter()
            .map(|axis| format!("-by-{}", axis.name().trim_end_matches("Axis").to_ascii_lowercase()))
            .collect();
        format!("{}{by}", self.heading().to_ascii_lowercase())
    }

    pub(super) fn labels(self) -> Names {
        let heads = match self {
            Cube::Figures { .. } => ["Figures", "Werte", "Valeurs"],
            Cube::Words { .. } => ["Words of the report", "Worte des Berichts", "Mentions du rapport"],
        };
        let axes: Vec<Names> = self.axes().into_iter().map(axis_labels).collect();
        [0, 1, 2].map(|at| {
            let by: Vec<&str> = axes.iter().map(|names| names[at].as_str()).collect();
            if by.is_empty() { heads[at].to_owned() } else { format!("{} ({})", heads[at], by.join(", ")) }
        })
    }

    pub(super) fn documentation(self) -> [String; 2] {
        let labels = self.labels();
        [0, 1].map(|at| plain_meaning(["Cube", "Würfel"][at], &labels[at], at))
    }
}

/// Where the members of explicit axes hang below their heads.
pub(super) const MEMBERS: &str = "members";
/// Where defaults stand: not beside the members, or one relation of two elements would hide the other.
pub(super) const DEFAULTS: &str = "defaults";

/// The roles of all relations.
pub(super) fn roles() -> Vec<Role> {
    let cubes = Cube::all().into_iter().map(|cube| (cube.role(), cube.labels(), cube.documentation(), true));
    let structure = [
        (MEMBERS, ["Members of the axes", "Elemente der Achsen", "Membres des axes"]),
        (DEFAULTS, ["Defaults of the axes", "Vorgaben der Achsen", "Valeurs par défaut des axes"]),
    ];
    let structure = structure.into_iter().map(|(word, labels)| {
        let labels = labels.map(str::to_owned);
        let documentation = [0, 1].map(|at| plain_meaning(["Role", "Rolle"][at], &labels[at], at));
        (word.to_owned(), labels, documentation, word == MEMBERS)
    });
    cubes
        .chain(structure)
        .zip(1..)
        .map(|((word, labels, documentation, is_presented), number)| Role {
            definition: format!("{number:02}: {}", labels[0]),
            word,
            labels,
            documentation,
            is_presented,
        })
        .collect()
}
