//! Sentences in which programs print a credential: when they have just made it, or when something went wrong.

use super::known::Format;

pub(super) const SAID: &[Format] = &[
    // Calls in PHP's stack traces; the password is the third argument, or the only one.
    (
        &["pdo->__construct(", "pdoconnection(", "mysqli_connect(", "mysqli->", "ldap_bind("],
        r#"\b(?:PDO->__construct|create[A-Za-z]*PdoConnection|createPdoConnection|mysqli_connect|mysqli->(?:__construct|real_connect|connect)|ldap_bind)\((?:'[^'\n]*'|[^,'\n]+), (?:'[^'\n]*'|[^,'\n]+), '(?<secret>[^'\n]+)'"#,
    ),
    (&["->auth(", "->setpassword("], r#"(?:->|::)(?:auth|setPassword)\(\\*["'](?<secret>[^"'\\\n$]{4,})"#),
    // If a password in a URL has an `@` or a `/` in it, Postgres and others take the rest of it for a host or a port.
    (
        &["host name \"", "host name \\\"", "server at \"", "enotfound "],
        r#"(?:\bhost name \\*"|\bserver at \\*"|\bENOTFOUND )(?<secret>[^\s"\\@:/]+)@[A-Za-z0-9]"#,
    ),
    (
        &["lookup "],
        r"\blookup (?<secret>(?:[^g\s@:/]|g[^i\s@:/]|gi[^t\s@:/]|git[^\s@:/])[^\s@:/]*)@[A-Za-z0-9.-]+(?: on [0-9.:]+)?: (?:i/o timeout|no such host|server misbehaving)",
    ),
    (
        &["in connection info string", "for connection option"],
        r#"(?:\bmissing \\*"=\\*" after \\*"|\binvalid integer value \\*")(?<told>[^"\\\n]+)\\*" (?:in connection info string|for connection option)"#,
    ),
    // Printed once: `Unseal Key 1: …`, `Password for the elastic user (…): …`, `The token is …`.
    (
        &["unseal key", "recovery key"],
        r"(?i)\b(?:unseal|recovery) key(?: [0-9]+)?(?: \([^)\n]*\))?: (?<secret>[A-Za-z0-9+/=]{16,})",
    ),
    (
        &[
            "password for ",
            "password of ",
            "password is",
            "token is",
            "key is",
            "key provided",
            "password set to",
            "with password ",
        ],
        r#"(?i)\b(?:password (?:for|of) [^:=\n]{1,80}?(?: ?[:=]| is) |(?:password|token|api key) is:? |api key provided: |password set to:? |with password )["']?(?<said>[^\s"']{7,}[^\s"'.,;:)])"#,
    ),
    (
        &[
            "password elastic",
            "password kibana",
            "password logstash",
            "password beats",
            "password apm",
            "password remote",
        ],
        r"(?m)^[ \t]*PASSWORD [a-z_]+ = (?<secret>\S{8,})",
    ),
    (
        &[
            "password of ",
            "password for ",
            "key created",
            "token created",
            "key generated",
            "token generated",
            "password generated",
        ],
        r#"(?i)\b(?:password (?:of|for) \S+ to |(?:api key|token|password) (?:created|generated): )["']?(?<said>[^\s"']{7,}[^\s"'.,;:)])"#,
    ),
    (&["credentials: ", "login with "], r"(?i)\b(?:credentials: |login with )[A-Za-z0-9_.@-]+ / (?<told>[^\s,;]{4,})"),
    // PgBouncer's users, Redis' MONITOR, and the password files of Postgres and Postfix.
    (
        &["\" \""],
        r#"(?im)^[ \t]*"[^"\n]+" "(?<said>[^"\s]{8,})"[ \t\r]*$|"(?:auth" (?:"[^"\n]*" )?|masterauth" |requirepass" )"(?<secret>[^"\n]{4,})""#,
    ),
    (&[":5432:", ":6432:", ":*:"], r"(?m)^[^\s:#]+:(?:[0-9]{2,5}|\*):[^\s:]+:[^\s:]+:(?<secret>[^\s:]\S*)[ \t\r]*$"),
    (&["]:587", "]:465", "]:25", "]:2525"], r"(?m)^[ \t]*\[[^\]\s]+\]:[0-9]+[ \t]+[^\s:]+:(?<secret>\S+)[ \t\r]*$"),
    (&["pagerduty.com/integration/"], r"\bpagerduty\.com/integration/(?<secret>[0-9a-f]{32})"),
    (&["nats://", "tls://"], r#"\b(?:nats|tls)://(?<said>[^\s/:@"']{8,})@"#),
    (&["--from-literal"], r#"--from-literal[= ]["']?[A-Za-z0-9_.-]+=["']?(?<said>[^\s"']{7,}[^\s"',;)])"#),
    (&["kv put ", "etcdctl put "], r#"\b(?:kv|etcdctl) put \S*(?:key|password|secret|token)\s+%WORD%"#),
    (
        &["setpassword(", "setapikey(", "settoken(", "setsecret("],
        r#"\bset(?:Password|ApiKey|Token|Secret)\(\\*["'](?<secret>[^"'\\\n$]{4,})\\*["']"#,
    ),
    (
        &["password |", "passwd |", "secret |", "token |", "key |"],
        r"(?i)\|[ \t]*[A-Z0-9_.-]*(?:password|passwd|secret|token|api_?key|access_?key)[ \t]*\|[ \t]*(?<said>[^\s|]{8,})[ \t]*\|",
    ),
    (&["\"setuser\""], r#"(?i)"setuser" (?:"[^"\n]*" )*?">(?<secret>[^"\n]{3,}(?:" ">[^"\n]{3,})*)""#),
    // What is piped into a command that asks for a password.
    (
        &["-stdin", "chpasswd", "| passwd", "|passwd"],
        r#"\b(?:echo|printf)\s+(?:-[en]+\s+)?%WORD%["']?\s*\|[^\n|;&]*(?:--(?:password|token|pass)-?stdin|\bpasswd\b|\bchpasswd\b)"#,
    ),
    // What code takes where a variable is missing.
    (
        &["getenv(", "environ.get(", "env.fetch(", "getproperty(", "setdefault(", "env("],
        r#"(?i)\b(?:getenv|environ\.get|env\.fetch|getproperty|setdefault|env)\(\s*\\*["'][a-z0-9_.-]*(?:(?:access|api|secret)_?key|password|passwd|secret|token)\\*["'],\s*(?:default\s*=\s*)?\\*["'](?<secret>[^"'\\\n$]{3,})\\*["']"#,
    ),
    (
        &["|| '", "|| \"", "?? '", "?? \"", " or '", " or \""],
        r#"(?i)\b(?:get)?env(?:iron)?(?:\.|\[["']|\(["'])[a-z0-9_]*(?:(?:access|api|secret)_?key|password|passwd|secret|token)(?:["'][\])])? (?:\|\||\?\?|or) ["'](?<secret>[^"'\n$]{3,})["']"#,
    ),
    (
        &["auth plain ", "auth login "],
        r"\bAUTH (?:PLAIN|LOGIN) (?<secret>[A-Za-z0-9+/]{4,}[0-9][A-Za-z0-9+/]{6,}={0,2}|[A-Za-z0-9+/]{8,}={1,2})",
    ),
    (&["> pass "], r"(?m)^-*> PASS (?<secret>[^\s/]{4,})[ \t\r]*$"),
    (&["honeycomb-team"], r#"(?i)\bx-honeycomb-team\\*["']?[ ]?[=:][ ]?\\*["']?(?<secret>[a-z0-9]{16,})"#),
    (&["temporary password"], r"\btemporary password is generated for \S+: (?<secret>\S{8,})"),
    (&["password \"", "password \\\""], r#"(?i)\bpassword \\*"(?<said>[^\s"\\]{8,})\\*""#),
    (&["password::"], r"(?im)^[a-z]*password::[ \t]+(?<secret>[A-Za-z0-9+/=]{8,})"),
];
