//! `taskwatt disclosure …`.

use super::provider_of;
use super::registry::{line, prose};
use crate::config::{HouseholdArgs, PublicUrl};
use crate::db::disclosure::find;
use crate::db::{Pool, registry};
use crate::disclosure::difference::difference;
use crate::disclosure::impact::{Impact, impacts};
use crate::disclosure::stated::{MAX_REASON_CHARS, MAX_VERIFICATION_CHARS, Stated, ToldVerification};
use crate::disclosure::{self, Request};
use crate::domain::difference::{Difference, FactChange, MemberChange};
use crate::domain::disclosure::{Disclosure, Reference, VerificationKind};
use crate::domain::fact::{Concept, FactValue, Member, Of};
use crate::domain::impact::Change;
use crate::domain::names::Slug;
use crate::domain::period::Period;
use crate::domain::terms::{Basis, Perimeter, SmallCells};
use crate::publish;
use crate::publish::worker::Renderer;
use crate::render::csv::value_text;
use crate::render::{difference as rendered, json};
use anyhow::{Context, anyhow};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use std::io::Write;

#[derive(Debug, Subcommand)]
pub enum DisclosureCommand {
    /// Build a draft from the totals of a period; building again replaces the draft.
    Build(Box<DisclosureBuild>),
    /// Publish a draft: its bytes are frozen, and the version before is superseded.
    Publish(DisclosurePublish),
    /// List published disclosures about which something new was told since, with the figures that would differ.
    Impacts(DisclosureImpacts),
    /// Compare two versions of a disclosure, figure by figure; drafts too.
    Difference(DisclosureDifference),
}

#[derive(Args, Debug)]
pub struct DisclosureDifference {
    /// The number of the disclosure.
    number: i32,
    /// The earlier version.
    #[arg(long)]
    from: i32,
    /// The later version.
    #[arg(long)]
    to: i32,
    /// Print it as CSV or JSON instead of lines for people.
    #[arg(long, value_name = "FORM", value_parser = ["csv", "json"])]
    format: Option<String>,
}

#[derive(Args, Debug)]
pub struct DisclosureImpacts {
    #[arg(long)]
    provider: Slug,
}

#[derive(Args, Debug)]
pub struct DisclosureBuild {
    #[arg(long)]
    provider: Slug,
    #[arg(long)]
    service: Slug,
    /// The period's beginning (UTC): a date, or an instant on the hour.
    #[arg(long)]
    from: String,
    /// The first instant that is no longer inside.
    #[arg(long)]
    to: String,
    /// Whether grid factors count the life cycle of power plants or direct emissions.
    #[arg(long, default_value = "lifecycle")]
    basis: Basis,
    /// Whether grid factors are of the electricity consumed in a zone or produced in it.
    #[arg(long, default_value = "production")]
    perimeter: Perimeter,
    /// The beginning of the period that the energy per task is compared with.
    #[arg(long, requires = "baseline_to")]
    baseline_from: Option<String>,
    /// Its end, which is no longer inside.
    #[arg(long, requires = "baseline_from")]
    baseline_to: Option<String>,
    /// Which figures are left out: those of few sites, those of few sites or tasks (all), or none (shown).
    #[arg(long, default_value = "sites")]
    small_cells: SmallCells,
    #[command(flatten)]
    stated: StatedArgs,
    #[command(flatten)]
    household: HouseholdArgs,
    /// The address under which the public reaches the service; it stands in the document for ever.
    #[arg(long, env = "TASKWATT_PUBLIC_URL", value_name = "URL")]
    public_url: PublicUrl,
}

/// What the provider states of the version.
#[derive(Args, Debug)]
struct StatedArgs {
    /// Who verified the figures: none, internal (another part of the provider) or third_party.
    #[arg(long, default_value = "none")]
    verification: VerificationKind,
    /// By which standard, such as "ISO 14064-3"; needed of a third party.
    #[arg(long)]
    verification_standard: Option<String>,
    /// Who it was; needed of a third party.
    #[arg(long)]
    verifier: Option<String>,
    /// On which day (UTC); needed of any verification.
    #[arg(long)]
    verified_on: Option<NaiveDate>,
    /// Why this version takes the place of the published one before.
    #[arg(long)]
    reason: Option<String>,
}

impl StatedArgs {
    fn stated(self, period: Period, now: DateTime<Utc>) -> anyhow::Result<Stated> {
        let short = |argument: &str, text: Option<String>| {
            text.map(|text| line(argument, text, MAX_VERIFICATION_CHARS)).transpose()
        };
        let told = ToldVerification {
            kind: Some(self.verification),
            standard: short("--verification-standard", self.verification_standard)?,
            verifier: short("--verifier", self.verifier)?,
            verified_on: self.verified_on,
        };
        let verification = told.check(period, now.date_naive()).map_err(|faults| {
            let faults = faults.iter().map(|fault| {
                format!("--{}: {}", fault.pointer.trim_start_matches('/').replace('_', "-"), fault.detail)
            });
            anyhow!(faults.collect::<Vec<_>>().join("; "))
        })?;
        let reason = self.reason.map(|reason| prose("--reason", reason, MAX_REASON_CHARS)).transpose()?;
        Ok(Stated { verification, reason })
    }
}

#[derive(Args, Debug)]
pub struct DisclosurePublish {
    /// The number that 'disclosure build' printed.
    number: i32,
    /// The version that 'disclosure build' printed.
    version: i32,
}

