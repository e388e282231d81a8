//! French.

use super::super::language::Language;
use super::Labels;
use crate::domain::fact::Concept;
use crate::domain::factor::Rung;
use crate::domain::terms::{Evidence, MarketPart, Place, StepKind, TaskType};

pub(super) static LABELS: Labels = Labels {
    language: Language::French,
    concept,
    task_type,
    evidence,
    rung,
    market_part,
    step_kind,
    place,
    unattributed: "non expliquée par des étapes",
    unstated: "non précisé",
    other_zones: "autres zones",
    all_task_types: "tous les types de tâche",
    all_models: "tous les modèles",
    no_value: ["inconnu", "sans objet", "non inclus"],
};

fn concept(concept: Concept) -> &'static str {
    match concept {
        Concept::TasksCompleted => "Tâches achevées",
        Concept::TasksFailed => "Tâches échouées",
        Concept::TasksCancelled => "Tâches annulées",
        Concept::EnergyReportedTotal => "Énergie telle que déclarée, dans les périmètres des enregistrements",
        Concept::EnergyItTotal => "Énergie informatique, toutes les tâches",
        Concept::EnergyFacilityTotal => "Énergie du centre de données, toutes les tâches",
        Concept::EnergyPerTaskMean => "Énergie moyenne du centre de données par tâche achevée",
        Concept::EnergyPerTaskLow => "Énergie moyenne par tâche, borne inférieure de l’intervalle à 95 %",
        Concept::EnergyPerTaskHigh => "Énergie moyenne par tâche, borne supérieure de l’intervalle à 95 %",
        Concept::EnergyPerTaskItMean => "Énergie informatique moyenne par tâche achevée",
        Concept::EnergyPerTaskMedian => "Énergie médiane par tâche",
        Concept::EnergyPerTaskP10 => "Énergie par tâche, 10e centile",
        Concept::EnergyPerTaskP90 => "Énergie par tâche, 90e centile",
        Concept::EnergyPerTaskP95 => "Énergie par tâche, 95e centile",
        Concept::EnergyPerTaskP99 => "Énergie par tâche, 99e centile",
        Concept::EnergyPer1000OutputTokens => "Énergie pour 1 000 jetons de sortie",
        Concept::EnergyPerImage => "Énergie par image",
        Concept::EnergyPerPage => "Énergie par page",
        Concept::EnergyPerAudioSecond => "Énergie par seconde d’audio",
        Concept::EnergyPerVideoSecond => "Énergie par seconde de vidéo",
        Concept::CarbonLocationTotal => "Émissions fondées sur la localisation, toutes les tâches",
        Concept::CarbonLocationPerTask => "Émissions fondées sur la localisation, par tâche achevée",
        Concept::CarbonMarketTotal => "Émissions fondées sur le marché, toutes les tâches",
        Concept::CarbonMarketPerTask => "Émissions fondées sur le marché, par tâche achevée",
        Concept::CarbonHourShare => "Part des émissions fondées sur la localisation par heure du jour (UTC)",
        Concept::CarbonHourPerTask => {
            "Émissions fondées sur la localisation par tâche achevée dans une heure du jour (UTC)"
        }
        Concept::EvidenceShare => "Part de l’énergie selon la manière dont elle est connue",
        Concept::StageShare => "Part de l’énergie par type d’étape",
        Concept::VerificationOverhead => {
            "Part de l’énergie de la recherche, du reclassement et de la vérification"
        }
        Concept::UnfinishedShare => "Part de l’énergie des tâches échouées ou annulées",
        Concept::RetryShare => "Part de l’énergie des appels répétés",
        Concept::PlaceTaskShare => "Part des tâches achevées par lieu",
        Concept::PlaceEnergyShare => "Part de l’énergie par lieu",
        Concept::PlaceSavingModelled => "Économie modélisée des tâches hors des centres de données",
        Concept::PlaceSavingLeftOutShare => "Part de ces tâches absente de l’économie modélisée",
        Concept::EstimatedShare => "Part de l’énergie estimée",
        Concept::FactorRungShare => "Part de l’énergie par type de valeur du réseau",
        Concept::MarketShare => "Part de l’énergie selon son traitement fondé sur le marché",
        Concept::HourlyMatchedShare => "Part de l’énergie couverte par des contrats heure par heure",
        Concept::DefaultFactorShare => "Part de l’énergie reposant sur un facteur par défaut",
        Concept::ZoneEnergyShare => "Part de l’énergie par zone du réseau",
        Concept::EnergyChangeRatio => "Énergie moyenne par tâche rapportée à celle de la référence",
        Concept::EnergyChangeLow => "Rapport à la référence, borne inférieure de l’intervalle à 95 %",
        Concept::EnergyChangeHigh => "Rapport à la référence, borne supérieure de l’intervalle à 95 %",
        Concept::WaterOnSiteTotal => "Eau sur site, toutes les tâches",
        Concept::WaterOnSitePerTask => "Eau sur site par tâche achevée",
        Concept::WaterOnSiteCovered => "Part de l’énergie dont l’eau sur site est connue",
        Concept::WaterIndirectTotal => "Eau des centrales électriques, toutes les tâches",
        Concept::WaterIndirectPerTask => "Eau des centrales électriques par tâche achevée",
        Concept::WaterIndirectCovered => "Part de l’énergie dont l’eau des centrales est connue",
        Concept::EmbodiedCarbonTotal => "Émissions de fabrication des accélérateurs, toutes les tâches",
        Concept::EmbodiedCarbonPerTask => "Émissions de fabrication des accélérateurs par tâche achevée",
        Concept::EmbodiedCarbonCovered => {
            "Part du temps d’accélérateur dont les émissions de fabrication sont connues"
        }
        Concept::TrainingEnergyPerTask => "Énergie d’entraînement rapportée au nombre déclaré de tâches",
        Concept::Coverage => "Couverture : tâches déclarées rapportées aux tâches servies",
        Concept::RecordsInConflict => "Enregistrements dont l’identifiant figure aussi à un autre moment",
        Concept::HoursWithoutRecords => "Heures sans enregistrement entre des heures avec enregistrements",
        Concept::PercentileLeftOutShare => "Part des tâches absentes des centiles",
    }
}

