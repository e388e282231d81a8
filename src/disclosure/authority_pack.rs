//! Putting an authority pack together: what was declared of training and compute, and what published disclosures say of
//! the energy of the models in use. `publish/pack.rs` freezes it; it is never public.

use super::template::{self, is_there};
use crate::db::disclosure::newest;
use crate::db::{DbError, Pool, registry, training};
use crate::domain::authority_pack::{
    AuthorityPack, Knowledge, MAX_METHOD_WORDS, PackConcept, PackFact, PackSource, PackTask, PackText,
    PackTextField, PackValue, Release, words,
};
use crate::domain::disclosure::{Disclosure, ModelLine, ProviderLine, Reference};
use crate::domain::fact::{Concept, FactValue, Member, Of};
use crate::domain::lei::Lei;
use crate::domain::names::Name;
use crate::domain::period::Days;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::registry::{Model, Provider, Telling};
use crate::domain::template::{Confidentiality, Field, FieldOf, Need, Template};
use crate::domain::terms::{Evidence, TrainingEvidence};
use crate::domain::training::{InferenceCompute, Stated, Training};
use crate::render::json;
use crate::render::pack::canonical;
use chrono::{NaiveDate, NaiveTime};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Why there is no pack.
#[derive(Debug, Error)]
pub enum PackError {
    /// What the provider has to declare first.
    #[error("{}", .0.iter().map(|fault| fault.detail.as_str()).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Fault>),
    #[error("the document does not follow its template: {}", .0.join("; "))]
    OffTemplate(Vec<String>),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Puts a pack about these models together, as if it were the first of its provider.
///
/// # Errors
///
/// A model is not known, or lacks what Annex XI asks: each is a fault that points at `/models/{index}`.
pub async fn assemble(
    pool: &Pool,
    provider: &Provider,
    keys: &[Name],
    built_on: NaiveDate,
) -> Result<AuthorityPack, PackError> {
    let template = template::authority_pack();
    let parts = read(pool, provider, keys).await?;
    let (facts, texts) = put_together(template, &parts, keys).map_err(PackError::Refused)?;
    let pack = AuthorityPack {
        reference: Reference { number: 1, version: 1 },
        template: template.to_use(),
        built_on,
        provider: provider_line(provider),
        models: parts.models.iter().map(|own| model_line(&own.model)).collect(),
        facts,
        texts,
    };
    let deviations = deviations(template, &pack, &canonical(&pack));
    if deviations.is_empty() { Ok(pack) } else { Err(PackError::OffTemplate(deviations)) }
}

/// What a pack is made of.
struct Parts {
    /// Sorted by key.
    models: Vec<OfModel>,
    /// The disclosures in force with the latest period of each service, with the digests of their documents.
    disclosures: Vec<(Disclosure, String)>,
}

struct OfModel {
    model: Model,
    training: Option<Telling<Training>>,
    inference: Vec<Telling<InferenceCompute>>,
}

async fn read(pool: &Pool, provider: &Provider, keys: &[Name]) -> Result<Parts, PackError> {
    let (mut ids, mut faults) = (Vec::new(), Vec::new());
    for (index, key) in keys.iter().enumerate() {
        match registry::find_model(pool, provider.id, key).await? {
            Some(id) => ids.push(id),
            None => {
                faults.push(fault(index, ProblemCode::UnknownModel, format!("there is no model '{key}'")))
            }
        }
    }
    if !faults.is_empty() {
        return Err(PackError::Refused(faults));
    }
    ids.sort_unstable();
    ids.dedup();
    let mut trained = training::latest(pool, &ids).await?;
    let inference = training::latest_inference_compute(pool, &ids).await?;
    let mut models: Vec<OfModel> = registry::models(pool, &ids)
        .await?
        .into_iter()
        .map(|model| OfModel {
            training: trained
                .iter()
                .position(|(id, _)| *id == model.id)
                .map(|index| trained.swap_remove(index).1),
            inference: inference
                .iter()
                .filter(|(id, _)| *id == model.id)
                .map(|(_, telling)| telling.clone())
                .collect(),
            model,
        })
        .collect();
    models.sort_by(|one, other| one.model.key.cmp(&other.model.key));
    let mut disclosures = Vec::new();
    for service in registry::services(pool, provider.id).await? {
        let Some(document) = newest(pool, service.id).await? else { continue };
        let disclosure = json::read(&document).map_err(|error| DbError::Unreadable(error.to_string()))?;
        disclosures.push((disclosure, hex::encode(Sha256::digest(&document))));
    }
    Ok(Parts { models, disclosures })
}

fn fault(index: usize, code: ProblemCode, detail: String) -> Fault {
    Fault::new(format!("/models/{index}"), code, detail)
}

/// The facts and texts of every model, or what is missing of which.
fn put_together(
    template: &Template,
    parts: &Parts,
    keys: &[Name],
) -> Result<(Vec<PackFact>, Vec<PackText>), Vec<Fault>> {
    let (mut facts, mut texts, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for own in &parts.models {
        let key = own.model.key.as_str();
        let index = keys.iter().position(|asked| asked.as_str() == key).unwrap_or_default();
        match &own.training {
            Some(telling) => training_facts(template, key, telling, &mut facts, &mut texts),
            None => faults.push(fault(
                index,
                ProblemCode::ReasonMissing,
                format!(
                    "nothing is told of the training of model '{key}': POST /v1/models/{{model}}/training"
                ),
            )),
        }
        facts.extend(energy_in_use(template, key, &parts.disclosures));
        if own.inference.is_empty() {
            let detail = format!(
                "nothing is told of the compute of a task of model '{key}': POST /v1/models/{{model}}/inference-compute"
            );
            faults.push(fault(index, ProblemCode::ReasonMissing, detail));
        }
        for telling in &own.inference {
            inference_facts(template, key, telling, &mut facts, &mut texts);
        }
        let too_long =
            texts.iter().filter(|text| text.model == key).filter(|text| words(&text.text) > MAX_METHOD_WORDS);
        faults.extend(too_long.map(|text| {
            let detail = format!(
                "the text '{}' of model '{key}' has {} words; about 100 are asked for, and at most {MAX_METHOD_WORDS} \
                 are taken",
                text.field.as_str(),
                words(&text.text)
            );
            fault(index, ProblemCode::InvalidText, detail)
        }));
    }
    if faults.is_empty() { Ok((facts, texts)) } else { Err(faults) }
}

fn training_facts(
    template: &Template,
    model: &str,
    telling: &Telling<Training>,
    facts: &mut Vec<PackFact>,
    texts: &mut Vec<PackText>,
) {
    let told = &telling.what;
    let knowledge = told.evidence.map(|evidence| match evidence {
        TrainingEvidence::Measured => Knowledge::Known,
        TrainingEvidence::Estimated => Knowledge::Estimated,
    });
    let fact = |concept: PackConcept, stated: &Stated, knowledge| PackFact {
        concept,
        model: model.to_owned(),
        value: value(stated),
        knowledge,
        days: Some(told.trained),
        task: None,
        source: PackSource::Declared { revision: telling.revision },
        release: release(template.fact(concept.as_str())),
    };
    let knowledge = knowledge.filter(|_| told.energy.known().is_some());
    facts.push(fact(PackConcept::TrainingEnergy, &told.energy, knowledge));
    facts.push(fact(PackConcept::TrainingCompute, &told.compute, None));
    let methods = [
        (PackTextField::TrainingEnergyMethod, &told.method),
        (PackTextField::TrainingComputeMethod, &told.compute_method),
    ];
    texts.extend(methods.into_iter().filter_map(|(field, text)| {
        Some(PackText {
            field,
            model: model.to_owned(),
            task: None,
            text: text.clone()?,
            release: release(template.text(field.as_str())),
        })
    }));
}

fn inference_facts(
    template: &Template,
    model: &str,
    telling: &Telling<InferenceCompute>,
    facts: &mut Vec<PackFact>,
    texts: &mut Vec<PackText>,
) {
    let told = &telling.what;
    let task =
        PackTask { task_type: told.task_type, hardware: told.hardware.clone(), task: told.task.clone() };
    let field = PackTextField::InferenceComputeMethod;
    texts.extend(told.method.clone().map(|text| PackText {
        field,
        model: model.to_owned(),
        task: Some(task.clone()),
        text,
        release: release(template.text(field.as_str())),
    }));
    facts.push(PackFact {
        concept: PackConcept::InferenceCompute,
        model: model.to_owned(),
        value: value(&told.compute),
        knowledge: None,
        days: None,
        task: Some(task),
        source: PackSource::Declared { revision: telling.revision },
        release: release(template.fact(PackConcept::InferenceCompute.as_str())),
    });
}

/// The facility energy of a model as each published disclosure with it says; one line that says why, where none does.
fn energy_in_use(template: &Template, model: &str, disclosures: &[(Disclosure, String)]) -> Vec<PackFact> {
    let of = Of::model(&model.into());
    let fact = |value, knowledge, days, source| PackFact {
        concept: PackConcept::EnergyInUse,
        model: model.to_owned(),
        value,
        knowledge,
        days,
        task: None,
        source,
        release: release(template.fact(PackConcept::EnergyInUse.as_str())),
    };
    let with_it =
        disclosures.iter().filter(|(disclosure, _)| disclosure.facts.iter().any(|fact| fact.of == of));
    let mut found: Vec<PackFact> = with_it
        .map(|(disclosure, sha256)| {
            let source = PackSource::Disclosure {
                reference: disclosure.reference,
                address: disclosure.address.clone(),
                document_sha256: sha256.clone(),
            };
            let (value, knowledge) = match disclosure.value_of(Concept::EnergyFacilityTotal, &of) {
                FactValue::Known(value) => (PackValue::Disclosed(value), Some(knowledge(disclosure, &of))),
                FactValue::NotIncluded => {
                    (no_value("the disclosure leaves it out because little is behind it"), None)
                }
                FactValue::Unknown | FactValue::NotApplicable => {
                    (no_value("the disclosure does not state it"), None)
                }
            };
            fact(value, knowledge, whole_days(disclosure), source)
        })
        .collect();
    if found.is_empty() {
        let value = no_value("no disclosure with tasks of this model is published");
        found.push(fact(value, None, None, PackSource::None));
    }
    found
}

fn no_value(reason: &str) -> PackValue {
    PackValue::NotAvailable(reason.to_owned())
}

/// Energy is known where all of it was metered or read from counters, and estimated elsewhere.
fn knowledge(disclosure: &Disclosure, of: &Of) -> Knowledge {
    let tiers: Vec<Evidence> = disclosure
        .facts
        .iter()
        .filter(|fact| fact.of == *of)
        .filter_map(|fact| match (&fact.member, fact.value) {
            (Some(Member::Evidence(tier)), FactValue::Known(share)) if !share.is_zero() => Some(*tier),
            _ => None,
        })
        .collect();
    let is_measured = |tier: &Evidence| matches!(tier, Evidence::Metered | Evidence::Counter);
    if !tiers.is_empty() && tiers.iter().all(is_measured) { Knowledge::Known } else { Knowledge::Estimated }
}

/// The days of its period, where it is one of whole days.
fn whole_days(disclosure: &Disclosure) -> Option<Days> {
    let ends = [disclosure.period.from(), disclosure.period.to()];
    let is_whole = ends.iter().all(|end| end.time() == NaiveTime::MIN);
    let [from, to] = ends.map(|end| end.date_naive());
    Days::new(from, to).filter(|_| is_whole)
}

fn value(stated: &Stated) -> PackValue {
    match stated {
        Stated::Known(value) => PackValue::Told(*value),
        Stated::NotAvailable(reason) => PackValue::NotAvailable(reason.clone()),
    }
}

/// Who may see a field, as the template says; a field that it does not list is found by [`deviations`].
fn release(field: Option<&Field>) -> Release {
    let confidentiality = field.map_or(Confidentiality::Authority, |field| field.confidentiality);
    Release { confidentiality, recipients: field.map(|field| field.recipients.clone()).unwrap_or_default() }
}

fn provider_line(provider: &Provider) -> ProviderLine {
    ProviderLine {
        key: provider.key.to_string(),
        legal_name: provider.legal_name.clone(),
        contact: provider.contact.clone(),
        // Said to the public alone.
        public_note: None,
        kind: provider.kind,
        lei: provider.lei.as_ref().map(Lei::to_string),
        role: provider.role,
    }
}

fn model_line(model: &Model) -> ModelLine {
    ModelLine {
        key: model.key.to_string(),
        name: model.name.clone(),
        version: model.version.clone(),
        released_on: model.released_on,
        baseline: None,
    }
}

/// Where a pack does not follow its template, in plain words.
fn deviations(template: &Template, pack: &AuthorityPack, document: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for fact in pack.facts.iter().filter(|fact| template.fact(fact.concept.as_str()).is_none()) {
        found.push(format!(
            "it holds the figure '{}', which the template does not list",
            fact.concept.as_str()
        ));
    }
    for text in pack.texts.iter().filter(|text| template.text(text.field.as_str()).is_none()) {
        found.push(format!("it holds the text '{}', which the template does not list", text.field.as_str()));
    }
    let document = serde_json::from_slice(document).unwrap_or_default();
    for field in template.fields.iter().filter(|field| field.need == Need::Required) {
        // A figure is required of every model.
        let is_whole = match &field.of {
            FieldOf::Fact { concept, .. } => pack.models.iter().all(|model| {
                pack.facts.iter().any(|fact| fact.model == model.key && fact.concept.as_str() == concept)
            }),
            FieldOf::Member(pointer) => is_there(&document, pointer),
            FieldOf::Text(text) => pack.models.iter().all(|model| {
                pack.texts.iter().any(|own| own.model == model.key && own.field.as_str() == text)
            }),
        };
        if !is_whole {
            found.push(format!("the required field '{}' is missing", field.id));
        }
    }
    found
}
