//! The OpenAPI document as it is served: it stays the same, and its examples work.

use crate::registry::registrar;
use crate::support::TestApp;
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeMap;

async fn document(app: &TestApp) -> Value {
    serde_json::from_str(&app.text("/openapi.json").await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_the_same_every_time_and_is_not_sent_again() {
    let (first, second) = (TestApp::start().await, TestApp::start().await);
    assert_eq!(first.text("/openapi.json").await, second.text("/openapi.json").await);
    let response = first.get("/openapi.json").await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let tag = response.headers()["etag"].to_str().unwrap().to_owned();
    let again = first.http.get(format!("{}/openapi.json", first.url)).header("if-none-match", tag);
    assert_eq!(again.send().await.unwrap().status(), 304);
}

/// The path of an operation, with the examples of its parameters.
fn path_of(path: &str, operation: &Value) -> String {
    let (mut path, mut mark) = (path.to_owned(), '?');
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "path" {
            let example = parameter["example"].to_string().replace('"', "");
            path = path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &example);
        } else if let Some(example) = parameter["example"].as_str() {
            let name = parameter["name"].as_str().unwrap();
            path += &format!("{mark}{name}={example}");
            mark = '&';
        }
    }
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_gets_an_answer_of_success_that_is_documented() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let document = document(&app).await;
    // Records first, because a disclosure is built of them; packs last, because they are built of what is declared.
    let mut paths: Vec<(&String, &Value)> = document["paths"].as_object().unwrap().iter().collect();
    paths.sort_by_key(|(path, _)| match path.as_str() {
        "/v1/records" | "/v1/windows" => 0,
        "/v1/authority-packs" => 2,
        _ => 1,
    });
    let mut sent = BTreeMap::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let Some(content) = operation["requestBody"]["content"].as_object() else { continue };
            for (media_type, form) in content {
                let body = match &form["example"] {
                    Value::String(text) => text.clone(),
                    example => example.to_string(),
                };
                let address = format!("{}{}", app.url, path_of(path, operation));
                let method: Method = method.to_uppercase().parse().unwrap();
                let request = app.http.request(method, address).bearer_auth(&acme.secret);
                let request = request.header("content-type", media_type.as_str()).body(body);
                let response = request.send().await.unwrap();
                let status = response.status();
                let told = format!("{path} {media_type}: {status} {}", response.text().await.unwrap());
                assert!(status.is_success(), "{told}");
                assert!(operation["responses"][status.as_str()].is_object(), "{told}");
                *sent.entry(path.clone()).or_insert(0) += 1;
            }
        }
    }
    // Nothing is published in this test.
    let not_there = [
        "/disclosures/{number}/{version}/{file}",
        "/v1/disclosures/{number}/versions/{version}/evidence.zip",
    ];
    for (path, item) in document["paths"].as_object().unwrap() {
        let operation = &item["get"];
        if operation.is_null() || not_there.contains(&path.as_str()) {
            continue;
        }
        let address = format!("{}{}", app.url, path_of(path, operation));
        let response = app.http.get(address).bearer_auth(&acme.secret).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
    assert_eq!(sent["/v1/records"], 3);
    assert_eq!(sent["/v1/windows"], 3);
    assert_eq!(sent.len(), 20, "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_api_shows_every_operation_and_every_schema() {
    let app = TestApp::start().await;
    let page = app.text("/docs").await;
    let document = document(&app).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
            assert!(page.contains(&format!("{} {path}", method.to_uppercase())), "{id}");
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert_eq!(page.matches(&format!("id=\"schema-{name}\"")).count(), 1, "{name}");
    }
    assert!(!page.contains("<script"));
}
