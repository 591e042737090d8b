//! Both sides of rules that are narrow: what they hide, and what looks like it and is shown.

use argocd_mcp::view::mask;

use crate::mask::unmarked;

fn hidden(cases: &[&str]) {
    for text in cases {
        let shown = unmarked(&mask::text(text));
        assert!(shown.contains('«') && !shown.contains("Zq7") && !shown.contains("hunter"), "{text} is {shown}");
    }
}

#[test]
fn the_name_of_an_object_counts_whatever_else_names_a_field() {
    hidden(&[
        r#"{"env":[{"name":"DB_PASSWORD","value":"Zq7hunter22","loc":"values.yaml:12"}]}"#,
        r#"{"env":[{"name":"DB_PASSWORD","loc":{"start":1},"value":"Zq7hunter22"}]}"#,
        r#"{"name":"DB_PASSWORD","value":"Zq7hunter22","loc":null}"#,
        r#"{"field":"db","type":"password","value":"Zq7hunter22"}"#,
        r#"{"param":"login","type":"password","value":"Zq7hunter22"}"#,
        r#"{"field":"id","key":"api_key","value":"Zq7hunter22"}"#,
        r#"{"loc":["body","password"],"input":"Zq7hunter22"}"#,
        r#"{"name":"db-password","default":"Zq7hunter22"}"#,
    ]);
    for shown in [
        r#"{"name":"auth_token","type":"string","enum":["none","basic","oauth"],"default":"none"}"#,
        r#"{"name":"credential","enum":["aws","gcp","azure"]}"#,
        r#"{"id":"wf","name":"sync-secrets","input":"namespace shop","output":"ok"}"#,
        r#"{"sort":{"field":"key","value":"asc by name"}}"#,
        r#"{"type":"keys","input":"ctrl+c"}"#,
    ] {
        assert_eq!(mask::text(shown), shown);
    }
}

#[test]
fn only_what_is_whole_stands_elsewhere() {
    hidden(&[
        "mail.password=${secret:Zq7hunter22}",
        "export KEY=\"${secret:-Zq7hunter22}\"",
        "password: ${secret:=Zq7hunter22}",
        "password=${secrets:-Zq7hunter22}",
        "password=${sm:Zq7hunter22}",
        "password: \"${ssm:/prod/db, 'Zq7hunter22'}\"",
        "DB_PASSWORD=\"${REGION:?}-Zq7hunter22\"",
        "DB_PASSWORD=${?X}Zq7hunter22",
        "password: \"os.environ['X']Zq7hunter22\"",
        "MYSQL_PASSWORD=tea.pot[Zq7hunter22]",
        "token=eu.prod(Zq7hunter22)",
        "DB_PASSWORD=rain_fall()Zq7hunter22",
        "secret=shop/db#Zq7hunter22",
        "vault.hashicorp.com/agent-inject-token: \"Zq7hunter22\"",
        "AGENT_INJECT_PASSWORD=Zq7hunter22",
    ]);
    for shown in ["secret=shop/db#password", "DB_PASSWORD=${?DB_PASSWORD}", "password=${sm://db-password}"] {
        assert_eq!(mask::text(shown), shown);
    }
}

#[test]
fn passwords_of_words_are_no_masks_and_no_sentences() {
    for text in [
        "DB_PASSWORD=hidden",
        "DB_PASSWORD=masked",
        "postgres://app:hidden@db/x",
        "mysql -u root -phidden",
        r#"{"passphrase":"value your valid short input"}"#,
        r#"{"password":"string theory is valid"}"#,
        "password: [hidden]Vx8k",
    ] {
        assert!(unmarked(&mask::text(text)).contains('«'), "{text}");
    }
}

