//! docs/security.md names tests that exist.

use std::fs;

use regex::Regex;

use crate::snapshots::root;

/// Whether `module::name` is a test of this binary.
pub fn is_test(path: &str) -> bool {
    let Some((module, name)) = path.rsplit_once("::") else { return false };
    let source = fs::read_to_string(root().join("tests/it").join(module.replace("::", "/")).with_extension("rs"));
    let lines: Vec<_> = source.iter().flat_map(|source| source.lines()).map(str::trim).collect();
    let found = lines.iter().position(|line| line.starts_with(&format!("fn {name}(")));
    // Attributes and comments may stand between a test and its mark.
    found.is_some_and(|at| {
        lines[..at]
            .iter()
            .rev()
            .take_while(|line| !line.is_empty() && !line.ends_with('}'))
            .any(|line| *line == "#[test]")
    })
}

#[test]
fn every_promise_names_a_test() {
    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let named = Regex::new(r"`([a-z_]+(?:::[a-z0-9_]+)+)`").unwrap();
    let command = Regex::new(r"`(make [a-z]+)`").unwrap();
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let promises: Vec<_> =
        page.lines().filter_map(|line| line.strip_prefix("| ")).filter(|line| !line.starts_with("promise |")).collect();
    assert!(promises.len() > 30);
    for promise in promises {
        let tests: Vec<_> = named.captures_iter(promise).map(|found| found.get(1).unwrap().as_str()).collect();
        for test in &tests {
            assert!(is_test(test), "docs/security.md: there is no test {test}");
        }
        let target = command.captures(promise).map(|found| found[1].replace("make ", ""));
        let target = target.is_some_and(|target| makefile.contains(&format!("\n.PHONY: {target}\n")));
        assert!(target || !tests.is_empty(), "no test for: {promise}");
    }
    assert!(!is_test("stdio::no_such_test") && !is_test("nowhere::every_promise_names_a_test"));
}
