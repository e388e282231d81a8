//! What the figures of a disclosure do not say, one sentence each.

use super::assemble::Parts;
use super::inside::checklist;
use super::left_out::LeftOut;
use crate::domain::terms::{EstimatedFrom, Evidence, MarketPart, SmallCells};
use crate::method::figures::FIGURE_DECIMALS;
use crate::method::percentile::MAX_ERROR_PPM;
use crate::method::small_cells::{MIN_SITES, MIN_TASKS};
use crate::method::uncertainty::INTERVAL_PERCENT;
use crate::method::{Figures, ItEnergy};
use crate::render::number::{is_whole, percent};
use crate::units::Decimal;
use ethnum::I256;

/// What the figures do not say.
pub(super) fn limits(parts: &Parts<'_>, left_out: &LeftOut) -> Vec<String> {
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
            share_or_part(share, left_out.sites.defaults)
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
    limits.push(format!(
        "Median and percentiles are of completed tasks and are read from a histogram; each is within {} of \
         the value that sorting every task would give.",
        percent(Decimal::new(i128::from(MAX_ERROR_PPM), 6))
    ));
    let at_location = figures.market_shares.get(&MarketPart::LocationBased);
    if let Some(share) = at_location.filter(|share| !share.is_zero()) {
        limits.push(format!(
            "{} of the energy is counted at the location-based factor in the market-based figure too, because no \
             residual mix is loaded for its zone and time.",
            share_or_part(*share, left_out.sites.market.contains(&MarketPart::LocationBased))
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
        limits.push(format!(
            "The {INTERVAL_PERCENT} % interval holds the error of how energy is known; most of it comes from {}. It is not the \
             spread of single tasks, which the percentiles tell.{}",
            interval.largest.label(),
            sampling(figures, interval.has_sampling)
        ));
    }
    limits.extend(checklist(parts.request.service.inside, figures).contradictions);
    limits.extend(parts.around.limits.iter().cloned());
    limits.extend(inside_a_task(figures));
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

/// A share at the beginning of a sentence, where it is shown.
fn share_or_part(share: Decimal, is_hidden: bool) -> String {
    if is_hidden { "Part".to_owned() } else { percent(share) }
}

/// What the intervals say of tasks that were not reported. The coverage is known of the whole service alone.
fn sampling(figures: &Figures, has_sampling: bool) -> &'static str {
    match (has_sampling, figures.coverage.is_some_and(is_whole)) {
        (true, true) => "",
        (true, false) => {
            " Tasks that were not reported are counted in that of all tasks, and in no other: of single task types and \
             models nobody knows what part was reported."
        }
        (false, _) => " It says nothing of tasks that were not reported.",
    }
}

/// What is not known of the inside of tasks, and of what they would have used elsewhere.
fn inside_a_task(figures: &Figures) -> Vec<String> {
    let mut limits = Vec::new();
    if let Some(share) = figures.unattributed_share.filter(|share| !share.is_zero()) {
        limits.push(format!(
            "{} of the energy is not attributed to a step; the shares of steps and the verification overhead are the least that \
             they can be.",
            percent(share)
        ));
    }
    if let Some(share) = figures.place_saving_left_out.filter(|share| !share.is_zero()) {
        limits.push(format!(
            "The modelled saving leaves out {} of the tasks at the edge and on devices, because no task of their type was \
             completed in a data centre.",
            percent(share)
        ));
    }
    limits
}

/// What is left out because few tasks or sites are behind it.
fn suppression(parts: &Parts<'_>) -> Vec<String> {
    let sites = format!(
        "Grid zones with fewer than {MIN_SITES} sites or {MIN_TASKS} completed tasks are not shown apart, nor any other part of \
         the energy that few of several sites have a share in (by the rung of grid factors, contracts, default factors, hours \
         of use), nor water and embodied carbon that are known of few of them, nor what would tell these by subtraction: they \
         would tell about single sites. All totals hold them. Whoever knows the factors of two sites or zones can work out from \
         the totals of energy, carbon and water what each of the two used."
    );
    let cells = format!(
        "Task types, models and their months with fewer than {MIN_TASKS} completed tasks are not shown apart, nor changes \
         against them, the energy estimated of such models, and what would tell these by subtraction; all totals hold them."
    );
    match parts.request.small_cells {
        SmallCells::Shown => Vec::new(),
        SmallCells::Sites => vec![sites],
        SmallCells::All => vec![cells, sites],
    }
}
