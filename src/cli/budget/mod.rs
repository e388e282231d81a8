//! `taskwatt budget …`, and the rounds that tell what became of budgets.

pub mod alerts;
pub mod webhook;

use self::alerts::{Looks, round};
use self::webhook::{PrivateNetworks, Sender};
use super::provider_of;
use super::registry::said;
use crate::config::webhooks_may_be_private;
use crate::db::{Pool, budget, declared::Page, registry};
use crate::disclosure::budget::burn_of;
use crate::domain::budget::{
    Allowance, Budget, BudgetService, DEFAULT_THRESHOLDS, MAX_THRESHOLDS, WebhookSecret, WebhookUrl, in_order,
};
use crate::domain::names::Slug;
use crate::domain::registry::Telling;
use crate::domain::terms::{Basis, Perimeter};
use crate::method::budget::{Amount, Measure};
use crate::units::{CarbonMass, EnergyVolume};
use anyhow::{Context, anyhow, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{ArgGroup, Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum BudgetCommand {
    /// Tell how much energy or carbon is meant to be used in a year, or new terms of a budget; its latest terms
    /// count.
    Tell(Box<BudgetTell>),
    /// List every telling of the budgets of a provider.
    List(BudgetList),
    /// Say what became of a budget.
    Burn(BudgetBurn),
    /// Look at every budget of this year now, note which shares were used, and send the messages that are due. A
    /// running service does so by itself.
    Check,
}

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("amount").required(true).args(["energy_kwh", "carbon_kg"])))]
pub struct BudgetTell {
    /// Its name: a-z, 0-9 and -.
    key: Slug,
    #[arg(long)]
    provider: Slug,
    /// The service that it is of [default: all services of the provider].
    #[arg(long)]
    service: Option<Slug>,
    /// The UTC year that it is of.
    #[arg(long, value_parser = clap::value_parser!(i32).range(2020..=2200))]
    year: i32,
    /// Facility energy in kilowatt-hours.
    #[arg(long)]
    energy_kwh: Option<String>,
    /// Location-based emissions in kilograms of CO2e.
    #[arg(long)]
    carbon_kg: Option<String>,
    /// Of the grid intensity of a budget of carbon: lifecycle or direct [default: lifecycle].
    #[arg(long, conflicts_with = "energy_kwh")]
    basis: Option<Basis>,
    /// Of the grid intensity of a budget of carbon: consumption or production [default: production].
    #[arg(long, conflicts_with = "energy_kwh")]
    perimeter: Option<Perimeter>,
    /// A share in percent of which somebody is told; may be given several times [default: 50, 80 and 100].
    #[arg(long = "threshold", value_name = "PERCENT", value_parser = clap::value_parser!(i32).range(1..=1000))]
    thresholds: Vec<i32>,
    /// Where that is told: an https address (http for localhost alone). The secret of its messages is printed once.
    #[arg(long, value_name = "URL")]
    webhook: Option<WebhookUrl>,
    #[arg(long)]
    note: Option<String>,
    /// The budget counts no more.
    #[arg(long)]
    withdrawn: bool,
}

#[derive(Args, Debug)]
pub struct BudgetList {
    #[arg(long)]
    provider: Slug,
}

#[derive(Args, Debug)]
pub struct BudgetBurn {
    key: Slug,
    #[arg(long)]
    provider: Slug,
}

pub async fn run(pool: &Pool, command: BudgetCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        BudgetCommand::Tell(args) => tell(pool, *args, now).await,
        BudgetCommand::List(args) => list(pool, &args.provider).await,
        BudgetCommand::Burn(args) => burn(pool, &args, now).await,
        BudgetCommand::Check => check(pool, now).await,
    }
}

/// The sender of messages as the environment sets it.
///
/// # Errors
///
/// A setting is none of those that there are.
pub fn sender() -> anyhow::Result<Sender> {
    let private =
        if webhooks_may_be_private()? { PrivateNetworks::Allowed } else { PrivateNetworks::Refused };
    Sender::new(private).context("messages about budgets cannot be sent")
}

async fn tell(pool: &Pool, args: BudgetTell, now: DateTime<Utc>) -> anyhow::Result<()> {
    let provider = provider_of(pool, &args.provider).await?;
    let service = match args.service {
        None => None,
        Some(key) => {
            let found = registry::find_service(pool, provider.id, &key).await?;
            let found =
                found.with_context(|| format!("provider '{}' has no service '{key}'", provider.key))?;
            Some(BudgetService { id: found.id, key })
        }
    };
    let energy = args.energy_kwh.as_deref().map(EnergyVolume::parse_kwh).transpose();
    let energy = energy.map_err(|error| anyhow!("--energy-kwh {error}"))?.map(Allowance::Energy);
    let carbon = args.carbon_kg.as_deref().map(CarbonMass::parse_kilograms).transpose();
    let carbon = carbon.map_err(|error| anyhow!("--carbon-kg {error}"))?.map(|mass| {
        let (basis, perimeter) = (args.basis, args.perimeter);
        Allowance::Carbon(mass, basis.unwrap_or(Basis::Lifecycle), perimeter.unwrap_or(Perimeter::Production))
    });
    let thresholds = if args.thresholds.is_empty() { DEFAULT_THRESHOLDS.to_vec() } else { args.thresholds };
    let thresholds = in_order(thresholds);
    ensure!(thresholds.len() <= MAX_THRESHOLDS, "--threshold may be given at most {MAX_THRESHOLDS} times");
    let budget = Budget {
        key: args.key,
        service,
        year: args.year,
        allowance: energy.or(carbon).context("give --energy-kwh or --carbon-kg")?,
        thresholds,
        webhook: args.webhook,
        note: args.note,
        is_withdrawn: args.withdrawn,
    };
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| anyhow!("no random numbers: {error}"))?;
    let told = budget::tell(pool, provider.id, &budget, WebhookSecret::from_random(random), now).await;
    let (told, secret) = match told {
        Ok(told) => (Ok(told.told), told.new_secret),
        Err(error) => (Err(error), None),
    };
    said(told, &format!("budget '{}'", budget.key))?;
    if let Some(secret) = secret {
        eprintln!("With this secret its messages are signed. It is shown once; keep it safe.");
        println!("{}", secret.reveal());
    }
    Ok(())
}

