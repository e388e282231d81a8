//! What a report says beside its figures: who, of what, by which texts, and the words of the provider.

use super::names::{Axis, Kind, Names};
use crate::domain::disclosure::{BoundaryLine, Disclosure, TextField};
use crate::domain::period::Period;
use crate::domain::terms::terms;

terms! {
    /// A fact that is no figure, by the name of its element.
    Word {
        LegalName = "LegalName",
        ProviderKey = "ProviderKey",
        ProviderKind = "ProviderKind",
        Lei = "LegalEntityIdentifier",
        ProviderRole = "ProviderRole",
        Contact = "Contact",
        ServiceName = "ServiceName",
        ServiceKey = "ServiceKey",
        DisclosureNumber = "DisclosureNumber",
        DisclosureVersion = "DisclosureVersion",
        Reason = "ReasonForVersion",
        BuiltOn = "BuiltOn",
        Address = "DisclosureAddress",
        TemplateId = "TemplateId",
        TemplateVersion = "TemplateVersion",
        TemplateLegalStatus = "TemplateLegalStatus",
        StatusLine = "StatusLine",
        MethodVersion = "MethodVersion",
        CarbonBasis = "CarbonFactorBasis",
        CarbonPerimeter = "CarbonFactorPerimeter",
        Verification = "VerificationKind",
        VerificationStandard = "VerificationStandard",
        Verifier = "Verifier",
        VerifiedOn = "VerifiedOn",
        EnergyMethod = "ServiceEnergyMethod",
        PublicNote = "ProviderNote",
        MethodText = "MethodText",
        AllocationRuleText = "AllocationRuleText",
        ExclusionsText = "ExclusionsText",
        HardwareText = "HardwareText",
        RemarksText = "RemarksText",
        Limit = "Limit",
        Equivalent = "Equivalent",
        ModelName = "ModelName",
        ModelVersion = "ModelVersion",
        ModelReleasedOn = "ModelReleasedOn",
        ModelBaseline = "ModelBaseline",
        Accelerators = "BoundaryAccelerators",
        Host = "BoundaryHostProcessorsAndMemory",
        Network = "BoundaryNetwork",
        Storage = "BoundaryStorage",
        IdleCapacity = "BoundaryIdleAndReservedCapacity",
        Cooling = "BoundaryCoolingAndPowerDistribution",
        Retrieval = "BoundaryRetrievalAndTools",
        Device = "BoundaryUsersDevice",
        MonthGap = "WhyMonthHasNoFigure",
    }
}

/// Where a word stands on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    About,
    Text,
    Limit,
    Equivalent,
    Model,
    Boundary,
    Gap,
}

/// The lines of the boundary checklist, in the order of [`BoundaryLine::ITEMS`].
const BOUNDARY: [Word; BoundaryLine::ITEMS.len()] = [
    Word::Accelerators,
    Word::Host,
    Word::Network,
    Word::Storage,
    Word::IdleCapacity,
    Word::Cooling,
    Word::Retrieval,
    Word::Device,
];

impl Word {
    pub(super) fn group(self) -> Group {
        match self {
            Word::EnergyMethod
            | Word::PublicNote
            | Word::MethodText
            | Word::AllocationRuleText
            | Word::ExclusionsText
            | Word::HardwareText
            | Word::RemarksText => Group::Text,
            Word::Limit => Group::Limit,
            Word::Equivalent => Group::Equivalent,
            Word::ModelName | Word::ModelVersion | Word::ModelReleasedOn | Word::ModelBaseline => {
                Group::Model
            }
            Word::MonthGap => Group::Gap,
            word if BOUNDARY.contains(&word) => Group::Boundary,
            _ => Group::About,
        }
    }

