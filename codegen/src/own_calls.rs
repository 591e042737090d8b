//! Operations the program calls for itself, without a row: which release a server is, where an application is, signing
//! in, and what `doctor` asks.

use crate::{api::Api, path::Path, report::Report};

/// One of them, and all that the program sends to it and reads of its answer.
#[derive(Debug)]
pub struct OwnCall {
    /// Its `operationId`.
    pub id: &'static str,
    parameters: &'static [&'static str],
    body: &'static [&'static str],
    reads: &'static [&'static str],
}

/// All of them. `src/` sends and reads nothing else.
pub const OWN_CALLS: &[OwnCall] = &[
    OwnCall {
        id: "AccountService_CanI",
        parameters: &["resource", "action", "subresource"],
        body: &[],
        reads: &["value"],
    },
    OwnCall {
        id: "ApplicationService_List",
        parameters: &["fields"],
        body: &[],
        reads: &["items[].metadata.name", "items[].metadata.namespace", "items[].spec.project"],
    },
    OwnCall { id: "SessionService_Create", parameters: &[], body: &["username", "password"], reads: &["token"] },
    OwnCall {
        id: "SessionService_GetUserInfo",
        parameters: &[],
        body: &[],
        reads: &["loggedIn", "username", "groups[]"],
    },
    OwnCall {
        id: "SettingsService_Get",
        parameters: &[],
        body: &[],
        reads: &[
            "controllerNamespace",
            "dexConfig.connectors[]",
            "oidcConfig.clientID",
            "oidcConfig.cliClientID",
            "oidcConfig.idTokenClaims",
            "oidcConfig.issuer",
            "oidcConfig.scopes[]",
            "url",
        ],
    },
    OwnCall { id: "VersionService_Version", parameters: &[], body: &[], reads: &["Version"] },
];

impl OwnCall {
    /// Checks it against the interface; every problem is an error that names the operation.
    pub(crate) fn check(&self, api: &Api, report: &Report) {
        let error = |problem: String| {
            report.error(format!("the program itself calls `{}` (codegen/src/own_calls.rs): {problem}", self.id));
        };
        let Some(operation) = api.operations.get(self.id) else { return error(api.no_operation(self.id)) };
        let reads = operation.method == "GET";
        if reads != self.body.is_empty() {
            error(format!("it is {} now", operation.route()));
        }
        for name in self.parameters.iter().filter(|name| operation.parameter(name).is_none()) {
            error(api.no_parameter(operation, name));
        }
        let unset = operation.parameters.iter().filter(|known| known.required || known.in_path);
        for parameter in unset.filter(|known| !self.parameters.contains(&known.name.as_str())) {
            error(format!("it does not send `{}`, which {} insists on", parameter.name, operation.route()));
        }
        for key in self.body.iter().filter(|key| !operation.body_keys.iter().any(|known| known == *key)) {
            error(format!("no `{key}` in the body of {}", operation.route()));
        }
        for read in self.reads {
            match Path::parse(read).map(|path| api.schema_at(&operation.response, &path)) {
                Ok(Ok(_)) => {}
                Ok(Err(problem)) => error(format!("`{read}` of its answer: {}", problem.message)),
                Err(problem) => error(problem),
            }
        }
    }
}
