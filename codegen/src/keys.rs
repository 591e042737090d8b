//! What every key of a row means: `docs/rows.md` is made of it. A key that is read and has no meaning here is an error.

use crate::{report::Report, template::Format};

/// A table of a row.
#[derive(Debug)]
pub struct Keys {
    /// Its head in the documentation.
    pub head: &'static str,
    /// What it is; empty where the head says it.
    pub about: &'static str,
    /// Its keys and what they mean, in the order of the documentation.
    pub keys: &'static [(&'static str, &'static str)],
}

const SINCE: (&str, &str) = ("since", "first release of Argo CD that has it");
const UNTIL: (&str, &str) = ("until", "first release without it");
const TEXT: (&str, &str) = ("text", "a text with values in braces");
const PATH: (&str, &str) = ("path", "instead of `text`: where the value is");
const PATHS: (&str, &str) = ("paths", "the same for a format that takes several values");
const AS: (&str, &str) = ("as", "the format of `path`");

/// A row.
pub static TOOL: Keys = Keys {
    head: "A row: `[[tool]]`",
    about: "",
    keys: &[
        ("name", "what the model calls; lower case words with `_` between them"),
        ("title", "what a person reads in a list of tools: a few words"),
        ("about", "for the model: what it does and when to use it; more than 40 characters, with a full stop"),
        (
            "effect",
            "what a call changes: nothing, something that can be undone, something that is lost. A `read` row uses GET (anything else needs `non_get_because`), and never `refresh`",
        ),
        ("destructive_when", "arguments that make a `write` destructive"),
        ("idempotent", "a second call with the same arguments changes nothing; so it is with every `read`"),
        ("open_world", "the answer carries text that was written outside Argo CD: logs, events, commits"),
        ("default", "clients list it; one that is not listed can still be called"),
        ("rbac", "the rights it needs, as `policy.csv` has them; `[]` for none"),
        SINCE,
        UNTIL,
        ("example", "arguments of a call, for the documentation; a recording answers it"),
        (
            "operation",
            "the `operationId` it calls. A list for several releases, each but the last with the first that has it: `NewOne@3.1`",
        ),
        ("constants", "parameters that are always the same"),
        ("args", "the arguments, by name: see below"),
        ("view", "how the answer becomes text: see below"),
        ("also", "a second read that adds to the answer: see below"),
        ("doubt", "an operation to ask where an answer leaves open what is so"),
        (
            "handler",
            "instead of `operation`: a module of `src/tools/` that makes several calls. Its `view`, if it has one, is a `record` and shows the answer to `main`",
        ),
        ("uses", "of a handler: its calls, by a name of your choice"),
        ("reads", "of a handler: what it reads of each answer, so that the build checks that it is there"),
        ("because", "of a handler, required: why a row is not enough"),
        ("non_get_because", "of a `read` that calls something else than GET: why that reads"),
    ],
};

/// An argument.
pub static ARGUMENT: Keys = Keys {
    head: "An argument: `[tool.args]`",
    about: "`name = { … }`, with exactly one of `param`, `body`, `type` and `kind`.",
    keys: &[
        ("param", "the path or query parameter it is sent as; Argo CD gives the type"),
        (
            "body",
            "the place in the JSON body it is sent in; Argo CD gives the type. `.` is the whole body. Of a list, the first that the operation has is used",
        ),
        ("type", "an argument that is not sent to Argo CD: a filter of the view or a handler uses it"),
        (
            "kind",
            "`application` takes `name` or `namespace/name` and adds `applicationNamespace` and `project` where the operation has them; `resource` takes a kind and a name, and looks the rest up in the tree; `resources` takes several, for a handler",
        ),
        ("flat", "with `kind = \"resource\"`: its fields are arguments of their own"),
        ("of", "the call it belongs to, a key of `uses`; otherwise all that take it"),
        ("about", "for the model, in a few words"),
        ("required", "a call without it is refused"),
        ("default", "the value of a call that gives none"),
        ("enum", "the words that are allowed"),
        ("range", "smallest and largest number, or length of a list"),
        ("alias", "other names that are accepted, but not shown"),
        ("hidden", "accepted, but not shown"),
        ("filled", "a handler fills it; no caller can give it"),
        ("brief", "shown as its type alone, although it is checked"),
        ("depth", "how many levels of a body are checked and shown; below, anything goes"),
        ("open", "an object keeps keys that the interface does not know"),
        ("needs", "places that an open object must have; `a.b|a.c` for one of two, but not both"),
        ("unsent", "parts of an open object that are not sent, and why"),
        SINCE,
        UNTIL,
    ],
};

