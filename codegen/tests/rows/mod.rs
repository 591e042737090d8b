//! Rows without a mistake, and what the build says about changed ones.

use std::{path::Path, sync::OnceLock};

use codegen::{
    build::{self, Inputs},
    release::Release,
    report::Report,
};

/// A row without a mistake.
pub(crate) const ROW: &str = r#"
[[tool]]
name = "list_things"
title = "List things"
about = "Lists things, as many as there are, for tests."
effect = "read"
rbac = ["applications, get"]
operation = "ApplicationService_List"
[tool.args]
projects = { param = "projects", about = "Only these" }
search = { type = "string", about = "Part of the name" }
[tool.view.table]
items = "items"
columns = [{ head = "NAME", path = "metadata.name" }]
filter = [{ arg = "search", path = "metadata.name", op = "glob" }]
"#;

/// A second one, for body paths and path parameters.
pub(crate) const WRITE: &str = r#"
[[tool]]
name = "sync_thing"
title = "Sync"
about = "Syncs a thing, as nobody ever asked, for tests."
effect = "write"
rbac = ["applications, sync"]
operation = "ApplicationService_Sync"
example = { applicationName = "a" }
[tool.args]
applicationName = { kind = "application" }
prune = { body = "prune", about = "Delete" }
[tool.view]
ok = "started {operation.sync.revision:short}"
"#;

/// A third one, about a resource.
pub(crate) const READ: &str = r#"
[[tool]]
name = "list_actions"
title = "List actions"
about = "Lists things, as many as there are, for tests."
effect = "read"
rbac = ["applications, get"]
operation = "ApplicationService_ListResourceActions"
example = { applicationName = "a", resourceRef = { kind = "Pod", name = "b" } }
[tool.args]
applicationName = { kind = "application" }
resourceRef = { kind = "resource" }
[tool.view]
table = { items = "actions", line = "{name}" }
"#;
pub(crate) const ITEMS: &str = "table = { items = \"actions\", line = \"{name}\" }";

/// A fourth one, with a handler.
pub(crate) const HANDLED: &str = r#"
[[tool]]
name = "sync_thing"
title = "Sync"
about = "Syncs a thing, as nobody ever asked, for tests."
effect = "write"
rbac = ["applications, sync"]
handler = "sync_application"
because = "x"
uses = { sync = "ApplicationService_Sync" }
reads = { sync = ["metadata.name"] }
example = { applicationName = "a" }
[tool.args]
applicationName = { kind = "application" }
"#;

/// Snapshots hold for the reviewed release; with another one vendored they are skipped.
pub(crate) fn check(name: &str, text: &str) {
    let spec = Inputs::read(root(), &root().join("openapi/argocd.json")).unwrap();
    if spec.overlay.contains(&format!("reviewed = \"{}\"", spec.spec.release)) {
        let text = text.replace(&spec.spec.release.to_string(), "<release>");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, text));
    }
}

/// Every case is an error; what the build says about each is a snapshot.
pub(crate) fn check_cases(name: &str, cases: &[(&str, String)]) {
    let report: Vec<String> = cases
        .iter()
        .map(|(name, table)| {
            let errors = errors(&inputs(table));
            assert!(!errors.is_empty(), "{name}: no error");
            format!("## {name}\n{}", errors.join("\n"))
        })
        .collect();
    check(name, &report.join("\n\n"));
}

pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The product's own files as after a review: what still waits for the maintainer of a new release is `make check`'s to
/// tell, and these tests hold for any that is vendored.
pub(crate) fn product() -> Inputs {
    static REVIEWED: OnceLock<Inputs> = OnceLock::new();
    let review = || {
        let mut inputs = Inputs::read(root(), &root().join("openapi/argocd.json")).unwrap();
        let reviewed = inputs.overlay.lines().find(|line| line.starts_with("reviewed = ")).unwrap().to_owned();
        let release = inputs.spec.release;
        if Release::parse(reviewed.trim_start_matches("reviewed = ").trim_matches('"')).unwrap() < release {
            inputs.overlay = inputs.overlay.replacen(&reviewed, &format!("reviewed = \"{release}\""), 1);
        }
        inputs.surface.clear();
        let report = Report::default();
        let outputs = build::run(&inputs, false, &report);
        assert_eq!(report.errors(), Vec::<String>::new());
        let outputs = outputs.unwrap();
        let pending: Vec<String> = outputs.unmapped.iter().map(|id| format!("  \"{id}\",\n")).collect();
        inputs.skipped = inputs.skipped.replacen("pending = [\n", &format!("pending = [\n{}", pending.concat()), 1);
        inputs.surface = outputs.surface;
        inputs
    };
    REVIEWED.get_or_init(review).clone()
}

/// What the build says of changed files: errors, then warnings.
pub(crate) fn told(inputs: &Inputs) -> Vec<String> {
    let report = Report::default();
    build::run(inputs, false, &report);
    let warnings = report.warnings().into_iter().map(|line| format!("warning: {line}"));
    report.errors().into_iter().map(|line| format!("error: {line}")).chain(warnings).collect()
}

pub(crate) fn inputs(table: &str) -> Inputs {
    let mut inputs = product();
    inputs.tables = vec![("things.toml".into(), table.to_owned())];
    inputs.skipped = "pending = []".into();
    inputs.surface.clear();
    inputs
}

pub(crate) fn errors(inputs: &Inputs) -> Vec<String> {
    let report = Report::default();
    build::run(inputs, false, &report);
    report.errors()
}

/// The row with one text replaced by another.
pub(crate) fn with(row: &str, from: &str, to: &str) -> String {
    assert!(row.contains(from), "{from} is not in the row");
    row.replacen(from, to, 1)
}

/// A row about an application with a second read that stands under a name.
pub(crate) fn under(name: &str, text: &str) -> String {
    let also = format!(
        "also = {{ operation = \"ApplicationService_GetApplicationSyncWindows\", under = \"{name}\", when = {{ path = \"status.sync.status\", is = [\"OutOfSync\"] }} }}"
    );
    READ.replace("ApplicationService_ListResourceActions\"", &format!("ApplicationService_Get\"\n{also}"))
        .replace("\nresourceRef = { kind = \"resource\" }", "")
        .replace(ITEMS, &format!("record = {{ sections = [{{ text = \"{text}\" }}] }}"))
        .replace(", resourceRef = { kind = \"Pod\", name = \"b\" }", "")
}
