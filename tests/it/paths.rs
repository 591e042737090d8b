//! No value leaves its path segment: every operation of the interface × hostile strings, by the request line.

use std::time::Duration;

use argocd_mcp::{
    argocd::{Operation, Session, Wire},
    error::Kind,
};
use proptest::prelude::{ProptestConfig, Strategy, any, proptest};

use crate::{argocd::operations::ALL, harness, http::Server};

const HOSTILE: &[&str] = &[
    "",
    ".",
    "..",
    "...",
    "../x",
    "..\\x",
    "..\\..\\projects\\prod",
    "a/b",
    "/",
    "//",
    "\\",
    "a\\b",
    "a:b",
    ":",
    "https://kubernetes.default.svc",
    "https://user:pw@host:8443/a+b.git",
    "a+b",
    "a b",
    "a%2Fb",
    "%2e%2e",
    "%2E%2E%2Fclusters",
    "%",
    "%%",
    "%00",
    "a?refresh=hard",
    "?",
    "a#b",
    "#",
    "a&b=c",
    "a;b",
    "a@b",
    "a=b",
    "$x",
    "~",
    "-",
    "_",
    "é",
    "日本",
    "\u{202e}x",
    "\u{0}",
    "a\nb",
    "a\r\nX-Evil: 1",
    "\u{7f}",
    "\t",
    "*",
    "!",
    "'",
    "(",
    "a,b",
    "|",
    "\"",
    "<x>",
    "{name}",
];

/// RFC 3986 §2.3, written without the product's encoder.
fn encoded(value: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => (byte as char).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(byte).collect()
}

struct Bench {
    server: Server,
    session: Session,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn new() -> Self {
        let server = Server::answering(200, "application/json", "{}");
        harness::app(&server.url, "agent");
        let instance = crate::harness::instance(&server.url);
        let session = Session::new(instance, Duration::from_secs(500), true);
        Self { server, session, runtime: tokio::runtime::Runtime::new().unwrap() }
    }

    /// Sends `operation` with `hostile` for one parameter and asserts what came over the wire.
    fn check(&self, operation: &'static Operation, parameter: &str, in_path: bool, hostile: &str) {
        let mut wire = Wire::default();
        let mut expected = operation.path.to_owned();
        for (name, _) in operation.parameters.iter().filter(|(_, in_path)| *in_path) {
            // `iat` is the one number among the path parameters.
            let value = if *name == parameter {
                hostile
            } else if *name == "iat" {
                "7"
            } else {
                "x"
            };
            wire.set(name, value);
            expected = expected.replace(&format!("{{{name}}}"), &encoded(value));
        }
        if !in_path {
            wire.set(parameter, hostile);
        }
        let result = self.runtime.block_on(self.session.bytes(operation, wire));
        let requests = self.server.take_requests();
        let what = format!("{} {parameter}={hostile:?}", operation.id);
        let refused = matches!(hostile, "" | "." | "..")
            || hostile.chars().any(char::is_control)
            || (parameter == "iat" && hostile.parse::<i64>().is_err());
        if in_path && refused {
            assert_eq!(result.unwrap_err().kind, Kind::Arguments, "{what}");
            assert!(requests.is_empty(), "{what}");
            return;
        }
        if !in_path && result.as_ref().is_err_and(|error| error.kind == Kind::Internal) {
            // A text for a number or a boolean: the binder lets none through, the client neither.
            assert!(requests.is_empty(), "{what}");
            return;
        }
        result.unwrap();
        assert_eq!(requests.len(), 1, "{what}");
        assert_eq!((requests[0].method.as_str(), requests[0].path()), (operation.method, expected.as_str()), "{what}");
        if !in_path && !hostile.is_empty() {
            assert!(
                requests[0].query().contains(&(parameter.to_owned(), hostile.to_owned())),
                "{what}: {}",
                requests[0].target
            );
        }
    }
}

#[test]
fn every_operation_times_every_hostile_value() {
    assert!(ALL.len() >= 80, "the client is not pruned");
    let bench = Bench::new();
    for operation in ALL {
        for (parameter, _) in operation.parameters.iter().filter(|(_, in_path)| *in_path) {
            HOSTILE.iter().for_each(|hostile| bench.check(operation, parameter, true, hostile));
        }
        for (parameter, _) in operation.parameters.iter().filter(|(_, in_path)| !*in_path).take(2) {
            HOSTILE.iter().step_by(5).for_each(|hostile| bench.check(operation, parameter, false, hostile));
        }
    }
}

#[test]
fn random_values_stay_in_their_segment_too() {
    let bench = Bench::new();
    let with_path: Vec<(&'static Operation, &'static str)> = ALL
        .iter()
        .flat_map(|operation| {
            operation.parameters.iter().filter(|(_, in_path)| *in_path).map(|(name, _)| (*operation, *name))
        })
        .collect();
    let bits =
        proptest::collection::vec(proptest::sample::select(HOSTILE.to_vec()), 0..4).prop_map(|bits| bits.concat());
    proptest!(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() }, |(index in 0..with_path.len(), bits in bits, noise in any::<String>(), both in any::<bool>())| {
        let (operation, parameter) = with_path[index];
        bench.check(operation, parameter, true, &if both { bits + &noise } else { bits });
    });
}