/// A second read.
pub static ALSO: Keys = Keys {
    head: "A second read: `also`",
    about: "Either other objects, whose lists are added to those of the answer, or one that stands under a name.",
    keys: &[
        ("operation", "what is read"),
        ("items", "without `under`, required: where the other objects are"),
        ("name", "without `under`, required: where each has its name: `{$from}` of an entry that was added"),
        ("lists", "the lists that are added to those in the same places"),
        ("under", "instead of lists: the name it stands under, which begins with `$`"),
        ("when", "with `under`, a condition on the first answer: otherwise it is not asked for"),
    ],
};

/// A view.
pub static VIEW: Keys = Keys {
    head: "A view: `[tool.view]`",
    about: "Exactly one of `table`, `record`, `ok`, `lines` and `render`.",
    keys: &[
        ("table", "a list, with the arguments `limit` and `offset`"),
        ("record", "one object, in sections"),
        ("ok", "one sentence"),
        ("lines", "pod logs"),
        ("render", "a function in `src/view/`, for a shape that no row can say"),
        ("because", "with `render`, required: why a row is not enough"),
        ("reads", "with `render`: what it reads, so that the build checks that it is there"),
        SINCE,
        UNTIL,
    ],
};

/// A record.
pub static RECORD: Keys =
    Keys { head: "A record: `view.record`", about: "", keys: &[("sections", "its parts, in order")] };

/// A section of a record.
pub static SECTION: Keys = Keys {
    head: "A section of a record",
    about: "`text`, `path` or `table`. A section without any value is left out.",
    keys: &[
        ("head", "what stands in front of it; none if it is left out"),
        TEXT,
        PATH,
        PATHS,
        AS,
        ("table", "a list inside of the object"),
        (
            "unlike",
            "with `table`, of deployments: path of the spec; `{$unlike}` is what the sources of each had that those of this spec have not",
        ),
        ("when", "a condition on the object: otherwise the section is left out of the text"),
        SINCE,
        UNTIL,
    ],
};

/// A list.
pub static TABLE: Keys = Keys {
    head: "A list: `view.table`, and `table` of a section",
    about: "Paths inside are relative to the item.",
    keys: &[
        ("items", "where the list is"),
        ("columns", "cells with a tab between them"),
        ("line", "instead of columns: one text an item"),
        ("noun", "what the items are called, in the plural"),
        ("filter", "items that arguments choose"),
        ("only", "conditions: an item stays if one of them holds"),
        ("sort", "the order, the first key first"),
        ("counts", "totals over all items that pass the filters, by their head"),
        ("fold", "items that agree become one"),
        ("limit", "items shown unless the argument `limit` says otherwise; 50 if left out"),
        ("empty", "what is said if there are no items"),
        ("all_clear", "in a record: what is said if there are items, but none stays"),
        ("clear_if", "conditions on the object, all of which must hold for `all_clear`"),
        ("unclear", "with `clear_if`, required: what is said instead if one of them does not"),
        SINCE,
        UNTIL,
    ],
};

/// A column.
pub static COLUMN: Keys =
    Keys { head: "A column", about: "", keys: &[("head", "its head"), TEXT, PATH, PATHS, AS, SINCE, UNTIL] };

/// A filter.
pub static FILTER: Keys = Keys {
    head: "A filter",
    about: "",
    keys: &[
        ("arg", "the argument that chooses; without it all items stay"),
        ("path", "where the value is"),
        PATHS,
        AS,
        (
            "op",
            "`eq`: the values are equal, or fit a pattern with `*`; `any`: the value is one of a list; `glob`: it contains the text, or fits a pattern with `*` or `?`",
        ),
        ("missing", "what an item without a value is taken for"),
        SINCE,
        UNTIL,
    ],
};

