//! Schemas: portable, small, and in agreement with the binder.

use argocd_mcp::{
    server::surface,
    tools::{Bound, Options, Request, Row, Shape, table::ROWS},
};
use proptest::prelude::{BoxedStrategy, Just, ProptestConfig, Strategy, prop_oneof, proptest};
use serde_json::{Map, Value, json};

use crate::snapshots::check_file;

/// The smallest context anybody pays for these: all tools of the default surface, as JSON.
const DEFAULT_SURFACE: usize = 13_000;

fn schema(row: &Row) -> Value {
    serde_json::from_str(row.schema).unwrap()
}

/// What some client drops a tool for.
fn lint(schema: &Value, place: &str) {
    match schema {
        Value::Object(map) => {
            for banned in ["anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "definitions", "nullable"] {
                assert!(!map.contains_key(banned), "{place}: {banned}");
            }
            if let Some(kind) = map.get("type").filter(|kind| !kind.is_object()) {
                assert!(kind.is_string(), "{place}: a union of types");
                assert!(kind != "array" || map.contains_key("items"), "{place}: a list without items");
            }
            assert!(
                map.get("required").is_none_or(
                    |required| required.as_array().is_some_and(|list| !list.is_empty()) || required.is_object()
                ),
                "{place}: required"
            );
            map.iter().for_each(|(key, child)| lint(child, &format!("{place}.{key}")));
        }
        Value::Array(list) => list.iter().for_each(|child| lint(child, place)),
        _ => {}
    }
}

#[test]
fn schemas_are_portable_and_small() {
    for row in ROWS {
        let schema = schema(row);
        lint(&schema, row.name);
        assert_eq!(schema["type"], "object", "{}", row.name);
        assert!(row.schema.len() <= 2500, "{}: {} bytes", row.name, row.schema.len());
        jsonschema::meta::validate(&schema).unwrap();
    }
}

#[test]
fn every_row_says_what_a_model_and_a_person_need() {
    for row in ROWS {
        let tool = serde_json::to_value(surface::tool(row)).unwrap();
        assert!(tool["title"].as_str().is_some_and(|title| title.len() > 3), "{}", row.name);
        assert!(row.about.len() > 40 && row.about.ends_with('.'), "{}: about", row.name);
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{}: {hint}", row.name);
        }
        assert!(tool.get("outputSchema").is_none());
    }
}

/// The tools that clients see.
pub fn default_surface() -> Value {
    let tools: Vec<_> = ROWS.iter().filter(|row| row.default).map(surface::tool).collect();
    serde_json::to_value(&tools).unwrap()
}

#[test]
fn the_default_surface_fits() {
    let tools = default_surface();
    let size = tools.to_string().len();
    let text = format!("{tools:#}\n");
    check_file("tests/snapshots/tools.json", &text);
    assert!(
        size <= DEFAULT_SURFACE,
        "the list of tools has {size} bytes of JSON, of {DEFAULT_SURFACE}, which every client pays for in each conversation: \
         say less in `about`, or leave `default` out"
    );
}

/// Values of a shape, and values that are not quite.
fn value(shape: &Shape, choices: &'static [&'static str]) -> BoxedStrategy<Value> {
    let scalars = prop_oneof![
        Just(json!("x")),
        Just(json!(7)),
        Just(json!("7")),
        Just(json!(true)),
        Just(json!("true")),
        Just(json!(1.5)),
        Just(json!([])),
        Just(json!({})),
        Just(json!(null))
    ];
    let own: BoxedStrategy<Value> = match shape {
        Shape::Open(..) => {
            prop_oneof![Just(json!({})), Just(json!({ "unknown": { "deep": [1, null] }, "spec": null }))].boxed()
        }
        Shape::Text if !choices.is_empty() => proptest::sample::select(choices).prop_map(Value::from).boxed(),
        Shape::Text => "[a-z]{1,8}".prop_map(Value::from).boxed(),
        Shape::Integer => (-3..2000_i64).prop_map(Value::from).boxed(),
        Shape::Number => (-3.0..9.0_f64).prop_map(Value::from).boxed(),
        Shape::Boolean => proptest::bool::ANY.prop_map(Value::from).boxed(),
        Shape::Any => Just(json!({ "any": [1] })).boxed(),
        Shape::List(items) => proptest::collection::vec(value(items, choices), 0..4).prop_map(Value::from).boxed(),
        Shape::Map(values) => value(values, choices).prop_map(|value| json!({ "key": value })).boxed(),
        Shape::Resource => Just(json!({ "kind": "Service", "name": "web" })).boxed(),
        Shape::Object(keys) => {
            let fields: Vec<_> =
                keys.iter().map(|(key, shape)| (Just(*key), value(shape, &[]), proptest::bool::ANY)).collect();
            fields
                .prop_map(|fields| {
                    Value::Object(
                        fields
                            .into_iter()
                            .filter(|(_, _, there)| *there)
                            .map(|(key, value, _)| (key.to_owned(), value))
                            .collect(),
                    )
                })
                .boxed()
        }
    };
    prop_oneof![4 => own, 1 => scalars].boxed()
}

