//! Rows and descriptions that were taken without a word, and then answered falsely.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs, dead_code, reason = "tests")]

mod rows;

use codegen::{report::Report, spec};
use rows::{ITEMS, READ, ROW, WRITE, check_cases, errors, inputs, product, told, with};
use serde_json::json;

#[test]
fn rows_that_would_answer_falsely() {
    let column = |text: &str| {
        with(ROW, "{ head = \"NAME\", path = \"metadata.name\" }", &format!("{{ head = \"NAME\", {text} }}"))
    };
    let plain = |row: &str| {
        row.replace("applicationName = { kind = \"application\" }", "name = { param = \"name\", required = true }")
            .replace("{ applicationName =", "{ name =")
    };
    let cases = [
        ("list without brackets in a column", column("path = \"spec.sources\", as = \"count\"")),
        ("list without brackets in a text", column("text = \"[{metadata.finalizers}]\"")),
        ("list without brackets in a filter", with(ROW, "path = \"metadata.name\", op", "path = \"spec.sources\", op")),
        ("age of what is no time", column("path = \"metadata.generation\", as = \"age\"")),
        ("text that is a path", column("text = \"metadata.name\"")),
        (
            "boolean compared with a text",
            with(&with(ROW, "type = \"string\"", "type = \"boolean\""), "op = \"glob\"", "op = \"eq\""),
        ),
        ("write to an application without its namespace", plain(WRITE)),
        ("read of an application without its namespace", plain(&with(READ, ITEMS, ITEMS))),
        ("arguments outside of a row", with(ROW, "[tool.args]", "[args]")),
        ("view outside of a row", with(ROW, "[tool.view.table]", "[view.table]")),
    ];
    check_cases("rows_that_would_answer_falsely", &cases);
}

#[test]
fn what_is_not_checked_is_said() {
    let later =
        with(ROW, "\"ApplicationService_List\"", "[\"ApplicationService_Lst@99.0\", \"ApplicationService_List\"]");
    let said = told(&inputs(&later));
    assert!(
        said.len() == 1 && said[0].contains("`ApplicationService_Lst@99.0` is for releases newer than"),
        "{said:?}"
    );
    let past = with(ROW, "effect = \"read\"", "effect = \"read\"\nuntil = \"2.0\"");
    let said = told(&inputs(&past));
    assert!(said.len() == 1 && said[0].contains("`until` is v2.0.0: no release"), "{said:?}");
}

#[test]
fn what_the_definition_of_a_body_requires_must_be_sent() {
    let mut inputs = product();
    let body = &mut inputs.spec.swagger["definitions"]["applicationApplicationSyncRequest"];
    body["properties"]["ticket"] = json!({ "type": "string" });
    body["required"] = json!(["ticket"]);
    let said = told(&inputs);
    assert!(said.iter().any(|line| line.ends_with("/sync insists on, is not mapped")), "{said:?}");
}

#[test]
fn types_with_null_and_shared_answers_are_read() {
    let mut inputs = product();
    let swagger = &mut inputs.spec.swagger;
    swagger["definitions"]["v1alpha1ApplicationSpec"]["properties"]["project"] = json!({ "type": ["string", "null"] });
    let logs = &mut swagger["paths"]["/api/v1/applications/{name}/logs"]["get"]["responses"];
    let schema = logs["200"]["schema"].take();
    *logs = json!({ "200": { "$ref": "#/responses/Logs" } });
    swagger["responses"] = json!({ "Logs": { "schema": { "$ref": "#/x-stream-definitions/Entry" } } });
    swagger["x-stream-definitions"] = json!({ "Entry": schema });
    assert_eq!(told(&inputs), Vec::<String>::new());
}

#[test]
fn one_cause_in_many_rows_is_one_line() {
    let report = Report::default();
    ["a", "b", "c", "d", "e"].iter().for_each(|place| report.error_at(place, "no such operation"));
    ["a", "b"].iter().for_each(|place| report.error_at(place, "no such path"));
    assert_eq!(
        report.errors(),
        ["a: no such operation (and so in 4 more places)", "a: no such path", "b: no such path"]
    );
}

#[test]
fn files_in_another_form_are_named() {
    let utf16 = spec::parse(b"\xff\xfe{\0", "swagger.json", None).unwrap_err();
    assert_eq!(utf16, "swagger.json is UTF-16: write it as UTF-8 (iconv -f UTF-16 -t UTF-8)");
    let mut swagger = product().spec.swagger;
    swagger["paths"]["/api/v1/applications"]["get"]["operationId"] = json!("List");
    let said = spec::parse(swagger.to_string().as_bytes(), "swagger.json", None).unwrap_err();
    assert!(said.contains("GET /api/v1/applications is `List` and not `ApplicationService_List`"), "{said}");
    assert_eq!(errors(&inputs(ROW)), Vec::<String>::new());
}
