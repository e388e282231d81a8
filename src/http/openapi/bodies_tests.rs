use super::*;
use crate::disclosure::request::BUILD_FIELDS;
use crate::http::api::{
    authority_packs, budgets, contracts, embodied, models, notes, service_texts, services, site_boundary,
    sites, training, water_factors,
};
use crate::ingest::record::{RECORD_FIELDS, STEP_FIELDS};
use crate::ingest::window::{HISTOGRAM_FIELDS, WINDOW_FIELDS};
use std::collections::BTreeSet;

#[test]
fn every_field_that_a_parser_takes_is_described_and_no_other() {
    let parsed: &[(&str, &[&str])] = &[
        ("Record", RECORD_FIELDS.0),
        ("Step", STEP_FIELDS.0),
        ("Window", WINDOW_FIELDS.0),
        ("HistogramEntry", HISTOGRAM_FIELDS.0),
        ("NewService", services::SERVICE_FIELDS),
        ("NewServed", services::SERVED_FIELDS),
        ("NewExclusion", services::EXCLUSION_FIELDS),
        ("NewServiceText", service_texts::TEXT_FIELDS),
        ("NewModel", models::MODEL_FIELDS),
        ("NewCoefficient", models::COEFFICIENT_FIELDS),
        ("NewSite", sites::SITE_FIELDS),
        ("NewSiteFactor", sites::FACTOR_FIELDS),
        ("NewHardware", sites::HARDWARE_FIELDS),
        ("NewSiteBoundary", site_boundary::BOUNDARY_FIELDS),
        ("NewContract", contracts::CONTRACT_FIELDS),
        ("NewTraining", training::TRAINING_FIELDS),
        ("NewInferenceCompute", training::INFERENCE_COMPUTE_FIELDS),
        ("NewWaterFactor", water_factors::WATER_FACTOR_FIELDS),
        ("NewEmbodied", embodied::EMBODIED_FIELDS),
        ("NewBudget", budgets::BUDGET_FIELDS),
        ("NewNote", notes::NOTE_FIELDS),
        ("NewAuthorityPack", authority_packs::PACK_FIELDS),
        ("NewDisclosure", BUILD_FIELDS),
    ];
    let described = all();
    assert_eq!(described.len(), parsed.len());
    for (name, fields) in parsed {
        let body = described.iter().find(|body| body.name == *name).unwrap();
        let names: Vec<&str> = body.fields.iter().map(|field| field.name).collect();
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), unique.len(), "{name}: a field stands twice");
        assert_eq!(unique, fields.iter().copied().collect(), "{name}");
    }
}
