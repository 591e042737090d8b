//! Answers that are not what they should be: broken off, empty, with fields that are missing or null.

use std::collections::BTreeSet;

use argocd_mcp::{
    tools::{Bound, Options, Request, Row, table::ROWS},
    view::{Body, Cell, Comparison, Context, Format, Part, Problem, Section, Segment, View},
};
use serde_json::{Value, json};

use crate::{
    harness::{NOW, call, text},
    http::{self, Server, Step, head},
    recordings::{self, Recording},
};

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    let promised = head(200, &[("content-type", "application/json"), ("content-length", "1000")]);
    let server = Server::start(move |_| {
        vec![Step::Send([promised.clone(), br#"{"items":[{"metadata":{"name":"a"}}"#.to_vec()].concat()), Step::Close]
    });
    for (tool, arguments) in [("get_application", json!({ "applicationName": "a" })), ("list_applications", json!({}))]
    {
        let refused = text(call(&server.url, tool, arguments));
        assert!(
            refused.starts_with("[error: Protocol]") && refused.contains("broke off in the middle of its answer"),
            "{refused}"
        );
    }
}

#[test]
fn null_lists_are_empty_lists() {
    for body in [r#"{"items":null,"metadata":{}}"#, r#"{"metadata":{}}"#, r#"{"items":[]}"#, "{}"] {
        let server = Server::answering(200, "application/json", body);
        assert!(text(call(&server.url, "list_applications", json!({}))).starts_with("0 applications"), "{body}");
    }
}

fn packed(body: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// As a real Argo CD answers a path that it does not have: its gzip loses the header that says so.
#[test]
fn a_wrong_path_is_told_as_one() {
    let long = "no such thing ".repeat(100_000);
    for (code, body, said) in [
        (404, packed("404 page not found\n"), "it does not know this path"),
        (405, packed("Method Not Allowed\n"), "it does not know this path"),
        (404, b"default backend - 404".to_vec(), "default backend - 404"),
        (404, br#"{"message":"no Route matched with those values"}"#.to_vec(), "no Route matched with those values"),
        (404, vec![], "it does not know this path"),
        (404, b"\x1f\x8b and no gzip".to_vec(), "it does not know this path"),
        (404, packed(&long), "no such thing no such"),
    ] {
        let server = Server::start(move |_| http::answer(code, "text/plain", &body));
        let error = call(&server.url, "list_applications", json!({})).unwrap_err();
        assert!(error.message.starts_with(&format!("Argo CD at {} answered {code}: {said}", server.url)), "{error}");
        assert!(error.hint.as_ref().is_some_and(|hint| hint.contains("--rootpath")), "{error}");
        assert!(error.message.len() < 1000, "{error}");
    }
    let server = Server::start(|_| http::answer(500, "text/plain", &packed("it broke\n")));
    let error = call(&server.url, "list_applications", json!({})).unwrap_err();
    assert_eq!(error.message, "Argo CD answered 500: it broke");
}

#[test]
fn compressed_answers_are_read() {
    let body = recordings::load("v3.5.1/applications.list").response.json.unwrap().to_string();
    let packed = packed(&body);
    assert!(packed.len() * 5 < body.len());
    let length = packed.len().to_string();
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip"), ("content-length", &length)];
    let answer = [head(200, &headers), packed].concat();
    let server = Server::start(move |_| vec![Step::Send(answer.clone())]);
    assert!(text(call(&server.url, "list_applications", json!({}))).starts_with("29 applications;"));
}

/// What was recorded for the example of a row, found by its operation.
fn recorded(row: &Row) -> Vec<Recording> {
    let folders = ["v3.5.1", "payloads"];
    let names = folders.into_iter().flat_map(|folder| recordings::names(folder, ""));
    let all = names.map(|name| recordings::load(&name));
    let of_row = |recording: &Recording| {
        recording.operation.as_deref() == Some(row.calls[0].operation.id) && recording.response.status == Some(200)
    };
    all.filter(of_row).collect()
}

/// Two items of every list are enough.
fn shorten(value: &mut Value) {
    match value {
        Value::Object(map) => map.values_mut().for_each(shorten),
        Value::Array(list) => {
            list.truncate(2);
            list.iter_mut().for_each(shorten);
        }
        _ => {}
    }
}

/// Paths of all fields.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                let inner = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                paths(child, &inner, found);
                found.insert(inner);
            }
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, child)| paths(child, &format!("{path}/{index}"), found))
        }
        _ => {}
    }
}

