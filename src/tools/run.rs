//! Runs a bound call: pure rows here, the others in their handlers.

use std::{io::BufReader, sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::{
    Value,
    de::{IoRead, Read, SliceRead},
};
use tokio::task::{JoinError, spawn_blocking};

use super::{
    Answer, Effect, Output, Request, Row, Run, Shape, also, answer, containers, events, explain, newer, resource,
    state, sync_options, turns,
};
use crate::{
    argocd::{
        ITEMS_CAP, Instance, Session,
        reply::{BUFFERED_CAP, Body},
    },
    error::{Error, Kind},
    view::{self, Context, LogView, Problem, Rendered, View, text::told},
};

/// Longest object that is shown together with a second one, in bytes: several times what etcd stores.
const OBJECT_CAP: usize = 8 << 20;
/// How long after its deadline a call may still tell what became of it.
const SLACK: Duration = Duration::from_secs(1);

/// Calls a row on an instance. The whole call is over after `patience`, or when `ended` says why it is given up.
///
/// # Errors
/// Of any [`Kind`]: refusals of Argo CD, explained; what went wrong on the way; [`Kind::TooLarge`] and
/// [`Kind::Protocol`] for answers that cannot be shown; [`Kind::Busy`] for a write whose turn does not come;
/// [`Kind::Cancelled`] for a call that is given up, with what that means for a write.
pub async fn call(
    request: Request,
    instance: Arc<Instance>,
    patience: Duration,
    ended: impl Future<Output = &'static str>,
) -> Result<Answer, Error> {
    let row = request.row;
    let session = Session::new(instance, patience, row.effect != Effect::Read);
    let result = tokio::select! {
        // `ended` first: at a shutdown all calls are given up at once, and a write that waits for its turn must not be
        // sent because the one before it was given up.
        biased;
        why = ended => Err(explain::given_up(why, row, &session)),
        result = in_time(request, &session, patience) => result,
    };
    match result {
        // What is invisible in it goes first: it may stand within a secret.
        Err(error) => Err(session.hidden_error(told(error))),
        Ok(Answer { text, structured }) => {
            Ok(Answer { text: session.hidden(text), structured: structured.map(|value| session.hidden_value(value)) })
        }
    }
}

async fn in_time(mut request: Request, session: &Session, patience: Duration) -> Result<Answer, Error> {
    // Requests end by the deadline; showing their answer may take longer, and is ended here.
    let error = match tokio::time::timeout(patience + SLACK, run(&mut request, session)).await {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => error,
        Err(_) => {
            let late = Error::new(Kind::Timeout, "sent what takes longer to show than a call may");
            let way = "Narrow the call; ARGOCD_MCP_TIMEOUT sets how many seconds it may take.";
            session.name_subject(late.hint(way))
        }
    };
    Err(explain::unsure(explain::explain(error, &request, session).await, &request, session))
}

async fn run(request: &mut Request, session: &Session) -> Result<Answer, Error> {
    let row = request.row;
    let given = |arg: &&super::Arg| request.asks_for(arg);
    let is_write = row.effect != Effect::Read;
    if is_write || row.since.is_some() || row.args.iter().filter(given).any(|arg| arg.since.is_some()) {
        request.release = session.release().await?;
        check_release(request)?;
    }
    let _turn = turns::wait(request, session).await?;
    resource::complete(request, session).await?;
    match &row.run {
        Run::Handled(handler, _) => handler(session.clone(), request.clone()).await,
        Run::Pure(view) => Ok(events::with_below(pure(request, session, view).await?, request)),
    }
}

/// An Argo CD that is too old is named as such, before it answers with an error that says less.
fn check_release(request: &Request) -> Result<(), Error> {
    let Some(server) = request.release else { return Ok(()) };
    let Row { name, since, args, .. } = request.row;
    if let Some(since) = since.filter(|since| server < *since) {
        return Err(newer::needed(name, since, server));
    }
    for arg in args.iter().filter(|arg| request.asks_for(arg)) {
        if let Some(since) = arg.since.filter(|since| server < *since) {
            return Err(newer::needed(&format!("`{}` of {name}", arg.name), since, server));
        }
        if let (Shape::Open(..), Some(given)) = (arg.shape, request.args.get(arg.name)) {
            newer::check(arg.name, "", given, request.release)?;
        }
    }
    Ok(())
}

async fn pure(request: &Request, session: &Session, view: &View) -> Result<Answer, Error> {
    let row = request.row;
    let (index, call) = request.call("main", session).await?;
    let mut wire = request.sent(index);
    let raw = request.output() == Output::Raw;
    if !call.fields.is_empty() && !raw {
        wire.set("fields", Request::fields(call, session.release().await?).unwrap_or_default());
    }
    if row.effect != Effect::Read {
        return written(request, session.bytes(call.operation, wire).await?, view).await;
    }
    let reply = session.send(call.operation, wire).await?;
    let (mut context, view) = (request.context(), *view);
    if let (View::Lines(lines), false) = (view, raw) {
        context.problems = hidden_problems(request, session, lines).await;
    }
    if raw && !matches!(view, View::Lines(_)) {
        let body = reply.bytes(BUFFERED_CAP).await.map_err(|error| session.name_subject(error))?;
        return shown(spawn_blocking(move || view::raw(&body, context.max_bytes)).await, request);
    }
    if let Some(also) = row.also.filter(|_| !raw) {
        let body = reply.bytes(OBJECT_CAP).await.map_err(|error| session.name_subject(error))?;
        return also::shown(also, &view, &body, request, session).await;
    }
    let cap = if matches!(view, View::Table(_)) { ITEMS_CAP } else { BUFFERED_CAP };
    let body = reply.body(cap).await.map_err(|error| session.name_subject(error))?;
    // Parsing is work, and may read a blocking pipe: it has a thread of its own.
    let rendered = match body {
        Body::Short(body) => spawn_blocking(move || show(&view, SliceRead::new(&body), raw, &context)).await,
        Body::Long(reader, pump) => {
            let reader = IoRead::new(BufReader::with_capacity(1 << 16, reader));
            let show = spawn_blocking(move || show(&view, reader, raw, &context));
            match tokio::join!(pump.run(), show) {
                // Logs that broke off are shown; they say that they did.
                (Err(error), Ok(Ok(rendered))) if error.kind != Kind::TooLarge => Ok(Ok(rendered)),
                (Err(error), _) => return Err(session.name_subject(error)),
                (Ok(()), rendered) => rendered,
            }
        }
    };
    match rendered {
        // There are no logs: is there such a resource at all?
        Ok(Err(Problem::Silent(rendered))) => match (resource::is_orphaned(request, session).await?, view) {
            (true, View::Lines(lines)) => Ok(view::lines::orphaned(lines, rendered).into()),
            _ => Ok(rendered.into()),
        },
        Ok(Err(Problem::Refused(said, hint))) => {
            if let Some((note, chosen)) = containers::choose(&said, &view, request, session).await {
                return containers::told(Box::pin(pure(&chosen, session, &view)).await, &note, &chosen);
            }
            let hint = match view {
                View::Lines(lines) if view::lines::is_of_container(&said) => {
                    let others = complaints(&request.with(lines.container, Value::Null), session, lines).await;
                    view::lines::choices(&others).or(hint)
                }
                _ => hint,
            };
            shown(Ok(Err(Problem::Refused(said, hint))), request)
        }
        // The application says more. If it cannot be read, that is no error.
        Ok(Err(Problem::Doubtful(answer))) => {
            let application = request.bytes("doubt", session).await.ok();
            let application = application.and_then(|body| answer::application(&body));
            let release = session.release().await.ok().flatten();
            let comparison = application.map(|application| state::comparison(&application, release));
            let context = Context { comparison: Some(comparison.unwrap_or_default()), ..request.context() };
            shown(spawn_blocking(move || view::rendered(&view, answer, &context)).await, request)
        }
        rendered => shown(rendered, request),
    }
}

/// Kubernetes' own errors, which a filter of lines hides: they come as lines, and the filter applies to them, too. One
/// line of each pod, read without the filter, shows them.
async fn hidden_problems(request: &Request, session: &Session, view: &LogView) -> Vec<String> {
    if request.args.text(view.filter).is_none_or(str::is_empty) {
        return vec![];
    }
    complaints(&request.with(view.filter, Value::Null), session, view).await
}

/// What is wrong with the pods, from as few lines of their logs as possible.
async fn complaints(request: &Request, session: &Session, view: &LogView) -> Vec<String> {
    match request.with(view.tail, 1.into()).bytes("main", session).await {
        Ok(body) => view::lines::complaints(view, SliceRead::new(&body)),
        Err(error) => {
            tracing::debug!(%error, "what is wrong with the pods could not be read");
            vec![]
        }
    }
}

fn show<'de>(view: &View, body: impl Read<'de>, raw: bool, context: &Context) -> Result<Rendered, Problem> {
    match view {
        View::Lines(lines) if raw => view::lines::raw(lines, body, context.max_bytes),
        view => view::render(view, body, context),
    }
}

