//! Values that cannot be, places that are taken twice, documents no code can be made of: each is a sentence.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

#[allow(dead_code, reason = "shared with other tests")]
mod rows;

use codegen::{
    build::{self, Inputs},
    report::Report,
};
use rows::{READ, ROW, WRITE, check, check_cases, errors, inputs, with};
use serde_json::{Value, json};

#[test]
fn values_that_cannot_be() {
    let arg = |text: &str| with(ROW, "search =", &format!("more = {{ {text} }}\nsearch ="));
    let filtered = |text: &str| {
        with(&arg(text), "filter = [", "filter = [{ arg = \"more\", path = \"metadata.name\", op = \"eq\" }, ")
    };
    let cases: &[(&str, String)] = &[
        ("default of another type", filtered("type = \"integer\", default = \"ten\"")),
        ("default outside its range", filtered("type = \"integer\", range = [1, 5], default = 9")),
        ("default outside its words", filtered("type = \"string\", enum = [\"a\"], default = \"b\"")),
        ("range upside down", filtered("type = \"integer\", range = [9, 1]")),
        ("range of fractions", filtered("type = \"integer\", range = [1.5, 2]")),
        ("range of a string", filtered("type = \"string\", range = [1, 2]")),
        ("words for a boolean", filtered("type = \"boolean\", enum = [\"yes\"]")),
        ("argument that does nothing", arg("type = \"string\"")),
        ("two arguments for one parameter", arg("param = \"projects\"")),
        (
            "constant of an argument's parameter",
            with(ROW, "[tool.args]", "constants = { projects = [\"a\"] }\n[tool.args]"),
        ),
        ("constant of another type", with(ROW, "[tool.args]", "constants = { selector = 7 }\n[tool.args]")),
        ("place in the body through a list", with(WRITE, "body = \"prune\"", "body = \"resources[].kind\"")),
        (
            "place in the body and what is around it",
            with(
                WRITE,
                "prune =",
                "strategy = { body = \"strategy\" }\nforce = { body = \"strategy.hook.force\" }\nprune =",
            ),
        ),
        (
            "optional argument in the path",
            with(WRITE, "applicationName = { kind = \"application\" }", "name = { param = \"name\" }")
                .replace("{ applicationName =", "{ name ="),
        ),
        ("items in lists of lists", with(ROW, "items = \"items\"", "items = \"items[].spec.sources\"")),
        ("items misspelt", with(ROW, "items = \"items\"", "item = \"items\"")),
        ("items missing", with(ROW, "items = \"items\"\n", "")),
        ("column without a head", with(ROW, "head = \"NAME\", ", "")),
        ("limit beyond what a caller may ask for", with(ROW, "items = \"items\"", "items = \"items\"\nlimit = 5000")),
        ("order by a list", with(ROW, "filter = [", "sort = [{ path = \"status.conditions[].type\" }]\nfilter = [")),
        (
            "format beside a text",
            with(ROW, "path = \"metadata.name\" }]\nfilter", "text = \"{metadata.name}\", as = \"name\" }]\nfilter"),
        ),
        ("no rights", with(ROW, "rbac = [\"applications, get\"]\n", "")),
        ("reason that is none", with(WRITE, "effect = \"write\"", "effect = \"read\"\nnon_get_because = \" \"")),
        (
            "role that is no name",
            with(
                READ,
                "operation = \"",
                "handler = \"get_resources\"\nbecause = \"x\"\nuses = { 1get = 5 }\nreads = {}\noperation = \"",
            ),
        ),
        (
            "alternative without its release",
            with(
                READ,
                "operation = \"ApplicationService_ListResourceActions\"",
                "operation = [\"ApplicationService_ListResourceActions\", \"ApplicationService_ListResourceActionsX\"]",
            ),
        ),
        (
            "alternative with something else",
            with(
                READ,
                "operation = \"ApplicationService_ListResourceActions\"",
                "operation = [\"ApplicationService_ListResourceActions@soon\", \"ApplicationService_ListResourceActions\"]",
            ),
        ),
    ];
    check_cases("values_that_cannot_be", cases);
}

