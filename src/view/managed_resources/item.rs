//! One managed resource: its states, and what a sync would do to it.

use serde_json::Value;

use super::ignored::{Field, fields};
use crate::view::{kind, text::shown};

/// What syncing would do to a resource.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Create,
    Prune,
    Keep,
    Alter,
    Overwrite,
    Skip,
    Unknown,
    Same,
}

impl Change {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Prune => "prune",
            Self::Keep => "keep",
            Self::Alter => "change",
            Self::Overwrite => "overwrite",
            Self::Skip => "skip",
            Self::Unknown => "unknown",
            Self::Same => "same",
        }
    }
}

pub(super) struct Item<'a> {
    pub(super) value: &'a Value,
    pub(super) change: Change,
    /// Whether it is only pruned when a person has confirmed it.
    waits: bool,
    /// What Argo CD ignores of it although it differs, and whether a sync leaves that as it is.
    ignored: Vec<Field>,
    kept: bool,
    /// Whether a sync puts what the repository has in its place, whatever else is there.
    pub(super) replaced: bool,
    /// Then it is deleted, and made again.
    pub(super) forced: bool,
    /// Whether its project may not permit it.
    pub(super) unsure: bool,
    /// Whether its tracking id is of another resource.
    pub(super) copied: bool,
}

impl<'a> Item<'a> {
    /// What is ignored when resources are compared is only kept by a sync whose options say so.
    pub(super) fn new(value: &'a Value, options: Option<&[String]>) -> Self {
        let change = change(value, options);
        let waits = change == Change::Prune && prune_option(value, options).as_deref() == Some("confirm");
        let mut item = Self {
            value,
            change,
            waits,
            ignored: vec![],
            kept: false,
            replaced: false,
            forced: false,
            unsure: false,
            copied: false,
        };
        let states = ["targetState", "liveState", "normalizedLiveState"].map(|key| item.state(key));
        if let ([Some(target), Some(live), Some(normalized)], Change::Alter | Change::Same) = (&states, change) {
            item.ignored = fields(target, live, normalized);
        }
        let has = |option: &str| options.is_some_and(|options| options.iter().any(|own| own == option));
        let same = change == Change::Same;
        let skipped = same && has("ApplyOutOfSyncOnly=true");
        if let ([Some(target), Some(live), _], Change::Alter | Change::Same, false) = (&states, change, skipped) {
            let annotated =
                |option: &str| [target, live].into_iter().any(|state| options_of(state).any(|it| it == option));
            item.replaced = has("Replace=true") || annotated("Replace=true");
            item.forced = item.replaced && annotated("Force=true");
        }
        item.kept = has("RespectIgnoreDifferences=true") || skipped;
        if same && item.loses() {
            item.change = Change::Overwrite;
        }
        let is_skipped = states.first().is_some_and(|target| target.as_ref().is_some_and(is_skipped));
        if is_skipped && matches!(item.change, Change::Create | Change::Alter | Change::Overwrite) {
            (item.change, item.replaced) = (Change::Skip, false);
        }
        item
    }

    /// It has the tracking id of another resource: Argo CD lists it, but no sync prunes it.
    pub(super) fn is_copied(&mut self) {
        if self.change == Change::Prune {
            (self.change, self.copied) = (Change::Keep, true);
        }
    }

    /// Whether a sync overwrites what Argo CD ignores.
    pub(super) fn loses(&self) -> bool {
        !self.kept && !self.ignored.is_empty()
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.value.get(key).and_then(Value::as_str).map(shown).unwrap_or_default()
    }

    pub(super) fn kind(&self) -> String {
        kind::named(&self.text("group"), &self.text("kind"))
    }

    pub(super) fn label(&self) -> String {
        kind::label(&self.kind(), &self.text("namespace"), &self.text("name"))
    }

    /// What Argo CD compares, the live state and what a sync would make of it, and what it ignores although it differs.
    pub(super) fn compared(&self, side: &str) -> Option<Value> {
        let live = side == "live";
        // What is created has what is ignored, too.
        if let Some(target) = self.state("targetState").filter(|_| !live && self.change == Change::Create) {
            return Some(target);
        }
        let mut state = self.state(if live { "normalizedLiveState" } else { "predictedLiveState" })?;
        for field in &self.ignored {
            if live || self.kept { field.keep(&mut state) } else { field.overwrite(&mut state) }
        }
        Some(state)
    }

    /// One of the two, as it is or will be, with whatever Argo CD ignores.
    pub(super) fn whole(&self, side: &str) -> Option<Value> {
        let live = self.state("liveState");
        match (side, self.change) {
            ("live", _) => live.or_else(|| self.compared(side)),
            (_, Change::Same | Change::Overwrite) => {
                let Some(mut state) = live else { return self.compared(side) };
                // Nobody knows what becomes of its status.
                state.as_object_mut().map(|state| state.remove("status"));
                if !self.kept {
                    self.ignored.iter().for_each(|field| field.overwrite(&mut state));
                }
                Some(state)
            }
            _ => self.compared(side),
        }
    }

    /// One of the states, which are JSON texts; `"null"` is none.
    fn state(&self, key: &str) -> Option<Value> {
        let text = self.value.get(key).and_then(Value::as_str)?;
        text.parse().ok().filter(|state: &Value| !state.is_null())
    }
}

/// `modified` is false for what would be pruned, so the states decide.
fn change(item: &Value, options: Option<&[String]>) -> Change {
    let none =
        |key: &str| item.get(key).and_then(Value::as_str).is_none_or(|state| state.is_empty() || state == "null");
    let modified = item.get("modified").and_then(Value::as_bool) == Some(true);
    // What could not be compared has a state without anything in it.
    let empty = |key: &str| item.get(key).and_then(Value::as_str) == Some("{}");
    match (none("normalizedLiveState"), none("predictedLiveState")) {
        _ if empty("normalizedLiveState") && empty("predictedLiveState") => Change::Unknown,
        (true, false) => Change::Create,
        (false, true) if prune_option(item, options).as_deref() == Some("false") => Change::Keep,
        (false, true) => Change::Prune,
        _ if modified => Change::Alter,
        _ => Change::Same,
    }
}

/// Whether it is only pruned when a person has confirmed it.
pub(super) fn waits(item: &Item<'_>) -> bool {
    item.change == Change::Prune && item.waits
}

/// The value of the sync option `Prune` of a live resource: as it is annotated, or as its application has it.
fn prune_option(item: &Value, own: Option<&[String]>) -> Option<String> {
    let live = item.get("normalizedLiveState").and_then(Value::as_str).and_then(|state| state.parse::<Value>().ok());
    let value = |option: &str| option.strip_prefix("Prune=").map(str::to_owned);
    let annotated = live.as_ref().and_then(|live| options_of(live).find_map(value));
    annotated.or_else(|| own?.iter().find_map(|option| value(option)))
}

/// Whether it is annotated so that no sync touches it; with another kind of hook beside that, it is a hook.
fn is_skipped(state: &Value) -> bool {
    state.pointer("/metadata/annotations/argocd.argoproj.io~1hook").and_then(Value::as_str).map(str::trim)
        == Some("Skip")
}

/// The sync options with which a resource is annotated.
fn options_of(state: &Value) -> impl Iterator<Item = &str> {
    const OPTIONS: &str = "/metadata/annotations/argocd.argoproj.io~1sync-options";
    state.pointer(OPTIONS).and_then(Value::as_str).into_iter().flat_map(|options| options.split(',')).map(str::trim)
}
