//! A made-up authority pack that holds every field: values of all kinds, reasons, texts, long names, and a model of which
//! little is known. Tests of its formats read it.

use chrono::NaiveDate;
use taskwatt::disclosure::template;
use taskwatt::domain::authority_pack::*;
use taskwatt::domain::disclosure::{ModelLine, ProviderLine, Reference};
use taskwatt::domain::period::Days;
use taskwatt::domain::registry::{ProviderKind, ProviderRole};
use taskwatt::domain::template::{Confidentiality, Recipient};
use taskwatt::domain::terms::TaskType;
use taskwatt::units::{Decimal, Significant};

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn release() -> Release {
    Release {
        confidentiality: Confidentiality::Authority,
        recipients: vec![Recipient::AiOffice, Recipient::NationalAuthorities],
    }
}

/// A text of about so many words.
fn method(words: usize) -> String {
    let sentence = "Meters of the racks were read every minute, and what other work took in the same racks was left \
                    out by its accelerator hours. ";
    let all: Vec<&str> = sentence.split_whitespace().cycle().take(words).collect();
    all.join(" ")
}

/// The pack with so many models; the second has a name without a blank, and nothing is known of the last.
pub fn rich_pack(models: usize) -> AuthorityPack {
    let key = |index: usize| format!("acme/frontier-model-{index}-instruct-2025-10");
    let name = |index: usize| match index {
        1 => "Frontier Model for Long Documents, Code and Conversation – Ассистент, Βοηθός, 助手".to_owned(),
        2 => "frontier-model-with-a-name-that-has-no-blank-".repeat(4),
        _ => format!("Frontier {index}"),
    };
    let of_last = |index: usize| models > 1 && index == models;
    AuthorityPack {
        reference: Reference { number: 7, version: 3 },
        template: template::authority_pack().to_use(),
        built_on: date(2026, 1, 15),
        provider: ProviderLine {
            key: "acme".to_owned(),
            legal_name: "Acme Künstliche Intelligenz Forschungs- und Betriebsgesellschaft mbH & Co. KG"
                .to_owned(),
            contact: Some("https://acme.example/contact/authorities?subject=annex-xi".to_owned()),
            public_note: None,
            kind: ProviderKind::Fictitious,
            lei: Some("5299000J2N45DDNE4Y28".to_owned()),
            role: Some(ProviderRole::Provider),
        },
        models: (1..=models)
            .map(|index| ModelLine {
                key: key(index),
                name: name(index),
                version: (!of_last(index)).then(|| "2025-10".to_owned()),
                released_on: (!of_last(index)).then(|| date(2025, 10, 1)),
                baseline: None,
            })
            .collect(),
        facts: (1..=models)
            .flat_map(|index| if of_last(index) { unknown(&key(index)) } else { known(&key(index)) })
            .collect(),
        texts: (1..=models).filter(|index| !of_last(*index)).flat_map(|index| texts(&key(index))).collect(),
    }
}

fn chat() -> PackTask {
    PackTask {
        task_type: TaskType::Chat,
        hardware: "8 × NVIDIA H100 SXM".to_owned(),
        task: Some("1,000 tokens in, 300 out".to_owned()),
    }
}

fn code() -> PackTask {
    PackTask { task_type: TaskType::Code, hardware: "NVIDIA B200".to_owned(), task: None }
}

fn told(text: &str) -> PackValue {
    PackValue::Told(Significant::parse(text).unwrap())
}

fn fact(model: &str, concept: PackConcept, value: PackValue) -> PackFact {
    PackFact {
        concept,
        model: model.to_owned(),
        value,
        knowledge: None,
        days: None,
        task: None,
        source: PackSource::Declared { revision: 2 },
        release: release(),
    }
}

fn known(model: &str) -> Vec<PackFact> {
    let trained = Days::new(date(2024, 1, 1), date(2024, 6, 1));
    let in_use = |number, value| PackFact {
        knowledge: Some(Knowledge::Known),
        days: Days::new(date(2025, 10, 1), date(2025, 11, 1)),
        source: PackSource::Disclosure {
            reference: Reference { number, version: 1 },
            address: format!("https://energy.acme.example/disclosures/{number}/v1"),
            document_sha256: "0123456789abcdef".repeat(4),
        },
        ..fact(model, PackConcept::EnergyInUse, PackValue::Disclosed(value))
    };
    vec![
        PackFact {
            knowledge: Some(Knowledge::Estimated),
            days: trained,
            ..fact(model, PackConcept::TrainingEnergy, told("51773.00"))
        },
        PackFact { days: trained, ..fact(model, PackConcept::TrainingCompute, told("3.80e25")) },
        in_use(12, Decimal::new(1_234_567_890_123_456_789, 12)),
        in_use(13, Decimal::new(98_765, 1)),
        PackFact { task: Some(chat()), ..fact(model, PackConcept::InferenceCompute, told("1.4e15")) },
        PackFact {
            task: Some(code()),
            ..fact(
                model,
                PackConcept::InferenceCompute,
                PackValue::NotAvailable("=The kernel of this hardware was not counted.".to_owned()),
            )
        },
    ]
}

fn unknown(model: &str) -> Vec<PackFact> {
    let reason = "The model was trained by a company that was bought in 2025; neither its meters nor its accounts of \
                  accelerator hours were kept.";
    let trained = Days::new(date(2023, 1, 1), date(2023, 2, 1));
    let missing = || PackValue::NotAvailable(reason.to_owned());
    vec![
        PackFact { days: trained, ..fact(model, PackConcept::TrainingEnergy, missing()) },
        PackFact { days: trained, ..fact(model, PackConcept::TrainingCompute, missing()) },
        PackFact {
            source: PackSource::None,
            ..fact(
                model,
                PackConcept::EnergyInUse,
                PackValue::NotAvailable("no disclosure with tasks of this model is published".to_owned()),
            )
        },
        PackFact { task: Some(code()), ..fact(model, PackConcept::InferenceCompute, missing()) },
    ]
}

fn texts(model: &str) -> Vec<PackText> {
    let text = |field, task, words| PackText {
        field,
        model: model.to_owned(),
        task,
        text: method(words),
        release: release(),
    };
    vec![
        text(PackTextField::TrainingEnergyMethod, None, 100),
        text(PackTextField::TrainingComputeMethod, None, 12),
        PackText {
            text: "Two operations for each parameter and token.\n\n#eval(1) $x$ <label> are no markup."
                .to_owned(),
            ..text(PackTextField::InferenceComputeMethod, Some(chat()), 0)
        },
    ]
}
