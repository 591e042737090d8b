//! How Argo CD marks the resources of an application as that application's.

/// The instance in a tracking id of an application, `root:argoproj.io/Application:argocd/child`: who deploys it. An id
/// that names another one was copied along with the rest of that.
pub fn tracker<'t>(id: &'t str, namespace: Option<&str>, name: &str) -> Option<&'t str> {
    let (instance, resource) = id.split_once(':')?;
    let (_, own) = resource.split_once("/Application:")?;
    let is_own = match own.split_once('/') {
        Some((there, own)) => own == name && namespace.is_none_or(|namespace| there == namespace || there.is_empty()),
        None => own == name,
    };
    is_own.then_some(instance)
}

/// The instance in the label that Argo CD put on resources before 3.0, and still does if it is set so. Others write that
/// label, too, so that it says less than a tracking id, and nothing beside one.
pub fn labelled(label: &str, id: Option<&str>, name: &str) -> Option<String> {
    (id.is_none() && label != name).then(|| instance(label))
}

/// The application that an instance is, `name` or `namespace/name`: outside Argo CD's own namespace it is `namespace_name`.
pub fn instance(instance: &str) -> String {
    instance.replacen('_', "/", 1)
}
