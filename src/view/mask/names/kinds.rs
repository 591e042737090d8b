//! Names of other kinds of things that are called keys, tokens and secrets as well.

/// Whether the words in front of `key`, `token` or `secret` turn it into another kind of thing, or into the name of a
/// Secret.
pub(super) fn is_another_kind(word: &str, before: &[&str]) -> bool {
    let any = |known: &[&str]| before.iter().any(|word| known.contains(word));
    let last = before.last().copied().unwrap_or_default();
    // Annotations of Vault's agent say where the agent finds a secret, and what it does with the secret.
    if any(&["vault"]) && any(&["inject"]) && any(&["command", "file", "secret", "template"]) {
        return true;
    }
    // `--no-password`
    if before == ["no"] {
        return true;
    }
    match word {
        "key" | "keys" => {
            const KINDS: &[&str] = &[
                "annotation",
                "authorized",
                "evicted",
                "expired",
                "feature",
                "foreign",
                "group",
                "grouping",
                "idempotency",
                "label",
                "list",
                "lock",
                "max",
                "message",
                "object",
                "parameter",
                "partition",
                "project",
                "public",
                "publishable",
                "routing",
                "row",
                "shard",
                "site",
                "sort",
                "topology",
                "translation",
            ];
            // A key in a database, a cache or a line of a log; `AZURE_STORAGE_PRIMARY_KEY` and `SSH_HOST_KEY` are others.
            let alone = matches!(
                before,
                ["primary"
                    | "cache"
                    | "caller"
                    | "event"
                    | "host"
                    | "level"
                    | "match"
                    | "name"
                    | "stacktrace"
                    | "time"]
            );
            // `auth.adminPasswordKey` of a chart: under which key a Secret has the password.
            let of_a_secret = last.ends_with("password") || matches!(last, "user" | "username") || any(&["existing"]);
            KINDS.contains(&last) || alone || of_a_secret
        }
        // `proxy_pass` of nginx: where requests are passed on to.
        "pass" => matches!(last, "fastcgi" | "grpc" | "proxy" | "scgi" | "uwsgi"),
        "token" => any(&["max", "min", "num", "total"]),
        "tokens" => any(&[
            "cached",
            "completion",
            "context",
            "input",
            "limit",
            "max",
            "min",
            "num",
            "number",
            "output",
            "prompt",
            "reasoning",
            "total",
            "used",
        ]),
        // Resources from which an operator makes a Secret, and names of Secrets.
        "secret" | "secrets" => {
            any(&["checksum", "existing", "from", "inject", "pull", "vars"])
                || matches!(before, ["external" | "sealed"])
        }
        _ => false,
    }
}

/// Whether the owner of a name, in front of its `/`, is the controller of an Ingress, whose annotations name Secrets,
/// cookies and variables: `nginx.org/jwt-key`, `alb.ingress.kubernetes.io/auth-session-cookie`.
pub(super) fn is_of_ingress(owner: &str) -> bool {
    matches!(owner, "haproxy.org" | "nginx.org") || (owner.contains('.') && owner.contains("ingress"))
}
