//! Descriptions that nobody has seen yet: what no code can be made of is left out, and stops only the rows that use it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs, dead_code, reason = "tests")]

mod rows;

use codegen::{
    build::{self, Inputs, Outputs},
    release::Release,
    report::Report,
};
use rows::{ROW, WRITE, check, inputs, with};
use serde_json::{Value, json};

const LIST: &str = "/paths/~1api~1v1~1applications/get";

/// The product's own table against a changed copy of the vendored description.
fn product(change: impl Fn(&mut Value)) -> Inputs {
    let mut inputs = rows::product();
    change(&mut inputs.spec.swagger);
    inputs
}

fn run(inputs: &Inputs, all: bool) -> (Option<Outputs>, Vec<String>, Vec<String>) {
    let report = Report::default();
    let outputs = build::run(inputs, all, &report);
    (outputs, report.errors(), report.warnings())
}

fn parameters<'a>(swagger: &'a mut Value, operation: &str) -> &'a mut Vec<Value> {
    swagger.pointer_mut(operation).unwrap()["parameters"].as_array_mut().unwrap()
}

/// An operation with these parameters besides its path's.
fn operation(id: &str, parameters: &Value) -> Value {
    json!({ "operationId": id, "parameters": parameters, "responses": { "200": { "schema": { "type": "object" } } } })
}

fn odd(swagger: &mut Value) {
    let of = |more: Value| json!([more]);
    let list = |items: &str| json!({ "name": "x", "in": "query", "required": true, "type": "array", "collectionFormat": "multi", "items": { "type": items } });
    let csv = |format: Value| json!({ "name": "x", "in": "query", "required": true, "type": "array", "collectionFormat": format, "items": { "type": "string" } });
    let one = |place: &str, kind: &str| json!({ "name": "x", "in": place, "required": true, "type": kind });
    let cases = [
        ("number", operation("Odd_Number", &of(one("query", "number")))),
        ("booleans", operation("Odd_Booleans", &of(list("boolean")))),
        ("numbers", operation("Odd_Numbers", &of(list("number")))),
        ("default", operation("Odd_DefaultList", &of(csv(Value::Null)))),
        ("csv", operation("Odd_CsvList", &of(csv(json!("csv"))))),
        ("header", operation("Odd_Header", &of(one("header", "string")))),
        ("form", operation("Odd_Form", &json!([{ "name": "x", "in": "formData", "type": "file" }]))),
        ("dangling", operation("Odd_Dangling", &json!([{ "$ref": "#/parameters/gone" }]))),
        ("dashes", operation("Odd-Name.d", &json!([]))),
        ("nameless", json!({ "responses": {} })),
        ("keyword", operation("new", &json!([]))),
        ("twice", operation("Odd_Twice", &json!([]))),
        ("again", operation("Odd_Twice", &json!([]))),
        ("alike", operation("OddTwins", &json!([]))),
        ("same", operation("Odd_Twins", &json!([]))),
        (
            "snakes",
            operation(
                "Odd_Snakes",
                &json!([
                    { "name": "appName", "in": "query", "type": "string" },
                    { "name": "app_name", "in": "query", "type": "string" },
                ]),
            ),
        ),
        ("{oops}", operation("Odd_Path", &json!([]))),
        ("{oops", operation("Odd_Brace", &json!([]))),
        (
            "digit",
            operation("Odd_Digit", &json!([{ "name": "2fa", "in": "query", "required": true, "type": "string" }])),
        ),
        ("optional", operation("Odd_Optional", &json!([{ "name": "x", "in": "query", "type": "number" }]))),
        ("send", operation("Odd_Send", &json!([{ "name": "send", "in": "query", "type": "string" }]))),
    ];
    for (path, operation) in cases {
        swagger["paths"][format!("/api/v1/odd/{path}")] = json!({ "get": operation });
    }
    swagger["paths"]["x-generated-by"] = json!({ "get": "nothing" });
    swagger["paths"]["/api/v1/odd/null"] = json!({ "get": null, "x-order": 1 });
}

#[test]
fn odd_operations_that_nobody_uses_are_left_out_with_a_sentence_each() {
    for all in [false, true] {
        let (outputs, errors, warnings) = run(&product(odd), all);
        assert_eq!(errors, Vec::<String>::new());
        let outputs = outputs.expect("it builds");
        assert_eq!(outputs.unmapped, ["Odd_Optional", "Odd_Send"]);
        if all {
            assert_eq!(warnings, Vec::<String>::new());
        } else {
            check("odd_operations", &warnings.join("\n"));
        }
    }
    let mut silenced = product(odd);
    silenced.skipped.push_str("\n[[skip]]\noperation = \"Odd_Number\"\nbecause = \"nobody wants it\"\n");
    let (_, errors, warnings) = run(&silenced, false);
    assert_eq!(errors, Vec::<String>::new());
    assert!(warnings.iter().all(|warning| !warning.contains("`Odd_Number`")), "{warnings:?}");
}

