//! Asks Argo CD whose a credential is.

use serde_json::Value;

use super::{operations, session::Session, wire::Wire};
use crate::error::{Error, Kind};

/// The account or the person whose credential is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name of the account, `agent` or `proj:team:role`, or what the identity provider calls the person.
    pub name: String,
    /// The groups of a person.
    pub groups: Vec<String>,
}

impl User {
    /// Asks `GET /api/v1/session/userinfo`. `None`: Argo CD does not accept the token, which it tells by 200 and `{}`.
    ///
    /// # Errors
    /// [`Kind::Protocol`]: the answer is not Argo CD's. The request fails or is refused, as [`Session::bytes`] says.
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
