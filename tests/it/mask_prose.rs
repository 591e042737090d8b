//! What programs say in words behind the name of a credential, and credentials that stand there.

use argocd_mcp::view::mask;

use crate::mask::unmarked;

fn shown(cases: &[&str]) {
    for text in cases {
        assert_eq!(unmarked(&mask::text(text)), *text);
    }
}

fn hidden(cases: &[&str]) {
    for text in cases {
        let shown = unmarked(&mask::text(text));
        assert!(shown.contains('«') && !shown.contains("Zq7") && !shown.contains("hunter"), "{text} is {shown}");
    }
}

#[test]
fn the_message_of_a_logger_is_no_value_of_its_name() {
    shown(&[
        "2026-11-30T10:00:00.123Z ERROR 1 --- [exec-1] c.s.u.service.ApiKeyService        : NullPointerException in lookup",
        "2026-11-30T10:00:00.123Z  WARN 1 --- [main] c.s.u.service.PasswordResetService : SMTP host unreachable",
        "ERROR c.s.auth.TokenService : OutOfMemoryError",
        "info: Shop.Auth.PasswordHasher: Done hashing",
        "WARNING:shop.auth.password:user bob locked",
        "Starting EventSource: SecretWatcher: kind source",
        "SecretReconciler: cannot update shop/db",
        "keyvault.BaseClient#GetSecret: Failure responding to request: StatusCode=403",
    ]);
    hidden(&[
        "ERROR c.s.auth.TokenService : Zq7hunter22",
        "ERROR:shop.auth.password:Zq7hunter22",
        "spring.security.user.password : hunter",
        "c.s.auth.AdminPassword : hunter",
        "shop.auth.password:hunter",
        "{PasswordSalt: hunter PasswordHash: zeta User: bob}",
        "TokenService: hunter2 used",
        "PasswordConfirmation: hunter",
        "{Password:hunter PasswordConfirmation:hunter Port:1}",
        "host: x\nPasswordConfirmation: correct hunter battery",
    ]);
}

#[test]
fn an_error_within_another_is_no_value_of_what_failed() {
    shown(&[
        "Error: YAML parse error on shop/templates/secret.yaml: error converting YAML to JSON: yaml: line 8",
        "failed to parse secrets.yaml: error converting YAML to JSON",
        "error loading /app/config/secrets.yaml: yaml: line 3",
        "failed to get password: x509: certificate signed by unknown authority",
        "failed to list passwords: list passwords: Get \"https://vault:8200/v1\"",
        "failed to load creds: secrets \"db-creds\" is forbidden",
        "Error retrieving password: AccessDeniedException: not authorized to perform",
        "failed to get username from creds: exit status 128",
        "/entrypoint.sh: line 12: DB_PASSWORD: Please set DB_PASSWORD",
        "DB_PASSWORD: variable not set",
        "error getting password: ChainedTokenCredential: failed",
    ]);
    hidden(&[
        "failed to get password: hunter",
        "failed to get password: hunter2",
        "failed to get password: hunter2 for bob",
        "failed to set password: Zq7hunter22: too short",
        "failed to log in as bob with password: hunter battery",
        "Login failed, user: bob password: hunter host: db",
        "failed to authenticate user shop password: hunter on db",
        "error logging in, user shop, password: hunter host db",
        "error: password: hunter battery",
        "password: hunter battery staple",
        "DB_PASSWORD: hunter battery staple",
        "/entrypoint.sh: DB_PASSWORD: Zq7hunter22",
        "token: Zq7hunter22 not found",
        "failed to parse apiKey: Zq7hunter22",
    ]);
}

#[test]
fn what_is_said_of_a_password_hides_it() {
    hidden(&[
        "Failed to validate password: hunter is too weak",
        "Login error wrong password: hunter for user bob",
        "could not change password: hunter to winter",
        "Failed to set password: hunter does not match the policy",
        "failed to hash password: hunter: too long",
        "Failed to unlock keystore password: hunter incorrect",
        "error decrypting passphrase: hunter horse battery staple",
        "Your temporary password: hunter expires tomorrow",
        "failed to get password: hunter is too weak",
        "yaml: line 12: password: hunter is no integer",
        "docker-entrypoint.sh: line 3: DB_PASSWORD: hunter not found",
        "INFO resp.SecretString: Myhunter!",
        "DataSource.PasswordCurrent: hunter2",
        "Smtp.PasswordPlaintext: hunter2",
        "c.s.Config.DbPasswordPlain  : hunter2",
        "config.GetPassword: hunter",
        "found in values/secrets.yaml: hunter2",
        "/run/secrets/token.env: hunter2",
        "ERROR:db.password:hunter2",
        "ERROR:db.password:hunter",
    ]);
}
