//! What things are called in the taxonomy: elements, types, units, axes and their members.

use crate::domain::fact::{Concept, Member};
use crate::domain::factor::Rung;
use crate::domain::terms::{Evidence, MarketPart, Place, StepKind, TaskType};
use crate::text::{LABEL_LANGUAGES, Labels, labels};

/// Where the taxonomy stands. `.example` belongs to nobody (RFC 2606): the address names, and claims no domain; the
/// catalogue in the package leads to the files.
pub(super) const BASE: &str = "https://taskwatt.example/xbrl/2026-11/";
/// The namespace of its elements, types and units. What it says never changes: other words are a new one.
pub(super) const NAMESPACE: &str = "https://taskwatt.example/xbrl/2026-11/energy-per-task";
/// Our prefix in every file.
pub(super) const PREFIX: &str = "tw";
/// The file to begin with.
pub(super) const ENTRY_FILE: &str = "energy-per-task.xsd";
/// Whose keys identify providers that told no LEI.
pub(super) const PROVIDER_SCHEME: &str = "https://taskwatt.example/xbrl/provider";
/// LEI codes as identifiers of entities.
pub(super) const LEI_SCHEME: &str = "http://standards.iso.org/iso/17442";

/// The same in every language of [`LABEL_LANGUAGES`].
pub(super) type Names = [String; 3];

/// `energy_per_task_mean` as `EnergyPerTaskMean`.
pub(super) fn camel(word: &str) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    word.split('_').map(capital).collect()
}

/// The element of a figure.
pub(super) fn figure_name(concept: Concept) -> String {
    camel(concept.as_str())
}

/// The element that says why a figure has no value.
pub(super) fn why_name(concept: Concept) -> String {
    format!("{}WhyNoValue", figure_name(concept))
}

/// A name of ours in every language.
pub(super) fn in_all(name: impl Fn(&Labels) -> String) -> Names {
    // A test of the labels asks for every one of these languages.
    LABEL_LANGUAGES.map(|language| labels(language).map(&name).unwrap_or_default())
}

/// A unit of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    WattHour,
    Joule,
    TonneCo2e,
    Litre,
    Task,
    Record,
    Hour,
    One,
}

impl Unit {
    pub(super) const ALL: [Unit; 8] = [
        Unit::WattHour,
        Unit::Joule,
        Unit::TonneCo2e,
        Unit::Litre,
        Unit::Task,
        Unit::Record,
        Unit::Hour,
        Unit::One,
    ];

    pub(super) fn of(concept: Concept) -> Unit {
        match concept.unit() {
            "uJ" => Unit::Joule,
            "gCO2e" => Unit::TonneCo2e,
            "L" => Unit::Litre,
            "task" => Unit::Task,
            "record" => Unit::Record,
            "h" => Unit::Hour,
            "1" => Unit::One,
            _ => Unit::WattHour,
        }
    }

    /// Its entry in the Unit Types Registry; of tasks and records, which it does not know, and of hours that are counted,
    /// our own.
    pub(super) fn measure(self) -> &'static str {
        match self {
            Unit::WattHour => "utr:Wh",
            Unit::Joule => "utr:J",
            Unit::TonneCo2e => "utr:tCO2e",
            Unit::Litre => "utr:l",
            Unit::Task => "tw:task",
            Unit::Record => "tw:record",
            Unit::Hour => "tw:hour",
            Unit::One => "xbrli:pure",
        }
    }

    /// The unit in which the document and the page count.
    pub(super) fn shown(self) -> &'static str {
        match self {
            Unit::WattHour => "Wh",
            Unit::Joule => "\u{b5}J",
            Unit::TonneCo2e => "gCO\u{2082}e",
            Unit::Litre => "L",
            Unit::Task => "tasks",
            Unit::Record => "records",
            Unit::Hour => "h",
            Unit::One => "1",
        }
    }

    /// The power of ten from the unit shown to that of the report: the registry knows the joule and no microjoule, and
    /// of grams of CO2 equivalent it has a candidate only.
    pub(super) fn scale(self) -> i32 {
        if matches!(self, Unit::Joule | Unit::TonneCo2e) { -6 } else { 0 }
    }
}

/// What a value of an element may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole number of things.
    Count,
    Energy,
    Carbon,
    Volume,
    Share,
    Ratio,
    WhyNoValue,
    /// Yes, no or unknown.
    Answer,
    /// A key or a word of a closed list.
    Code,
    /// A name or text whose language nobody stated.
    Name,
    /// A text in one language.
    Text,
    Date,
}

