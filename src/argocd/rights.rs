//! Whose the token is, and what Argo CD says it may do.

use serde_json::Value;

use super::{Session, Wire, claims::Claims, operations};
use crate::error::Error;

/// Whom Argo CD's policies know the session's token as, if it tells: see [`Claims::policy_subject`].
pub async fn subject(session: &Session) -> Option<String> {
    let token = session.instance.token.as_ref()?.token().await.ok()?;
    Claims::of(&token)?.policy_subject().map(str::to_owned)
}

/// Whether the session's account has a right on an object, `*/*` or `PROJECT/*` (`GET /api/v1/account/can-i/…`).
///
/// # Errors
/// [`crate::error::Kind::Refused`]: this release does not know the action. Errors of the request.
pub async fn can_i(session: &Session, resource: &str, action: &str, object: &str) -> Result<bool, Error> {
    let mut wire = Wire::default();
    wire.set("resource", resource);
    wire.set("action", action);
    wire.set("subresource", object);
    let body = session.bytes(&operations::ACCOUNT_SERVICE_CAN_I, wire).await?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    Ok(answer.get("value").and_then(Value::as_str) == Some("yes"))
}
