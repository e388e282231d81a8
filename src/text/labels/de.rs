//! German.

use super::super::language::Language;
use super::Labels;
use crate::domain::fact::Concept;
use crate::domain::factor::Rung;
use crate::domain::terms::{Evidence, MarketPart, Place, StepKind, TaskType};

pub(super) static LABELS: Labels = Labels {
    language: Language::German,
    concept,
    task_type,
    evidence,
    rung,
    market_part,
    step_kind,
    place,
    unattributed: "durch keine Schritte erklärt",
    unstated: "nicht angegeben",
    other_zones: "andere Zonen",
    all_task_types: "alle Aufgabenarten",
    all_models: "alle Modelle",
    no_value: ["unbekannt", "entfällt", "nicht enthalten"],
};

fn concept(concept: Concept) -> &'static str {
    match concept {
        Concept::TasksCompleted => "Abgeschlossene Aufgaben",
        Concept::TasksFailed => "Fehlgeschlagene Aufgaben",
        Concept::TasksCancelled => "Abgebrochene Aufgaben",
        Concept::EnergyReportedTotal => "Energie wie gemeldet, innerhalb der Grenzen der Datensätze",
        Concept::EnergyItTotal => "IT-Energie, alle Aufgaben",
        Concept::EnergyFacilityTotal => "Energie des Rechenzentrums, alle Aufgaben",
        Concept::EnergyPerTaskMean => "Mittlere Energie des Rechenzentrums je abgeschlossener Aufgabe",
        Concept::EnergyPerTaskLow => "Mittlere Energie je Aufgabe, unteres Ende des 95-%-Intervalls",
        Concept::EnergyPerTaskHigh => "Mittlere Energie je Aufgabe, oberes Ende des 95-%-Intervalls",
        Concept::EnergyPerTaskItMean => "Mittlere IT-Energie je abgeschlossener Aufgabe",
        Concept::EnergyPerTaskMedian => "Median der Energie je Aufgabe",
        Concept::EnergyPerTaskP10 => "Energie je Aufgabe, 10. Perzentil",
        Concept::EnergyPerTaskP90 => "Energie je Aufgabe, 90. Perzentil",
        Concept::EnergyPerTaskP95 => "Energie je Aufgabe, 95. Perzentil",
        Concept::EnergyPerTaskP99 => "Energie je Aufgabe, 99. Perzentil",
        Concept::EnergyPer1000OutputTokens => "Energie je 1.000 Ausgabe-Token",
        Concept::EnergyPerImage => "Energie je Bild",
        Concept::EnergyPerPage => "Energie je Seite",
        Concept::EnergyPerAudioSecond => "Energie je Sekunde Ton",
        Concept::EnergyPerVideoSecond => "Energie je Sekunde Video",
        Concept::CarbonLocationTotal => "Standortbasierte Emissionen, alle Aufgaben",
        Concept::CarbonLocationPerTask => "Standortbasierte Emissionen je abgeschlossener Aufgabe",
        Concept::CarbonMarketTotal => "Marktbasierte Emissionen, alle Aufgaben",
        Concept::CarbonMarketPerTask => "Marktbasierte Emissionen je abgeschlossener Aufgabe",
        Concept::CarbonHourShare => "Anteil der standortbasierten Emissionen nach Stunde des Tages (UTC)",
        Concept::CarbonHourPerTask => {
            "Standortbasierte Emissionen je in einer Stunde des Tages abgeschlossener Aufgabe (UTC)"
        }
        Concept::EvidenceShare => "Anteil der Energie nach Art der Ermittlung",
        Concept::StageShare => "Anteil der Energie nach Art des Schritts",
        Concept::VerificationOverhead => "Anteil der Energie für Abruf, Neuordnung und Prüfung",
        Concept::UnfinishedShare => "Anteil der Energie fehlgeschlagener und abgebrochener Aufgaben",
        Concept::RetryShare => "Anteil der Energie wiederholter Aufrufe",
        Concept::PlaceTaskShare => "Anteil abgeschlossener Aufgaben nach Ort",
        Concept::PlaceEnergyShare => "Anteil der Energie nach Ort",
        Concept::PlaceSavingModelled => "Modellierte Einsparung von Aufgaben außerhalb von Rechenzentren",
        Concept::PlaceSavingLeftOutShare => {
            "Anteil solcher Aufgaben, der in der modellierten Einsparung fehlt"
        }
        Concept::EstimatedShare => "Geschätzter Anteil der Energie",
        Concept::FactorRungShare => "Anteil der Energie nach Art des Netzwerts",
        Concept::MarketShare => "Anteil der Energie nach Zählung im marktbasierten Wert",
        Concept::HourlyMatchedShare => "Stündlich durch Verträge gedeckter Anteil der Energie",
        Concept::DefaultFactorShare => "Anteil der Energie, der auf einem Standardfaktor beruht",
        Concept::ZoneEnergyShare => "Anteil der Energie nach Netzzone",
        Concept::EnergyChangeRatio => "Mittlere Energie je Aufgabe geteilt durch die des Vergleichs",
        Concept::EnergyChangeLow => "Verhältnis zum Vergleich, unteres Ende des 95-%-Intervalls",
        Concept::EnergyChangeHigh => "Verhältnis zum Vergleich, oberes Ende des 95-%-Intervalls",
        Concept::WaterOnSiteTotal => "Wasser vor Ort, alle Aufgaben",
        Concept::WaterOnSitePerTask => "Wasser vor Ort je abgeschlossener Aufgabe",
        Concept::WaterOnSiteCovered => "Anteil der Energie mit bekanntem Wasser vor Ort",
        Concept::WaterIndirectTotal => "Wasser in Kraftwerken, alle Aufgaben",
        Concept::WaterIndirectPerTask => "Wasser in Kraftwerken je abgeschlossener Aufgabe",
        Concept::WaterIndirectCovered => "Anteil der Energie mit bekanntem Wasser in Kraftwerken",
        Concept::EmbodiedCarbonTotal => "Herstellungsemissionen der Beschleuniger, alle Aufgaben",
        Concept::EmbodiedCarbonPerTask => {
            "Herstellungsemissionen der Beschleuniger je abgeschlossener Aufgabe"
        }
        Concept::EmbodiedCarbonCovered => "Anteil der Beschleunigerzeit mit bekannten Herstellungsemissionen",
        Concept::TrainingEnergyPerTask => "Trainingsenergie geteilt durch die erklärte Zahl der Aufgaben",
        Concept::Coverage => "Abdeckung: gemeldete geteilt durch erbrachte Aufgaben",
        Concept::RecordsInConflict => "Datensätze, deren Kennung auch zu anderer Zeit steht",
        Concept::HoursWithoutRecords => "Stunden ohne Datensätze zwischen Stunden mit Datensätzen",
        Concept::PercentileLeftOutShare => "Anteil der Aufgaben, die in Perzentilen fehlen",
    }
}

