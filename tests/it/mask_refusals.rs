//! Kubernetes says what it refuses: whole objects stand in its errors, as JSON, quoted once or twice, or as Go prints them.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

/// A credential that no rule knows by itself.
const SECRET: &str = "Zq7hunter22";

/// A pod's template with a credential, and what remains to be seen of it.
fn template() -> Value {
    json!({
        "metadata": { "annotations": { "a": "b", "last": json!({ "env": [{ "name": "DB_PASSWORD", "value": SECRET }] }).to_string() } },
        "spec": { "containers": [{
            "image": "ghcr.io/shop/web:1.0",
            "env": [{ "name": "DB_PASSWORD", "value": SECRET }, { "name": "MODE", "value": "fast" }],
            "args": ["--password", SECRET],
        }] },
    })
}

/// As the lines of a log.
fn by_line(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    mask::lines(lines.iter_mut().map(|line| ("pod", line)));
    lines.iter().map(|line| mask::text(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn objects_in_refusals_hold_no_credential() {
    let template = template().to_string();
    let quoted = json!(template).to_string();
    let twice = json!(quoted).to_string();
    let go = format!(
        r#"core.PodTemplateSpec{{Spec:core.PodSpec{{Containers:[]core.Container{{core.Container{{Image:"ghcr.io/shop/web:1.0", Env:[]core.EnvVar{{core.EnvVar{{Name:"DB_PASSWORD", Value:"{SECRET}", ValueFrom:(*core.EnvVarSource)(nil)}}, core.EnvVar{{Name:"MODE", Value:"fast"}}}}}}}}}}}}"#
    );
    let said = format!(
        "&EnvVar{{Name:DB_PASSWORD,Value:{SECRET},ValueFrom:nil,}} &EnvVar{{Name:MODE,Value:fast,}} ghcr.io/shop/web:1.0"
    );
    let map = format!(
        "map[spec:map[containers:[map[env:[map[name:DB_PASSWORD value:{SECRET}] map[name:MODE value:fast]] image:ghcr.io/shop/web:1.0]]]]"
    );
    let capital = format!(
        r#"{{"Spec":{{"Containers":[{{"Image":"ghcr.io/shop/web:1.0","Env":[{{"Name":"DB_PASSWORD","Value":"{SECRET}","ValueFrom":null}},{{"Name":"MODE","Value":"fast"}}]}}]}}}}"#
    );
    let diff = format!(
        "\n@@ -13,7 +13,7 @@\n    \"Image\": \"ghcr.io/shop/web:1.0\",\n    \"Env\": [\n     {{\n      \"Name\": \"DB_PASSWORD\",\n-     \"Value\": \"{SECRET}\",\n+     \"Value\": \"{SECRET}2\",\n      \"ValueFrom\": null\n     }},\n     {{\n      \"Name\": \"MODE\",\n-     \"Value\": \"fast\"\n+     \"Value\": \"faster\""
    );
    let cmp = format!(
        "\n  core.PodSpec{{\n  \tImage: \"ghcr.io/shop/web:1.0\",\n  \tEnv: []core.EnvVar{{\n  \t\t{{\n  \t\t\tName:      \"DB_PASSWORD\",\n- \t\t\tValue:     \"{SECRET}\",\n+ \t\t\tValue:     \"{SECRET}2\",\n  \t\t\tValueFrom: nil,\n  \t\t}},\n  \t\t{{Name: \"MODE\", Value: \"fast\"}},"
    );
    let patch = format!(
        "map[metadata:map[annotations:map[kubectl.kubernetes.io/last-applied-configuration:{}\n]] spec:map[image:ghcr.io/shop/web:1.0 mode:fast]]",
        template
    );
    let quoted_patch = json!(patch).to_string();
    let mut leaks = vec![];
    for (name, object) in [
        ("template", &template),
        ("quoted", &quoted),
        ("twice", &twice),
        ("go", &go),
        ("said", &said),
        ("map", &map),
        ("capital", &capital),
        ("diff", &diff),
        ("cmp", &cmp),
        ("patch", &patch),
        ("quoted_patch", &quoted_patch),
    ] {
        for (cut, object) in
            [("", object.clone()), (" cut", object[..object.rfind(SECRET).unwrap() + SECRET.len()].to_owned() + "…")]
        {
            let said =
                format!("Job.batch \"mig\" is invalid: spec.template: Invalid value: {object}: field is immutable");
            for (how, masked) in [
                ("text", mask::text(&said)),
                ("json", mask::json(&json!({ "message": said }).to_string()).unwrap()),
                ("by line", by_line(&said)),
            ] {
                let masked = unmarked(&masked);
                if masked.contains(SECRET) {
                    leaks.push(format!("LEAK {name}{cut} {how}: {masked}"));
                }
                if cut.is_empty() && (!masked.contains("ghcr.io/shop/web:1.0") || !masked.contains("fast")) {
                    leaks.push(format!("HIDES {name}{cut} {how}: {masked}"));
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n\n"));
}

#[test]
fn a_secret_that_go_prints_is_masked() {
    for said in [
        r#"Invalid value: "map[metadata:map[annotations:map[last:{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"stringData\":{\"port\":5,\"pw\":\"Zq7hunter22\"}}\n]] stringData:map[port:5 pw:Zq7hunter22]]": cannot convert int64 to string"#,
        "cannot apply map[apiVersion:v1 data:map[foo:Zq7hunter22] kind:Secret metadata:map[name:x]]",
        r#"Invalid value: "map[stringData:map[config.json:{\"license\":\"Zq7hunter22\"} port:5]]": cannot convert int64"#,
        r#"Invalid value: "map[stringData:map[list:[a b] x:Zq7hunter22]]": cannot convert"#,
        "Invalid value: \"map[stringData:map[a.conf:license Zq7hunter22",
        r#"Secret "x" is invalid: patch: Invalid value: {"apiVersion":"v1","data":{"license":"Zq7hunter22","user":"YWJj"#,
        r#"Object: &{map["apiVersion":"v1" "kind":"Secret" "data":map["license":"Zq7hunter22"] "metadata":map["name":"x"]]}"#,
        r#"map[string]interface {}{"apiVersion":"v1", "data":map[string]interface {}{"license":"Zq7hunter22"}, "kind":"Secret"}"#,
        "&Secret{ObjectMeta:{x},StringData:map[string]string{license: Zq7hunter22,},}",
        r#"error when applying patch: {"data":{"license":"Zq7hunter22"},"metadata":{"annotations":{"last":"{\"kind\":\"Secret\",\"data\":{}}"}}} to:"#,
        r#"body="{\n  \"kind\": \"Secret\",\n  \"data\": {\n    \"license\": \"Zq7hunter22\"\n  }\n}" done"#,
        r#"msg="{\"kind\":\"Secret\",\"data\":{\"license\":\"Zq7hunter22\"},\"x\":\"\x1b[31m\"}" done"#,
    ] {
        let masked = mask::text(said);
        assert!(!masked.contains(SECRET) && masked.contains("ata"), "{masked}");
    }
    let other = "cannot apply map[apiVersion:v1 data:map[foo:bar] kind:ConfigMap metadata:map[name:x]]";
    assert_eq!(mask::text(other), other);
}

#[test]
fn a_field_that_is_refused_does_not_tell_its_credential() {
    for (said, shown) in [
        (
            "spec.adminPassword: Invalid value: \"Zq7hunter22\": spec.adminPassword in body should match '^[a-z]+$'",
            "spec.adminPassword: Invalid value: \"«»\": spec.adminPassword in body should match '^[a-z]+$'",
        ),
        (
            "spec.users[0].password: Invalid value: \"Zq7hunter22\": too short",
            "spec.users[0].password: Invalid value: \"«»\": too short",
        ),
        ("data[DB_PASSWORD]: Invalid value: \"Zq7hunter22\": x", "data[DB_PASSWORD]: Invalid value: \"«»\": x"),
        ("spec.token: Invalid value: 7123456789: must be a text", "spec.token: Invalid value: «»: must be a text"),
        ("spec.password: Unsupported value: \"Zq7hunter22\": x", "spec.password: Unsupported value: \"«»\": x"),
        (
            ".spec.containers[name=\"app\"].env[name=\"DB_PASSWORD\"].value: expected string, got &value.valueUnstructured{Value:7123456789}",
            ".spec.containers[name=\"app\"].env[name=\"DB_PASSWORD\"].value: expected string, got &value.valueUnstructured{Value:«»}",
        ),
        (
            ".stringData.license: expected string, got &value.valueUnstructured{Value:7123456789}",
            ".stringData.license: expected string, got &value.valueUnstructured{Value:«»}",
        ),
        (
            "\"Name\": \"DB_PASSWORD\", - \"Value\": \"Zq7hunter22\", + \"Value\": \"Zq7hunter23\", \"ValueFrom\": null",
            "\"Name\": \"DB_PASSWORD\", - \"Value\": \"«»\", + \"Value\": \"«»\", \"ValueFrom\": null",
        ),
        (
            "\"--api-key\",\n- \"Zq7hunter22\"\n+ \"Zq7hunter23\",\n+ \"--x\"",
            "\"--api-key\",\n- \"«»\"\n+ \"«»\",\n+ \"--x\"",
        ),
        ("- auth.password: Does not match pattern '^[a-z]+$'", "- auth.password: Does not match pattern '^[a-z]+$'"),
        (
            "err=\"patch {\\\"token\\\":\\\"Zq7hunter22\\\"} failed for \\\"web\\\"\" key=\"a/b\"",
            "err=\"patch {\\\"token\\\":\\\"«»\\\"} failed for \\\"web\\\"\" key=\"a/b\"",
        ),
    ] {
        assert_eq!(unmarked(&mask::text(said)), shown);
    }
}
