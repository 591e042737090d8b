//! The address at which a person signs in, shown by their client where it can: url-mode elicitation, unless it is the
//! address that was shown last.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use rmcp::{
    RoleServer,
    model::{ElicitRequest, ElicitRequestParams, InputRequest, InputRequiredResult, ProtocolVersion},
    service::RequestContext,
};

use crate::credentials::SIGN_IN_TIME;

const MESSAGE: &str = "Sign in to Argo CD in your browser, then ask again.";

/// The address that was shown last.
#[derive(Debug, Default)]
pub(super) struct Shown(Mutex<String>);

impl Shown {
    fn is_new(&self, address: &str) -> bool {
        let mut shown = self.0.lock();
        let new = *shown != address;
        address.clone_into(&mut shown);
        new
    }

    /// Asks the client to show an address, if it said that it can. Before 2026-07-28 the protocol lets a server send
    /// requests: the client is asked beside the tool result, which is not held back. Since then it does not: the result
    /// tells the client to show the address and to call again.
    pub(super) fn show(&self, address: &str, context: &RequestContext<RoleServer>) -> Option<InputRequiredResult> {
        let elicitation = context.client_capabilities().and_then(|client| client.elicitation);
        if elicitation.is_none_or(|elicitation| elicitation.url.is_none()) || !self.is_new(address) {
            return None;
        }
        let modern = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        let params = |elicitation_id: &str| ElicitRequestParams::UrlElicitationParams {
            meta: None,
            message: MESSAGE.into(),
            url: address.to_owned(),
            elicitation_id: elicitation_id.to_owned(),
        };
        if modern {
            let request = InputRequest::Elicitation(ElicitRequest::new(params("")));
            return Some(InputRequiredResult::new(Some(BTreeMap::from([("sign-in".to_owned(), request)])), None));
        }
        let (peer, params) = (context.peer.clone(), params(&format!("sign-in-{}", context.id)));
        tokio::spawn(async move {
            if let Err(error) = peer.create_elicitation_with_timeout(params, Some(SIGN_IN_TIME)).await {
                tracing::debug!(%error, "the client did not show the address");
            }
        });
        None
    }
}
