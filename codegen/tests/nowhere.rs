//! What rows sent when the interface was reviewed and a newer one does not take: a call would go without it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs, dead_code, reason = "tests")]

mod rows;

use codegen::release::Release;
use rows::{product, told};
use serde_json::{Value, json};

const ACTION: &str = "applicationResourceActionRunRequestV2";
const ACTION_ROUTE: &str = "POST /api/v1/applications/{name}/resource/actions/v2";

fn after(change: impl Fn(&mut Value)) -> Vec<String> {
    let mut inputs = product();
    change(&mut inputs.spec.swagger);
    told(&inputs)
}

/// A key of a body has another name.
fn renamed(schema: &str, from: &str, to: &str) -> impl Fn(&mut Value) {
    move |swagger| {
        let properties = swagger["definitions"][schema]["properties"].as_object_mut().unwrap();
        let property = properties.shift_remove(from).unwrap();
        properties.insert(to.into(), property);
    }
}

fn operation<'a>(swagger: &'a mut Value, path: &str, method: &str) -> &'a mut Vec<Value> {
    swagger["paths"][path][method]["parameters"].as_array_mut().unwrap()
}

#[test]
fn a_field_of_a_resource_that_goes_nowhere_is_an_error() {
    let lost = renamed(ACTION, "namespace", "objectNamespace");
    let line = format!(
        "error: resources.toml: tool `run_resource_action`: `namespace` of resourceRef goes nowhere in {ACTION_ROUTE} (did you mean `objectNamespace`?): a call may hit another object; write its new name into FIELDS in codegen/src/args/resource.rs, or `without = [\"namespace\"]` of ApplicationService_RunResourceActionV2 into overlay.toml if that is meant"
    );
    assert_eq!(after(&lost), [line.as_str()]);
    // A release that is only told by what the file contains is no older one.
    let mut inputs = product();
    lost(&mut inputs.spec.swagger);
    let Release { major, minor, .. } = inputs.spec.release;
    (inputs.spec.release, inputs.spec.inferred) = (Release::new(major, minor, 0), true);
    assert_eq!(told(&inputs).first().unwrap(), &line);
    // One that is older takes what it takes.
    inputs.spec.release = Release::new(3, 1, 0);
    assert!(told(&inputs).iter().all(|said| said.starts_with("warning: the swagger does not say")));
}

#[test]
fn a_field_that_only_moved_is_a_remark() {
    let said = after(renamed(ACTION, "namespace", "resourceNamespace"));
    assert_eq!(
        said,
        [format!(
            "warning: resources.toml: tool `run_resource_action`: `namespace` of resourceRef goes to `body resourceNamespace` of {ACTION_ROUTE} now; it went to `body namespace` when the interface was reviewed"
        )]
    );
}

#[test]
fn one_cause_is_one_line_for_all_its_rows() {
    let said = after(|swagger| {
        let parameters = operation(swagger, "/api/v1/applications/{name}/resource", "get");
        parameters.iter_mut().find(|it| it["name"] == "namespace").unwrap()["name"] = json!("objectNamespace");
    });
    assert_eq!(said.len(), 1, "{said:#?}");
    let tools = "`get_application_workload_logs`, `get_resources`, `run_resource_action`";
    assert!(said[0].starts_with(&format!("error: resources.toml: tool {tools}: `namespace` of ")), "{said:?}");
}

#[test]
fn the_corrections_say_that_it_is_meant() {
    let correction = "\n[[correction]]\nname = \"x\"\nbecause = \"y\"\noperation = \"ApplicationService_RunResourceActionV2\"\nwithout = [\"namespace\"]\n";
    let mut inputs = product();
    inputs.overlay.push_str(correction);
    let stale = told(&inputs);
    assert!(stale.len() == 1 && stale[0].contains("still takes `namespace`"), "{stale:?}");
    renamed(ACTION, "namespace", "objectNamespace")(&mut inputs.spec.swagger);
    assert_eq!(told(&inputs), Vec::<String>::new());
}

#[test]
fn an_application_that_is_not_named_any_more_is_an_error() {
    let said = after(|swagger| {
        let paths = swagger["paths"].as_object_mut().unwrap();
        let mut get = paths["/api/v1/applications/{name}"].as_object_mut().unwrap().shift_remove("get").unwrap();
        let name = get["parameters"].as_array_mut().unwrap().iter_mut().find(|it| it["name"] == "name").unwrap();
        (name["in"], name["required"]) = (json!("query"), json!(false));
        paths.insert("/api/v1/application".into(), json!({ "get": get }));
    });
    let line = said.iter().find(|line| line.starts_with("error: ")).unwrap();
    assert!(line.contains("`sync_application`") && line.contains("`applicationName` goes nowhere in GET"), "{said:#?}");
    assert!(
        said.iter().any(|line| line.starts_with("warning: `ApplicationService_Get` is GET /api/v1/application now"))
    );
}

#[test]
fn the_whole_body_is_no_alternative_to_a_key_that_is_gone() {
    let said = after(renamed(ACTION, "action", "actionName"));
    let errors: Vec<&String> = said.iter().filter(|line| line.contains("tool `run_resource_action`")).collect();
    assert_eq!(errors.len(), 1, "{said:#?}");
    assert!(errors[0].contains(": `action` goes nowhere in") || errors[0].contains("body key `action`"), "{errors:?}");
}

#[test]
fn an_operation_with_another_route_is_a_remark() {
    let said = after(|swagger| {
        let item = swagger["paths"]["/api/v1/applications/{name}"].as_object_mut().unwrap();
        let delete = item.shift_remove("delete").unwrap();
        item.insert("post".into(), delete);
    });
    assert_eq!(
        said,
        [
            "warning: `ApplicationService_Delete` is POST /api/v1/applications/{name} now; it was DELETE /api/v1/applications/{name} when the interface was reviewed, and older releases have only that"
        ]
    );
    let said = after(|swagger| {
        let paths = swagger["paths"].as_object_mut().unwrap();
        let moved = std::mem::take(paths).into_iter();
        *paths = moved.map(|(path, item)| (path.replace("/v1/applications", "/v2/applications"), item)).collect();
    });
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(said[2].ends_with(" more moved"), "{said:#?}");
}
