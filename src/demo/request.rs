//! A request as the handlers see it, and the two forms in which Argo CD refuses one.

use serde_json::Value;

use super::{gather::Gather, json::text};

/// Query parameters in their order; unknown ones are ignored, as a server does.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the part of a target after the question mark.
    pub(super) fn read(query: &str) -> Self {
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().gather())
    }

    /// The same questions, asked by a body.
    pub(super) fn of_body(body: &Value) -> Self {
        let pairs = super::json::members(Some(body));
        Self(pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).gather())
    }

    /// The first value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).gather()
    }

    /// A switch.
    ///
    /// # Errors
    /// What Go says of a word that is none.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.get(name) {
            None => Ok(false),
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            Some(other) => Err(Refusal::invalid(format!("strconv.ParseBool: parsing \"{other}\": invalid syntax"))),
        }
    }

    /// Parameters that must be there, even if empty.
    ///
    /// # Errors
    /// What the gateway says of one that is not.
    pub(super) fn require(&self, names: &[&str]) -> Result<(), Refusal> {
        match names.iter().find(|name| self.get(name).is_none()) {
            Some(name) => Err(Refusal::unset(name)),
            None => Ok(()),
        }
    }
}

/// A refusal: a gRPC code and what is said.
#[derive(Debug)]
pub(super) struct Refusal {
    code: u8,
    message: String,
}

impl Refusal {
    /// Code 2, HTTP 500.
    pub(super) fn unknown(message: String) -> Self {
        Self { code: 2, message }
    }

    /// HTTP 500 with a message and nothing else: the server failed at telling its failure.
    pub(super) fn bare(message: &str) -> Self {
        Self { code: 0, message: message.into() }
    }

    /// Code 3, HTTP 400.
    pub(super) fn invalid(message: String) -> Self {
        Self { code: 3, message }
    }

    /// Code 5, HTTP 404.
    pub(super) fn missing(message: String) -> Self {
        Self { code: 5, message }
    }

    /// Code 7, HTTP 403: what is not there looks the same.
    pub(super) fn denied() -> Self {
        Self::forbidden("permission denied")
    }

    /// Code 7, HTTP 403.
    pub(super) fn forbidden(message: &str) -> Self {
        Self { code: 7, message: message.into() }
    }

    /// Code 9, HTTP 400.
    pub(super) fn precondition(message: String) -> Self {
        Self { code: 9, message }
    }

    /// Code 12, HTTP 501.
    pub(super) fn unimplemented(message: String) -> Self {
        Self { code: 12, message }
    }

    /// Code 16, HTTP 401.
    pub(super) fn no_session() -> Self {
        Self { code: 16, message: "no session information".into() }
    }

    /// A field that must be set and is not.
    pub(super) fn unset(name: &str) -> Self {
        Self { code: 13, message: format!("grpc: error while marshaling: proto: required field \"{name}\" not set") }
    }

    /// A value of the wrong type, as Go tells it.
    pub(super) fn wrong_type(found: &Value, field: &str, wanted: &str) -> Self {
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        Self::invalid(format!("json: cannot unmarshal {found} into Go struct field {field} of type {wanted}"))
    }

    /// The HTTP status that goes with the code.
    pub(super) fn status(&self) -> u16 {
        match self.code {
            3 | 9 => 400,
            5 => 404,
            7 => 403,
            12 => 501,
            16 => 401,
            _ => 500,
        }
    }

    /// The body of an answer.
    pub(super) fn body(&self) -> Value {
        if self.code == 0 {
            return json!({ "error": self.message });
        }
        json!({ "error": self.message, "code": self.code, "message": self.message })
    }

    /// The body of a stream.
    pub(super) fn stream_body(&self) -> Value {
        let phrase = match self.status() {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            501 => "Not Implemented",
            _ => "Internal Server Error",
        };
        json!({ "error": { "grpc_code": self.code, "http_code": self.status(), "message": self.message, "http_status": phrase } })
    }
}

