//! Logs: what the containers of the story say, line by line, as far as it was said by now.

use serde_json::Value;

use super::application::App;
use super::{
    gather::Gather,
    names::{self, Millis, exact_time, time},
    pods::{self, Pod, fault},
    request::{Query, Refusal},
    tree,
    world::World,
};

/// A running container says something this often.
const RHYTHM: Millis = 2_000;
/// Lines are not kept for longer than this.
const KEPT: Millis = 3_600_000;

/// One line of a pod.
pub(super) struct Line {
    pub(super) at: Millis,
    text: String,
    pod: String,
}

/// What a request asks of the logs.
pub(super) struct Wish {
    pub(super) follow: bool,
    tail: Option<usize>,
    since: Option<Millis>,
    previous: bool,
    filter: Option<String>,
    match_case: bool,
    container: Option<String>,
}

impl Wish {
    /// Reads the parameters.
    ///
    /// # Errors
    /// What Go says of a number that is none.
    pub(super) fn read(query: &Query) -> Result<Self, Refusal> {
        let number = |name: &str| match query.get(name) {
            None => Ok(None),
            Some(text) => text
                .parse::<i64>()
                .map(Some)
                .map_err(|_| Refusal::invalid(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"))),
        };
        Ok(Self {
            follow: query.flag("follow")?,
            tail: number("tailLines")?.and_then(|tail| usize::try_from(tail).ok()),
            since: number("sinceSeconds")?.map(|seconds| seconds.saturating_mul(1000)),
            previous: query.flag("previous")?,
            filter: query.get("filter").filter(|filter| !filter.is_empty()).map(str::to_owned),
            match_case: query.flag("matchCase")?,
            container: query.get("container").filter(|name| !name.is_empty()).map(str::to_owned),
        })
    }

    /// Whether it names a container no pod of the story has.
    pub(super) fn unknown_container(&self) -> bool {
        self.container.as_deref().is_some_and(|name| !matches!(name, "app" | "job"))
    }

    fn fits(&self, line: &str) -> bool {
        let Some(filter) = &self.filter else { return true };
        let (inverse, text) = filter.strip_prefix('!').map_or((false, filter.as_str()), |text| (true, text));
        let found =
            if self.match_case { line.contains(text) } else { line.to_lowercase().contains(&text.to_lowercase()) };
        found != inverse
    }
}

/// The pods a request names, by kind and name or as a pod.
pub(super) fn pods_of(world: &World, app: &App, query: &Query) -> Vec<Pod> {
    let (kind, name) = match query.get("podName").filter(|name| !name.is_empty()) {
        Some(pod) => ("Pod", pod),
        None => (query.get("kind").unwrap_or_default(), query.get("resourceName").unwrap_or_default()),
    };
    let namespace = query.get("namespace").unwrap_or_default();
    let mut found = vec![];
    for (key, live) in app.live.iter() {
        if !namespace.is_empty() && key.namespace != namespace {
            continue;
        }
        let whole = key.kind == kind && key.name == name;
        let named = |pod: &Pod| match kind {
            "" => name.is_empty(),
            "Pod" => pod.name == name,
            "ReplicaSet" | "Job" => pod.owner == name,
            _ => false,
        };
        for pod in tree::pods_of(world, key, live) {
            if whole || named(&pod) {
                found.push(pod);
            }
        }
    }
    found
}

/// Lines said after `from` (or as many as asked for) and until now, in the order of their times.
///
/// # Errors
/// More pods than a server shows.
pub(super) fn lines(world: &World, pods: &[Pod], wish: &Wish, from: Option<Millis>) -> Result<Vec<Line>, Refusal> {
    if pods.len() > 10 {
        return Err(Refusal::invalid("max pods to view logs are reached. Please provide more granular query".into()));
    }
    let mut runs = vec![];
    for pod in pods {
        let mut said = say(world, pod, wish.previous);
        let since = from.or(wish.since.map(|since| world.now - since));
        said.retain(|line| since.is_none_or(|since| line.at > since) && line.at <= world.now);
        if let (Some(tail), None) = (wish.tail, from) {
            let more = said.len().saturating_sub(tail);
            said.drain(..more);
        }
        said.retain(|line| wish.fits(&line.text));
        runs.push(said.into_iter());
    }
    // Each pod's lines are in order; the earliest of them comes first.
    let mut all = vec![];
    let first = |run: &std::vec::IntoIter<Line>| run.as_slice().first().map_or(Millis::MAX, |line| line.at);
    while let Some(line) = runs.iter_mut().min_by_key(|run| first(run)).and_then(Iterator::next) {
        all.push(line);
    }
    Ok(all)
}

/// An error that Kubernetes answers instead of lines, where the container is none of the pod's.
pub(super) fn complaint(pods: &[Pod], wish: &Wish) -> Vec<Value> {
    let wrong = wish.container.as_deref().filter(|name| *name != "app" && *name != "job");
    let complain = |pod: &Pod| match wrong {
        Some(name) => Some(format!("container {name} is not valid for pod {}", pod.name)),
        None if pod.started.is_none() => {
            Some(format!("container \"app\" in pod \"{}\" is waiting to start: {}", pod.name, waiting(pod)))
        }
        None if wish.previous && pod.restarts == 0 => {
            Some(format!("previous terminated container \"app\" in pod \"{}\" not found", pod.name))
        }
        None => None,
    };
    let entry = |text: String| json!({ "content": text, "timeStamp": null, "last": false, "timeStampStr": "0001-01-01T00:00:00Z", "podName": "" });
    pods.iter().filter_map(complain).map(entry).gather()
}

fn waiting(pod: &Pod) -> &'static str {
    if pod.message.is_empty() { "ContainerCreating" } else { "trying and failing to pull image" }
}

/// A line as an entry of the stream.
pub(super) fn entry(line: &Line) -> Value {
    json!({ "content": line.text, "timeStamp": time(line.at), "last": false, "timeStampStr": exact_time(line.at), "podName": line.pod })
}

/// The entry that ends a stream.
pub(super) fn last(now: Millis) -> Value {
    json!({ "content": "", "timeStamp": time(now), "last": true, "timeStampStr": exact_time(now), "podName": "" })
}

fn say(world: &World, pod: &Pod, previous: bool) -> Vec<Line> {
    let line = |at: Millis, text: String| Line { at, text, pod: pod.name.clone() };
    let Some(started) = pod.started else { return vec![] };
    if let Some(fault) = fault(&world.faults, &pod.image) {
        let start = if previous { pods::previous_start(pod, world.now) } else { Some(started) };
        let Some(start) = start else { return vec![] };
        return fault
            .last_words()
            .iter()
            .zip(0..)
            .map(|(text, index)| line(start + index * 400, text.clone()))
            .gather();
    }
    if previous {
        return vec![];
    }
    if pod.hash.is_empty() {
        let said = ["level=info msg=\"starting\"", "level=info msg=\"done\" rows=1284"];
        return said.iter().zip(0..).map(|(text, index)| line(started + index * 1_500, (*text).to_owned())).gather();
    }
    let version = pod.image.rsplit('/').next().unwrap_or(&pod.image).replace(':', " ");
    let mut all = vec![
        line(started, format!("level=info msg=\"starting {version}\"")),
        line(started + 300, "level=info msg=\"listening\" port=8080".into()),
    ];
    let first = ((world.now - KEPT).max(started + 1_000)).div_euclid(RHYTHM) + 1;
    for beat in first..=world.now.div_euclid(RHYTHM) {
        let at = beat * RHYTHM + Millis::try_from(names::hash(&[&pod.uid]) % 900).unwrap_or_default();
        all.push(line(at, request(&pod.uid, beat)));
    }
    all
}

/// One of the ordinary lines of a service; some requests fail.
fn request(pod: &str, beat: Millis) -> String {
    let dice = names::hash(&[pod, &beat.to_string()]);
    let path = ["/", "/healthz", "/v1/items", "/v1/items/4711", "/v1/prices"]
        .get(usize::try_from(dice % 5).unwrap_or_default())
        .copied()
        .unwrap_or("/");
    let took = dice / 7 % 90 + 4;
    match dice / 1000 % 60 {
        0 => format!("level=error msg=\"upstream timed out\" path={path} attempt=2 took=3{took:03}ms"),
        1 | 2 => format!("level=warn msg=\"slow answer\" path={path} took=1{took:03}ms"),
        _ => format!("level=info msg=\"request\" method=GET path={path} status=200 took={took}ms"),
    }
}
