//! Credentials that programs tell: once, when they made them, in what they say went wrong, and in files of their own.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

/// Each with its password taken for a mark, and as it is where that is none.
fn told(cases: &[&str]) {
    for text in cases {
        assert_eq!(unmarked(&mask::text(text)), text.replace("Zq7hunter22", "«»"));
    }
}

#[test]
fn what_is_called_in_php_has_a_password_as_its_argument() {
    told(&[
        "#0 /app/db.php(3): PDO->__construct('mysql:host=db;d...', 'shop', 'Zq7hunter22')",
        "#1 Connector->createPdoConnection('mysql:host=db', 'shop', 'Zq7hunter22', Array)",
        "#1 /app/db.php(3): mysqli_connect('db', 'shop', 'Zq7hunter22', 'shop')",
        "#2 /app/x.php(3): ldap_bind(Object(LDAP\\Connection), 'cn=admin', 'Zq7hunter22')",
        "#3 /app/x.php(3): Redis->auth('Zq7hunter22')",
        "dataSource.setPassword(\"Zq7hunter22\");",
        "#0 /app/db.php(3): PDO->query('select 1', 'shop', 'users12345')",
        "#3 /app/x.php(3): Redis->get('users12345')",
        "client.setName(\"users12345\")",
    ]);
}

#[test]
fn the_rest_of_a_password_is_no_host_and_no_port() {
    told(&[
        "could not translate host name \"Zq7hunter22@db.shop.svc\" to address",
        "invalid integer value \"Zq7hunter22\" for connection option \"port\"",
        "missing \"=\" after \"Zq7hunter22\" in connection info string",
        "connection to server at \"Zq7hunter22@db\", port 5432 failed",
        "dial tcp: lookup Zq7hunter22@db on 10.0.0.10:53: no such host",
        "getaddrinfo ENOTFOUND Zq7hunter22@db",
        "could not translate host name \"db1.shop.svc\" to address",
        "missing \"=\" after \"localhost\" in connection info string",
        "dial tcp: lookup db1.shop.svc on 10.0.0.10:53: no such host",
        "lookup bob1234@shop.example in the directory",
        "nats://Zq7hunter22@nats:4222",
        "nats://nats1.shop.svc:4222",
    ]);
}

#[test]
fn what_is_told_once_is_masked() {
    told(&[
        "PASSWORD elastic = Zq7hunter22",
        "Reset password of admin to Zq7hunter22",
        "Admin password set to: Zq7hunter22",
        "API key created: Zq7hunter22",
        "Initial admin credentials: admin / Zq7hunter22",
        "kubectl create secret generic db --from-literal=foo=Zq7hunter22",
        "consul kv put x/password Zq7hunter22",
        "REDISCLI_AUTH=Zq7hunter22 redis-cli",
        "1700000000.1 [0 10.0.0.1:1] \"AUTH\" \"default\" \"Zq7hunter22\"",
        "| DB_PASSWORD | Zq7hunter22 |",
        "Password for admin changed to the new one",
        "API key created: yesterday",
        "login with admin / password from the Secret",
        "\"image\" \"ghcr.io/shop/web:v1.25.3\"",
        "\"GET\" \"/api/v1/users\"",
        "\"2026-11-30T19:00:00Z\" \"GET /healthz HTTP/1.1\"",
        "token created: 2026-11-30T19:00:00Z",
        "dial tcp: lookup git@gitlab.shop.svc on 10.0.0.10:53: no such host",
        "kubectl create configmap db --from-literal=mode=verify-full",
        "1700000000.1 [0 10.0.0.1:1] \"GET\" \"session:1234\"",
        "consul kv put x/replicas 3",
        "| DB_PASSWORD | required |",
    ]);
    let key = "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue";
    assert_eq!(unmarked(&mask::text(key)), "https://events.pagerduty.com/integration/«»/enqueue");
}

#[test]
fn a_password_that_is_announced_is_masked_in_the_line_below() {
    let masked = |lines: &[&str]| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        mask::lines(lines.iter_mut().map(|line| ("web-1", line)));
        lines.iter().map(|line| unmarked(&mask::text(line))).collect::<Vec<_>>()
    };
    for announced in [
        "Please use the following password to proceed to installation:",
        "Password for the elastic user (reset with `bin/elasticsearch-reset-password -u elastic`):",
        "Password:",
        "Your API key:",
    ] {
        assert_eq!(masked(&[announced, "", "3f2a9c0e7b6d4815a1c2"]), [announced, "", "«»"]);
        assert_eq!(masked(&[announced, "  Zq7hunter22", "done1234"]), [announced, "  «»", "done1234"]);
        for other in ["done", "not-set-yet", "port: 8080abcd", "see http://shop.example/x1y2z3", "{}"] {
            assert_eq!(masked(&[announced, other]), [announced, other]);
        }
    }
    let reset = "Password for the [elastic] user successfully reset.";
    assert_eq!(masked(&[reset, "New value: Zq7hunter22"]), [reset, "New value: «»"]);
    assert_eq!(masked(&["Loading modules:", "Zq7hunter22"]), ["Loading modules:", "Zq7hunter22"]);
}

#[test]
fn files_of_passwords_are_known_by_their_lines() {
    let file = |text: &str| {
        let value = json!({ "kind": "ConfigMap", "data": { "f": text } }).to_string();
        let masked: Value = mask::json(&value).unwrap().parse().unwrap();
        unmarked(masked["data"]["f"].as_str().unwrap())
    };
    for text in [
        "\"admin\" \"Zq7hunter22\"\n\"shop\" \"Zq7hunter22\"\n",
        "[admins]\nadmin = Zq7hunter22\n",
        "db:5432:shop:shop:Zq7hunter22\n*:*:*:postgres:Zq7hunter22\n",
        "[smtp.corp.example]:587 shop@corp.example:Zq7hunter22\n",
        "INSERT INTO users (name, password) VALUES ('bob', 'Zq7hunter22'), ('al', 'Zq7hunter22');\nSELECT 1;\n",
        "insert into keys (id, api_key, note) values (1, 'Zq7hunter22', 'users12345')\n",
        "\"users\" \"of the shop\"\n",
        "[admins]\nadmin = everything\n",
        "web:8080:tcp\nhost:5432:shop\n",
        "INSERT INTO users (name, token_id) VALUES ('users12345', 'users12345');\n",
        "INSERT INTO users (name, password) VALUES ('users12345', NULL);\n",
    ] {
        assert_eq!(file(text), text.replace("Zq7hunter22", "«»"));
    }
    assert_eq!(file("[users]\nadmin = Zq7hunter22, admin\nbob = viewer\n"), "[users]\nadmin = «»\nbob = viewer\n");
}
