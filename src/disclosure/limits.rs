//! What the figures of a disclosure do not say, one sentence each.

use super::assemble::Parts;
use super::inside::checklist;
use crate::domain::terms::{EstimatedFrom, Evidence, MarketPart, SmallCells};
use crate::method::figures::FIGURE_DECIMALS;
use crate::method::small_cells::{MIN_SITES, MIN_TASKS};
use crate::method::{Figures, ItEnergy};
use crate::render::number::percent;
use crate::units::Decimal;
use ethnum::I256;

/// What the figures do not say.
pub(super) fn limits(parts: &Parts<'_>) -> Vec<String> {
    let figures = &parts.computed.figures;
    let mut limits = Vec::new();
    let share_of = |tier| figures.total.evidence_shares.get(&tier).copied().filter(|share| !share.is_zero());
    if let Some(share) = share_of(Evidence::Modelled) {
        limits.push(format!(
            "{} of the energy is modelled from tokens or time and a coefficient; it was not measured where \
             the tasks ran.",
            percent(share)
        ));
    }
    if let Some(share) = declared_by_provider(figures) {
        limits.push(format!("{} of the energy is derived from compute or spending.", percent(share)));
    }
    if let Some(share) = figures.default_share.filter(|share| !share.is_zero()) {
        limits.push(format!(
            "{} of the energy was brought to the facility boundary with at least one default factor, because \
             the provider declared none.",
            percent(share)
        ));
    }
    if figures.total.it_energy == ItEnergy::Unknown {
        limits.push(
            "IT energy is unknown: the energy of whole facilities was reported, and their PUE was not declared."
                .to_owned(),
        );
    }
    match figures.coverage {
        None => limits.push(
            "Coverage is unknown: the provider has not declared how many tasks the service served in each whole \
             month of the period."
                .to_owned(),
        ),
        Some(share) if share.mantissa() > 10i128.pow(share.decimals()) => {
            limits.push("More tasks were reported than the provider declares as served.".to_owned());
        }
        Some(share) => limits.push(format!(
            "{} of the tasks that the provider declares as served were reported; the figures say nothing of \
             the others.",
            percent(share)
        )),
    }
    limits.extend(left_out_of_percentiles(figures));
    limits.push(
        "Median and percentiles are of completed tasks and are read from a histogram; each is within 1 % of \
         the value that sorting every task would give."
            .to_owned(),
    );
    let at_location = figures.market_shares.get(&MarketPart::LocationBased);
    if let Some(share) = at_location.filter(|share| !share.is_zero()) {
        limits.push(format!(
            "{} of the energy is counted at the location-based factor in the market-based figure too, because no \
             residual mix is loaded for its zone and time.",
            percent(*share)
        ));
    }
    if !parts.computed.market.without_factor.is_empty() {
        limits.push(format!(
            "Contracts that state no factor of the basis {} are not counted: {}.",
            parts.request.basis.label(),
            parts.computed.market.without_factor.join(", ")
        ));
    }
    for (from, share) in figures.estimated_shares.iter().filter(|(_, share)| !share.is_zero()) {
        let what = match from {
            EstimatedFrom::Coefficient => {
                "from their tokens or time on accelerators and a coefficient that the provider registered for the model"
            }
            EstimatedFrom::Formula => {
                "from their output tokens and the parameters of the model, by a published formula; nothing of it was \
                 measured"
            }
        };
        limits.push(format!(
            "{} of the energy is estimated here, because the tasks came without: {what}.",
            percent(*share)
        ));
    }
    if figures.unfinished_share.is_none() {
        limits.push(
            "What failed and cancelled tasks used is in the mean, but not known apart: some came as sums over many tasks or \
             without energy."
                .to_owned(),
        );
    }
    if let Some(interval) = figures.total.interval {
        let sampling =
            if interval.has_sampling { "" } else { " It says nothing of tasks that were not reported." };
        limits.push(format!(
            "The 95 % interval holds the error of how energy is known; most of it comes from {}. It is not the \
             spread of single tasks, which the percentiles tell.{sampling}",
            interval.largest.label()
        ));
    }
    limits.extend(checklist(parts.request.service.inside, figures).contradictions);
    limits.extend(parts.around.limits.iter().cloned());
    limits.extend(suppression(parts));
    limits.push(
        "Training, embodied carbon and water are never part of the energy of a task; what is known of them stands \
         apart."
            .to_owned(),
    );
    limits
}

/// Share of the energy that the provider derived from compute or spending: what is of that tier and not estimated here.
fn declared_by_provider(figures: &Figures) -> Option<Decimal> {
    let declared = figures.total.evidence_shares.get(&Evidence::Declared)?;
    let by_formula = figures.estimated_shares.get(&EstimatedFrom::Formula);
    let by_formula = by_formula.copied().unwrap_or(Decimal::new(0, declared.decimals()));
    let rest = Decimal::new(declared.mantissa() - by_formula.mantissa(), declared.decimals());
    (rest.mantissa() > 0).then_some(rest)
}

/// Which completed tasks percentiles know nothing of.
fn left_out_of_percentiles(figures: &Figures) -> Option<String> {
    let share_of = |tasks: i128| {
        let share =
            Decimal::from_ratio(I256::new(tasks), I256::new(figures.total.completed), FIGURE_DECIMALS)?;
        Some(percent(share))
    };
    let estimated = figures.estimated_completed;
    let sums = figures.total.completed_without_histogram - estimated;
    let (from_sums, from_estimates) = (share_of(sums)?, share_of(estimated)?);
    let left_out = match (sums > 0, estimated > 0) {
        (false, false) => return None,
        (true, false) => {
            format!("{from_sums} of the completed tasks came as sums over many tasks without a histogram")
        }
        (false, true) => {
            format!("{from_estimates} of the completed tasks came without energy, which is estimated in sums")
        }
        (true, true) => format!(
            "{from_sums} of the completed tasks came as sums over many tasks without a histogram, and {from_estimates} \
             without energy, which is estimated in sums"
        ),
    };
    Some(format!("{left_out}; median and percentiles are of the others."))
}

/// What is left out because few tasks or sites are behind it.
fn suppression(parts: &Parts<'_>) -> Option<String> {
    match parts.request.small_cells {
        SmallCells::Shown => None,
        SmallCells::Sites => Some(format!(
            "Grid zones with fewer than {MIN_SITES} sites or {MIN_TASKS} completed tasks are not shown apart; all totals hold \
             them."
        )),
        SmallCells::All => Some(format!(
            "Figures of fewer than {MIN_TASKS} completed tasks, and grid zones with fewer than {MIN_SITES} sites, are not shown \
             apart, nor what would tell them by subtraction; all totals hold them."
        )),
    }
}