/// Tellings that are asked for at a time.
const PAGE: i64 = 500;

async fn list(pool: &Pool, provider: &Slug) -> anyhow::Result<()> {
    let provider = provider_of(pool, provider).await?;
    println!(
        "budget\trevision\tservice\tyear\tamount\tbasis\tperimeter\tthresholds\twebhook\twithdrawn\tnote"
    );
    let mut skip = 0;
    loop {
        let found = budget::list(pool, provider.id, Page { skip, limit: PAGE }).await?;
        found.iter().for_each(print);
        if (found.len() as i64) < PAGE {
            return Ok(());
        }
        skip += PAGE;
    }
}

fn print(telling: &Telling<Budget>) {
    let what = &telling.what;
    let (basis, perimeter) = match what.allowance {
        Allowance::Energy(_) => ("-", "-"),
        Allowance::Carbon(_, basis, perimeter) => (basis.as_str(), perimeter.as_str()),
    };
    let thresholds: Vec<String> = what.thresholds.iter().map(|percent| format!("{percent} %")).collect();
    println!(
        "{}\t{}\t{}\t{}\t{}\t{basis}\t{perimeter}\t{}\t{}\t{}\t{}",
        what.key,
        telling.revision,
        what.service.as_ref().map_or("-", |service| service.key.as_str()),
        what.year,
        amount(what.allowance),
        thresholds.join(", "),
        what.webhook.as_ref().map_or("-", WebhookUrl::as_str),
        if what.is_withdrawn { "yes" } else { "no" },
        // A person's text: what is no plain character must not steer a terminal.
        what.note.as_deref().unwrap_or("-").escape_debug(),
    );
}

fn amount(allowance: Allowance) -> String {
    match allowance {
        Allowance::Energy(volume) => format!("{} kWh", volume.kilowatt_hours()),
        Allowance::Carbon(mass, _, _) => format!("{} kg CO2e", mass.kilograms()),
    }
}

/// Decimals of amounts that are printed.
const DECIMALS: u32 = 3;

async fn burn(pool: &Pool, args: &BudgetBurn, now: DateTime<Utc>) -> anyhow::Result<()> {
    let provider = provider_of(pool, &args.provider).await?;
    let telling = budget::latest(pool, provider.id, &args.key).await?;
    let terms =
        telling.with_context(|| format!("provider '{}' has no budget '{}'", provider.key, args.key))?.what;
    let (burn, counted) = burn_of(pool, provider.id, &terms, now).await?;
    let measure = Measure::of(terms.allowance);
    let unit = if measure == Measure::Energy { "kWh" } else { "kg CO2e" };
    let text = |value: Amount| match measure.decimal(value, DECIMALS) {
        Some(value) => format!("{} {unit}", value.without_trailing_zeros()),
        None => "too much to print".to_owned(),
    };
    let share = |value: Amount| match value.share_of(Amount::of_allowance(terms.allowance)) {
        Some(share) => format!(", {share} of the budget"),
        None => String::new(),
    };
    let withdrawn = if terms.is_withdrawn { ", withdrawn" } else { "" };
    println!("budget   {} in {}{withdrawn}", amount(terms.allowance), terms.year);
    let last = burn.last_day_with_data.map_or_else(|| "none".to_owned(), |day| day.to_string());
    println!(
        "used     {}{}; {} day(s) with data, the last {last}",
        text(burn.used),
        share(burn.used),
        burn.days_with_data
    );
    if counted.estimated > Amount::ZERO {
        println!("         {} of it estimated, because tasks came without energy", text(counted.estimated));
    }
    counted.left_out(&burn).iter().for_each(|sentence| println!("         {sentence}"));
    match &burn.forecast {
        Ok(made) => {
            println!(
                "forecast {}{}; 95 % interval {} to {}",
                text(made.total),
                share(made.total),
                text(made.low),
                text(made.high)
            );
            println!("         {}", made.describe());
        }
        Err(why) => println!("forecast none: {}", why.describe()),
    }
    for one in &burn.thresholds {
        let on = |day: Option<NaiveDate>, what: &str| day.map(|day| format!("{what} on {day}"));
        let said = on(one.passed_on, "used").or_else(|| on(one.forecast_on, "forecast to be used"));
        let said = said.unwrap_or_else(|| "not used, nor forecast to be".to_owned());
        println!("{:>7} % {said}", one.percent);
    }
    Ok(())
}

async fn check(pool: &Pool, now: DateTime<Utc>) -> anyhow::Result<()> {
    let outcome = round(pool, now, &sender()?, Looks::All).await?;
    outcome.events.iter().for_each(|event| println!("{event}"));
    println!(
        "{} budget(s) looked at, {} event(s), {} message(s) delivered, {} not",
        outcome.budgets,
        outcome.events.len(),
        outcome.delivered,
        outcome.failed
    );
    ensure!(
        outcome.unclear.is_empty(),
        "it cannot be said what became of some budgets: {}",
        outcome.unclear.join("; ")
    );
    Ok(())
}
