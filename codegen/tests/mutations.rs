//! A description that changed under the table: each kind of change is told in the table's terms.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs, dead_code, reason = "tests")]

mod rows;

use codegen::{build, release::Release, report::Report};
use rows::check;
use serde_json::{Value, json};

const SYNC: &str = "/paths/~1api~1v1~1applications~1{name}~1sync";
const LIST: &str = "/paths/~1api~1v1~1applications/get/parameters";
const BODY: &str = "/definitions/applicationApplicationSyncRequest/properties";

/// Errors and warnings of the product's own table against a changed copy of the vendored description.
fn told(change: impl Fn(&mut Value)) -> Vec<String> {
    let mut inputs = rows::product();
    change(&mut inputs.spec.swagger);
    rows::told(&inputs)
}

fn parameter<'a>(swagger: &'a mut Value, name: &str) -> &'a mut Value {
    let list = swagger.pointer_mut(LIST).unwrap().as_array_mut().unwrap();
    list.iter_mut().find(|parameter| parameter["name"] == name).unwrap()
}

fn remove(swagger: &mut Value, place: &str, key: &str) {
    swagger.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(key).unwrap();
}

#[test]
fn every_kind_of_change_is_told_in_the_words_of_the_table() {
    assert_eq!(told(|_| {}), Vec::<String>::new());
    let health = "/definitions/v1alpha1ApplicationStatus/properties";
    let cases: Vec<(&str, Vec<String>)> = vec![
        ("operation removed", told(|swagger| remove(swagger, SYNC, "post"))),
        ("parameter renamed", told(|swagger| parameter(swagger, "selector")["name"] = json!("labelSelector"))),
        (
            "parameter retyped",
            told(|swagger| {
                *parameter(swagger, "selector") = json!({ "in": "query", "name": "selector", "type": "boolean" })
            }),
        ),
        ("body property removed", told(|swagger| remove(swagger, BODY, "prune"))),
        (
            "body property retyped",
            told(|swagger| swagger.pointer_mut(BODY).unwrap()["prune"] = json!({ "type": "string" })),
        ),
        ("view path gone", told(|swagger| remove(swagger, health, "operationState"))),
        (
            "view path retyped",
            told(|swagger| {
                let meta = "/definitions/v1alpha1ApplicationSpec/properties";
                swagger.pointer_mut(meta).unwrap()["project"] = json!({ "type": "integer", "format": "int64" });
            }),
        ),
    ];
    let text: Vec<String> = cases.iter().map(|(name, told)| format!("## {name}\n{}", told.join("\n"))).collect();
    assert!(cases.iter().all(|(_, told)| !told.is_empty()), "{text:#?}");
    check("a_changed_description", &text.join("\n\n"));
}

#[test]
fn a_new_operation_is_a_remark_and_the_build_goes_on() {
    let mut inputs = rows::product();
    let fancy = json!({
        "operationId": "ApplicationService_MadeUp",
        "parameters": [{ "in": "path", "name": "name", "required": true, "type": "string" }],
        "responses": { "200": { "schema": { "type": "object" } } },
    });
    inputs.spec.swagger["paths"]["/api/v1/applications/{name}/made-up"] = json!({ "get": fancy });
    inputs.spec.release = Release::new(99, 0, 0);
    let report = Report::default();
    let outputs = build::run(&inputs, false, &report).expect("it builds");
    assert_eq!((report.errors(), outputs.unmapped), (vec![], vec!["ApplicationService_MadeUp".to_owned()]));
}
