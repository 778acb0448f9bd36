//! The OpenAPI description: committed, complete, and about the routes that exist.

use super::house::House;
use serde_json::Value;
use std::path::PathBuf;

/// Every operation of the description: method, path, and itself.
pub fn operations() -> Vec<(String, String, Value)> {
    let document: Value = serde_json::from_str(&yuanlu_server::api::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operation = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().iter().filter(|(_, operation)| operation["responses"].is_object());
        let found = methods.map(|(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()));
        found.collect::<Vec<_>>()
    };
    paths.iter().flat_map(operation).collect()
}

/// Changing the API means changing this file, so that nobody does it unseen: `UPDATE_OPENAPI=1` rewrites it.
#[test]
fn the_committed_description_is_the_present_one() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let present = yuanlu_server::api::document();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &present).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    let differs = committed.lines().zip(present.lines()).find(|(old, new)| old != new);
    assert!(committed == present, "openapi.json is not what the code says, first at {differs:?}");
}

#[test]
fn every_operation_says_what_it_is_what_may_go_wrong_and_who_may() {
    let document: Value = serde_json::from_str(&yuanlu_server::api::document()).unwrap();
    let operations = operations();
    assert!(operations.len() > 60, "{}", operations.len());
    let mut names = std::collections::BTreeSet::new();
    for (method, path, operation) in &operations {
        let at = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{at}: summary");
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{at}: operationId");
        assert!(operation["security"].is_array(), "{at}: security");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{at}: tags");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{at}: success");
        let problems: Vec<_> = responses.iter().filter(|(status, _)| !status.starts_with('2')).collect();
        assert!(problems.len() > 2, "{at}: problems");
        for (status, response) in problems {
            let name = response["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
            assert_eq!(name, format!("Problem{status}"), "{at}");
            let schema = &document["components"]["responses"][name]["content"]["application/problem+json"]["schema"];
            assert_eq!(schema["$ref"], "#/components/schemas/Problem", "{at}: {status}");
        }
        let in_path = path.matches('{').count();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        assert_eq!(parameters.iter().filter(|p| p["in"] == "path").count(), in_path, "{at}: parameters");
    }
}

#[test]
fn every_reference_has_its_schema() {
    let text = yuanlu_server::api::document();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn the_shop_serves_it() {
    let house = House::open();
    let reply = house.get("/openapi.json").send().await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.text(), yuanlu_server::api::document());
    let explained = house.get("/problems/wrong_state").send().await.expect(200);
    assert!(explained["en"].as_str().unwrap().contains('…'), "{explained}");
    assert_eq!(house.get("/problems/none").send().await.status, 404);
}
