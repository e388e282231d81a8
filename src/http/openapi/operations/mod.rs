//! Every operation, in the order of the document. A new route needs one entry here; a test says so.

mod authority_packs;
mod disclosures;
mod equivalents;
mod factors;
mod ingest;
mod registry;
mod service;
mod totals;

use super::operation::Op;

/// A part of the document: a tag, what it is about, and its operations.
type Part = (&'static str, &'static str, fn() -> Vec<Op>);

/// The parts in their order.
pub(super) const PARTS: &[Part] = &[
    ("Records", "Sending what tasks used.", ingest::operations),
    ("Totals", "What was counted: totals, batches, and what is odd about the data.", totals::operations),
    ("Disclosures", "Building, publishing and reading disclosures.", disclosures::operations),
    (
        "Grid factors",
        "The carbon intensity of electricity that disclosures are built with: what there is, and each hour.",
        factors::operations,
    ),
    (
        "Authority packs",
        "What Annex XI of the AI Act asks of models, for authorities: never public, only for keys of their provider.",
        authority_packs::operations,
    ),
    ("Equivalents", "What an amount of energy is as much as, in 26 languages.", equivalents::operations),
    ("Services", "The services of the key's provider.", registry::services),
    (
        "Models",
        "The models of the key's provider, their energy per token, and what training them took.",
        registry::models,
    ),
    (
        "Sites",
        "The sites of the key's provider, with their factors, hardware and embodied carbon.",
        registry::sites,
    ),
    (
        "Water factors",
        "The water that power plants of a zone use, as the key's provider loads it, for indirect water.",
        registry::water_factors,
    ),
    (
        "Contracts",
        "Guarantees of origin and power purchase agreements of the key's provider, for market-based figures.",
        registry::contracts,
    ),
    (
        "Budgets",
        "How much energy or carbon the key's provider means to use in a year, what became of it, and who is told. \
         `docs/webhooks.md` says how a receiver checks a message.",
        registry::budgets,
    ),
    ("Service health", "Whether this service works, and what it offers.", service::operations),
];

/// Every operation with its tag.
pub(super) fn all() -> Vec<Op> {
    PARTS.iter().flat_map(|(tag, _, of)| of().into_iter().map(|op| op.tagged(tag))).collect()
}
