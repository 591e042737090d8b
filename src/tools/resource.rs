//! One resource of an application: kind and name suffice, the resource tree knows the rest.

mod written;

use serde_json::{Map, Value};

use super::{Names, Place, Request, Row, answer::object, events, explain::in_cluster};
use crate::{
    argocd::Session,
    error::{Error, Kind},
    suggest::similar,
    view::kind,
};

/// A resource as far as it is known. `Some("")` is known to be empty: the core group, no namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// `Deployment`
    pub kind: Option<String>,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: Option<String>,
    /// `apps`
    pub group: Option<String>,
    /// `v1`; left out, the server takes the tree's.
    pub version: Option<String>,
    /// Its UID.
    pub uid: Option<String>,
}

/// What an application has, too, although it is none of its own resources.
const ACTIONS: &str = "ApplicationService_ListResourceActions";
/// Kinds of the group that has no name.
const CORE: &str = "ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod \
                    ReplicationController ResourceQuota Secret Service ServiceAccount";
/// Most resources a message lists.
const LISTED: usize = 8;

impl Resource {
    /// The keys an object may have to be one; the first two it must have.
    pub const FIELDS: &'static [&'static str] = &["kind", "name", "namespace", "group", "version", "uid"];

    /// A bound object.
    pub fn of(object: &Map<String, Value>) -> Self {
        let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            kind: text("kind"),
            name: text("name").unwrap_or_default(),
            namespace: text("namespace"),
            group: text("group"),
            version: text("version"),
            uid: text("uid").filter(|uid| !uid.is_empty()),
        }
    }

    /// The resource that the arguments of a row name, if it takes one.
    pub fn named(row: &Row, values: &Map<String, Value>) -> Option<Self> {
        let arg = row.args.iter().find(|arg| matches!(arg.names, Names::Resource | Names::FlatResource))?;
        let text = |key: &str| values.get(key).and_then(Value::as_str).map(str::to_owned);
        match arg.names {
            Names::Resource => values.get(arg.name).and_then(Value::as_object).map(Self::of),
            _ => {
                let read = Self::in_text(&text(arg.name)?);
                Some(Self {
                    kind: text("resourceKind").or(read.kind.clone()),
                    namespace: text("resourceNamespace").or(read.namespace.clone()),
                    uid: text("resourceUID"),
                    ..read
                })
            }
        }
    }

    /// A field by its name in the table.
    pub fn field(&self, field: &str) -> Option<&str> {
        match field {
            "kind" => self.kind.as_deref(),
            "name" => Some(&self.name),
            "namespace" => self.namespace.as_deref(),
            "group" => self.group.as_deref(),
            "version" => self.version.as_deref(),
            "uid" => self.uid.as_deref(),
            _ => None,
        }
    }

    /// `Deployment shop/web`
    pub fn label(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or("resource");
        kind::label(kind, self.namespace.as_deref().unwrap_or_default(), &self.name)
    }

    /// Whether another one may be meant: what is not said fits everything.
    fn fits(&self, other: &Self) -> bool {
        let same = |mine: &Option<String>, other: &Option<String>| {
            mine.as_ref().is_none_or(|mine| Some(mine) == other.as_ref())
        };
        let kind = |kind: &String| other.is_kind(kind);
        self.name == other.name
            && self.kind.as_ref().is_none_or(kind)
            && same(&self.namespace, &other.namespace)
            && same(&self.group, &other.group)
            // An application's own list of its resources has none.
            && (other.uid.is_none() || same(&self.uid, &other.uid))
    }

    /// Whether it is of a kind, as people write kinds: `deploy`, `Deployment.apps`.
    pub fn is_kind(&self, wanted: &str) -> bool {
        let group = self.group.as_deref().unwrap_or_default();
        self.kind.as_ref().is_some_and(|kind| kind::is_meant(wanted, kind, group))
    }

    /// The application itself, if that may be meant.
    fn application(&self, name: &str) -> Option<Self> {
        let application = Self {
            kind: Some("Application".to_owned()),
            name: name.to_owned(),
            namespace: Some(self.namespace.clone().unwrap_or_default()),
            group: Some("argoproj.io".to_owned()),
            version: Some("v1alpha1".to_owned()),
            uid: None,
        };
        self.fits(&application).then_some(application)
    }

    /// Finds the one resource of a tree that is meant.
    ///
    /// # Errors
    /// [`Kind::NotFound`] names what is similar, [`Kind::Arguments`] lists those among which to choose.
    pub fn find(&self, tree: &[Self], application: &str) -> Result<Self, Error> {
        let found: Vec<&Self> = tree.iter().filter(|other| self.fits(other)).collect();
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] => match self.without_empty() {
                Some(less) => less.find(tree, application),
                None => Err(self.missing(tree, application)),
            },
            many => {
                let differ = many.iter().all(|one| many.iter().filter(|other| other.kind == one.kind).count() == 1);
                let written = |one: &&Self| if differ { one.short() } else { one.full() };
                let written: Vec<String> = many.iter().take(LISTED).map(written).collect();
                let message =
                    format!("{} of application `{application}` is ambiguous: {}", self.label(), written.join(", "));
                Err(Error::new(Kind::Arguments, message).hint("Say which, written as it stands here."))
            }
        }
    }

    /// Callers that must give every field give those so that they do not know.
    fn without_empty(&self) -> Option<Self> {
        let said = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
        let less = Self { namespace: said(&self.namespace), group: said(&self.group), ..self.clone() };
        (less != *self).then_some(less)
    }

    /// Whether a field may be sent as the caller gave it, without a look at the tree.
    pub fn knows(&self, field: &str) -> bool {
        let is_core = || self.kind.as_ref().is_some_and(|kind| CORE.split_whitespace().any(|core| core == kind));
        match self.field(field) {
            None => false,
            Some(text) => match field {
                // Argo CD does not know `deployment`.
                "kind" => text.starts_with(|c: char| c.is_uppercase()) && !text.contains('.'),
                "namespace" => !text.is_empty(),
                "group" => !text.is_empty() || is_core(),
                _ => true,
            },
        }
    }

    /// Why none is found, and which one may be meant.
    fn missing(&self, tree: &[Self], application: &str) -> Error {
        let label = self.label();
        let without = Self { uid: None, ..self.clone() };
        if self.uid.is_some() && tree.iter().any(|other| without.fits(other)) {
            let hint = "It was made anew, or another one is meant: leave the uid out to have the one that is there.";
            return Error::new(Kind::NotFound, format!("{label} of application `{application}` has another uid"))
                .hint(hint);
        }
        let error = Error::new(Kind::NotFound, format!("application `{application}` has no {label}"));
        match self.near(tree).as_slice() {
            [] => error.hint("get_application_resource_tree lists its resources."),
            near => error.hint(format!("Did you mean {}?", near.join(" or "))),
        }
    }

    /// The resources that may be meant instead, in the words of a caller; none if nothing is similar.
    pub fn near(&self, tree: &[Self]) -> Vec<String> {
        let own = self.kind.as_deref().unwrap_or_default();
        let same_kind = |other: &&Self| own.is_empty() || other.is_kind(own);
        let same_name = tree.iter().filter(same_kind).find(|other| other.name == self.name);
        match same_name {
            // The rest of it is wrong.
            Some(other) if self.group.is_some() && self.group != other.group => {
                vec![format!("{} (group {:?})", other.label(), other.group.as_deref().unwrap_or_default())]
            }
            Some(other) => vec![other.label()],
            None => {
                let names = tree.iter().filter(same_kind).map(|other| other.name.as_str());
                similar(&self.name, names).into_iter().map(str::to_owned).collect()
            }
        }
    }
}

