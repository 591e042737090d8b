//! No key of the table can be misspelt, and no value be of another type, without an error.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

#[allow(dead_code, reason = "shared with other tests")]
mod rows;

use codegen::{api::Api, openapi3, overlay::Overlay, report::Report, table};
use toml::{Table, Value};

/// Keys below these are the maintainer's to choose.
const CHOSEN: &[&str] = &["args", "constants", "counts", "example", "uses"];

/// Where the keys of a table stand, and whether their names are of the language.
fn keys(value: &Value, at: &mut Vec<String>, chosen: bool, found: &mut Vec<(Vec<String>, bool)>) {
    match value {
        Value::Table(map) => {
            for (key, child) in map {
                at.push(key.clone());
                found.push((at.clone(), chosen));
                // An argument has a chosen name, what it consists of has not.
                let below = CHOSEN.contains(&key.as_str()) && !chosen;
                if !(chosen && at.get(at.len().saturating_sub(2)).is_some_and(|parent| parent != "args")) {
                    keys(child, at, below, found);
                }
                at.pop();
            }
        }
        Value::Array(list) => {
            for (index, child) in list.iter().enumerate() {
                at.push(index.to_string());
                keys(child, at, false, found);
                at.pop();
            }
        }
        _ => {}
    }
}

/// The table that holds the last key of a path.
fn parent<'a>(root: &'a mut Table, path: &[String]) -> &'a mut Table {
    let (first, rest) = path.split_first().unwrap();
    if rest.is_empty() {
        return root;
    }
    let mut at = root.get_mut(first).unwrap();
    for key in rest.iter().take(rest.len() - 1) {
        at = match at {
            Value::Array(list) => list.get_mut(key.parse::<usize>().unwrap()).unwrap(),
            value => value.get_mut(key.as_str()).unwrap(),
        };
    }
    at.as_table_mut().unwrap()
}

#[test]
fn a_misspelt_key_or_a_wrong_type_is_an_error_everywhere() {
    let inputs = rows::product();
    let (release, report) = (inputs.spec.release, Report::default());
    let (mut document, left_out) = openapi3::convert(&inputs.spec.swagger, release);
    let overlay = Overlay::read(&inputs.overlay, &report).unwrap();
    overlay.correct_document(&mut document, release, &report);
    let mut api = Api::new((document, left_out), release);
    overlay.correct_operations(&mut api, &report);
    let errors = |file: &str, table: &Table| {
        let report = Report::default();
        table::read_parsed(&[(file.to_owned(), table.clone())], &api, &report);
        report.errors()
    };
    let mut silent = vec![];
    let mut seen = 0;
    for (file, text) in &inputs.tables {
        let table: Table = text.parse().unwrap();
        assert_eq!(errors(file, &table), Vec::<String>::new());
        let mut places = vec![];
        keys(&Value::Table(table.clone()), &mut vec![], false, &mut places);
        for (path, chosen) in places.into_iter().filter(|(path, _)| path.len() > 2) {
            let name = path.last().unwrap();
            let mut misspelt = table.clone();
            let map = parent(&mut misspelt, &path);
            let value = map.remove(name).unwrap();
            map.insert(format!("{name}x"), value);
            if !chosen && errors(file, &misspelt).is_empty() {
                silent.push(format!("{file}: {} misspelt", path.join(".")));
            }
            let mut wrong = table.clone();
            let map = parent(&mut wrong, &path);
            let other =
                if map.get(name).is_some_and(Value::is_table) { Value::Integer(5) } else { Value::Table(Table::new()) };
            map.insert(name.clone(), other);
            // The values of constants and of examples are any JSON.
            let free = chosen && path.iter().any(|key| key == "constants" || key == "example");
            if !free && name != "default" && name != "example" && errors(file, &wrong).is_empty() {
                silent.push(format!("{file}: {} of another type", path.join(".")));
            }
            seen += 2;
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
    assert!(seen > 300, "{seen}");
}