#[test]
fn any_field_may_be_missing_or_null_or_something_else() {
    let mut seen = 0;
    for row in ROWS {
        let Some(view) = row.view() else { continue };
        let Value::Object(example) = serde_json::from_str(row.example).unwrap() else { unreachable!() };
        let options = Options { now: NOW.parse().unwrap(), asked_by: "test".into(), read_only: false };
        let context = Request::new(row, Bound::new(row, example).unwrap(), options).context();
        let context = Context { comparison: Some(Comparison::default()), ..context };
        let answers = recorded(row);
        let operation = row.calls[0].operation;
        assert!(
            !answers.is_empty(),
            "{}: tests/recordings/v3.5.1 has no answer of {}: copy a recording of another operation, with this \
             `operation`, its path, and what curl shows",
            row.name,
            operation.id
        );
        for mut whole in answers.into_iter().filter_map(|recording| recording.response.json).take(2) {
            shorten(&mut whole);
            let mut all = BTreeSet::new();
            paths(&whole, "", &mut all);
            for path in all {
                for other in [json!(null), json!("text"), json!(7), json!([null, {}]), json!({ "a": null })] {
                    let (null, mut changed) = (other.is_null(), whole.clone());
                    *changed.pointer_mut(&path).unwrap() = other;
                    let changed = changed.to_string();
                    let body = serde_json::de::StrRead::new(&changed);
                    let shown = argocd_mcp::view::render(view, body, &context);
                    let not_a_list = !null && matches!(shown, Err(Problem::Json(_)));
                    assert!(
                        shown.is_ok() || not_a_list,
                        "{}: without {path}, or with another value there: {shown:?}",
                        row.name
                    );
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 1000, "{seen} answers");
}

/// Argo CD leaves out what is empty: of settings without single sign-on nothing may be left that a row reads.
#[test]
fn a_record_of_what_is_empty_is_no_other_answer() {
    const ISSUER: &[Segment] = &[Segment::Key("oidcConfig"), Segment::Key("issuer")];
    const NAME: &[Segment] = &[Segment::Key("metadata"), Segment::Key("name")];
    const fn section(path: &'static [&'static [Segment]], text: &'static [Part]) -> Section {
        Section { head: "", body: Body::Text(text), when: None, unlike: &[], reads: path }
    }
    static SETTINGS: [Section; 1] =
        [section(&[ISSUER], &[Part::Optional(&[Part::Value(Cell { paths: &[ISSUER], format: Format::Plain })])])];
    static OBJECT: [Section; 1] = [section(&[NAME], &[Part::Text("x")])];
    let row = ROWS.iter().find(|row| row.name == "get_appproject").unwrap();
    let options = Options { now: NOW.parse().unwrap(), asked_by: "test".into(), read_only: false };
    let context = Request::new(row, Bound::default(), options).context();
    let show =
        |view: &View, answer: &str| argocd_mcp::view::render(view, serde_json::de::StrRead::new(answer), &context);
    for answer in ["{}", r#"{ "url": "https://argocd.example" }"#] {
        assert_eq!(show(&View::Record(&SETTINGS), answer).unwrap().text, "Argo CD says nothing of this.");
        assert!(matches!(show(&View::Record(&OBJECT), answer), Err(Problem::Alien(_))), "an object has a name");
    }
    assert!(matches!(show(&View::Record(&SETTINGS), "[]"), Err(Problem::Alien(_))));
}