#[test]
fn odd_operations_that_rows_use_are_told_in_their_words_with_all_other_mistakes() {
    let mut inputs = inputs(&format!(
        "{}{WRITE}{}",
        with(ROW, "path = \"metadata.name\" }]\nfilter", "path = \"metadata.nmae\" }]\nfilter"),
        with(
            &with(WRITE, "sync_thing", "get_thing"),
            "ApplicationService_Sync",
            "ApplicationService_TerminateOperation"
        )
    ));
    let swagger = &mut inputs.spec.swagger;
    let projects = parameters(swagger, LIST).iter_mut().find(|parameter| parameter["name"] == "projects").unwrap();
    *projects = json!({ "name": "projects", "in": "query", "type": "number" });
    let sync = "/paths/~1api~1v1~1applications~1{name}~1sync/post";
    parameters(swagger, sync).push(json!({ "name": "x-trace", "in": "header", "required": true, "type": "string" }));
    let terminate = operation("ApplicationService_TerminateOperation", &json!([]));
    swagger["paths"]["/api/v1/twice"] = json!({ "get": terminate });
    swagger.pointer_mut("/paths/~1api~1v1~1account~1can-i~1{resource}~1{action}~1{subresource}/get").unwrap()["operationId"] =
        json!("Account.CanI");
    let (outputs, errors, warnings) = run(&inputs, false);
    assert!(outputs.is_none());
    let said = errors.into_iter().map(|line| format!("error: {line}"));
    let said: Vec<String> = said.chain(warnings.into_iter().map(|line| format!("warning: {line}"))).collect();
    check("odd_operations_in_use", &said.join("\n"));
}

#[test]
fn an_odd_parameter_that_no_row_uses_does_not_take_its_operation_away() {
    let (outputs, errors, warnings) = run(
        &product(|swagger| {
            parameters(swagger, LIST).push(json!({ "name": "weight", "in": "query", "type": "number" }));
        }),
        false,
    );
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(
        warnings,
        [
            "the parameter `weight` of GET /api/v1/applications is left out: it is of type number, not string, boolean, integer or array"
        ]
    );
    assert!(!outputs.unwrap().client.contains("weight"));
}

#[test]
fn parameters_of_a_path_and_shared_ones_are_the_operations_own() {
    let mut inputs = product(|_| {});
    let before = run(&inputs, false).0.unwrap();
    let swagger = &mut inputs.spec.swagger;
    let own = std::mem::take(parameters(swagger, LIST));
    for parameter in &own {
        swagger["parameters"][parameter["name"].as_str().unwrap()] = parameter.clone();
    }
    *parameters(swagger, LIST) =
        own.iter().map(|it| json!({ "$ref": format!("#/parameters/{}", it["name"].as_str().unwrap()) })).collect();
    let tree = "/paths/~1api~1v1~1applications~1{applicationName}~1resource-tree";
    let shared = parameters(swagger, &format!("{tree}/get")).clone();
    let first = shared.iter().find(|it| it["in"] == "path").unwrap().clone();
    parameters(swagger, &format!("{tree}/get")).retain(|it| *it != first);
    let mut replaced = shared[1].clone();
    replaced["type"] = json!("number");
    swagger.pointer_mut(tree).unwrap()["parameters"] = json!([first, replaced]);
    let (outputs, errors, warnings) = run(&inputs, false);
    assert_eq!((errors, warnings), (vec![], vec![]));
    let outputs = outputs.unwrap();
    assert_eq!(outputs.client.len(), before.client.len());
    assert_eq!(outputs.operations.len(), before.operations.len());
}