impl Kind {
    pub(super) fn of(concept: Concept) -> Kind {
        let is_ratio = [Concept::EnergyChangeRatio, Concept::EnergyChangeLow, Concept::EnergyChangeHigh];
        match Unit::of(concept) {
            Unit::WattHour | Unit::Joule => Kind::Energy,
            Unit::TonneCo2e => Kind::Carbon,
            Unit::Litre => Kind::Volume,
            Unit::Task | Unit::Record | Unit::Hour => Kind::Count,
            Unit::One if is_ratio.contains(&concept) => Kind::Ratio,
            Unit::One => Kind::Share,
        }
    }

    pub(super) fn type_name(self) -> &'static str {
        match self {
            Kind::Count => "tw:countItemType",
            Kind::Energy => "dtr-types:energyItemType",
            Kind::Carbon => "dtr-types:ghgEmissionsItemType",
            Kind::Volume => "dtr-types:volumeItemType",
            Kind::Share => "dtr-types:percentItemType",
            Kind::Ratio => "xbrli:pureItemType",
            Kind::WhyNoValue => "tw:whyNoValueItemType",
            Kind::Answer => "tw:answerItemType",
            Kind::Code => "dtr-types:noLangTokenItemType",
            Kind::Name => "dtr-types:noLangStringItemType",
            Kind::Text => "xbrli:stringItemType",
            Kind::Date => "xbrli:dateItemType",
        }
    }
}

/// What facts are told apart by, beside their period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Axis {
    TaskType,
    Model,
    Evidence,
    Rung,
    Market,
    Step,
    Place,
    Zone,
    /// The hour of the day.
    Hour,
    /// The place of a sentence in a list.
    Line,
}

impl Axis {
    pub(super) const ALL: [Axis; 10] = [
        Axis::TaskType,
        Axis::Model,
        Axis::Evidence,
        Axis::Rung,
        Axis::Market,
        Axis::Step,
        Axis::Place,
        Axis::Zone,
        Axis::Hour,
        Axis::Line,
    ];
    /// The axes that figures are parts of a whole by.
    pub(super) const OF_PARTS: [Axis; 7] =
        [Axis::Evidence, Axis::Rung, Axis::Market, Axis::Step, Axis::Place, Axis::Zone, Axis::Hour];

    /// The axis without which a figure says nothing; `None` for figures that are no parts.
    pub(super) fn of(concept: Concept) -> Option<Axis> {
        match concept {
            Concept::EvidenceShare => Some(Axis::Evidence),
            Concept::StageShare => Some(Axis::Step),
            Concept::PlaceTaskShare | Concept::PlaceEnergyShare => Some(Axis::Place),
            Concept::FactorRungShare => Some(Axis::Rung),
            Concept::MarketShare => Some(Axis::Market),
            Concept::ZoneEnergyShare => Some(Axis::Zone),
            Concept::CarbonHourShare | Concept::CarbonHourPerTask => Some(Axis::Hour),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Axis::TaskType => "TaskType",
            Axis::Model => "Model",
            Axis::Evidence => "Evidence",
            Axis::Rung => "GridValue",
            Axis::Market => "MarketPart",
            Axis::Step => "Step",
            Axis::Place => "Place",
            Axis::Zone => "Zone",
            Axis::Hour => "HourOfDay",
            Axis::Line => "Line",
        }
    }

    pub(super) fn name(self) -> String {
        format!("{}Axis", self.word())
    }

    /// What it is called, in English, German and French.
    pub(super) fn labels(self) -> [&'static str; 3] {
        match self {
            Axis::TaskType => ["Task type", "Aufgabenart", "Type de tâche"],
            Axis::Model => ["Model", "Modell", "Modèle"],
            Axis::Evidence => ["How energy is known", "Art der Ermittlung", "Mode de détermination"],
            Axis::Rung => ["Kind of grid value", "Art des Netzwerts", "Type de valeur du réseau"],
            Axis::Market => [
                "Part of the market-based figure",
                "Teil des marktbasierten Werts",
                "Part de la valeur fondée sur le marché",
            ],
            Axis::Step => ["Kind of step", "Art des Schritts", "Type d’étape"],
            Axis::Place => ["Where tasks ran", "Ort der Ausführung", "Lieu d’exécution"],
            Axis::Zone => ["Grid zone", "Netzzone", "Zone du réseau"],
            Axis::Hour => ["Hour of the day (UTC)", "Stunde des Tages (UTC)", "Heure du jour (UTC)"],
            Axis::Line => ["Line", "Zeile", "Ligne"],
        }
    }