#[test]
fn sections_with_settings_are_no_credentials() {
    for shown in [
        "[[exemptions.gix-credentials]]\ncriteria = \"safe-to-deploy\"\n",
        "[dependencies.oauth-tokens]\ngit = \"https://github.com/x/y\"\nfeatures = [\"a\", \"b\"]\n",
        "[db_credentials]\nhost = db.shop.svc\nsslmode = verify-full\n",
        "[logger_shop_tokens]\nlevel=DEBUG\nqualname=shop\n",
        "[secrets]\nbackend = aws-secretsmanager\nimage = ghcr.io/shop/web:v1.2.3\n",
        "[2026-11-30 10:00:00] INFO [secrets]\nresult = synced 3 of 3\n",
        "[credentials]\nhelper = cache --timeout=3600\n",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    hidden(&["[tokens]\nci = \"Zq7hunter22\"\n", "[passwords]\nbob = \"Zq7hunter22\"\n"]);
}

#[test]
fn a_wrong_port_is_shown_where_no_password_is_near() {
    for shown in [
        "parse \"http://web:8080tcp\": invalid port \":8080tcp\" after host",
        "parse \"http://web:p8080\": invalid port \":p8080\" after host",
        "Port could not be cast to integer value as '{{PORT}}'",
        "Port could not be cast to integer value as '8080tcp'",
        "k8sauth \"github.com/argoproj/argo-cd/v3/cmd/argocd-k8s-auth/commands\"",
        "authorization rbac.authorization.k8s.io/v1beta1",
        "account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so",
        "use crate::password::   Argon2Hasher",
        "spec.name=db-secret spec.value=present",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    hidden(&[
        "parse \"https://bob:Zq7hunter22/9x@git.x.invalid/x.git\": invalid port \":Zq7hunter22\" after host",
        "invalid port \":Zq7hunter22\" after host",
    ]);
}

#[test]
fn a_map_of_credentials_in_a_line_keeps_its_keys() {
    let line = "secureJsonData: {\"password\":\"hunter\",\"tlsCACert\":\"abc\"}";
    let once = mask::text(line);
    assert!(once.contains("tlsCACert") && !once.contains("hunter"), "{once}");
    assert_eq!(mask::text(&once), once);
}

#[test]
fn only_what_may_be_of_a_key_is_hidden_behind_its_beginning() {
    for shown in [
        "# Paste it with its -----BEGIN RSA PRIVATE KEY----- line\nreplicas: 3\nhost: db\n",
        "error: key must begin with -----BEGIN PRIVATE KEY----- ; file /etc/tls/tls.key has 0 bytes",
        "tls: expected -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY-----, got nothing",
        "key must end with -----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n{{ .key }}\n-----END RSA PRIVATE KEY-----",
    ] {
        let mut lines: Vec<String> = shown.split('\n').map(str::to_owned).collect();
        mask::lines(lines.iter_mut().map(|line| ("web-1", line)));
        assert_eq!([mask::text(shown), lines.join("\n")], [shown, shown]);
    }
    let body = "MIIEowIBAAKCAQEAwJ8cVQk1Zk9xv3Yw7dFhQ2m6LrTgNpBsUoXiAeKyHjCfGzDl";
    for (text, shown) in [
        (format!("-----BEGIN PRIVATE KEY-----\n{body}\nabcd==\nport: 80"), "«»\nport: 80"),
        (
            format!(
                "# {0}\na: 1\nk: |\n  {0}\n  {body}\n  -----END PRIVATE KEY-----\nb: 2",
                "-----BEGIN PRIVATE KEY-----"
            ),
            "# -----BEGIN PRIVATE KEY-----\na: 1\nk: |\n  «»\nb: 2",
        ),
        (format!("\"-----BEGIN PRIVATE KEY-----\\n{body}\\nabcd\" next"), "\"«»\" next"),
        (format!("-----BEGIN PRIVATE KEY----- {body} abcd"), "«» abcd"),
        (format!("-----BEGIN PRIVATE KEY-----\n12:00 INFO {body}\ndone"), "«»\ndone"),
    ] {
        assert_eq!(unmarked(&mask::text(&text)), shown);
    }
}

#[test]
fn a_key_is_hidden_whatever_stands_around_its_lines() {
    let body = ["MIIEowIBAAKCAQEAwJ8cVQk1Zk9xv3Yw7dFhQ2m6LrTgNpBsUoXiAeKyHjCfGzDl", "Zq7hunterAAw0K2cVQk1Zk9xv3Yw7dFh"];
    let key = ["-----BEGIN RSA PRIVATE KEY-----", body[0], body[1], "-----END RSA PRIVATE KEY-----"];
    let around = |before: &str, after: &str| key.map(|line| format!("{before}{line}{after}")).join("\n");
    let mut texts = vec![
        around("\"", "\\n\" ."),
        around("\"", "\\n\" \\"),
        around("\"", "\" & vbLf & _"),
        around("`", "` + \"\\n\" +"),
        around("'", "'||chr(10)||"),
        around("echo \"", "\" >> k"),
        around("lines.push('", "');"),
        around("| ", " |"),
        around("- ", ""),
        around("-", ""),
        around("> ", ""),
        around("2026/11/30 19:00:00 key.go:12: ", ""),
    ];
    texts.extend(["<br/>\n", "&#xD;\n", " ^\n", "\\u000a", "%0A"].map(|between| key.join(between)));
    for header in ["X-Key-Id: 12\n", "friendlyName: shop\n", "Charset: UTF-8\n"] {
        texts.push(key.join("\n").replacen(body[0], &format!("{header}\n{}", body[0]), 1));
    }
    for text in &texts {
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        mask::lines(lines.iter_mut().map(|line| ("web-1", line)));
        let lines: Vec<String> = lines.iter().map(|line| mask::text(line)).collect();
        for shown in [mask::text(text), lines.join("\n")] {
            assert!(!shown.contains("MIIE") && !shown.contains("Zq7"), "{text} is {shown}");
        }
    }
    // The last lines of a key were not sent.
    for text in &texts {
        let shown = mask::text(text.split("-----END").next().unwrap());
        assert!(!shown.contains("MIIE"), "{text} is {shown}");
    }
}
