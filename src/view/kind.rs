//! Kinds as they are called: with their group where Kubernetes has another one of that name.

/// Kinds of Kubernetes whose names others use, too: a `Service` of Knative, a `Role` of a cloud.
const OWN: &[&str] = &[
    "Binding",
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Endpoints",
    "Event",
    "Ingress",
    "IngressClass",
    "Job",
    "Lease",
    "Namespace",
    "NetworkPolicy",
    "Node",
    "Pod",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "ReplicaSet",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
    "StorageClass",
];

/// `Deployment`; `Service.serving.knative.dev`, as kubectl writes it.
pub fn named(group: &str, kind: &str) -> String {
    let own = !group.contains('.') || group.ends_with(".k8s.io");
    if own || !OWN.contains(&kind) { kind.to_owned() } else { format!("{kind}.{group}") }
}
