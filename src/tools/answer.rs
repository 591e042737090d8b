//! What a tool answers.

use serde_json::Value;

use super::{Request, run::unshown, state::text};
use crate::{
    error::{Error, Kind},
    view::{self, Problem, Rendered, format::application_name},
};

/// Text for the model and, where JSON was asked for, the value that the text spells.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// For the model; never empty.
    pub text: String,
    /// For `structuredContent`.
    pub structured: Option<Value>,
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self { text, structured: None }
    }
}

impl From<Rendered> for Answer {
    fn from(rendered: Rendered) -> Self {
        Self { text: rendered.text, structured: rendered.json }
    }
}

/// The object that Argo CD sent.
///
/// # Errors
/// [`Kind::Protocol`] for something else; [`Kind::Refused`], in a write [`Kind::Protocol`], for an error that came with
/// 200.
pub fn object(body: &[u8], request: &Request) -> Result<Value, Error> {
    let value = serde_json::from_slice(body).map_err(Problem::Json);
    value.and_then(view::answer).map_err(|problem| unshown(problem, request))
}

/// The application that Argo CD sent; `None` for anything else.
pub fn application(body: &[u8]) -> Option<Value> {
    expected(body, "").ok()
}

/// An application's name, as lists have it: with its namespace where that is not the usual one.
pub fn spelt(application: &Value) -> Option<String> {
    Some(application_name(text(application, "/metadata/namespace"), text(application, "/metadata/name")?))
}

/// The application that Argo CD sent; `otherwise` says what it means if that is something else.
///
/// # Errors
/// [`Kind::Protocol`]: what Argo CD sent instead, and `otherwise`.
pub fn expected(body: &[u8], otherwise: &str) -> Result<Value, Error> {
    let answer = serde_json::from_slice(body).map_err(Problem::Json).and_then(view::answer);
    let what = match answer {
        Ok(application) if application.pointer("/metadata/name").is_some_and(Value::is_string) => {
            return Ok(application);
        }
        Err(Problem::Refused(said, _)) => said,
        _ => "Argo CD's answer is not the application".to_owned(),
    };
    Err(Error::new(Kind::Protocol, format!("{what}; {otherwise}")))
}
