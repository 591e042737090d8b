//! Credentials that go over several lines of a log.

use argocd_mcp::view::mask;
use serde_json::json;

use crate::{logs::logs, mask::unmarked};

/// The lines of one writer, masked.
fn masked(lines: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    mask::lines(lines.iter_mut().map(|line| ("web-1", line)));
    lines.iter().map(|line| unmarked(line)).collect()
}

const BEGIN: &str = "-----BEGIN RSA PRIVATE KEY-----";
const END: &str = "-----END RSA PRIVATE KEY-----";
const BODY: &str = "MIIEowIBAAKCAQEAwJ8cVQk1Zk9xv3Yw7dFhQ2m6LrTgNpBsUoXiAeKyHjCfGzDl";

#[test]
fn a_private_key_in_a_log_is_masked_to_its_end() {
    let lines = [
        ("web-1", "loading key"),
        ("web-1", BEGIN),
        ("web-2", "ready"),
        ("web-1", BODY),
        ("web-2", "c2VydmVk"),
        ("web-1", "c2VjcmV0Ym9keQ=="),
        ("web-1", END),
        ("web-1", "done"),
    ];
    let lines = lines.map(|(pod, text)| (pod, "2026-11-22T10:00:00Z", text));
    for more in [json!({}), json!({ "fold": false }), json!({ "output": "json" }), json!({ "output": "raw" })] {
        let shown = logs(&lines, more);
        assert!(!["MIIE", "c2VjcmV0", "PRIVATE"].iter().any(|part| shown.contains(part)), "{shown}");
        assert!(["loading key", "done", "ready", "c2VydmVk"].iter().all(|part| shown.contains(part)), "{shown}");
    }
    assert!(logs(&lines, json!({})).contains("\u{bb} (\u{d7}4)\ndone"), "one mark for one key");
}

#[test]
fn a_key_is_known_behind_what_a_logger_writes_and_without_its_begin_or_end() {
    let with = |before: &str, after: &str| {
        let lines = [BEGIN, BODY, "c2Vj==", END].map(|line| format!("{before}{line}{after}"));
        masked(&[&["start"], lines.each_ref().map(String::as_str).as_slice(), &["go on"]].concat())
    };
    for (before, after) in [("", ""), ("  ", ""), ("12:00:01 INFO ", ""), ("\"", "\\n\" +"), ("{\"msg\":\"", "\"}")] {
        let lines = with(before, after);
        assert_eq!((lines[0].as_str(), lines[5].as_str()), ("start", "go on"));
        assert_eq!((lines[1].clone(), lines[4].clone()), (format!("{before}«»"), format!("«»{after}")));
        assert_eq!(lines[2..4], ["«»", "«»"]);
    }
    // The first lines, or the last ones, were not sent.
    assert_eq!(masked(&["at 12:00", BODY, "c2Vj==", END, "go on"]), ["at 12:00", "«»", "«»", "«»", "go on"]);
    assert_eq!(
        masked(&[BEGIN, "Proc-Type: 4,ENCRYPTED", "", BODY, "c2Vj", "go on", BODY]),
        ["«»", "«»", "«»", "«»", "«»", "go on", BODY]
    );
    let long = [&[BEGIN][..], &["word"; 300]].concat();
    assert_eq!(masked(&long).iter().filter(|line| *line == "word").count(), 100);
    let far = [&[BEGIN, BODY, "it stopped"][..], &["a log goes on"; 300], &[END]].concat();
    assert_eq!(masked(&far).iter().filter(|line| *line == "a log goes on").count(), 300);
    // What begins and ends in one line, and a certificate, say nothing of the next line.
    let whole = format!("{BEGIN}{BODY}{END}");
    let lines = [whole.as_str(), "word", "-----BEGIN CERTIFICATE-----", BODY, "-----END CERTIFICATE-----"];
    assert_eq!(masked(&lines), lines);
    assert_eq!(
        masked(&["-----BEGIN PGP PRIVATE KEY BLOCK-----", BODY, "-----END PGP PRIVATE KEY BLOCK-----", "word"]),
        ["«»", "«»", "«»", "word"]
    );
}

#[test]
fn a_value_in_the_line_below_its_name_is_masked() {
    for (name, value, expected) in [
        ("- name: DB_PASSWORD", "  value: abcd1234", "  value: «»"),
        ("\"name\": \"DB_PASSWORD\",", "\"value\": \"abcd1234\"", "\"value\": \"«»\""),
        ("  password:", "    abcd1234", "    «»"),
        ("  password: >-", "    abcd", "    «»"),
        ("\"password\":", "  \"abcd1234\",", "  \"«»\","),
        ("tokens:", "- abcd1234", "- «»"),
        ("- name: LEVEL", "  value: debug123", "  value: debug123"),
        ("password:", "port: 80", "port: 80"),
        ("  secret:", "    secretName: shop-tls1", "    secretName: shop-tls1"),
        ("invalid token:", "    expired123", "    expired123"),
        ("token:", "  expired", "  expired"),
        ("password:", "abcd1234", "abcd1234"),
    ] {
        assert_eq!(masked(&[name, value]), [name, expected]);
    }
    let lines = [("web-1", "- name: DB_PASSWORD"), ("web-2", "ready"), ("web-1", "  value: abcd1234")];
    let lines = lines.map(|(pod, text)| (pod, "2026-11-22T10:00:00Z", text));
    for output in ["text", "json", "raw"] {
        let shown = logs(&lines, json!({ "output": output }));
        assert!(shown.contains("value: \u{ab}") && !shown.contains("abcd1234"), "{shown}");
    }
}