/// A condition.
pub static CONDITION: Keys = Keys {
    head: "A condition: `only`, `when`, `clear_if`",
    about: "Exactly one of `is`, `not` and `has`. It does not hold for a value that is missing.",
    keys: &[
        ("path", "where the value is"),
        ("is", "it is one of these"),
        ("not", "it is none of these"),
        ("has", "it contains one of these"),
        SINCE,
        UNTIL,
    ],
};

/// A fold.
pub static FOLD: Keys = Keys {
    head: "A fold",
    about: "",
    keys: &[
        ("by", "the values in which items agree"),
        ("text", "one more, in which they agree but for numbers, revisions and generated names"),
        ("count", "how many an item stands for already, one if it does not say: `{$count}` is the sum"),
        ("latest", "times: the item with the latest is shown, with `latest` as `{$latest}` where the texts differ"),
        SINCE,
        UNTIL,
    ],
};

/// An order.
pub static SORT: Keys = Keys {
    head: "An order: `sort`",
    about: "",
    keys: &[
        ("path", "where the value is"),
        ("paths", "several, of which the first that has a value counts"),
        ("order", "values in their order, `*Error` for all that end so; all others come last"),
        ("descending", "the largest first"),
        SINCE,
        UNTIL,
    ],
};

/// Logs.
pub static LINES: Keys = Keys {
    head: "Pod logs: `view.lines`",
    about: "",
    keys: &[
        ("text", "where a line has its text"),
        ("group", "where it says who wrote it; Argo CD's own complaints have none"),
        ("time", "where it says when"),
        ("last", "where the mark is that ends the stream"),
        ("fold", "the argument that says whether lines that are alike become one"),
        ("filter", "the argument that chooses lines"),
        ("tail", "the argument that says how many"),
        ("container", "the argument that names the container"),
        ("nobody", "what is said if there is nobody who could have written"),
        ("orphaned", "what is said of a resource that is not the application's"),
        ("nothing", "what is said if there are no lines"),
        SINCE,
        UNTIL,
    ],
};

/// What stands for the value of a key that nothing reads; a test looks for it.
const UNREAD: &str = "nothing reads it";

/// The tables of other files, which the page does not have.
pub static OTHER: Keys = Keys { head: "", about: "", keys: &[] };

/// Every table, in the order of the documentation.
const ALL: [&Keys; 13] =
    [&TOOL, &ARGUMENT, &ALSO, &VIEW, &TABLE, &COLUMN, &FILTER, &CONDITION, &SORT, &FOLD, &RECORD, &SECTION, &LINES];

/// `docs/rows.md`: every key with the values that the readers of this report took, and every format.
pub fn page(report: &Report) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut text = "# Rows\n\nEvery key of `src/tools/*.toml`; [Adding a tool](adding-a-tool.md) shows how they go together. `make docs` writes \
                    this file: the values are those that the readers in `codegen/src` take, the examples are from the table.\n"
        .to_owned();
    for Keys { head, about, keys } in ALL {
        text += &format!("\n## {head}\n\n");
        if !about.is_empty() {
            text += &format!("{about}\n\n");
        }
        text += "| key | value | example | |\n|---|---|---|---|\n";
        for (key, about) in *keys {
            let (wanted, example) = report.taken(head, key).unwrap_or_else(|| (UNREAD.into(), String::new()));
            let example = if example.is_empty() { example } else { format!("`{example}`") };
            text += &format!("| `{key}` | {} | {} | {} |\n", cell(&wanted), cell(&example), cell(about));
        }
    }
    text += "\n## Formats\n\n`{path:format}` in a text, `as = \"format\"` beside a path. Some read several paths, in this order: `{path,path:format}`.\n\n\
             | format | writes |\n|---|---|\n";
    for format in Format::ALL {
        text += &format!("| `{}` | {} |\n", format.name(), cell(format.about()));
    }
    text
}