/// The answer from what a view made on a thread of its own.
pub fn shown(rendered: Result<Result<Rendered, Problem>, JoinError>, request: &Request) -> Result<Answer, Error> {
    working(rendered.map(|rendered| rendered.map(Answer::from).map_err(|problem| unshown(problem, request))))
}

/// The result of work on a thread of its own; a panic there is [`Kind::Internal`].
pub fn working<T>(done: Result<Result<T, Error>, JoinError>) -> Result<T, Error> {
    done.map_err(|error| Error::new(Kind::Internal, "showing the answer failed").because(error))?
}

/// Shows the answer to a write, and what of the arguments Argo CD did not take.
///
/// # Errors
/// [`Kind::Protocol`] or [`Kind::TooLarge`] for an answer that cannot be shown.
pub async fn written(request: &Request, body: Bytes, view: &View) -> Result<Answer, Error> {
    let (request, view) = (request.clone(), *view);
    working(spawn_blocking(move || taken(&request, &body, &view)).await)
}

/// The parts of an open object that the answer lacks were not taken.
fn taken(request: &Request, body: &Bytes, view: &View) -> Result<Answer, Error> {
    let mut rendered =
        view::render(view, SliceRead::new(body), &request.context()).map_err(|problem| unshown(problem, request))?;
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let open = request.row.args.iter().filter(|arg| matches!(arg.shape, Shape::Open(..)));
    let given = || open.clone().filter_map(|arg| Some((arg, request.args.get(arg.name)?)));
    let lost: Vec<String> =
        given().flat_map(|(arg, given)| view::changes::not_taken(&arg.sent(given), &answer)).collect();
    if !lost.is_empty() {
        rendered.text += &format!("\n{}", view::changes::lost_names(&lost));
    }
    given().for_each(|(arg, given)| rendered.text += &arg.left_out(given, &Value::Null));
    given()
        .flat_map(|(_, given)| sync_options::idle_in_spec(given, request.release))
        .for_each(|note| rendered.text += &format!("\n{note}"));
    Ok(rendered.into())
}

