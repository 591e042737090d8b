//! The forms that credentials have.

/// A word of a command. If it is in quotes, it goes on to the closing quote. A word that begins with `$` is a variable.
pub(super) const WORD: &str = concat!(
    r#"(?:'(?<single>[^'\n]{3,})'|"(?<double>[^"\\$\n](?:[^"\\\n]|\\.){2,})"|\\+"(?<escaped>[^"\\$\n][^"\\\n]{2,})"#,
    r#"|["']?(?<secret>[^\s"'\\$](?:[^\s"'\\;|&]|[\\;|&]+[^\s"'\\;|&]){2,}))"#
);

/// A format: parts of which a text must have at least one, in upper or lower case, and a pattern. The group `secret` is
/// masked, or the whole match if there is no group; other groups are masked unless [`is_shown`](super::is_shown) knows
/// better. `%WORD%` stands for [`WORD`].
pub(super) type Format = (&'static [&'static str], &'static str);

pub(super) const FORMATS: &[Format] = &[
    // These come first: once another format has masked the user of a URL, they would not match.
    // A GitHub token as the user; the password `x-oauth-basic` says so.
    (&["x-oauth-basic@"], r#"(?i)://(?<secret>[^\s/:@"']{8,}):x-oauth-basic@"#),
    // A password that cannot be a port may contain `;`.
    (
        &["@"],
        r#"(?i)[a-z][a-z0-9+.-]*://[^\s/:\["']*:(?<secret>[^\s/"';]*[^\s/"';0-9][^\s/"']*|[^\s/"';]+(?:;[^\s/"';=]*)*)@"#,
    ),
    // A password with a slash in it. It must not begin like a port, unless it ends with the padding of base64.
    (
        &["@"],
        r#"(?i)[a-z][a-z0-9+.-]*://[^\s/:@\["']*:(?<slashed>[^\s/"']*[^\s/"'0-9][^\s/"']*/[^\s"']*|[a-z0-9+/]{16,}={1,2})@"#,
    ),
    (&["=@", "=:@"], r#"(?i)[a-z][a-z0-9+.-]*://(?<secret>[a-z0-9+/]{16,}={1,2}):?@"#),
    (&["@"], r#"(?i)[a-z][a-z0-9+.-]*://(?<user>[^\s/:@"']{16,}):?@"#),
    // A token as the user, whatever the password is.
    (&["@"], r#"://(?<secret>[0-9a-f]{40}):[^/"'\n]{0,200}@"#),
    // The data source name of Go's MySQL driver.
    (
        &["@tcp(", "@unix(", "@("],
        r#"\b[A-Za-z0-9_.-]+:(?<secret>[^\s:"']+)@(?:(?:tcp|unix)\(|\([A-Za-z0-9_.-]+:[0-9]+\))"#,
    ),
    (
        &["curl"],
        r#"\bcurl\b(?:\\\r?\n|[^\n|;])*?\s(?:-[uU]|--(?:proxy-)?user)[ =]?["']?[^\s:"'+%][^\s:"']*:(?<secret>[^\s"']+)"#,
    ),
    // If a password in a URL has a `/`, a `#` or a `?` in it, a part of it is reported as an invalid port. The second
    // format is for messages that do not repeat the URL, or repeat it without a password.
    (
        &["invalid port"],
        r#":\u{ab}masked [^\u{bb}]*\u{bb}@[^"\n]*": invalid port \\*":(?<secret>[^"\\\n$]+)\\*" after host"#,
    ),
    (
        &["invalid port", "be cast to integer", "for input string"],
        r#"(?<parsed>parse \\*"[^"@\n\u{ab}]*": invalid port \\*":[^"\n]*")|(?:invalid port \\*":|Port could not be cast to integer value as '|For input string: \\*")(?<port>[^\s"'\\@]+)(?:\\*" after host|'|@)"#,
    ),
    // GitHub, GitLab, Slack (tokens and webhooks), Docker, npm, PyPI.
    (&["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"\bgh[pousr]_[A-Za-z0-9]{20,}\b"),
    (&["github_pat_"], r"\bgithub_pat_[A-Za-z0-9_]{20,}\b"),
    (
        &[
            "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glimt-", "glagent-", "gloas-",
            "glffct-",
        ],
        r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas|ffct)-[A-Za-z0-9_-]{16,}",
    ),
    (&["xox"], r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    (&["hooks.slack.com"], r"\bhooks\.slack\.com/services/(?<secret>[A-Za-z0-9/]{20,})"),
    (&["dckr_pat_"], r"\bdckr_pat_[A-Za-z0-9_-]{20,}"),
    (&["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
    (&["pypi-age"], r"\bpypi-AgE[A-Za-z0-9_-]{20,}"),
    // AWS, Google, Azure, DigitalOcean, Stripe, SendGrid, Vault, OpenAI and Anthropic, Hugging Face.
    (&["akia", "asia"], r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b(?::[A-Za-z0-9/+]{40}\b)?"),
    (&["aiza"], r"\bAIza[A-Za-z0-9_-]{35}"),
    (&["ya29."], r"\bya29\.[A-Za-z0-9_-]{20,}"),
    (&["q~"], r"\b[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}"),
    (&["_v1_"], r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    (&["k_live_", "k_test_"], r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    (&["sg."], r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    (&["hvb.", "hvs.", "hvr."], r"\bhv[bsr]\.[A-Za-z0-9_-]{20,}"),
    (&["sk-"], r"\bsk-[A-Za-z0-9_-]*[A-Z][A-Za-z0-9_-]{12,}"),
    (&["hf_"], r"\bhf_[A-Za-z0-9]{30,}"),
    // Told by their beginning: Slack applications, Grafana, Google's OAuth clients, webhooks of Stripe, Shopify,
    // OpenShift, Atlassian, New Relic, Sentry, Pulumi, Groq, Tailscale, Doppler, SonarQube, Artifactory, Notion, Figma,
    // Postman, Buildkite, Supabase, PlanetScale, 1Password, Square, Dynatrace, OpenRouter.
    (
        &[
            "xapp-",
            "glsa_",
            "gocspx-",
            "whsec_",
            "shpat_",
            "shpss_",
            "sha256~",
            "atatt3",
            "nrak-",
            "sntrys_",
            "sntryu_",
            "pul-",
            "gsk_",
            "tskey-",
            "dp.pt.",
            "glc_",
            "squ_",
            "sqp_",
            "akcp",
            "ntn_",
            "figd_",
            "pmak-",
            "bkua_",
            "sbp_",
            "pscale_",
            "ops_",
            "sq0",
            "dt0c01.",
            "sk-or-v1-",
        ],
        r"\b(?:xapp-|glsa_|GOCSPX-|whsec_|shp(?:at|ss)_|sha256~|ATATT3|NRAK-|sntry[su]_|pul-|gsk_|tskey-|dp\.pt\.|glc_|sq[up]_|AKCp|ntn_|figd_|PMAK-|bkua_|sbp_|pscale_|ops_eyJ|sq0(?:atp|csp)-|dt0c01\.|sk-or-v1-)[A-Za-z0-9_.=-]{20,}",
    ),
    // Databricks, Terraform, and what kubeadm lets a node join with.
    (&["dapi"], r"\bdapi[0-9a-f]{32}\b"),
    (&[".atlasv1."], r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{20,}"),
    (&["token"], r"\btoken[ =:]+(?<secret>[a-z0-9]{6}\.[a-z0-9]{16})\b"),
    // RFC 7519: three parts, the first a JSON object.
    (&["eyj"], r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"),
    // A private key without an END, as far as lines look like a key; with one, it is masked before. If BEGIN is only
    // mentioned, other words follow it.
    (
        &["private key"],
        concat!(
            r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----",
            r#"(?:(?:[\s"'+,#*]|\\+[nrt])*(?:[A-Za-z0-9+/]{16,}={0,2}|[A-Za-z0-9+/]+={1,2}|[a-z]*[A-Z0-9+/][A-Za-z0-9+/]*={0,2}(?m:$)"#,
            r"|\\+[nr][A-Za-z0-9+/]+={0,2}|(?:Comment|DEK-Info|Hash|Proc-Type|Version): [^\n\\]*|(?s:.{0,120}?)[A-Za-z0-9+/]{40,}={0,2}))+",
        ),
    ),
    // A private key once more in base64, as in a kubeconfig; certificates begin differently.
    (
        &["ls0tls1crudjti"],
        r"\bLS0tLS1CRUdJTi(?:BFQyBQUklWQVRF|BFTkNSWVBURUQgUFJJVkFURS|BPUEVOU1NIIFBSSVZBVEUg|BQUklWQVRF|BSU0EgUFJJVkFURS)[A-Za-z0-9+/=]+",
    ),
    // bcrypt, in htpasswd files and Argo CD's own accounts; then the hashes of other files.
    (&["$2a$", "$2b$", "$2y$"], r"\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}"),
    (
        &["$apr1$", "$1$", "$5$", "$6$", "$argon2", "scram-sha-"],
        r"\$(?:apr1|1)\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|\$[56]\$(?:rounds=[0-9]+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43,86}|\$argon2id?\$[./A-Za-z0-9$=,+]{20,}|SCRAM-SHA-(?:1|256|512)\$[./A-Za-z0-9$=,:+]{20,}",
    ),
    (&["age-secret-key-"], r"\b(?i:age-secret-key-)1[A-Za-z0-9]{20,}"),
    (&["redis-cli"], r#"\bredis-cli\b(?:\\\r?\n|[^\n|;])*?\s(?:-a|--pass)[ =]%WORD%"#),
    (&["sshpass"], r#"\bsshpass\s+(?:-[a-zA-Z]+\s+)*?-p\s?%WORD%"#),
    (
        &["login", "twine upload"],
        r#"\b(?:(?:az|buildah|cosign|crane|docker|helm|oc|oras|podman|skopeo)\b[^\n|;&]*?\slogin|twine upload)\s(?:\\\r?\n|[^\n|;&])*?\s-p[ =]?%WORD%"#,
    ),
    (&["bearer", "basic"], r"(?i)\b(?:bearer|basic)[ +](?<secret>[A-Za-z._~+/=-]*[0-9=][A-Za-z0-9._~+/=-]{7,})"),
    (&["bearer"], r"(?i)\bbearer[ +](?<said>[A-Za-z0-9._~+/=-]{7,}[A-Za-z0-9_~+/=-])"),
    // Base64 without a digit differs from a word by a capital letter inside.
    (&["basic"], r"\bBasic (?<secret>[A-Za-z0-9+/]{3,}[a-z][A-Z][A-Za-z0-9+/]{2,}={0,2})"),
    // Signed URLs, and webhooks: whoever knows the URL may use it.
    (&["sig="], r"[?&;]sig=(?<secret>[A-Za-z0-9%+/=_-]{16,})"),
    (&["signature="], r"[?&]Signature=(?<secret>[A-Za-z0-9%+/=_~-]{16,})"),
    (
        &["sessionid=", "phpsessid=", "connect.sid="],
        r"(?i)\b(?:jsessionid|phpsessid|sessionid|connect\.sid)=(?<secret>[A-Za-z0-9._!%-]{16,})",
    ),
    (&["z-signature=", "g-signature="], r"(?i)\bx-(?:amz|goog)-signature=(?<secret>[0-9a-f]{16,})"),
    (&["webhooks/"], r"\bdiscord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/[0-9]+/(?<secret>[A-Za-z0-9_-]{20,})"),
    (
        &["/hooks/", "hc-ping.com/", "/hook/", "/alert/", "/integrations/v1/"],
        r"(?:/hooks/|\bhc-ping\.com/|/bot/v2/hook/|\bvictorops\.com/\S{1,80}/alert/|/integrations/v1/[a-z_]+/)(?<said>[A-Za-z0-9]{17,}/[A-Za-z0-9]{20,}|[0-9a-f-]{36}|[A-Za-z0-9]{25,26})\b",
    ),
    (&["webhookb2/"], r#"\.office\.com/webhookb2/(?<secret>[^\s"'<>]{20,})"#),
    (&[":aa"], r"\b(?:bot)?(?<secret>[0-9]{8,10}:AA[A-Za-z0-9_-]{30,})"),
    // Commands and configurations that have a space before the value. A value that begins with `$` is a variable.
    (
        &["mysql", "mariadb"],
        r#"\b(?:mysql|mariadb)(?:(?:-?(?:admin|check|dump|import|pump|show|slap|upgrade))?\s(?:(?:\\\r?\n|[^\n|;&])*?\s)?|[a-z-]*\s(?:(?:\\\r?\n|[^\n|;&])*\s)?-u(?:\\\r?\n|[^\n|;&])*?\s)-p%WORD%"#,
    ),
    (
        &["requirepass", "masterauth", "primaryauth"],
        r#"(?im)^[ \t]*(?:requirepass|masterauth|primaryauth)[ \t]+["']?(?<secret>[^\s"'$]{4,})["']?[ \t\r]*$"#,
    ),
    (&["requirepass", "masterauth"], r#"(?i)\bconfig[ ]+set[ ]+(?:requirepass|masterauth)[ ]+%WORD%"#),
    (
        &["auth-pass", "stats auth"],
        r"(?m)^[ \t]*(?:sentinel[ \t]+auth-pass[ \t]+\S+[ \t]+|stats[ \t]+auth[ \t]+[^\s:]+:)(?<secret>[^\s$]{4,})",
    ),
    (
        &[
            "ldapsearch",
            "ldapmodify",
            "ldapadd",
            "ldapwhoami",
            "sqlcmd",
            "cqlsh",
            "rabbitmqadmin",
            "service-principal",
            "cypher-shell",
            "mosquitto_",
        ],
        r#"\b(?:ldap(?:search|modify|add|whoami)\b(?:\\\r?\n|[^\n|;&])*?\s-w|(?:sqlcmd|mosquitto_[a-z]+)\b(?:\\\r?\n|[^\n|;&])*?\s-P|(?:cqlsh|cypher-shell|rabbitmqadmin|az login)\b(?:\\\r?\n|[^\n|;&])*?\s-p)[ =]?%WORD%"#,
    ),
    (&["etcdctl"], r#"\betcdctl\b[^\n|;&]*?\s--user[ =]["']?[^\s:"'$]+:(?<secret>[^\s"']+)"#),
    (&["rabbitmqctl"], r#"\brabbitmqctl\b[^\n|;&]*?\s(?:add_user|authenticate_user|change_password)\s+\S+\s+%WORD%"#),
    (&["vault login", "vault operator"], r#"\bvault\s+(?:login|operator\s+unseal)\s+(?<said>[A-Za-z0-9._-]{8,})"#),
    (
        &["config set", "configure set"],
        r#"(?i)\bconfig(?:ure)? set\s+(?:--secret\s+)?\S*(?:key|password|secret|token)\s+%WORD%"#,
    ),
    (&["htpasswd"], r#"\bhtpasswd\s+(?:-[a-zA-Z]*(?:nb|bn)[a-zA-Z]*|-[a-zA-Z]*b[a-zA-Z]*\s+[^\s-]\S*)\s+\S+\s+%WORD%"#),
    (&["connect "], r#"\bCONNECT\s+[^\s/@"']+/(?<secret>[^\s@"'/]{3,})@"#),
    (&["sqlplus"], r#"\bsqlplus\s+(?:-\S+\s+)*[^\s/@"']+/(?<secret>[^\s@"'/]{3,})"#),
    (&["smbclient"], r#"\bsmbclient\b[^\n|;&]*?\s-U[ ]?["']?[^\s%"']+%(?<secret>[^\s"']{3,})"#),
    (&["lftp"], r#"\blftp\b[^\n|;&]*?\s-u[ ]?["']?[^\s,"']+,(?<secret>[^\s"']{3,})"#),
    (&["alias set"], r"\bmc\s+alias\s+set\s+\S+\s+\S+\s+\S+\s+(?<secret>[^\s$]{3,})"),
    (&["default_pass"], r#"\bdefault_pass\s*,\s*<<\\*"(?<secret>[^"\\\n]+)"#),
    // htpasswd and LDAP.
    (&["{sha}", "{ssha"], r"\{S?SHA(?:256|512)?\}[A-Za-z0-9+/]{27,}={0,2}"),
    (&["mongo"], r#"\bmongo[a-z]*\s(?:\\\r?\n|[^\n|;&])*?\s-p[ =]%WORD%"#),
    (&["jdbc:oracle"], r#"(?i)\bjdbc:oracle:[a-z]+:[^\s/:@]+/(?<secret>[^\s@"']+)@"#),
    // The value stands before the name of its flag or column.
    (
        &["invalid argument", "duplicate entry"],
        r#"(?:invalid argument|Duplicate entry) \\*["'](?<secret>[^"'\\\n]{4,})\\*["'] for (?:key '(?:[^'.\n]*\.)?|\\*"(?:-[A-Za-z], )?--)[^"'.\n]*?(?:password|passwd|secret|token|api[_-]?key)(?:_(?:idx|index|key|uk|uniq|unique))*\\*["']"#,
    ),
    (&["token", "api key"], r#"(?i)\b(?:token|api key) ["'](?<said>[A-Za-z0-9._+/=]{12,})["']"#),
    // Users of Redis, variables of nginx, PowerShell.
    (
        &[" on >", " on ~", " on &", " on +"],
        r"(?im)(?:^[ \t]*user|\bacl[ \t]+setuser)[ \t]+\S+[ \t]+on[ \t][^\n]*?>(?<secret>[^\s$]{3,})",
    ),
    (
        &["set $", "secure_link_secret"],
        r#"\b(?:set[ \t]+\$[a-z_]*(?:key|secret|token|password)|secure_link_secret)[ \t]+["']?(?<secret>[^\s"';$]{4,})"#,
    ),
    (&["securestring"], r#"(?i)\bconvertto-securestring[ ]+(?:-string[ ]+)?["'](?<secret>[^"'\n$][^"'\n]*)["']"#),
    (&["insecure-password"], r#"\binsecure-password[ \t]+["']?(?<secret>[^\s"'$]{4,})"#),
    // netrc.
    (&["login"], r"(?m)(?:\bmachine[ \t]+\S+|^default)\s+login\s+\S+\s+password\s+(?<secret>[^\s$]\S*)"),
    // Fluent Bit and fluentd.
    (
        &["http_passwd", "shared_key"],
        r#"(?m)(?:^[ \t]*(?:HTTP_Passwd|Shared_Key)|^[ \t]+(?:http_passwd|shared_key))[ \t]+["']?(?<secret>[^\s"'$:=%{(][^\s"']{2,})["']?[ \t\r]*$"#,
    ),
    // A line of two words is prose, unless the second has a digit.
    (
        &["passw"],
        r#"(?im)^[ \t]*(?:password|passwd)[ \t]+["']?(?<secret>[^\s"'$:=][^\s"':=]{0,60}[0-9][^\s"']*|[0-9][^\s"']{3,})["']?;?[ \t\r]*$"#,
    ),
    // Dockerfiles, PHP, nginx, SQL.
    (
        &["env ", "arg "],
        r"(?m)^[ \t]*(?:ENV|ARG)[ \t]+[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|(?:ACCESS|PRIVATE|SECRET)_KEY)[ \t]+(?<secret>[^\s$=]\S{3,})",
    ),
    (
        &["define("],
        r#"(?i)\bdefine\(\s*["'][A-Z0-9_]*(?:PASS|PASSWD|PASSWORD|SECRET|TOKEN|KEY|SALT)["']\s*,\s*["'](?<secret>[^"'\n]{4,})["']"#,
    ),
    (
        &["proxy_set_header", "fastcgi_param"],
        r#"(?i)\b(?:proxy_set_header[ \t]+(?:authorization|x-[a-z-]*(?:key|secret|token))|fastcgi_param[ \t]+[A-Z0-9_]*(?:key|password|secret|token))[ \t]+["']?(?<secret>[^\s"';$]{4,})["']?;"#,
    ),
    (&["identified"], r"(?i)\bidentified\s+(?:with\s+\S+\s+)?(?:by|as)\s+(?:password\s+)?'(?<secret>[^'$\n][^'\n]*)'"),
    (&["identified"], r#"(?i)\bidentified\s+(?:with\s+\S+\s+)?by\s+"(?<secret>[^"$\n][^"\n]*)""#),
    (&["identified"], r#"(?i)\b(?:alter|create)\s+user\s+\S+\s+identified\s+by\s+(?<secret>[^\s"';$][^\s"';]{2,})"#),
    (&["password '", "password('"], r"(?i)\bpassword(?: |\()'(?<secret>[^'$\n][^'\n]{3,})'"),
];