/// Parameters of types that progenitor would make types of its own for.
fn typed(swagger: &mut Value) {
    let list = |name: &str, items: Value| json!({ "name": name, "in": "query", "type": "array", "collectionFormat": "multi", "items": items });
    let one =
        |name: &str, kind: &str, format: &str| json!({ "name": name, "in": "query", "type": kind, "format": format });
    parameters(swagger, LIST).extend([
        one("oddTime", "string", "date-time"),
        one("oddDate", "string", "date"),
        one("oddUuid", "string", "uuid"),
        one("oddByte", "string", "byte"),
        one("oddUint", "integer", "uint64"),
        one("oddSmall", "integer", "int32"),
        one("type", "string", "ipv4"),
        json!({ "name": "oddWord", "in": "query", "type": "string", "enum": ["a", "b"], "default": "a" }),
        json!({ "name": "oddNumber", "in": "query", "type": "integer", "minimum": 1, "enum": [1, 2] }),
        json!({ "name": "oddFlag", "in": "query", "type": "boolean", "default": true, "enum": [true] }),
        list("oddWords", json!({ "type": "string", "enum": ["a", "b"] })),
        list("oddSmalls", json!({ "type": "integer", "format": "int32" })),
        list("oddUints", json!({ "type": "integer", "format": "uint64" })),
    ]);
    let sync = "/paths/~1api~1v1~1applications~1{name}~1sync/post";
    parameters(swagger, sync).push(json!({ "name": "body", "in": "query", "type": "string" }));
    swagger.pointer_mut(sync).unwrap()["responses"] =
        json!({ "201": { "schema": { "$ref": "#/definitions/v1alpha1Application" } } });
    let can = "/paths/~1api~1v1~1account~1can-i~1{resource}~1{action}~1{subresource}/get";
    let kinds = [("resource", "boolean", None), ("action", "integer", Some("int32")), ("subresource", "integer", None)];
    for (name, kind, format) in kinds {
        let parameter = parameters(swagger, can).iter_mut().find(|it| it["name"] == name).unwrap();
        *parameter = json!({ "name": name, "in": "path", "required": true, "type": kind, "format": format });
    }
    swagger.pointer_mut("/paths/~1api~1version/get").unwrap()["responses"] =
        json!({ "default": { "description": "" } });
}

#[test]
fn the_client_has_no_other_types_than_the_wire() {
    let (outputs, errors, warnings) = run(&product(typed), true);
    assert_eq!((errors, warnings), (vec![], vec![]));
    let client = outputs.unwrap().client;
    let types: std::collections::BTreeSet<&str> = client
        .lines()
        .filter_map(|line| line.split_once("Result<")?.1.split_once(", String>,"))
        .filter(|(_, rest)| rest.is_empty())
        .map(|(kind, _)| kind.trim_start_matches("Option<").trim_end_matches('>'))
        .collect();
    let wire = [
        "::serde_json::Value",
        "::std::string::String",
        "::std::vec::Vec<::std::string::String",
        "::std::vec::Vec<i64",
        "bool",
        "i32",
        "i64",
    ];
    assert_eq!(types.into_iter().collect::<Vec<_>>(), wire);
    for other in ["NonZero", "chrono", "uuid::", "types::Odd", "u64>"] {
        assert!(!client.contains(other), "{other}");
    }
}

#[test]
fn an_alternative_that_is_gone_is_a_remark_while_there_is_another() {
    let version = |path: &'static str| {
        move |swagger: &mut Value| drop(swagger["paths"].as_object_mut().unwrap().shift_remove(path).unwrap())
    };
    let one = "/api/v1/applications/{name}/resource/actions";
    let two = "/api/v1/applications/{name}/resource/actions/v2";
    let gone = |path: &'static str| {
        let mut inputs = product(|swagger| {
            let item = swagger["paths"][path].as_object_mut().unwrap();
            drop(item.shift_remove("post").unwrap());
        });
        inputs.spec.release = Release::new(99, 0, 0);
        run(&inputs, false)
    };
    for (path, id, other) in [
        (one, "ApplicationService_RunResourceAction", "ApplicationService_RunResourceActionV2"),
        (two, "ApplicationService_RunResourceActionV2", "ApplicationService_RunResourceAction"),
    ] {
        let (_, errors, warnings) = gone(path);
        // What only the newer one takes is a mistake without it; the older one has nothing of its own.
        let own = |line: &String| path == two && line.contains("argument `resourceActionParameters`");
        assert!(errors.iter().all(own), "{errors:?}");
        let said = format!("resources.toml: tool `run_resource_action`: v99.0.0 has no operation `{id}`");
        let instead = format!("; `{other}` is called instead");
        assert!(warnings.iter().any(|line| line.starts_with(&said) && line.ends_with(&instead)), "{warnings:?}");
    }
    let mut neither = product(|swagger| [one, two].iter().for_each(|path| version(path)(swagger)));
    neither.spec.release = Release::new(99, 0, 0);
    let errors = run(&neither, false).1;
    let both = errors.iter().filter(|line| line.contains("no operation `ApplicationService_RunResourceAction")).count();
    assert_eq!(both, 2, "{errors:?}");
}
