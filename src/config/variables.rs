//! Environment variables that have no flag.

/// An environment variable that has no flag.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What the variable sets, for the documentation.
    pub about: &'static str,
}

/// Variables without a flag: secrets, which the process list would show if they were flags, and settings beside them.
pub const VARIABLES: &[Variable] = &[
    Variable {
        name: "ARGOCD_API_TOKEN",
        about: "API token of an Argo CD account; belongs to ARGOCD_BASE_URL and is sent nowhere else",
    },
    Variable {
        name: "ARGOCD_USERNAME",
        about: "Local account of ARGOCD_BASE_URL that signs in with ARGOCD_PASSWORD, instead of a token",
    },
    Variable { name: "ARGOCD_PASSWORD", about: "Its password; goes to ARGOCD_BASE_URL and nowhere else" },
    Variable {
        name: "ARGOCD_SERVER",
        about: "Address of Argo CD as the argocd command line has it, host:port, which is https, or with http:// in front; for ARGOCD_AUTH_TOKEN",
    },
    Variable { name: "ARGOCD_AUTH_TOKEN", about: "API token that belongs to ARGOCD_SERVER and to nothing else" },
    Variable {
        name: "ARGOCD_EXTRA_HEADERS",
        about: "Headers for ARGOCD_BASE_URL, such as a proxy's own credential: `Name: value`, one a line; where there is no line end at all, `;` separates them, too, so a value that has one, such as Cookie's, needs a line end behind it. A value does not come back in answers if its name says that it is a credential (Cookie, Proxy-Authorization, key, token, secret, password, session) or it looks generated; words do",
    },
    Variable { name: "ARGOCD_CONFIG_DIR", about: "Folder of the argocd command line's configuration, as it has it" },
    Variable { name: "CLAUDE_CONFIG_DIR", about: "Folder of Claude Code's settings, for `install claude-code`" },
    Variable {
        name: "XDG_CONFIG_HOME",
        about: "Where configurations of a person are, ~/.config unless set: argocd-mcp/sso-tokens.json, argocd/config",
    },
    Variable { name: "NODE_EXTRA_CA_CERTS", about: "As ARGOCD_CA_FILE, for configurations that have it" },
    Variable {
        name: "NODE_TLS_REJECT_UNAUTHORIZED",
        about: "0 is ARGOCD_INSECURE_SKIP_VERIFY=true, for configurations that have it",
    },
    Variable { name: "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", about: "Proxies on the way to Argo CD" },
    Variable { name: "SSL_CERT_FILE, SSL_CERT_DIR", about: "The system's certificates, where they are elsewhere" },
    Variable {
        name: "MCP_AUTH_TOKEN",
        about: "Token that callers of `http` and `sse` must show as `Authorization: Bearer`, at least 16 characters; never sent to Argo CD",
    },
    Variable { name: "RUST_LOG", about: "Log filter by module, where --log-level is not given" },
];
