//! Every mistake a maintainer can make in the table, the corrections or the list of skipped operations, and what the
//! build says about it.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

#[allow(dead_code, reason = "shared with other tests")]
mod rows;

use codegen::{build, report::Report};
use rows::{HANDLED, ITEMS, READ, ROW, WRITE, check, check_cases, errors, inputs, under, with};

#[test]
fn a_row_without_a_mistake_builds() {
    assert_eq!(
        errors(&inputs(&format!("{ROW}{WRITE}{READ}{}", HANDLED.replace("sync_thing", "handled")))),
        Vec::<String>::new()
    );
}

#[test]
fn mistakes_in_the_table() {
    let projects = "projects = { param = \"projects\", about = \"Only these\" }";
    let cases: &[(&str, String)] = &[
        ("unknown key", with(ROW, "title =", "titel =")),
        ("unknown key in an argument", with(ROW, "about = \"Only these\"", "about = \"Only these\", aliass = [\"p\"]")),
        ("unknown key in the view", with(ROW, "items = \"items\"", "items = \"items\"\nlimits = 3")),
        ("wrong type", with(ROW, "effect = \"read\"", "effect = \"read\"\ndefault = \"yes\"")),
        ("unknown operation", with(ROW, "ApplicationService_List", "ApplicationService_Lst")),
        ("no operation", with(ROW, "operation = \"ApplicationService_List\"", "")),
        ("unknown parameter", with(ROW, "param = \"projects\"", "param = \"projetcs\"")),
        ("unknown body path", with(WRITE, "body = \"prune\"", "body = \"strategy.hook.forced\"")),
        ("body path of an operation without a body", with(ROW, projects, "dry = { body = \"dryRun\", about = \"x\" }")),
        ("unknown view path", with(ROW, "path = \"metadata.name\" }]\nfilter", "path = \"metadata.nmae\" }]\nfilter")),
        (
            "view path through a list",
            with(ROW, "path = \"metadata.name\" }]\nfilter", "path = \"spec.sources.repoURL\" }]\nfilter"),
        ),
        (
            "view path the server does not project",
            with(ROW, "path = \"metadata.name\" }]\nfilter", "path = \"status.conditions[].type\" }]\nfilter"),
        ),
        ("malformed path", with(ROW, "path = \"metadata.name\" }]\nfilter", "path = \"metadata..name\" }]\nfilter")),
        (
            "unknown format",
            with(
                ROW,
                "head = \"NAME\", path = \"metadata.name\"",
                "head = \"NAME\", path = \"metadata.name\", as = \"shrt\"",
            ),
        ),
        ("malformed text", with(WRITE, "{operation.sync.revision:short}", "{operation.sync.revision:short")),
        ("bracket without its pair", with(WRITE, "started", "[started")),
        ("unmapped path parameter", with(WRITE, "applicationName = { kind = \"application\" }", "")),
        ("parameter the server insists on", with(ROW, "ApplicationService_List\"", "ApplicationService_GetResource\"")),
        ("body key the server insists on", with(WRITE, "ApplicationService_Sync", "ApplicationService_Rollback")),
        ("two tools of one name", format!("{ROW}{ROW}")),
        (
            "argument and alias of one name",
            with(
                ROW,
                projects,
                &format!("{projects}\nproject = {{ type = \"string\", alias = \"projects\", about = \"x\" }}"),
            ),
        ),
        ("argument every row has", with(ROW, projects, "limit = { type = \"integer\", about = \"x\" }")),
        ("argument without a place", with(ROW, projects, "projects = { about = \"x\" }")),
        ("filter of an argument that is not there", with(ROW, "arg = \"search\"", "arg = \"serach\"")),
        ("filter without an op", with(ROW, ", op = \"glob\"", "")),
        ("unknown effect", with(ROW, "effect = \"read\"", "effect = \"reads\"")),
        (
            "destructive_when of an argument that is not there",
            with(WRITE, "effect = \"write\"", "effect = \"write\"\ndestructive_when = [\"purge\"]"),
        ),
        ("read row on a POST", with(WRITE, "effect = \"write\"", "effect = \"read\"")),
        ("read row that refreshes", with(ROW, projects, "refresh = { param = \"refresh\", about = \"x\" }")),
        (
            "read row that refreshes by a constant",
            with(ROW, "[tool.args]", "constants = { refresh = \"hard\" }\n[tool.args]"),
        ),
        (
            "constant of a parameter that is not there",
            with(ROW, "[tool.args]", "constants = { follw = false }\n[tool.args]"),
        ),
        (
            "handler without a reason",
            with(
                WRITE,
                "operation = \"ApplicationService_Sync\"",
                "handler = \"sync_application\"\nuses = { sync = \"ApplicationService_Sync\" }\nreads = {}",
            )
            .replace("[tool.view]\nok = \"started {operation.sync.revision:short}\"", ""),
        ),
        (
            "handler without uses",
            with(
                WRITE,
                "operation = \"ApplicationService_Sync\"",
                "handler = \"sync_application\"\nbecause = \"x\"\nreads = {}",
            )
            .replace("[tool.view]\nok = \"started {operation.sync.revision:short}\"", ""),
        ),
        (
            "handler and view",
            with(
                WRITE,
                "operation = \"ApplicationService_Sync\"",
                "handler = \"sync_application\"\nbecause = \"x\"\nuses = { sync = \"ApplicationService_Sync\" }\nreads = {}",
            ),
        ),
        ("renderer without a reason", with(READ, ITEMS, "render = \"tree\"")),
        ("renderer that is not there", with(READ, ITEMS, "render = \"tre\"\nbecause = \"x\"")),
        (
            "unknown path of a renderer",
            with(READ, ITEMS, "render = \"tree\"\nbecause = \"x\"\nreads = [\"nodes[].kindd\"]"),
        ),
        ("handler that is not there", HANDLED.replace("sync_application", "sync_aplication")),
        (
            "resource of an operation without one",
            with(READ, "\nresourceRef = {", "\nother = { kind = \"resource\" }\nresourceRef = {")
                .replace("ListResourceActions", "ResourceTree"),
        ),
        (
            "fold without a count",
            with(
                READ,
                ITEMS,
                "table = { items = \"actions\", line = \"{name}\", fold = { by = [\"name\"], latest = [\"name\"] } }",
            ),
        ),
        (
            "lines without their fold",
            with(
                READ,
                ITEMS,
                "lines = { text = \"actions[].name\", group = \"actions[].name\", time = \"actions[].name\", last = \"actions[].disabled\", filter = \"resourceRef\", tail = \"resourceRef\", container = \"applicationName\", orphaned = \"z\", nobody = \"x\", nothing = \"y\" }",
            ),
        ),
        ("second read of what is not there", also("items", "metadata.nam", "spec.syncWindow")),
        ("second read of no list", also("items", "metadata.name", "metadata.name")),
        ("second read without lists", also("items", "metadata.name", "spec.syncWindows").replace("lists", "list")),
        ("second read under a name of what is not there", under("$windows", "{$windows.canSyncc}")),
        ("second read under a name that Argo CD may have", under("windows", "{windows.canSync}")),
        ("second read under a name that nothing reads", under("$windows", "{metadata.name}")),
        ("another name than the one it stands under", under("$windows", "{$windows.canSync} {$window.canSync}")),
        (
            "second read of a write",
            with(
                WRITE,
                "[tool.args]",
                "also = { operation = \"ApplicationService_List\", items = \"items\", name = \"metadata.name\", lists = [\"status.history\"] }\n[tool.args]",
            ),
        ),
        (
            "example with an argument that is not there",
            with(READ, "example = { applicationName", "example = { applicationNane"),
        ),
        ("no view", with(WRITE, "[tool.view]\nok = \"started {operation.sync.revision:short}\"", "")),
        ("not a release", with(ROW, "effect = \"read\"", "effect = \"read\"\nsince = \"soon\"")),
        ("not TOML", with(ROW, "title = \"List things\"", "title = \"List things")),
        ("not a tool name", with(ROW, "list_things", "List-Things")),
    ];
    check_cases("mistakes_in_the_table", cases);
}