    /// The axis that each of its facts has.
    pub(super) fn axis(self) -> Option<Axis> {
        match self.group() {
            Group::Model => Some(Axis::Model),
            Group::Limit | Group::Equivalent => Some(Axis::Line),
            _ => None,
        }
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Word::LegalName
            | Word::Contact
            | Word::ServiceName
            | Word::Reason
            | Word::VerificationStandard
            | Word::Verifier
            | Word::EnergyMethod
            | Word::PublicNote
            | Word::ModelName
            | Word::ModelVersion
            | Word::ModelBaseline => Kind::Name,
            Word::BuiltOn | Word::VerifiedOn | Word::ModelReleasedOn => Kind::Date,
            Word::StatusLine
            | Word::MethodText
            | Word::AllocationRuleText
            | Word::ExclusionsText
            | Word::HardwareText
            | Word::RemarksText
            | Word::Limit
            | Word::Equivalent => Kind::Text,
            word if word.group() == Group::Boundary => Kind::Answer,
            _ => Kind::Code,
        }
    }

    pub(super) fn labels(self) -> Names {
        self.translated().map(str::to_owned)
    }

    fn translated(self) -> [&'static str; 3] {
        match self {
            Word::LegalName => ["Legal name", "Name des Anbieters", "Dénomination sociale"],
            Word::ProviderKey => ["Key of the provider", "Schlüssel des Anbieters", "Clé du fournisseur"],
            Word::ProviderKind => ["Kind of provider", "Art des Anbieters", "Nature du fournisseur"],
            Word::Lei => ["Legal Entity Identifier (LEI)", "Rechtsträgerkennung (LEI)", "Identifiant LEI"],
            Word::ProviderRole => ["Role of the provider", "Rolle des Anbieters", "Rôle du fournisseur"],
            Word::Contact => ["Contact", "Kontakt", "Contact"],
            Word::ServiceName => ["Service", "Dienst", "Service"],
            Word::ServiceKey => ["Key of the service", "Schlüssel des Dienstes", "Clé du service"],
            Word::DisclosureNumber => {
                ["Number of the disclosure", "Nummer der Offenlegung", "Numéro de la publication"]
            }
            Word::DisclosureVersion => {
                ["Version of the disclosure", "Fassung der Offenlegung", "Version de la publication"]
            }
            Word::Reason => ["Reason for this version", "Grund dieser Fassung", "Motif de cette version"],
            Word::BuiltOn => ["Built on", "Erstellt am", "Établi le"],
            Word::Address => ["Address", "Adresse", "Adresse"],
            Word::TemplateId => ["Template", "Vorlage", "Modèle de publication"],
            Word::TemplateVersion => {
                ["Version of the template", "Fassung der Vorlage", "Version du modèle de publication"]
            }
            Word::TemplateLegalStatus => {
                ["Legal status of the template", "Rechtsstand der Vorlage", "Statut juridique du modèle"]
            }
            Word::StatusLine => ["Status", "Stand", "Statut"],
            Word::MethodVersion => ["Version of the method", "Fassung der Methode", "Version de la méthode"],
            Word::CarbonBasis => {
                ["Basis of carbon factors", "Grundlage der Emissionsfaktoren", "Base des facteurs d’émission"]
            }
            Word::CarbonPerimeter => [
                "Perimeter of carbon factors",
                "Bezug der Emissionsfaktoren",
                "Périmètre des facteurs d’émission",
            ],
            Word::Verification => ["Verification", "Überprüfung", "Vérification"],
            Word::VerificationStandard => {
                ["Standard of the verification", "Norm der Überprüfung", "Norme de la vérification"]
            }
            Word::Verifier => ["Verifier", "Prüfstelle", "Vérificateur"],
            Word::VerifiedOn => ["Verified on", "Überprüft am", "Vérifié le"],
            Word::EnergyMethod => [
                "How energy of the service is known",
                "Ermittlung der Energie des Dienstes",
                "Mode de détermination de l’énergie du service",
            ],
            Word::PublicNote => ["Note of the provider", "Hinweis des Anbieters", "Note du fournisseur"],
            Word::MethodText => ["Method", "Methode", "Méthode"],
            Word::AllocationRuleText => ["Allocation rule", "Zuordnungsregel", "Règle de répartition"],
            Word::ExclusionsText => ["Exclusions", "Ausschlüsse", "Exclusions"],
            Word::HardwareText => ["Hardware", "Hardware", "Matériel"],
            Word::RemarksText => ["Remarks", "Anmerkungen", "Remarques"],
            Word::Limit => ["Known limit", "Bekannte Einschränkung", "Limite connue"],
            Word::Equivalent => ["As much as", "So viel wie", "Autant que"],
            Word::ModelName => ["Name of the model", "Name des Modells", "Nom du modèle"],
            Word::ModelVersion => ["Version of the model", "Fassung des Modells", "Version du modèle"],
            Word::ModelReleasedOn => ["Model released on", "Modell veröffentlicht am", "Modèle publié le"],
            Word::ModelBaseline => ["Model compared with", "Vergleichsmodell", "Modèle de comparaison"],
            _ => self.translated_boundary(),
        }
    }

    fn translated_boundary(self) -> [&'static str; 3] {
        match self {
            Word::Accelerators => ["Accelerators", "Beschleuniger", "Accélérateurs"],
            Word::Host => [
                "Host processors and memory",
                "Hauptprozessoren und Arbeitsspeicher",
                "Processeurs hôtes et mémoire",
            ],
            Word::Network => ["Network", "Netzwerk", "Réseau"],
            Word::Storage => ["Storage", "Speichersysteme", "Stockage"],
            Word::IdleCapacity => [
                "Idle and reserved capacity",
                "Leerlauf und vorgehaltene Kapazität",
                "Capacité inactive et réservée",
            ],
            Word::Cooling => [
                "Cooling and power distribution",
                "Kühlung und Stromverteilung",
                "Refroidissement et distribution électrique",
            ],
            Word::Retrieval => ["Retrieval and tools", "Abruf und Werkzeuge", "Recherche et outils"],
            Word::Device => ["The user’s device", "Gerät der Person", "Appareil de la personne"],
            _ => [
                "Why the month has no figure",
                "Warum der Monat keinen Wert hat",
                "Pourquoi le mois n’a pas de valeur",
            ],
        }
    }
}

