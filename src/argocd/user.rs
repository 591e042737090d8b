//! Who Argo CD takes a credential for.

use serde_json::Value;

use super::{operations, session::Session, wire::Wire};
use crate::error::{Error, Kind};

/// An account, or a person who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `agent`, `proj:team:role`, or what an identity provider calls somebody.
    pub name: String,
    /// The groups of a person.
    pub groups: Vec<String>,
}

impl User {
    /// `GET /api/v1/session/userinfo`; `None` for a token that Argo CD does not accept, which it answers by 200 and `{}`.
    ///
    /// # Errors
    /// As [`Session::bytes`].
    pub async fn of(session: &Session) -> Result<Option<Self>, Error> {
        let body = session.bytes(&operations::SESSION_SERVICE_GET_USER_INFO, Wire::default()).await?;
        let info: Value = serde_json::from_slice(&body).unwrap_or_default();
        if !info.is_object() {
            let what = if body.is_empty() { "an empty answer" } else { "something that is not its JSON" };
            return Err(session.name_subject(Error::new(Kind::Protocol, format!("sent {what} when asked who this is"))));
        }
        if info.get("loggedIn").and_then(Value::as_bool) != Some(true) {
            return Ok(None);
        }
        let hidden = |text: &str| session.hidden(text.to_owned());
        let name = info.get("username").and_then(Value::as_str).unwrap_or("somebody");
        let groups = info.get("groups").and_then(Value::as_array).into_iter().flatten();
        Ok(Some(Self { name: hidden(name), groups: groups.filter_map(Value::as_str).map(hidden).collect() }))
    }
}