/// The resources of a tree, orphaned ones last.
pub fn of_tree(tree: &Value) -> Vec<Resource> {
    ["nodes", "orphanedNodes"].into_iter().flat_map(|key| of_nodes(tree.get(key))).collect()
}

/// The resources of a list in which what is left out is empty: the core group, no namespace.
pub fn of_nodes(nodes: Option<&Value>) -> Vec<Resource> {
    nodes.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).map(of_node).collect()
}

/// One of them.
pub fn of_node(node: &Map<String, Value>) -> Resource {
    let mut resource = Resource::of(node);
    resource.group.get_or_insert_default();
    resource.namespace.get_or_insert_default();
    resource
}

/// Completes the resource of a request from the resource tree, where a call needs more of it than the caller said.
///
/// # Errors
/// As [`Resource::find`], and those of the call.
pub async fn complete(request: &mut Request, session: &Session) -> Result<(), Error> {
    let Some(resource) = &request.resource else { return Ok(()) };
    let needed = |(field, _): &(&str, Place)| *field != "version" && !resource.knows(field);
    let places = request.row.args.iter().flat_map(|arg| arg.targets).filter_map(|target| match target.place {
        Place::Resource(fields) => Some(fields),
        Place::Parameter(_) | Place::Body(_) => None,
    });
    let missing = places.flatten().any(needed);
    if !missing || !request.row.calls.iter().any(|call| call.role == "tree") {
        return Ok(());
    }
    request.resource = Some(events::there(in_tree(resource, request, session).await?, request)?);
    Ok(())
}

/// Whether the resource of a request is one that no application manages.
///
/// # Errors
/// As [`complete`]: it is not there.
pub async fn is_orphaned(request: &Request, session: &Session) -> Result<bool, Error> {
    let Some(resource) = &request.resource else { return Ok(false) };
    let tree = object(&request.bytes("tree", session).await?, request)?;
    let found = in_cluster(find(resource, &tree, request)?)?;
    Ok(!of_nodes(tree.get("nodes")).contains(&found) && of_nodes(tree.get("orphanedNodes")).contains(&found))
}

async fn in_tree(resource: &Resource, request: &Request, session: &Session) -> Result<Resource, Error> {
    find(resource, &object(&request.bytes("tree", session).await?, request)?, request)
}

fn find(resource: &Resource, tree: &Value, request: &Request) -> Result<Resource, Error> {
    let application = request.application_name();
    resource.find(&of_tree(tree), &application).or_else(|error| {
        let acts = request.row.calls.iter().any(|call| call.operation.id == ACTIONS);
        let own = request.application().unwrap_or_default();
        let itself = resource.application(own).filter(|_| acts && error.kind == Kind::NotFound);
        itself.ok_or(error)
    })
}
