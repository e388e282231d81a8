use super::*;
use crate::http::routes::ROUTES;
use std::collections::BTreeSet;

/// Whether a route is for machines: the API, the checks, this document, and the files of disclosures.
fn is_for_machines(path: &str) -> bool {
    path.starts_with("/v1/")
        || path.starts_with("/templates/")
        || ["/healthz", "/readyz", "/openapi.json", "/disclosures/{number}/{version}/{file}"].contains(&path)
}

#[test]
fn the_document_lists_exactly_the_routes_for_machines() {
    let routes: BTreeSet<(String, String)> = ROUTES
        .iter()
        .filter(|route| is_for_machines(route.path))
        .map(|route| (route.path.to_owned(), route.method.to_owned()))
        .collect();
    let document: serde_json::Value = serde_json::from_slice(&FROZEN.0).unwrap();
    let mut listed = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            listed.insert((path.clone(), method.to_uppercase()));
        }
    }
    assert_eq!(listed, routes);
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let document: serde_json::Value = serde_json::from_slice(&FROZEN.0).unwrap();
    let named: BTreeSet<&str> =
        document["components"]["schemas"].as_object().unwrap().keys().map(String::as_str).collect();
    let text = document.to_string();
    let referred = text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next());
    let mut used: BTreeSet<&str> = referred.collect();
    assert!(used.is_subset(&named), "{used:?}");
    // The lines of a text have no schema of their own in OpenAPI 3.1, so a text names it.
    used.extend(named.iter().copied().filter(|name| text.contains(&format!("`{name}`"))));
    assert_eq!(used, named);
}

#[test]
fn operations_have_names_of_their_own() {
    let mut seen = BTreeSet::new();
    for item in DOCUMENT.paths.paths.values() {
        for operation in [&item.get, &item.put, &item.post, &item.delete].into_iter().flatten() {
            assert!(seen.insert(operation.operation_id.clone().unwrap()));
        }
    }
}
