//! What elements of the taxonomy mean, in English and German: the documentation labels.

use super::names::{Axis, Kind, Unit};
use super::words::Word;
use crate::domain::fact::{Concept, Provenance};
use crate::text::{Language, labels};

/// The languages of documentation.
pub(super) const DOCUMENTATION_LANGUAGES: [Language; 2] = [Language::English, Language::German];

/// The same in both languages.
pub(super) type Meaning = [String; 2];

/// What a figure measures, in which unit, and where it comes from.
pub(super) fn figure(concept: Concept) -> Meaning {
    let named = |at: usize, concept: Concept| {
        labels(DOCUMENTATION_LANGUAGES[at]).map_or("", |labels| (labels.concept)(concept))
    };
    let quotient = |at: usize| match concept.made_of() {
        [total, tasks] => match at {
            0 => format!(" It is “{}” divided by “{}”.", named(at, *total), named(at, *tasks)),
            _ => format!(" Es ist „{}“ geteilt durch „{}“.", named(at, *total), named(at, *tasks)),
        },
        _ => String::new(),
    };
    let unit = unit(concept);
    let origin = origin(concept.provenance());
    [0, 1].map(|at| format!("{}. {} {}{}", named(at, concept), unit[at], origin[at], quotient(at)))
}

fn unit(concept: Concept) -> Meaning {
    let [en, de] = per(concept);
    let both = |english: &str, german: &str| [format!("{english}{en}."), format!("{german}{de}.")];
    match Unit::of(concept) {
        Unit::WattHour => both("In watt-hours (Wh)", "In Wattstunden (Wh)"),
        Unit::Joule => {
            both("In joules (J), exact to the microjoule", "In Joule (J), auf das Mikrojoule genau")
        }
        Unit::TonneCo2e => both("In tonnes of CO2 equivalent", "In Tonnen CO2-Äquivalent"),
        Unit::Litre => both("In litres", "In Litern"),
        Unit::Task => both("A number of tasks", "Eine Anzahl von Aufgaben"),
        Unit::Record => both("A number of records", "Eine Anzahl von Datensätzen"),
        Unit::Hour => both("A number of hours", "Eine Anzahl von Stunden"),
        Unit::One if Kind::of(concept) == Kind::Ratio => {
            both("A number without a unit; 1 is no change", "Eine Zahl ohne Einheit; 1 ist keine Änderung")
        }
        Unit::One => both("A share without a unit, where 1 is all", "Ein Anteil ohne Einheit, 1 ist alles"),
    }
}

/// Of how much work an amount is; the unit itself says nothing of it.
fn per(concept: Concept) -> [&'static str; 2] {
    match concept {
        Concept::EnergyPerTaskMean
        | Concept::EnergyPerTaskLow
        | Concept::EnergyPerTaskHigh
        | Concept::EnergyPerTaskItMean
        | Concept::EnergyPerTaskMedian
        | Concept::EnergyPerTaskP10
        | Concept::EnergyPerTaskP90
        | Concept::EnergyPerTaskP95
        | Concept::EnergyPerTaskP99
        | Concept::CarbonLocationPerTask
        | Concept::CarbonMarketPerTask
        | Concept::WaterOnSitePerTask
        | Concept::WaterIndirectPerTask
        | Concept::EmbodiedCarbonPerTask => [" per completed task", " je abgeschlossener Aufgabe"],
        Concept::TrainingEnergyPerTask => [
            " per task of the declared life of the model",
            " je Aufgabe der erklärten Lebensdauer des Modells",
        ],
        Concept::EnergyPer1000OutputTokens => [" per 1,000 output tokens", " je 1.000 Ausgabe-Token"],
        Concept::EnergyPerImage => [" per image", " je Bild"],
        Concept::EnergyPerPage => [" per page", " je Seite"],
        Concept::EnergyPerAudioSecond => [" per second of audio", " je Sekunde Ton"],
        Concept::EnergyPerVideoSecond => [" per second of video", " je Sekunde Video"],
        Concept::EnergyReportedTotal
        | Concept::EnergyItTotal
        | Concept::EnergyFacilityTotal
        | Concept::CarbonLocationTotal
        | Concept::CarbonMarketTotal
        | Concept::WaterOnSiteTotal
        | Concept::WaterIndirectTotal
        | Concept::EmbodiedCarbonTotal
        | Concept::PlaceSavingModelled => {
            [" for all tasks of the period", " für alle Aufgaben des Zeitraums"]
        }
        _ => ["", ""],
    }
}

