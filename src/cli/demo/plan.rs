//! Who is in the demonstration, and what they publish.

use super::fiction::{self, Place, Workload};
use super::trace;
use crate::app::Clock;
use crate::cli::key;
use crate::db::registry::{self, NewModel, NewProvider};
use crate::db::{DbError, Pool, contract, declared, factor};
use crate::domain::contract::{Contract, ContractVolume};
use crate::domain::ids::ProviderId;
use crate::domain::period::{Days, Period};
use crate::domain::registry::{ProviderKind, SiteDeclaration, SiteValue};
use crate::domain::terms::{Instrument, Perimeter, Scope, SiteFactorKind, StepKind, TaskType};
use crate::intensity::csv_series;
use crate::units::{EnergyVolume, Intensity, Ratio};
use anyhow::Context;
use flate2::read::GzDecoder;

pub struct DemoProvider {
    pub key: &'static str,
    pub name: &'static str,
    kind: ProviderKind,
    note: Option<&'static str>,
    contact: Option<&'static str>,
    services: &'static [DemoService],
    models: &'static [DemoModel],
    sites: &'static [DemoSite],
    contracts: &'static [DemoContract],
    pub disclosures: Vec<DemoDisclosure>,
}

/// Key, name and energy method.
type DemoService = (&'static str, &'static str, &'static str);
/// Key, name, version and release.
type DemoModel = (&'static str, &'static str, Option<&'static str>, Option<&'static str>);
/// Key, name, zone and declared factors of 2025.
type DemoSite = (&'static str, &'static str, &'static str, &'static [(SiteFactorKind, &'static str)]);

/// What was bought for October 2025.
struct DemoContract {
    key: &'static str,
    instrument: Instrument,
    zone: &'static str,
    /// Watt-hours of the month, or of each hour of a day that repeats.
    volume: DemoVolume,
    lifecycle_g_per_kwh: &'static str,
    reference: &'static str,
}

enum DemoVolume {
    Month(i64),
    EveryDay([i64; 24]),
}

/// What is sent and disclosed of one service.
#[derive(Clone, Copy)]
pub struct DemoDisclosure {
    pub service: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    pub perimeter: Perimeter,
    pub records: fn() -> anyhow::Result<Vec<String>>,
}

const fn october(service: &'static str, records: fn() -> anyhow::Result<Vec<String>>) -> DemoDisclosure {
    DemoDisclosure {
        service,
        from: fiction::FROM,
        to: fiction::TO,
        perimeter: Perimeter::Production,
        records,
    }
}

/// The fictitious ones come first, so that the real trace stands on top of the register.
pub fn providers() -> Vec<DemoProvider> {
    vec![papierhaus(), valmont(), nordlicht(), azure_trace()]
}

fn azure_trace() -> DemoProvider {
    const fn hour_of_trace(
        service: &'static str,
        records: fn() -> anyhow::Result<Vec<String>>,
    ) -> DemoDisclosure {
        let (from, to) = ("2023-11-16T18:00:00Z", "2023-11-16T20:00:00Z");
        DemoDisclosure { service, from, to, perimeter: Perimeter::Consumption, records }
    }
    DemoProvider {
        key: trace::PROVIDER,
        name: "Azure LLM inference trace 2023 (public data set)",
        kind: ProviderKind::PublicData,
        note: Some(trace::NOTE),
        contact: None,
        services: &[
            ("conversation", "Conversation trace", trace::METHOD),
            ("code", "Code completion trace", trace::METHOD),
        ],
        models: &[(trace::MODEL, "Not stated in the trace", None, None)],
        sites: &[(trace::SITE, "Not stated in the trace; Germany is assumed", "DE", &[])],
        contracts: &[],
        disclosures: vec![
            hour_of_trace("code", trace::code),
            hour_of_trace("conversation", trace::conversation),
        ],
    }
}

const NORDLICHT_PLACES: &[Place] = &[
    Place { site: "lulea-1", weight: 55, boundary: "it", evidence: "metered" },
    Place { site: "frankfurt-2", weight: 30, boundary: "accelerator", evidence: "counter" },
    Place { site: "helsinki-1", weight: 15, boundary: "server", evidence: "counter" },
];

const NORDLICHT_CHAT: Workload = Workload {
    seed: 1,
    tasks: 9_000,
    service: "assistant",
    model: "nordlicht-instruct-large-2025-09-fp8-moe",
    task_type: TaskType::Chat,
    places: NORDLICHT_PLACES,
    input_tokens: 420,
    output_tokens: 310,
    uj_per_output_token: 1_900_000,
    uj_per_input_token: 35_000,
    steps: &[(StepKind::Generation, 820, 900), (StepKind::Verification, 40, 80)],
};

fn nordlicht() -> DemoProvider {
    DemoProvider {
        key: "nordlicht",
        name: "Nordlicht AI (fictitious)",
        kind: ProviderKind::Fictitious,
        note: None,
        contact: Some("energy@nordlicht.example"),
        services: &[
            (
                "assistant",
                "Nordlicht Assistant",
                "Rack meters in Luleå, device counters elsewhere. The energy of a shared batch is allocated by \
                 output tokens, idle capacity by busy time.",
            ),
            (
                "agent",
                "Nordlicht Agent",
                "As for the assistant; a task includes every call of a model or tool that it triggered.",
            ),
        ],
        models: &[
            (
                "nordlicht-instruct-large-2025-09-fp8-moe",
                "Nordlicht Instruct Large",
                Some("2025-09"),
                Some("2025-09-18"),
            ),
            ("nordlicht-reason-2", "Nordlicht Reason", Some("2.1"), Some("2025-06-04")),
        ],
        sites: &[
            ("lulea-1", "Luleå 1", "SE-SE1", &[(SiteFactorKind::Pue, "1.12")]),
            (
                "frankfurt-2",
                "Frankfurt 2",
                "DE",
                &[(SiteFactorKind::Pue, "1.31"), (SiteFactorKind::ServerPerAccelerator, "1.38")],
            ),
            ("helsinki-1", "Helsinki 1", "FI", &[(SiteFactorKind::Pue, "1.18")]),
        ],
        contracts: &[
            DemoContract {
                key: "certificates-lulea",
                instrument: Instrument::GuaranteeOfOrigin,
                zone: "SE-SE1",
                volume: DemoVolume::Month(2_000),
                lifecycle_g_per_kwh: "24",
                reference: "Fictitious certificates 1 and 2, cancelled for October 2025",
            },
            DemoContract {
                key: "wind-farm-hesse",
                instrument: Instrument::PowerPurchaseAgreement,
                zone: "DE",
                // By the UTC hour: more at night than at noon.
                volume: DemoVolume::EveryDay([
                    4, 4, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 4,
                ]),
                lifecycle_g_per_kwh: "11",
                reference: "Fictitious agreement with a wind farm, meter of the wind farm by the hour",
            },
        ],
        disclosures: vec![october("agent", nordlicht_agent), october("assistant", nordlicht_assistant)],
    }
}

fn nordlicht_agent() -> anyhow::Result<Vec<String>> {
    let agent = Workload {
        seed: 4,
        tasks: 1_500,
        service: "agent",
        model: "nordlicht-reason-2",
        task_type: TaskType::Agent,
        input_tokens: 9_000,
        output_tokens: 4_200,
        steps: &[
            (StepKind::Generation, 380, 460),
            (StepKind::Reasoning, 180, 260),
            (StepKind::Retrieval, 40, 80),
            (StepKind::Tool, 50, 110),
            (StepKind::Verification, 20, 60),
        ],
        ..NORDLICHT_CHAT
    };
    let code = Workload {
        seed: 5,
        tasks: 4_500,
        task_type: TaskType::Code,
        input_tokens: 2_400,
        output_tokens: 260,
        steps: &[],
        ..agent
    };
    Ok(fiction::records(&[agent, code]))
}

fn nordlicht_assistant() -> anyhow::Result<Vec<String>> {
    let answering = Workload {
        seed: 2,
        tasks: 3_500,
        task_type: TaskType::QuestionAnswering,
        input_tokens: 3_100,
        output_tokens: 380,
        steps: &[
            (StepKind::Generation, 640, 720),
            (StepKind::Retrieval, 120, 180),
            (StepKind::Verification, 50, 90),
        ],
        ..NORDLICHT_CHAT
    };
    let summaries = Workload {
        seed: 3,
        tasks: 1_500,
        task_type: TaskType::Summarisation,
        input_tokens: 14_000,
        output_tokens: 520,
        ..NORDLICHT_CHAT
    };
    Ok(fiction::records(&[NORDLICHT_CHAT, answering, summaries]))
}

fn valmont() -> DemoProvider {
    DemoProvider {
        key: "valmont",
        name: "Université de Valmont (fictitious)",
        kind: ProviderKind::Fictitious,
        note: None,
        contact: Some("energie@valmont.example"),
        services: &[(
            "tutor",
            "Campus Tutor",
            "The meter of the machine room, cooling included, shared out to tasks by time on the accelerators.",
        )],
        models: &[
            ("valmont-tutor-8b", "Valmont Tutor 8B", Some("1.3"), Some("2025-02-11")),
            ("valmont-tutor-8b-reasoning", "Valmont Tutor 8B Reasoning", Some("1.3"), Some("2025-08-25")),
        ],
        sites: &[("lyon-campus", "Lyon campus", "FR", &[(SiteFactorKind::Pue, "1.24")])],
        contracts: &[],
        disclosures: vec![october("tutor", || {
            let chat = Workload {
                seed: 11,
                tasks: 5_000,
                service: "tutor",
                model: "valmont-tutor-8b",
                task_type: TaskType::Chat,
                places: &[Place {
                    site: "lyon-campus",
                    weight: 1,
                    boundary: "facility",
                    evidence: "metered",
                }],
                input_tokens: 500,
                output_tokens: 280,
                uj_per_output_token: 520_000,
                uj_per_input_token: 9_000,
                steps: &[],
            };
            let reasoning = Workload {
                seed: 12,
                tasks: 1_200,
                model: "valmont-tutor-8b-reasoning",
                task_type: TaskType::Reasoning,
                output_tokens: 3_400,
                steps: &[(StepKind::Reasoning, 700, 850), (StepKind::Generation, 80, 140)],
                ..chat
            };
            let translation = Workload {
                seed: 13,
                tasks: 1_800,
                task_type: TaskType::Translation,
                output_tokens: 450,
                ..chat
            };
            Ok(fiction::records(&[chat, reasoning, translation]))
        })],
    }
}

fn papierhaus() -> DemoProvider {
    DemoProvider {
        key: "papierhaus",
        name: "Papierhaus Verlag AG (fictitious)",
        kind: ProviderKind::Fictitious,
        note: None,
        contact: Some("energie@papierhaus.example"),
        services: &[(
            "archive-search",
            "Archive Search and Summaries",
            "Modelled from tokens with a coefficient measured on the same hardware at batch 32.",
        )],
        models: &[
            ("papier-embed-v3", "Papier Embed", Some("3"), None),
            ("papier-summary-7b", "Papier Summary 7B", None, Some("2024-11-30")),
        ],
        sites: &[("warszawa-1", "Warszawa 1", "PL", &[]), ("dublin-3", "Dublin 3", "IE", &[])],
        contracts: &[],
        disclosures: vec![october("archive-search", || {
            let embedding = Workload {
                seed: 21,
                tasks: 5_000,
                service: "archive-search",
                model: "papier-embed-v3",
                task_type: TaskType::Embedding,
                places: &[
                    Place { site: "warszawa-1", weight: 60, boundary: "accelerator", evidence: "modelled" },
                    Place { site: "dublin-3", weight: 40, boundary: "accelerator", evidence: "modelled" },
                ],
                input_tokens: 700,
                output_tokens: 1,
                uj_per_output_token: 0,
                uj_per_input_token: 2_100,
                steps: &[],
            };
            let summaries = Workload {
                seed: 22,
                tasks: 2_000,
                model: "papier-summary-7b",
                task_type: TaskType::Summarisation,
                input_tokens: 6_000,
                output_tokens: 240,
                uj_per_output_token: 610_000,
                uj_per_input_token: 11_000,
                ..embedding
            };
            Ok(fiction::records(&[embedding, summaries]))
        })],
    }
}

/// Adds what is missing of a provider, and makes a key for this run.
pub async fn register(pool: &Pool, provider: &DemoProvider) -> anyhow::Result<String> {
    let now = Clock::System.now();
    let slug = provider.key.parse()?;
    let new = NewProvider {
        key: &slug,
        legal_name: provider.name,
        contact: provider.contact,
        public_note: provider.note,
        kind: provider.kind,
        lei: None,
        role: None,
    };
    unless_there(registry::insert_provider(pool, new, now).await)?;
    let id = registry::find_provider(pool, &slug).await?.context("the provider that was just added")?.id;
    for (key, name, method) in provider.services {
        unless_there(registry::insert_service(pool, id, &key.parse()?, name, Some(method), now).await)?;
    }
    for (key, name, version, released_on) in provider.models {
        let released_on = released_on.map(str::parse).transpose()?;
        let key = key.parse()?;
        let new = NewModel { key: &key, name, version: *version, released_on };
        unless_there(registry::insert_model(pool, id, new, now).await)?;
    }
    for (key, name, zone, factors) in provider.sites {
        let key = key.parse()?;
        unless_there(registry::insert_site(pool, id, &key, name, zone, now).await)?;
        let site = registry::find_site(pool, id, &key).await?.context("the site that was just added")?;
        let year = Period::parse("2025-01-01", "2026-01-01")?;
        let valid = Days::new(year.from().date_naive(), year.to().date_naive()).context("a year")?;
        // A declaration is never overwritten, so it is made once.
        if !registry::site_factors(pool, &[site], year).await?.is_empty() {
            continue;
        }
        for (kind, value) in *factors {
            let value = SiteValue::Factor(*kind, Ratio::parse(value)?);
            declared::tell_site(pool, site, SiteDeclaration { value, valid }, now).await?;
        }
    }
    for one in provider.contracts {
        contract::tell(pool, id, &contract_of(one)?, now).await?;
    }
    if provider.key == trace::PROVIDER {
        let hours = GzDecoder::new(trace::GERMANY_2023);
        let series = csv_series::read(hours, "DE", &trace::factor_columns())?;
        factor::import(pool, &trace::factor_set()?, &series.values, &[], now, &|_| ()).await?;
    }
    make_key(pool, id).await
}

fn contract_of(one: &DemoContract) -> anyhow::Result<Contract> {
    let days = Days::new(fiction::FROM.parse()?, fiction::TO.parse()?).context("a month")?;
    let volume = |watt_hours| EnergyVolume::from_watt_hours(watt_hours).context("a volume");
    let hours = 24 * (days.to() - days.from()).num_days() as usize;
    let volume = match &one.volume {
        DemoVolume::Month(watt_hours) => ContractVolume::Annual(volume(*watt_hours)?),
        DemoVolume::EveryDay(day) => ContractVolume::Hourly(
            day.iter().cycle().take(hours).map(|hour| volume(*hour)).collect::<anyhow::Result<_>>()?,
        ),
    };
    Ok(Contract {
        key: one.key.parse()?,
        instrument: one.instrument,
        zone: one.zone.to_owned(),
        valid: days,
        volume,
        lifecycle: Some(Intensity::parse_grams_per_kwh(one.lifecycle_g_per_kwh)?),
        direct: Some(Intensity::parse_grams_per_kwh("0")?),
        reference: one.reference.to_owned(),
    })
}

async fn make_key(pool: &Pool, provider: ProviderId) -> anyhow::Result<String> {
    let scopes = [Scope::RecordsWrite, Scope::DisclosuresWrite];
    key::make(pool, provider, "demonstration", &scopes, Clock::System.now()).await
}

/// What an interrupted run added already is no error.
fn unless_there<T>(result: Result<T, DbError>) -> anyhow::Result<Option<T>> {
    match result {
        Ok(added) => Ok(Some(added)),
        Err(DbError::Taken { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
