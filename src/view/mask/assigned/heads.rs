//! What stands between a name and its value in a text.

use std::sync::LazyLock;

use regex::Regex;

use crate::view::mask::{MARK, MARK_END};

/// What stands before a value: its name, and a sign. Whether the value is a credential is decided by
/// [`Head`](super::Head) and [`Value`](super::Value).
pub(super) static HEADS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    const NAME: &str = "(?<name>[A-Za-z][A-Za-z0-9_./-]*)";
    /// White space between the parts of an object, escaped or not, and the sign of a line in a diff.
    const SPACE: &str = r"(?:\s|\\+[nrt]|[-+])";
    const VALUE: &str = r#"\\*["']?(?i:value|string)\\*["']?[ \t]*[:=][ \t]*"#;
    // One side of a diff, already masked, and the beginning of the next line.
    let shown = format!(r#"\\*["']?{MARK}[^\n{MARK_END}]*{MARK_END}\\*["']?,?(?:\r?\n|\\+n|[ \t]+[-+][ \t]){SPACE}*"#);
    let variable = format!(r#"\b(?i:name)\\*["']?[ \t]*[:=][ \t]*\\*["']?{NAME}\\*["']?,?{SPACE}*"#);
    [
        // An element of XML: `name="db.password" value="value"`.
        format!(r#"\b(?:key|name)=["']{NAME}["']\s+value="#),
        // `<entry key="password">value</entry>`, `<property name="password"><value>value</value></property>`,
        // `<password value="value"/>`.
        format!(r#"(?<xml><)[A-Za-z0-9_:-]+[ \t][^<>\n]*\b(?:key|name)=["']{NAME}["'][^<>\n/]*>(?:\s*<value>)?"#),
        format!(r#"<{NAME}[ \t]+value="#),
        // `name=value`, `name: value`, `"name": "value"`, also inside a JSON text.
        format!(r#"{NAME}(?<sign>\\*["']?\]?[ \t]*(?:=>|:=|[:=]|%3[Dd])[ \t]*)"#),
        // A container's variable, in YAML, in JSON, as Go prints it, and in a diff.
        format!("{variable}{VALUE}"),
        format!("{variable}{VALUE}{shown}{VALUE}"),
        // A change: `password = "old" -> "new"`.
        format!(r#"{NAME}\\*["']?[ \t]*[:=][ \t]*(?:\\*["']?{MARK}[^\n{MARK_END}]*{MARK_END}\\*["']?|null|"")[ \t]+(?:->|→)[ \t]+"#),
        // A default in code: `os.getenv("DB_PASSWORD", "value")`.
        format!(r#"(?i:env|get)\(["']{NAME}["'],\s*"#),
        // `<name>db.password</name><value>value</value>`.
        format!(r"<name>\s*{NAME}\s*</name>\s*(?:<description>[^<]*</description>\s*)?<value>"),
        // `<db.password>value</db.password>`.
        format!(r"<(?:[A-Za-z0-9_-]+:)?{NAME}(?:[ \t][^<>\n]*[^<>/\n])?>"),
        // A flag of a command.
        format!(r"--{NAME}[ \t]+"),
        format!(r#"--{NAME}\\*["'],{SPACE}*"#),
        format!(r#"--{NAME}\\*["'],{SPACE}*{shown}"#),
        // A pair in a list: `('X-Api-Key', 'value')`.
        format!(r#"(?<doubtful>["']){NAME}\\*["'],{SPACE}*"#),
        // A line of two words.
        format!(r"(?m)^[ \t]*{NAME}(?<doubtful>[ \t]+)"),
        // What Kubernetes says of a field: `spec.password: Invalid value: "value"`,
        // `env[name="TOKEN"].value: …{Value:1}`.
        format!(r#"{NAME}(?:\[[^\]\n]*\])?: (?:Invalid|Unsupported|Duplicate) value: "#),
        format!(r#"\[{NAME}\]: (?:Invalid|Unsupported|Duplicate) value: "#),
        format!(r#"\[name=\\*"{NAME}\\*"\]\.value: expected [^\n{{]*\{{Value:"#),
        format!(r#"{NAME}: expected [^\n{{]*\{{Value:"#),
        format!(r#"--{NAME}" ""#),
        // What Spring and joi say of it: `on field 'password': rejected value [value]`,
        // `Property: app.token Value: "value"`, `"password" with value "value" fails …`.
        format!(r"on field '{NAME}': rejected value \["),
        format!(r"\bProperty: {NAME}\s+Value: "),
        format!(r#"\\*"{NAME}\\*" with value "#),
        // What Postgres and pydantic say of it: `Key (api_key)=(value) already exists.`,
        // `String should have at least 8 characters [type=string_too_short, input_value='value', …` below it,
        // `'loc': ('body', 'password'), …, 'input': …`.
        format!(r"\bKey \({NAME}\)=\("),
        format!(r"{NAME}(?:\r?\n|\\+n)[ \t]+[A-Z][^\[\]\n]*\[type=[a-z_]+, input_value="),
        format!(r"'loc': \([^()\n]*'{NAME}',?\)[^{{}}\n]*?'input': "),
        r#"(?:^|[\s"'])-(?<name>[A-Za-z]*(?i:pass|passwd|password|token))[ \t]+"#.to_owned(),
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});