/// What a write changed: `changes::between`, on a thread of its own.
pub async fn differences(before: Value, after: Value) -> Result<Vec<String>, Error> {
    working(spawn_blocking(move || Ok(view::changes::between(&before, &after))).await)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Why an answer is not shown, in words for the caller.
pub fn unshown(problem: Problem, request: &Request) -> Error {
    match problem {
        Problem::TooLarge(bytes) => {
            let message = format!("the answer is {bytes} bytes of JSON, more than maxBytes = {}", request.max_bytes());
            let narrow = request.narrows();
            let raise = request.most_bytes().is_none_or(|most| bytes <= most).then(|| "raise maxBytes".to_owned());
            let narrow = (!narrow.is_empty()).then(|| format!("narrow it with {}", narrow.join(", ")));
            let ways: Vec<String> = [raise, narrow, Some("take output=text".into())].into_iter().flatten().collect();
            Error::new(Kind::TooLarge, message).hint(capitalised(&format!("{}.", ways.join(", or "))))
        }
        Problem::Alien(what) => {
            Error::new(Kind::Protocol, format!("Argo CD's answer is {what}, not what was asked for"))
                .hint("Something else than Argo CD may have answered: a proxy, or a server of another kind.")
        }
        Problem::Doubtful(_) => Error::new(Kind::Internal, "an answer was doubted twice"),
        Problem::Silent(rendered) => Error::new(Kind::NotFound, rendered.text),
        Problem::Refused(said, hint) => {
            // An error that comes with 200 came after Argo CD had begun to answer.
            let kind = if request.row.effect == Effect::Read { Kind::Refused } else { Kind::Protocol };
            Error { hint, ..Error::new(kind, said) }
        }
        Problem::Json(error) if error.is_eof() => {
            let empty = error.line() == 1 && error.column() == 0;
            let what = if empty { "sent an empty answer" } else { "sent an answer that is cut short" };
            Error::new(Kind::Protocol, format!("Argo CD {what}"))
                .because(error)
                .hint("Call again. If that repeats, a proxy on the way ends answers early.")
        }
        Problem::Json(error) => {
            Error::new(Kind::Protocol, format!("Argo CD sent something that is not its JSON: {error}"))
        }
    }
}