/// A row about a project with a second read.
fn also(items: &str, name: &str, list: &str) -> String {
    let also = format!(
        "also = {{ operation = \"ProjectService_GetGlobalProjects\", items = \"{items}\", name = \"{name}\", lists = [\"{list}\"] }}"
    );
    READ.replace("ApplicationService_ListResourceActions\"", &format!("ProjectService_Get\"\n{also}"))
        .replace(
            "applicationName = { kind = \"application\" }\nresourceRef = { kind = \"resource\" }",
            "project = { param = \"name\", required = true, about = \"Which\" }",
        )
        .replace(ITEMS, "record = { sections = [{ path = \"metadata.name\" }] }")
        .replace("{ applicationName = \"a\", resourceRef = { kind = \"Pod\", name = \"b\" } }", "{ project = \"a\" }")
}

#[test]
fn ranges_forgive_what_is_outside_them() {
    let newer = with(ROW, "param = \"projects\",", "param = \"notYet\", since = \"9.0\",");
    assert_eq!(errors(&inputs(&newer)), Vec::<String>::new());
    let older = with(
        ROW,
        "[{ head = \"NAME\", path = \"metadata.name\" }]",
        "[{ head = \"NAME\", path = \"metadata.name\" }, { head = \"OLD\", path = \"spec.project.gone\", until = \"2.9\" }]",
    );
    assert_eq!(errors(&inputs(&older)), Vec::<String>::new());
    let value =
        with(WRITE, "{operation.sync.revision:short}", "{operation.sync.revision:short} {operation.tomorrow@9.0}");
    assert_eq!(errors(&inputs(&value)), Vec::<String>::new());
    let row = with(
        ROW,
        "operation = \"ApplicationService_List\"",
        "operation = \"ApplicationService_Tomorrow\"\nsince = \"9.0\"",
    );
    assert_eq!(errors(&inputs(&row)), Vec::<String>::new());
}

