//! One tool call: find the row, ask the policy, bind the arguments, run it, and write the audit line.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::{Instrument, field, info, info_span};

use super::App;
use crate::{
    caller::Caller,
    error::{Error, Kind},
    tools::{self, Answer, Bound, Options, Request, Row, bind::BASE_URL},
    view::text::told,
};

/// Runs a row with the arguments of a call. One audit line tells who did what and how it went.
///
/// # Errors
/// Everything that goes wrong, written for the model.
pub async fn run(
    app: &App,
    row: &'static Row,
    arguments: Map<String, Value>,
    caller: &Caller,
) -> Result<Answer, Error> {
    let span = info_span!("call", tool = row.name, caller = caller.id, application = field::Empty);
    async {
        let started = Instant::now();
        let result = run_bound(app, row, arguments, caller).await.map_err(told);
        let outcome = match &result {
            Ok(_) => "ok".to_owned(),
            Err(error) => format!("{:?}", error.kind),
        };
        info!(effect = ?row.effect, outcome, milliseconds = started.elapsed().as_millis(), "called");
        if let Err(Error { source: Some(source), .. }) = &result {
            tracing::debug!(%source, "because");
        }
        result
    }
    .instrument(span)
    .await
}

async fn run_bound(
    app: &App,
    row: &'static Row,
    mut arguments: Map<String, Value>,
    caller: &Caller,
) -> Result<Answer, Error> {
    app.policy.permit(row)?;
    let base_url = match arguments.remove(BASE_URL) {
        None | Some(Value::Null) => None,
        Some(Value::String(url)) => Some(url),
        Some(other) => {
            return Err(Error::new(
                Kind::Arguments,
                format!("{}: `{BASE_URL}` is {other}; it must be a string", row.name),
            ));
        }
    };
    let options = Options { now: app.now.unwrap_or_else(Timestamp::now), asked_by: caller.id.clone() };
    let request = Request::new(row, Bound::new(row, arguments)?, options);
    tracing::Span::current().record("application", request.application().unwrap_or_default());
    let instance = app.credentials.resolve(base_url.as_deref(), caller)?;
    let ended = || Error::new(Kind::Cancelled, "the server is shutting down; the call was given up");
    tokio::select! {
        result = tools::call(request, instance, app.patience) => result,
        () = app.shutdown.cancelled() => Err(ended()),
    }
}