pub async fn run(pool: &Pool, command: DisclosureCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        DisclosureCommand::Build(args) => {
            let args = *args;
            let provider = provider_of(pool, &args.provider).await?;
            let service = registry::find_service(pool, provider.id, &args.service).await?;
            let service = service.with_context(|| format!("there is no service '{}'", args.service))?;
            let period = Period::parse(&args.from, &args.to)?;
            let (basis, perimeter) = (args.basis, args.perimeter);
            let baseline = match (&args.baseline_from, &args.baseline_to) {
                (Some(from), Some(to)) => Some(Period::parse(from, to).context("the baseline")?),
                _ => None,
            };
            let small_cells = args.small_cells;
            let stated = args.stated.stated(period, now)?;
            let household = args.household.household()?;
            let request = Request {
                provider: &provider,
                service: &service,
                period,
                basis,
                perimeter,
                baseline,
                small_cells,
                stated: &stated,
                household: household.as_ref(),
            };
            let built = disclosure::build(pool, request, args.public_url.as_str(), now).await?;
            let Reference { number, version } = built.disclosure.reference;
            let mean = value_text(built.disclosure.value(Concept::EnergyPerTaskMean, None));
            println!("draft of disclosure {number}, version {version}: mean {mean} Wh per task");
            println!("SHA-256 {}", hex::encode(built.document_sha256));
            println!("publish it with 'taskwatt disclosure publish {number} {version}'");
        }
        DisclosureCommand::Publish(args) => {
            let reference = Reference { number: args.number, version: args.version };
            let draft = find(pool, reference).await?.with_context(|| no_version(reference))?;
            let renderer = Renderer::new(1);
            let published = publish::publish(pool, &renderer, draft.provider, reference, now).await?;
            println!("published: {}", published.address);
        }
        DisclosureCommand::Difference(args) => {
            let document = async |version| -> anyhow::Result<Disclosure> {
                let reference = Reference { number: args.number, version };
                let found = find(pool, reference).await?.with_context(|| no_version(reference))?;
                Ok(json::read(&found.document)?)
            };
            let found = difference(&document(args.from).await?, &document(args.to).await?);
            match args.format.as_deref() {
                Some("csv") => std::io::stdout().write_all(&rendered::csv(&found))?,
                Some(_) => std::io::stdout().write_all(&rendered::json(&found))?,
                None => print_difference(&found),
            }
        }
        DisclosureCommand::Impacts(args) => {
            let provider = provider_of(pool, &args.provider).await?;
            let (mut after, mut listed) = (Some(0), 0);
            while let Some(number) = after {
                let page = impacts(pool, &provider, number).await?;
                page.impacts.iter().for_each(print_impact);
                listed += page.impacts.len();
                after = page.next;
            }
            println!("{listed} published disclosure(s) about which something new was told");
        }
    }
    Ok(())
}

fn no_version(reference: Reference) -> String {
    format!("there is no disclosure {}, version {}", reference.number, reference.version)
}

fn print_difference(found: &Difference) {
    for change in &found.facts {
        let FactChange { concept, of, member, old, new } = change;
        let change = change.absolute().map_or(String::new(), |absolute| {
            let relative = change.relative().map_or(String::new(), |ratio| format!(", relative {ratio}"));
            format!(" (by {absolute}{relative})")
        });
        let month = of.month.map_or(String::new(), |month| format!(", {}", month.from().format("%Y-%m")));
        println!("{}{change}{month}", change_line(*concept, of, member.as_ref(), (*old, *new)));
    }
    for MemberChange { pointer, old, new } in &found.members {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "not there".to_owned());
        println!("{pointer}: {} -> {}", text(old), text(new));
    }
    println!(
        "{} figure(s) and {} other member(s) differ; {} figure(s) are the same",
        found.facts.len(),
        found.members.len(),
        found.facts_unchanged
    );
}

fn print_impact(impact: &Impact) {
    let Disclosure { reference, service, period, address, .. } = &impact.published;
    let (from, to) = (period.from().format("%Y-%m-%d"), period.to().format("%Y-%m-%d"));
    println!(
        "disclosure {}, version {}: service {}, {from} until before {to}",
        reference.number, reference.version, service.key
    );
    println!("  {address}");
    for cause in &impact.causes {
        println!("  told since: {}", cause.sentence());
    }
    match &impact.changes {
        Err(reason) => println!("  it cannot be built now: {reason}"),
        Ok(changes) if changes.is_empty() => println!("  no figure differs"),
        Ok(changes) => changes.iter().for_each(print_change),
    }
}

fn print_change(change: &Change) {
    let Change { concept, of, member, published, now } = change;
    println!("  {}", change_line(*concept, of, member.as_ref(), (*published, *now)));
}

fn change_line(
    concept: Concept,
    of: &Of,
    member: Option<&Member>,
    (old, new): (Option<FactValue>, Option<FactValue>),
) -> String {
    let task_type = of.task_type.map_or("all", |task_type| task_type.as_str());
    let model = of.model.as_ref().map_or(String::new(), |model| format!(", {model}"));
    let member = member.map_or(String::new(), |member| format!(", {}", member.as_pair().1));
    let text = |value: Option<FactValue>| value.map_or("not stated".to_owned(), value_text);
    let unit = concept.unit();
    format!("{} ({task_type}{model}{member}): {} -> {} {unit}", concept.as_str(), text(old), text(new))
}