    /// Anybody's keys; all other axes have the members that the taxonomy lists.
    pub(super) fn is_typed(self) -> bool {
        matches!(self, Axis::Model | Axis::Zone | Axis::Hour | Axis::Line)
    }

    /// The element that holds a key of a typed axis, or the head of the members of an explicit one.
    pub(super) fn domain(self) -> String {
        match self {
            Axis::TaskType => "AllTaskTypesMember".to_owned(),
            Axis::Line => "LineNumber".to_owned(),
            axis if axis.is_typed() => format!("{}Key", axis.word()),
            axis => format!("{}Domain", axis.word()),
        }
    }

    /// The member that a fact without the axis has: only all task types together are more than their parts.
    pub(super) fn has_default(self) -> bool {
        self == Axis::TaskType
    }

    fn member(self, word: &str) -> String {
        format!("{}{}Member", camel(word), self.word())
    }

    /// Its members with their names, in the order of the vocabulary.
    pub(super) fn members(self) -> Vec<(String, Names)> {
        let named = |word: &str, name: &dyn Fn(&Labels) -> String| (self.member(word), in_all(name));
        let part = |member: Member| {
            let word = member.as_pair().1.to_owned();
            named(&word, &|labels| labels.member(&member).to_owned())
        };
        match self {
            Axis::TaskType => TaskType::ALL
                .iter()
                .map(|one| named(one.as_str(), &|labels| (labels.task_type)(*one).to_owned()))
                .collect(),
            Axis::Evidence => Evidence::ALL.iter().map(|one| part(Member::Evidence(*one))).collect(),
            Axis::Rung => Rung::ALL.iter().map(|one| part(Member::Rung(*one))).collect(),
            Axis::Market => MarketPart::ALL.iter().map(|one| part(Member::Market(*one))).collect(),
            Axis::Step => {
                let kinds = StepKind::ALL.iter().map(|one| part(Member::Step(*one)));
                kinds.chain([part(Member::Unattributed)]).collect()
            }
            Axis::Place => {
                let places = Place::ALL.iter().map(|one| part(Member::Place(Some(*one))));
                places.chain([part(Member::Place(None))]).collect()
            }
            Axis::Model | Axis::Zone | Axis::Hour | Axis::Line => Vec::new(),
        }
    }
}

/// The member of a task type.
pub(super) fn task_type_member(task_type: TaskType) -> String {
    Axis::TaskType.member(task_type.as_str())
}

/// The axis of a part, and its member there; of a zone, its key.
pub(super) fn part_member(member: &Member) -> (Axis, String) {
    let axis = match member {
        Member::Evidence(_) => Axis::Evidence,
        Member::Rung(_) => Axis::Rung,
        Member::Market(_) => Axis::Market,
        Member::Step(_) | Member::Unattributed => Axis::Step,
        Member::Place(_) => Axis::Place,
        Member::Zone(_) => Axis::Zone,
        Member::HourOfDay(_) => Axis::Hour,
    };
    let word = member.as_pair().1;
    (axis, if axis.is_typed() { word.to_owned() } else { axis.member(word) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_unit_of_a_figure_is_known() {
        for concept in Concept::ALL {
            let shown = Unit::of(*concept).shown().replace('\u{b5}', "u").replace('\u{2082}', "2");
            assert_eq!(shown.trim_end_matches('s'), concept.unit(), "{concept:?}");
        }
    }

    #[test]
    fn no_two_elements_have_the_same_name() {
        let figures = Concept::ALL.iter().flat_map(|concept| [figure_name(*concept), why_name(*concept)]);
        let axes = Axis::ALL.into_iter().flat_map(|axis| {
            let members = axis.members().into_iter().map(|(name, _)| name);
            [axis.name(), axis.domain()].into_iter().chain(members)
        });
        let words = super::super::words::Word::ALL.iter().map(|word| word.as_str().to_owned());
        let all: Vec<String> = figures.chain(axes).chain(words).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert!(all.contains(&"EnergyPer1000OutputTokens".to_owned()));
        assert!(all.contains(&"ReasoningStepMember".to_owned()));
        assert!(all.contains(&"ReasoningTaskTypeMember".to_owned()));
    }
}