/// What a request says a resource is.
pub(super) struct Named<'a> {
    pub(super) group: &'a str,
    pub(super) kind: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl<'a> Named<'a> {
    /// Reads the parameters of a `/resource` request.
    ///
    /// # Errors
    /// One that must be there and is not.
    pub(super) fn read(query: &'a Query) -> Result<Self, Refusal> {
        query.require(&["resourceName", "version", "kind"])?;
        let get = |name: &str| query.get(name).unwrap_or_default();
        Ok(Self { group: get("group"), kind: get("kind"), namespace: get("namespace"), name: get("resourceName") })
    }

    /// It is not there.
    pub(super) fn not_found(&self, application: &str) -> Refusal {
        Refusal::invalid(format!(
            "{} {} {} not found as part of application {application}",
            self.kind, self.group, self.name
        ))
    }
}

/// Whether labels fit a selector, in the words of Kubernetes.
///
/// # Errors
/// A selector that cannot be read.
pub(super) fn selects(selector: &str, labels: Option<&Value>) -> Result<bool, Refusal> {
    let label = |key: &str| {
        labels
            .map(|labels| text(labels, &format!("/{}", key.trim().replace('/', "~1"))))
            .filter(|text| !text.is_empty())
    };
    let mut rest = selector.trim();
    while !rest.is_empty() {
        let open = rest.find('(').filter(|at| rest.find(',').is_none_or(|comma| *at < comma));
        let end = match open {
            Some(at) => {
                rest.get(at..).and_then(|rest| rest.find(')')).map(|close| at + close + 1).ok_or_else(|| {
                    Refusal::unknown(
                        "error parsing the selector: unable to parse requirement: found '', expected: ',' or ')'"
                            .into(),
                    )
                })?
            }
            None => rest.find(',').unwrap_or(rest.len()),
        };
        let term = rest.get(..end).unwrap_or_default().trim();
        requirement(term)?;
        rest = rest.get(end..).unwrap_or_default().trim_start_matches([',', ' ']);
        let among = |separator: &str| {
            let (key, values) = term.split_once(separator)?;
            let values = values.trim().trim_start_matches('(').trim_end_matches(')');
            Some((key, values.split(',').map(str::trim).gather()))
        };
        let fits = if let Some((key, values)) = among(" notin ") {
            !label(key).is_some_and(|label| values.contains(&label))
        } else if let Some((key, values)) = among(" in ") {
            label(key).is_some_and(|label| values.contains(&label))
        } else if let Some((key, value)) = term.split_once("!=") {
            label(key) != Some(value.trim())
        } else if let Some((key, value)) = term.split_once('=') {
            label(key) == Some(value.trim_start_matches('=').trim())
        } else if let Some(key) = term.strip_prefix('!') {
            label(key).is_none()
        } else {
            label(term).is_some()
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

/// One requirement of a selector: a key, perhaps with `!` in front or an operator and values behind.
///
/// # Errors
/// What Kubernetes says of one that is none.
fn requirement(term: &str) -> Result<(), Refusal> {
    let wrong = |found: &str| {
        Refusal::unknown(format!(
            "error parsing the selector: unable to parse requirement: found '{found}', expected: identifier"
        ))
    };
    let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let key = term.strip_prefix('!').unwrap_or(term).trim_start();
    let end = key.find(|c: char| "=!".contains(c) || c.is_whitespace()).unwrap_or(key.len());
    let (key, rest) = key.split_at(end);
    if key.is_empty() || !is_name(key) {
        return Err(wrong(term));
    }
    let rest = rest.trim();
    let operator = rest.strip_prefix("not").unwrap_or(rest).strip_prefix("in");
    let set = operator.is_some_and(|operand| operand.starts_with([' ', '(']));
    match (rest.is_empty(), set) {
        (true, _) => Ok(()),
        (false, true) if rest.ends_with(')') => Ok(()),
        (false, false) if rest.starts_with(['=', '!']) && is_name(rest.trim_start_matches(['=', '!']).trim()) => Ok(()),
        _ => Err(wrong(rest)),
    }
}