fn task_type(task_type: TaskType) -> &'static str {
    match task_type {
        TaskType::Chat => "Chat",
        TaskType::Reasoning => "Schlussfolgern",
        TaskType::Code => "Programmcode",
        TaskType::Agent => "Agent",
        TaskType::Summarisation => "Zusammenfassung",
        TaskType::Translation => "Übersetzung",
        TaskType::QuestionAnswering => "Beantwortung von Fragen",
        TaskType::Classification => "Klassifikation",
        TaskType::Embedding => "Einbettung",
        TaskType::Retrieval => "Abruf",
        TaskType::ImageGeneration => "Bilderzeugung",
        TaskType::ImageUnderstanding => "Bildverstehen",
        TaskType::VideoGeneration => "Videoerzeugung",
        TaskType::SpeechToText => "Sprache zu Text",
        TaskType::TextToSpeech => "Text zu Sprache",
        TaskType::Ocr => "Texterkennung (OCR)",
        TaskType::Other => "Sonstige",
    }
}

fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Metered => "Gemessen",
        Evidence::Counter => "Gerätezähler",
        Evidence::Modelled => "Modelliert",
        Evidence::Declared => "Erklärt",
    }
}

fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::HourlyMeasured => "Wert der Stunde, aus gemessener Erzeugung",
        Rung::HourlyEstimated => "Wert der Stunde, von der Quelle geschätzt",
        Rung::Monthly => "Mittel des Monats",
        Rung::Annual => "Mittel des Jahres",
        Rung::EarlierAnnual => "Mittel eines früheren, höchstens drei Jahre alten Jahres",
        Rung::ParentZone => "Wert des Landes um die Zone",
    }
}

fn market_part(market_part: MarketPart) -> &'static str {
    match market_part {
        MarketPart::Contract => "Faktor eines Vertrags",
        MarketPart::ResidualMix => "Residualmix",
        MarketPart::LocationBased => "standortbasierter Faktor, da kein Residualmix geladen ist",
    }
}

fn step_kind(step_kind: StepKind) -> &'static str {
    match step_kind {
        StepKind::Generation => "Erzeugung",
        StepKind::Reasoning => "Schlussfolgern",
        StepKind::Retrieval => "Abruf",
        StepKind::Reranking => "Neuordnung",
        StepKind::Tool => "Werkzeuge",
        StepKind::Verification => "Prüfung",
        StepKind::ImageGeneration => "Bilderzeugung",
        StepKind::Embedding => "Einbettung",
        StepKind::Orchestration => "Steuerung",
        StepKind::Other => "Sonstige Schritte",
    }
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Cloud => "im Rechenzentrum",
        Place::Edge => "am Rand des Netzes",
        Place::Device => "auf dem Gerät der Person",
    }
}
