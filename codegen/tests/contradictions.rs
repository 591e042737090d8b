//! Rows that would build and then mislead: what they say of themselves is held against what they call.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, dead_code, reason = "tests")]

mod rows;

use rows::{HANDLED, ITEMS, READ, ROW, WRITE, check_cases, with};

#[test]
fn rows_that_contradict_themselves() {
    let cases: &[(&str, String)] = &[
        ("example that is no call", with(WRITE, "example = { applicationName = \"a\" }", "example = \"a\"")),
        ("example without what a call must give", with(WRITE, "example = { applicationName = \"a\" }", "")),
        ("write that deletes", with(WRITE, "ApplicationService_Sync", "ApplicationService_Delete")),
        (
            "read that may be destructive",
            with(ROW, "effect = \"read\"", "effect = \"read\"\ndestructive_when = [\"projects\"]"),
        ),
        (
            "destructive by what every call has",
            with(WRITE, "effect = \"write\"", "effect = \"write\"\ndestructive_when = [\"applicationName\"]"),
        ),
        (
            "reason where nothing needs one",
            with(ROW, "effect = \"read\"", "effect = \"read\"\nnon_get_because = \"it is fine\""),
        ),
        (
            "argument that must be given and is not shown",
            with(WRITE, "about = \"Delete\"", "required = true, hidden = true"),
        ),
        (
            "what the server insists on may be left out",
            with(WRITE, "ApplicationService_Sync", "ApplicationService_Rollback")
                .replace("prune = { body = \"prune\", about = \"Delete\" }", "id = { body = \"id\" }")
                .replace("{operation.sync.revision:short}", "{metadata.name}"),
        ),
        (
            "an application where there is none",
            with(READ, "ApplicationService_ListResourceActions", "AccountService_GetAccount")
                .replace("\nresourceRef = { kind = \"resource\" }", "")
                .replace(ITEMS, "ok = \"{name}\"")
                .replace(", resourceRef = { kind = \"Pod\", name = \"b\" }", ""),
        ),
        ("rights without those of the tree", with(READ, "rbac = [\"applications, get\"]", "rbac = []")),
        ("brace without its other", with(WRITE, "started {", "started } {")),
        (
            "bracket right after a bracket",
            with(WRITE, "started {operation.sync.revision:short}", "[[{metadata.name}] x]"),
        ),
        ("answer that says nothing", with(WRITE, "ok = \"started {operation.sync.revision:short}\"", "ok = \"\"")),
        ("misspelt view", with(ROW, "[tool.view.table]", "[tool.veiw.table]")),
        ("parts of what has none are not sent", with(WRITE, "about = \"Delete\"", "unsent = { status = \"x\" }")),
        ("filled by nobody", with(WRITE, "about = \"Delete\"", "filled = true")),
        ("default of what must be given", with(WRITE, "about = \"Delete\"", "required = true, default = true")),
        (
            "default of an application",
            with(WRITE, "{ kind = \"application\" }", "{ kind = \"application\", default = \"a\" }"),
        ),
        ("alias of an argument every row has", with(ROW, "about = \"Only these\"", "alias = \"output\"")),
        ("argument with a name nobody can say", with(ROW, "projects = {", "\"größe x\" = {")),
        (
            "enum with nothing, or twice",
            with(ROW, "type = \"string\", about", "type = \"string\", enum = [\"a\", \"a\"], about"),
        ),
        (
            "stream that is no lines",
            with(READ, "ListResourceActions", "Watch")
                .replace(ITEMS, "record = { sections = [{ path = \"result.type\" }] }"),
        ),
        (
            "lines that are no stream",
            with(
                READ,
                ITEMS,
                "lines = { text = \"actions[].name\", group = \"actions[].name\", time = \"actions[].name\", last = \"actions[].disabled\", fold = \"applicationNamespace\", filter = \"applicationName\", tail = \"applicationName\", container = \"applicationName\", orphaned = \"z\", nobody = \"x\", nothing = \"y\" }",
            ),
        ),
        ("filter that cannot work", with(ROW, "search = { type = \"string\"", "search = { type = \"boolean\"")),
        ("no columns", with(ROW, "columns = [{ head = \"NAME\", path = \"metadata.name\" }]", "columns = []")),
        (
            "two columns of one head",
            with(ROW, "columns = [", "columns = [{ head = \"NAME\", path = \"spec.project\" }, "),
        ),
        ("misspelt count", with(ROW, "path = \"metadata.name\" }]\nfilter", "path = \"$cuont\" }]\nfilter")),
        (
            "releases that never are",
            with(ROW, "effect = \"read\"", "effect = \"read\"\nsince = \"3.4\"\nuntil = \"3.1\""),
        ),
        (
            "rights that are none",
            with(ROW, "\"applications, get\"", "\"aplications get\", \"aplications, gett\", \"applications, sync/x\""),
        ),
        (
            "description that says nothing",
            with(ROW, "about = \"Lists things, as many as there are, for tests.\"", "about = \"Lists\""),
        ),
        ("handler that does not say what it reads", HANDLED.replace("reads = { sync = [\"metadata.name\"] }\n", "")),
        (
            "handler that reads what is not there",
            HANDLED.replace("[\"metadata.name\"]", "[\"metadata.nmae\", \"metadata.later@99.0\", 5], gte = [\"x\"]"),
        ),
        ("resources without a handler", with(READ, "kind = \"resource\"", "kind = \"resources\"")),
        (
            "alternative without what the view reads",
            with(
                READ,
                "\"ApplicationService_ListResourceActions\"",
                "[\"ApplicationService_ListResourceActions@3.1\", \"ApplicationService_ResourceTree\"]",
            ),
        ),
    ];
    check_cases("contradictions", cases);
}
