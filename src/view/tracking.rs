//! How Argo CD marks the resources of an application as that application's.

/// The instance in a tracking id of an application, `root:argoproj.io/Application:argocd/child`: who deploys it.
pub fn tracker(id: &str) -> Option<&str> {
    let (instance, resource) = id.split_once(':')?;
    resource.contains("/Application:").then_some(instance)
}

/// The application that an instance is, `name` or `namespace/name`: outside Argo CD's own namespace it is `namespace_name`.
pub fn instance(instance: &str) -> String {
    instance.replacen('_', "/", 1)
}