#[test]
fn what_a_section_says_of_releases_holds_for_its_list() {
    let view = "[tool.view.record]\nsections = [{ head = \"x\", since = \"99.9\", table = { items = \"spec.nothing\", line = \"{name}\" } }]\n";
    let row = format!("{}{view}", READ.split("[tool.view]").next().unwrap());
    let row = row.replace("ListResourceActions", "Get").replace("resourceRef = { kind = \"resource\" }\n", "");
    let row = row.replace(", resourceRef = { kind = \"Pod\", name = \"b\" }", "");
    assert_eq!(errors(&inputs(&row)), Vec::<String>::new());
    assert_eq!(errors(&inputs(&row.replace(", since = \"99.9\"", ""))).len(), 1);
}

/// The vendored description with one change.
fn changed(change: impl Fn(&mut Value)) -> Inputs {
    let mut inputs = inputs(ROW);
    change(&mut inputs.spec.swagger);
    inputs
}

#[test]
fn documents_no_code_can_be_made_of() {
    let list = "/paths/~1api~1v1~1applications/get";
    let parameter = |change: fn(&mut Value)| {
        move |swagger: &mut Value| {
            let parameters = swagger.pointer_mut(list).unwrap()["parameters"].as_array_mut().unwrap();
            change(parameters.iter_mut().find(|parameter| parameter["name"] == "projects").unwrap());
        }
    };
    let schema =
        |name: &'static str, schema: Value| move |swagger: &mut Value| swagger["definitions"][name] = schema.clone();
    let cases: Vec<(&str, Inputs)> = vec![
        (
            "operationId that is no name",
            changed(|swagger| swagger.pointer_mut(list).unwrap()["operationId"] = json!("2 fancy!")),
        ),
        (
            "path without its parameter",
            changed(|swagger| {
                let item = swagger["paths"].as_object_mut().unwrap().remove("/api/v1/applications").unwrap();
                swagger["paths"]["/api/v1/{oops}/applications"] = item;
            }),
        ),
        (
            "parameter of another type",
            changed(parameter(|it| *it = json!({ "name": "projects", "in": "query", "type": "number" }))),
        ),
        ("list of another form", changed(parameter(|it| drop(it.as_object_mut().unwrap().remove("collectionFormat"))))),
        ("parameter in a header", changed(parameter(|it| it["in"] = json!("header")))),
        (
            "two parameters of one name",
            changed(|swagger| {
                let parameters = swagger.pointer_mut(list).unwrap()["parameters"].as_array_mut().unwrap();
                parameters.push(json!({ "name": "app_namespace", "in": "query", "type": "string" }));
            }),
        ),
        (
            "reference in a circle",
            changed(schema("v1alpha1Application", json!({ "$ref": "#/definitions/v1alpha1Application" }))),
        ),
        (
            "list of itself",
            changed(schema(
                "v1alpha1Application",
                json!({ "type": "array", "items": { "$ref": "#/definitions/v1alpha1Application" } }),
            )),
        ),
        (
            "part of itself",
            changed(schema(
                "v1alpha1Application",
                json!({ "allOf": [{ "$ref": "#/definitions/v1alpha1Application" }] }),
            )),
        ),
    ];
    let report: Vec<String> = cases
        .iter()
        .map(|(name, inputs)| {
            let errors = errors(inputs);
            assert!(!errors.is_empty(), "{name}: no error");
            format!("## {name}\n{}", errors.join("\n"))
        })
        .collect();
    check("documents_no_code_can_be_made_of", &report.join("\n\n"));
}

#[test]
fn an_operation_that_a_newer_release_dropped_does_not_stop_its_build() {
    let mut inputs = rows::product();
    inputs.skipped = inputs.skipped.replacen("pending = [", "pending = [\n  \"ApplicationService_Gone\",", 1);
    assert_eq!(errors(&inputs).len(), 1);
    inputs.overlay =
        inputs.overlay.replacen(&format!("reviewed = \"{}\"", inputs.spec.release), "reviewed = \"v2.6.0\"", 1);
    let report = Report::default();
    assert!(build::run(&inputs, false, &report).is_some(), "{:?}", report.errors());
    assert!(report.warnings().iter().any(|warning| warning.contains("ApplicationService_Gone")));
}
