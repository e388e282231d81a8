//! `taskwatt equivalent`.

use crate::config::HouseholdArgs;
use crate::method::equivalent::equivalent;
use crate::text::{self, Language};
use crate::units::EnergyTotal;
use anyhow::{Context, anyhow};
use clap::Args;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub struct EquivalentArgs {
    #[command(flatten)]
    energy: EnergyArgs,
    /// The language of the sentence, as a BCP 47 tag.
    #[arg(long, default_value = "en", value_parser = Language::from_tag, value_name = "LANGUAGE")]
    language: Language,
    #[command(flatten)]
    household: HouseholdArgs,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct EnergyArgs {
    /// The energy in watt-hours.
    #[arg(long)]
    wh: Option<String>,
    /// The energy in kilowatt-hours.
    #[arg(long)]
    kwh: Option<String>,
    /// The energy in joules.
    #[arg(long)]
    j: Option<String>,
}

pub fn run(args: &EquivalentArgs) -> anyhow::Result<ExitCode> {
    let household = args.household.household()?;
    let energy = args.energy.energy()?;
    let found = equivalent(energy, household.as_ref());
    let found = found.context("there are equivalents of energies from 1 mJ to 1 TWh")?;
    println!("{}", text::equivalent(args.language, &found));
    println!("{}", found.source);
    Ok(ExitCode::SUCCESS)
}

impl EnergyArgs {
    fn energy(&self) -> anyhow::Result<EnergyTotal> {
        let (name, energy) = match (&self.wh, &self.kwh, &self.j) {
            (Some(text), _, _) => ("--wh", EnergyTotal::parse_wh(text)),
            (_, Some(text), _) => ("--kwh", EnergyTotal::parse_kwh(text)),
            (_, _, Some(text)) => ("--j", EnergyTotal::parse_joules(text)),
            (None, None, None) => anyhow::bail!("say the energy with one of --wh, --kwh and --j"),
        };
        energy.map_err(|error| anyhow!("{name} {error}"))
    }
}
