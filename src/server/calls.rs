//! One tool call: find the row, ask the policy, bind the arguments, run it, and write the audit line.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::{field, info, info_span};

use super::{App, audit};
use crate::{
    caller::Caller,
    error::{Error, Kind},
    telemetry::{AUDIT, metrics, trace},
    tools::{self, Answer, Bound, Effect, Options, Request, Row, bind::BASE_URL},
    view::text::{clean, clip, told},
};

/// Runs a row with the arguments of a call. One audit line tells who did what to whom and how it went. A panic is an
/// error of this call alone.
///
/// # Errors
/// Whatever goes wrong, of any [`Kind`], written for the model.
pub async fn run(
    app: &App,
    row: &'static Row,
    arguments: Map<String, Value>,
    caller: &Caller,
) -> Result<Answer, Error> {
    run_until(app, row, arguments, caller, std::future::pending()).await
}

/// [`run`], given up when `ended` says why.
///
/// # Errors
/// Those of [`run`]; [`Kind::Cancelled`] if it is given up.
pub async fn run_until(
    app: &App,
    row: &'static Row,
    arguments: Map<String, Value>,
    caller: &Caller,
    ended: impl Future<Output = &'static str>,
) -> Result<Answer, Error> {
    let who = audit::shown(&caller.id);
    let span = info_span!(
        "call",
        tool = row.name,
        caller = who,
        application = field::Empty,
        project = field::Empty,
        instance = field::Empty,
        credential = field::Empty,
    );
    let call = async {
        let effect = row.effect_of(&arguments);
        let started = Started { row, effect, at: Instant::now(), _in_flight: metrics::call_begins(), told: false };
        let result = isolate(run_bound(app, row, arguments, caller, ended)).await.map_err(told);
        started.tell(result.as_ref().map_or_else(|error| error.kind.word(), |_| "ok"));
        if let Err(Error { source: Some(source), .. }) = &result {
            tracing::debug!(%source, "because");
        }
        result
    };
    trace::within(span, caller.trace.clone(), call).await
}

/// A call that runs. If it is dropped before its outcome is told, it was cancelled.
struct Started {
    row: &'static Row,
    effect: Effect,
    at: Instant,
    _in_flight: metrics::InFlight,
    told: bool,
}

impl Started {
    fn tell(mut self, outcome: &'static str) {
        self.write(outcome);
    }

    fn write(&mut self, outcome: &'static str) {
        self.told = true;
        let took = self.at.elapsed();
        metrics::called(self.row.name, outcome, took);
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        info!(target: AUDIT, effect = ?self.effect, outcome, milliseconds, "called");
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if !self.told {
            self.write(Kind::Cancelled.word());
        }
    }
}

/// Writes the audit line of a call that names no tool, or that cannot be read.
pub fn unknown(tool: &str, outcome: &'static str, caller: &Caller) {
    let (tool, caller) = (clip(&clean(tool), 64), audit::shown(&caller.id));
    metrics::called("unknown", outcome, Duration::ZERO);
    info!(target: AUDIT, caller, tool, effect = "None", outcome, milliseconds = 0, "called");
}

/// A fixture's answer; a panic in it is an error of this call alone.
#[cfg(feature = "conformance-fixtures")]
pub async fn caught(
    call: impl Future<Output = Option<Result<rmcp::model::CallToolResponse, rmcp::ErrorData>>>,
) -> Option<Result<rmcp::model::CallToolResponse, rmcp::ErrorData>> {
    let result = isolate(async { Ok(call.await) }).await;
    result.unwrap_or_else(|error| {
        let text = rmcp::model::ContentBlock::text(error.to_string());
        Some(Ok(rmcp::model::CallToolResult::error(vec![text]).into()))
    })
}

/// Turns a panic into an error with an id, under which the log says more.
///
/// # Errors
/// [`Kind::Internal`] for a panic, and those of the call.
pub async fn isolate<T>(call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|panic| {
        let id = uuid::Uuid::new_v4();
        let what = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
        tracing::error!(%id, what, "a call panicked");
        Err(Error::new(Kind::Internal, format!("internal error {id}"))
            .hint("This is a mistake in argocd-mcp; its log has more under this id."))
    })
}

async fn run_bound(
    app: &App,
    row: &'static Row,
    mut arguments: Map<String, Value>,
    caller: &Caller,
    ended: impl Future<Output = &'static str>,
) -> Result<Answer, Error> {
    let base_url = match arguments.remove(BASE_URL) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(url)) => Ok(Some(url)),
        Some(other) => {
            Err(Error::new(Kind::Arguments, format!("{}: `{BASE_URL}` is {other}; it must be a string", row.name)))
        }
    };
    let named = audit::target(row, &arguments);
    let bound = Bound::new(row, arguments);
    // No caller reaches a real Argo CD through a demo.
    let guest = Caller { base_url: None, token: None, ..caller.clone() };
    let of = if app.demo { &guest } else { caller };
    let wanted = base_url.as_ref().ok().cloned().flatten().or_else(|| of.base_url.clone());
    let instance = base_url.and_then(|url| app.credentials.resolve(url.as_deref(), of));
    // The audit line of a refused call has its target, too.
    let target = bound.as_ref().map_or(named, |bound| audit::target(row, bound.values()));
    audit::record(target, instance.as_deref().map_err(|_| wanted));
    app.policy.permit(row)?;
    let options = Options {
        now: app.now.unwrap_or_else(Timestamp::now),
        asked_by: caller.id.clone(),
        read_only: app.policy.read_only,
    };
    let request = Request::new(row, bound?, options);
    let instance = instance?;
    let ended = async {
        tokio::select! {
            why = ended => why,
            () = app.shutdown.cancelled() => "the server is shutting down; the call was given up",
        }
    };
    tools::call(request, instance, app.patience, ended).await
}