fn task_type(task_type: TaskType) -> &'static str {
    match task_type {
        TaskType::Chat => "Conversation",
        TaskType::Reasoning => "Raisonnement",
        TaskType::Code => "Code",
        TaskType::Agent => "Agent",
        TaskType::Summarisation => "Résumé",
        TaskType::Translation => "Traduction",
        TaskType::QuestionAnswering => "Réponse à des questions",
        TaskType::Classification => "Classification",
        TaskType::Embedding => "Plongement",
        TaskType::Retrieval => "Recherche",
        TaskType::ImageGeneration => "Génération d’images",
        TaskType::ImageUnderstanding => "Compréhension d’images",
        TaskType::VideoGeneration => "Génération de vidéos",
        TaskType::SpeechToText => "Parole vers texte",
        TaskType::TextToSpeech => "Texte vers parole",
        TaskType::Ocr => "Reconnaissance de texte (OCR)",
        TaskType::Other => "Autre",
    }
}

fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Metered => "Mesurée",
        Evidence::Counter => "Compteurs des appareils",
        Evidence::Modelled => "Modélisée",
        Evidence::Declared => "Déclarée",
    }
}

fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::HourlyMeasured => "valeur de l’heure, d’après la production mesurée",
        Rung::HourlyEstimated => "valeur de l’heure, estimée par la source",
        Rung::Monthly => "moyenne du mois",
        Rung::Annual => "moyenne de l’année",
        Rung::EarlierAnnual => "moyenne d’une année antérieure, de trois ans au plus",
        Rung::ParentZone => "valeur du pays qui entoure la zone",
    }
}

fn market_part(market_part: MarketPart) -> &'static str {
    match market_part {
        MarketPart::Contract => "facteur d’un contrat",
        MarketPart::ResidualMix => "mix résiduel",
        MarketPart::LocationBased => "facteur fondé sur la localisation, faute de mix résiduel",
    }
}

fn step_kind(step_kind: StepKind) -> &'static str {
    match step_kind {
        StepKind::Generation => "Génération",
        StepKind::Reasoning => "Raisonnement",
        StepKind::Retrieval => "Recherche",
        StepKind::Reranking => "Reclassement",
        StepKind::Tool => "Outils",
        StepKind::Verification => "Vérification",
        StepKind::ImageGeneration => "Génération d’images",
        StepKind::Embedding => "Plongement",
        StepKind::Orchestration => "Orchestration",
        StepKind::Other => "Autres étapes",
    }
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Cloud => "dans un centre de données",
        Place::Edge => "à la périphérie du réseau",
        Place::Device => "sur l’appareil de l’utilisateur",
    }
}