/// A word that a document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) word: Word,
    /// The member of [`Word::axis`].
    pub(super) member: Option<String>,
    /// `None` is the period of the disclosure.
    pub(super) month: Option<Period>,
    pub(super) text: String,
    /// The BCP 47 tag of [`Kind::Text`].
    pub(super) language: Option<String>,
}

/// All words of a document; what it does not say, and what is empty, is no fact.
pub(super) fn said(d: &Disclosure) -> Vec<Said> {
    let mut all = about(d);
    all.extend(texts(d));
    all.extend(lines(Word::Limit, d.limits.iter()));
    all.extend(lines(Word::Equivalent, d.equivalents.iter().map(|line| &line.sentence)));
    all.extend(models(d));
    all.extend(d.boundary.iter().filter_map(|line| {
        let at = BoundaryLine::ITEMS.iter().position(|item| *item == line.item)?;
        Some(plain(BOUNDARY[at], line.included.as_str()))
    }));
    all.extend(
        d.gaps.iter().map(|gap| Said { month: Some(gap.month), ..plain(Word::MonthGap, gap.why.as_str()) }),
    );
    all.retain(|said| !said.text.is_empty());
    all
}

fn plain(word: Word, text: &str) -> Said {
    Said { word, member: None, month: None, text: readable(text), language: None }
}

fn in_language(word: Word, text: &str, language: &str) -> Said {
    Said { language: Some(language.to_owned()), ..plain(word, text) }
}

fn about(d: &Disclosure) -> Vec<Said> {
    let known = |word, text: &Option<String>| text.as_deref().map(|text| plain(word, text));
    let number = |word, number: i32| Some(plain(word, &number.to_string()));
    let told = |word, text: &str| Some(plain(word, text));
    let all = [
        told(Word::LegalName, &d.provider.legal_name),
        told(Word::ProviderKey, &d.provider.key),
        told(Word::ProviderKind, d.provider.kind.as_str()),
        known(Word::Lei, &d.provider.lei),
        d.provider.role.map(|role| plain(Word::ProviderRole, role.as_str())),
        known(Word::Contact, &d.provider.contact),
        told(Word::ServiceName, &d.service.name),
        told(Word::ServiceKey, &d.service.key),
        number(Word::DisclosureNumber, d.reference.number),
        number(Word::DisclosureVersion, d.reference.version),
        known(Word::Reason, &d.reason),
        told(Word::BuiltOn, &d.built_on.to_string()),
        told(Word::Address, &d.address),
        told(Word::TemplateId, &d.template.id),
        told(Word::TemplateVersion, &d.template.version),
        told(Word::TemplateLegalStatus, &d.template.legal_status),
        Some(in_language(Word::StatusLine, &d.template.status_line, "en")),
        told(Word::MethodVersion, &d.method_version),
        told(Word::CarbonBasis, d.basis.as_str()),
        told(Word::CarbonPerimeter, d.perimeter.as_str()),
        told(Word::Verification, d.verification.kind.as_str()),
        known(Word::VerificationStandard, &d.verification.standard),
        known(Word::Verifier, &d.verification.verifier),
        d.verification.verified_on.map(|day| plain(Word::VerifiedOn, &day.to_string())),
        known(Word::EnergyMethod, &d.service.energy_method),
        known(Word::PublicNote, &d.provider.public_note),
    ];
    all.into_iter().flatten().collect()
}

fn texts(d: &Disclosure) -> impl Iterator<Item = Said> + '_ {
    d.texts.iter().map(|text| {
        let word = match text.field {
            TextField::Method => Word::MethodText,
            TextField::AllocationRule => Word::AllocationRuleText,
            TextField::Exclusions => Word::ExclusionsText,
            TextField::Hardware => Word::HardwareText,
            TextField::Remarks => Word::RemarksText,
        };
        in_language(word, &text.text, &text.language)
    })
}

/// Sentences of ours, which are English, counted from one.
fn lines<'a>(word: Word, texts: impl Iterator<Item = &'a String>) -> impl Iterator<Item = Said> {
    texts
        .zip(1..)
        .map(move |(text, line)| Said { member: Some(line.to_string()), ..in_language(word, text, "en") })
}

fn models(d: &Disclosure) -> impl Iterator<Item = Said> + '_ {
    d.models.iter().flat_map(|model| {
        let day = model.released_on.map(|day| day.to_string());
        let told = [
            (Word::ModelName, Some(&model.name)),
            (Word::ModelVersion, model.version.as_ref()),
            (Word::ModelReleasedOn, day.as_ref()),
            (Word::ModelBaseline, model.baseline.as_ref()),
        ];
        let said = |(word, text): (Word, Option<&String>)| {
            Some(Said { member: Some(readable(&model.key)), ..plain(word, text?) })
        };
        told.into_iter().filter_map(said).collect::<Vec<Said>>()
    })
}

/// A text as XML can hold it: lines end in one way, and what XML has no sign for is marked as lost.
pub(super) fn readable(text: &str) -> String {
    let is_lost = |letter: char| {
        (letter.is_control() && letter != '\n' && letter != '\t') || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    unified.trim().chars().map(|letter| if is_lost(letter) { '\u{fffd}' } else { letter }).collect()
}