fn arguments(row: &'static Row) -> BoxedStrategy<Map<String, Value>> {
    let one = |arg: &'static argocd_mcp::tools::Arg| (Just(arg.name), value(&arg.shape, arg.choices), 0..3_u8);
    let all: Vec<_> = row.args.iter().map(one).collect();
    let stray = prop_oneof![5 => Just(None), 1 => Just(Some("stray"))];
    (all, stray)
        .prop_map(move |(all, stray)| {
            let required = |name: &str| row.args.iter().any(|arg| arg.name == name && arg.required);
            let kept = all.into_iter().filter(|(name, _, there)| *there == 0 || (required(name) && *there == 1));
            kept.map(|(name, value, _)| (name.to_owned(), value))
                .chain(stray.map(|stray| (stray.to_owned(), json!(1))))
                .collect()
        })
        .boxed()
}

/// Whether the schema says all about an argument: unknown, hidden and briefly described ones are the binder's to refuse.
fn is_said(row: &Row, name: &str) -> bool {
    let schema = schema(row);
    let arg = row.args.iter().find(|arg| arg.name == name);
    let brief = arg.is_some_and(|arg| matches!(arg.shape, Shape::Object(_) | Shape::Open(..)));
    let needy = arg.is_some_and(|arg| !arg.needs.is_empty());
    let short = arg.is_some_and(|arg| arg.range.is_some())
        && ["minimum", "minItems"].iter().all(|key| schema["properties"][name].get(*key).is_none());
    !needy
        && !short
        && schema["properties"].get(name).is_some_and(|property| !brief || property.get("properties").is_some())
}

#[test]
fn schema_and_binder_agree() {
    for row in ROWS {
        let validator = jsonschema::validator_for(&schema(row)).unwrap();
        proptest!(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() }, |(arguments in arguments(row))| {
            let bound = Bound::new(row, arguments.clone());
            let given = Value::Object(arguments);
            // A schema cannot say what `output` = raw has no use for.
            let raw = given["output"] == "raw";
            if !raw && validator.is_valid(&given) && given.as_object().unwrap().keys().all(|name| is_said(row, name)) {
                assert!(bound.is_ok(), "{}: the schema takes {given}, the binder says {:?}", row.name, bound.err().map(|error| error.message));
            }
            if let Ok(bound) = bound {
                let bound = Value::Object(bound.values().clone());
                assert!(validator.is_valid(&bound), "{}: the binder makes {bound} of {given}, which the schema refuses", row.name);
            }
        });
    }
}

#[test]
fn the_instructions_have_the_numbers_of_the_table() {
    let row = argocd_mcp::tools::find("list_applications").unwrap();
    let arg = |name: &str| row.args.iter().find(|arg| arg.name == name).unwrap();
    let (Some((_, most)), Some(limit)) = (arg("limit").range, arg("limit").default) else { panic!("no limit") };
    let Some((least_bytes, most_bytes)) = arg("maxBytes").range else { panic!("no range") };
    let options = Options { now: crate::harness::NOW.parse().unwrap(), asked_by: "test".into(), read_only: false };
    let bytes = Request::new(row, Bound::new(row, Map::new()).unwrap(), options).max_bytes();
    let said = surface::describe(&crate::harness::app("https://argocd.example", "agent")).instructions.unwrap();
    for part in [
        format!("maxBytes ({least_bytes} to {most_bytes}, default {bytes})"),
        format!("limit (to {most}, default {limit})"),
    ] {
        assert!(said.contains(&part), "{part}: {said}");
    }
}