fn origin(provenance: Provenance) -> [&'static str; 2] {
    match provenance {
        Provenance::Reported => [
            "The sum of what records and windows of tasks say.",
            "Die Summe dessen, was Datensätze und Zeitfenster von Aufgaben sagen.",
        ],
        Provenance::Computed => [
            "Computed from the records and factors by the method that the report names.",
            "Aus den Datensätzen und Faktoren nach der Methode berechnet, die der Bericht nennt.",
        ],
        Provenance::Assessed => [
            "The end of an interval, from declared and assumed errors.",
            "Das Ende eines Intervalls, aus erklärten und angenommenen Fehlern.",
        ],
        Provenance::Modelled => [
            "What would have been, by a model of the method.",
            "Was gewesen wäre, nach einem Modell der Methode.",
        ],
        Provenance::Declared => [
            "Rests on a number that the provider declares.",
            "Beruht auf einer Zahl, die der Anbieter erklärt.",
        ],
    }
}

/// What the reasons of a figure without a value are.
pub(super) fn why(concept: Concept) -> Meaning {
    let named =
        |at: usize| labels(DOCUMENTATION_LANGUAGES[at]).map_or("", |labels| (labels.concept)(concept));
    [
        format!(
            "Why “{}” has no value. unknown: it exists, and nobody told it. N/A: it cannot exist here. not included: \
             it is known and left out on purpose. No unit.",
            named(0)
        ),
        format!(
            "Warum „{}“ keinen Wert hat. unknown: es gibt ihn, und niemand hat ihn angegeben. N/A: es kann ihn hier \
             nicht geben. not included: er ist bekannt und mit Absicht weggelassen. Ohne Einheit.",
            named(1)
        ),
    ]
}

/// What an axis tells apart.
pub(super) fn axis(axis: Axis) -> Meaning {
    let meaning = match axis {
        Axis::TaskType => [
            "What users asked for. A fact without this axis is of all task types together.",
            "Was verlangt wurde. Ein Wert ohne diese Achse gilt für alle Aufgabenarten zusammen.",
        ],
        Axis::Model => [
            "The key of the model that ran the tasks. A fact without this axis is of all models together.",
            "Der Schlüssel des Modells, das die Aufgaben ausführte. Ein Wert ohne diese Achse gilt für alle Modelle.",
        ],
        Axis::Evidence => ["How energy is known.", "Wie die Energie ermittelt ist."],
        Axis::Rung => [
            "Which kind of grid value the carbon was counted with.",
            "Mit welcher Art von Netzwert die Emissionen gezählt sind.",
        ],
        Axis::Market => [
            "By which factor energy is counted in the market-based figure.",
            "Mit welchem Faktor Energie im marktbasierten Wert gezählt ist.",
        ],
        Axis::Step => ["What a step inside a task does.", "Was ein Schritt in einer Aufgabe tut."],
        Axis::Place => ["Where tasks were computed.", "Wo Aufgaben gerechnet wurden."],
        Axis::Zone => [
            "The key of a grid zone; “other” are the zones that are not shown apart.",
            "Der Schlüssel einer Netzzone; „other“ sind die Zonen, die nicht einzeln gezeigt werden.",
        ],
        Axis::Hour => [
            "An hour of the day (UTC) over all days of the period: 17 is from 17:00 until before 18:00.",
            "Eine Stunde des Tages (UTC) über alle Tage des Zeitraums: 17 ist von 17:00 bis vor 18:00.",
        ],
        Axis::Line => {
            ["The place of a sentence in its list, from 1.", "Der Platz eines Satzes in seiner Liste, ab 1."]
        }
    };
    meaning.map(str::to_owned)
}

/// What a word says.
pub(super) fn word(word: Word) -> Meaning {
    let [en, de, _] = word.labels();
    let [english, german] = match word.kind() {
        Kind::Text => ["A text in the language of the fact.", "Ein Text in der Sprache des Faktums."],
        Kind::Date => ["A day (UTC).", "Ein Tag (UTC)."],
        Kind::Answer => [
            "Whether this is inside the energy of a task: yes, no or unknown.",
            "Ob dies in der Energie einer Aufgabe enthalten ist: yes (ja), no (nein) oder unknown (unbekannt).",
        ],
        Kind::Code => {
            ["A key or a word of a closed list.", "Ein Schlüssel oder ein Wort einer geschlossenen Liste."]
        }
        _ => [
            "A name or a text as its provider wrote it.",
            "Ein Name oder Text, wie ihn der Anbieter schrieb.",
        ],
    };
    [format!("{en}. {english} No unit."), format!("{de}. {german} Ohne Einheit.")]
}

/// What a member of an axis, or a structural element, is.
pub(super) fn member(of: &str, name: &str, at: usize) -> String {
    match at {
        0 => format!("{of}: {name}. No unit."),
        _ => format!("{of}: {name}. Ohne Einheit."),
    }
}
