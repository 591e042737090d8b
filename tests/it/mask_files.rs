//! Files in ConfigMaps and fields of resources: what one place hides, the others hide as well.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

/// A file of a ConfigMap, masked.
fn file(text: &str) -> String {
    let map = json!({ "kind": "ConfigMap", "data": { "file": text } }).to_string();
    let masked: Value = mask::json(&map).unwrap().parse().unwrap();
    unmarked(masked["data"]["file"].as_str().unwrap())
}

#[test]
fn sections_that_are_called_credentials_are_masked() {
    for (text, shown) in [
        ("[secrets]\none = \"Zq7hunter22\"\n", "[secrets]\none = \"«»\"\n"),
        ("[tokens]\nci = 'Zq7hunter22' # of the bot\n", "[tokens]\nci = '«»' # of the bot\n"),
        (
            "[[passwords]]\n\"bob\" = \"correcthorse\"\n[x]\na = \"b1234567\"",
            "[[passwords]]\n\"bob\" = \"«»\"\n[x]\na = \"b1234567\"",
        ),
        ("[db.secrets]\na = [\"Zq7hunter22\"]", "[db.secrets]\na = «»"),
    ] {
        assert_eq!(file(text), shown);
    }
    for shown in [
        "[secrets]\nenabled = true\nname = \"web1\"\nurl = \"https://vault.example\"\npath = \"kv/shop1\"\n",
        "[tokens]\nttl = \"3600s\"\nci = \"stage\"\n",
        "[credential \"https://git.example\"]\nhelper = store2abc\nusername = bob12345\n",
        "[keys]\nup = \"ctrl+x123\"\n",
        "[tokens]\n\n[auth]\nmode = \"oauth2abc\"\n",
    ] {
        assert_eq!(file(shown), shown);
    }
}

#[test]
fn files_of_well_known_programs_are_masked() {
    for (text, shown) in [
        (
            "<bean><property name=\"password\"><value>Zq7hunter22</value></property></bean>",
            "<bean><property name=\"password\"><value>«»</value></property></bean>",
        ),
        (
            "<property name=\"password\">\n  <value>Zq7hunter22</value>\n</property>",
            "<property name=\"password\">\n  <value>«»</value>\n</property>",
        ),
        (
            "secureJsonData:\n  httpHeaderValue1: Zq7hunter22\n  tlsClientKey: correcthorse\njsonData: {a: X-Org1234}\n",
            "secureJsonData:\n  httpHeaderValue1: «»\n  tlsClientKey: «»\njsonData: {a: X-Org1234}\n",
        ),
        ("dn: cn=a\nuserPassword:: Vng4a0xxMlpwUg==\n", "dn: cn=a\nuserPassword:: «»\n"),
        ("ldap_default_authtok = Zq7hunter22\n", "ldap_default_authtok = «»\n"),
    ] {
        assert_eq!(file(text), shown);
    }
    for shown in [
        "<property name=\"mode\"><value>fast1234x</value></property>",
        "<property name=\"passwordEncoder\"><ref bean=\"bcrypt10x\"/></property>",
        "ldap_default_authtok_type = obfuscated_password1\n",
    ] {
        assert_eq!(file(shown), shown);
    }
}

#[test]
fn fields_are_known_in_every_place() {
    const KEY: &str = "4f2a9cabcdef1234567890abcdef1234";
    for (field, value) in [
        ("adminPw", "Zq7hunter22"),
        ("adminUserPw", "correcthorse"),
        ("pat", "Zq7hunter22"),
        ("gitPat", "Zq7hunter22"),
        ("userPass", "correcthorse"),
        ("routing_key", KEY),
        ("secret_id", "8b1f7d0a-1e2c-4f5a-9d3c-0a1b2c3d4e5f"),
    ] {
        for place in [
            json!({ "kind": "Widget", "spec": { field: value } }),
            json!({ "kind": "ConfigMap", "data": { field: value } }),
            json!({ "helm": { "valuesObject": { field: value } } }),
        ] {
            let place = place.to_string();
            assert_eq!(unmarked(&mask::json(&place).unwrap()), place.replace(value, "«»"));
        }
    }
    let grafana = json!({ "spec": { "secureJsonData": { "httpHeaderValue1": "Zq7hunter22" }, "jsonData": { "a": "X-Org1234" } } });
    let grafana = grafana.to_string();
    assert_eq!(unmarked(&mask::json(&grafana).unwrap()), grafana.replace("Zq7hunter22", "«»"));
    for (field, value) in [
        ("routing_key", "orders.created"),
        ("pass", "ok"),
        ("compat", "v1beta1x2"),
        ("lowpass", "steep123x"),
        ("secureJsonFields", "a1234567x"),
        ("tenant_id", KEY),
    ] {
        let place = json!({ "kind": "Widget", "spec": { field: value } }).to_string();
        assert_eq!(mask::json(&place).unwrap(), place);
    }
}

#[test]
fn flags_of_more_commands_are_known() {
    for (text, shown) in [
        ("curl --proxy-user u:Zq7hunter22 https://x", "curl --proxy-user u:«» https://x"),
        ("curl -U u:Zq7hunter22 -x p:3128 https://x", "curl -U u:«» -x p:3128 https://x"),
        ("oc login -u bob -p Zq7hunter22 https://x", "oc login -u bob -p «» https://x"),
        ("cypher-shell -u neo4j -p Zq7hunter22", "cypher-shell -u neo4j -p «»"),
        ("mosquitto_pub -u app -P Zq7hunter22 -p 1883", "mosquitto_pub -u app -P «» -p 1883"),
        ("rabbitmqctl authenticate_user app Zq7hunter22", "rabbitmqctl authenticate_user app «»"),
        ("vault operator unseal Zq7hunter22abc", "vault operator unseal «»"),
        ("ACL SETUSER app on >Zq7hunter22 ~* +@all", "ACL SETUSER app on >«» ~* +@all"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
    let list = r#"["cypher-shell","-u","neo4j","-p","Zq7hunter22"]"#;
    assert_eq!(unmarked(&mask::json(list).unwrap()), list.replace("Zq7hunter22", "«»"));
    for shown in [
        "curl -x p:3128 -X POST https://x:8080/a1234567",
        "oc get pods -p login1234",
        "mosquitto_pub -p 18831883",
        "vault operator unseal failed",
        "acl setuser app on nopass ~* +@all",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
}