/// The program itself asks for `fields` of the list.
const PROJECTION: &str =
    "[[correction]]\nname = \"p\"\nbecause = \"q\"\noperation = \"ApplicationService_List\"\nfields = \"any\"\n";

#[test]
fn mistakes_in_the_corrections() {
    let entry = |body: &str| format!("[[correction]]\nname = \"x\"\nbecause = \"y\"\n{body}\n");
    let cases = [
        ("stale", entry("schema = \"v1alpha1Gone\"\nbecomes = {}")),
        ("stale inline", entry("schema = \"v1alpha1SyncStrategyHook\"\ninline = \"gone\"")),
        ("stale parameter", entry("operation = \"ApplicationService_Get\"\nrequire = \"gone\"")),
        ("nowhere", entry("becomes = {}")),
        ("nothing", entry("schema = \"v1Time\"")),
        ("mixed", entry("schema = \"v1Time\"\nrequire = \"x\"")),
        ("unknown key", entry("schema = \"v1Time\"\nbecoms = {}")),
        ("without a reason", "[[correction]]\nname = \"x\"\nschema = \"v1MicroTime\"\nbecomes = {}\n".to_owned()),
    ];
    let report: Vec<String> = cases
        .iter()
        .map(|(name, overlay)| {
            let mut inputs = inputs(ROW);
            inputs.overlay = format!("reviewed = \"v9.0.0\"\n{PROJECTION}{overlay}");
            format!("## {name}\n{}", errors(&inputs).join("\n"))
        })
        .collect();
    check("mistakes_in_the_corrections", &report.join("\n\n"));
}

#[test]
fn a_stale_correction_only_warns_beyond_the_reviewed_release_and_is_silent_outside_its_own() {
    let mut inputs = inputs(ROW);
    inputs.overlay = format!(
        "reviewed = \"v2.0.0\"\n{PROJECTION}[[correction]]\nname = \"x\"\nbecause = \"y\"\nschema = \"gone\"\nbecomes = {{}}\n"
    );
    let report = Report::default();
    assert!(build::run(&inputs, false, &report).is_some());
    let release = inputs.spec.release;
    let warning =
        format!("overlay.toml: correction `x`: {release} has no schema `gone`; give it `until`, or correct it");
    assert_eq!(report.warnings(), [warning]);
    inputs.overlay = inputs.overlay.replace("becomes = {}", "becomes = {}\nuntil = \"2.1\"");
    let report = Report::default();
    assert!(build::run(&inputs, false, &report).is_some());
    assert_eq!(report.warnings(), Vec::<String>::new());
}

#[test]
fn mistakes_in_the_list_of_skipped_operations() {
    let cases = [
        ("unknown", "pending = [\"ApplicationService_Gte\"]"),
        ("has a tool", "pending = [\"ApplicationService_List\"]"),
        (
            "both",
            "pending = [\"ApplicationService_Watch\"]\n[[skip]]\noperation = \"ApplicationService_Watch\"\nbecause = \"x\"",
        ),
        (
            "twice, and no reason",
            "pending = []\n[[skip]]\noperation = [\"ApplicationService_Watch\", \"ApplicationService_Watch\"]",
        ),
    ];
    let report: Vec<String> = cases
        .iter()
        .map(|(name, skipped)| {
            let mut inputs = inputs(ROW);
            inputs.skipped = (*skipped).to_owned();
            format!("## {name}\n{}", errors(&inputs).join("\n"))
        })
        .collect();
    check("mistakes_in_the_list_of_skipped_operations", &report.join("\n\n"));
}

#[test]
fn an_operation_nobody_mentions_is_told_with_the_line_to_paste() {
    let mut inputs = rows::product();
    inputs.skipped = inputs.skipped.replacen("  \"AccountService_CreateToken\",\n", "", 1);
    let report = Report::default();
    let outputs = build::run(&inputs, false, &report).expect("a new operation never stops the build");
    assert_eq!(build::stanza(&outputs.unmapped), "  \"AccountService_CreateToken\",");
}

#[test]
fn five_mistakes_are_five_errors() {
    let table = with(ROW, "title =", "titel =");
    let table = with(&table, "param = \"projects\"", "param = \"projetcs\"");
    let table = with(&table, "path = \"metadata.name\" }]\nfilter", "path = \"metadata.nmae\" }]\nfilter");
    let write = with(WRITE, "body = \"prune\"", "body = \"prun\"");
    let write = with(&write, "effect = \"write\"", "effect = \"writes\"");
    let errors = errors(&inputs(&format!("{table}{write}")));
    assert_eq!(errors.len(), 5, "{errors:#?}");
}
