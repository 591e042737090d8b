//! Kinds as people call them, and as they are called here.

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

/// What kubectl takes for kinds, too.
const SHORT: &[(&str, &str)] = &[
    ("app", "Application"),
    ("cj", "CronJob"),
    ("cm", "ConfigMap"),
    ("crd", "CustomResourceDefinition"),
    ("deploy", "Deployment"),
    ("ds", "DaemonSet"),
    ("hpa", "HorizontalPodAutoscaler"),
    ("ing", "Ingress"),
    ("netpol", "NetworkPolicy"),
    ("ns", "Namespace"),
    ("pdb", "PodDisruptionBudget"),
    ("po", "Pod"),
    ("pv", "PersistentVolume"),
    ("pvc", "PersistentVolumeClaim"),
    ("rc", "ReplicationController"),
    ("ro", "Rollout"),
    ("rs", "ReplicaSet"),
    ("sa", "ServiceAccount"),
    ("sts", "StatefulSet"),
    ("svc", "Service"),
];

/// Whether somebody means a kind: in any case, in the plural, or by its short name.
pub fn is_meant(wanted: &str, kind: &str) -> bool {
    let (wanted, kind) = (wanted.to_lowercase(), kind.to_lowercase());
    let plural = wanted.strip_suffix('s').is_some_and(|one| {
        one == kind
            || one.strip_suffix('e') == Some(&kind)
            || one.strip_suffix("ie").is_some_and(|one| format!("{one}y") == kind)
    });
    wanted == kind || plural || SHORT.iter().any(|(short, known)| *short == wanted && known.to_lowercase() == kind)
}

/// `Deployment`; `Service.serving.knative.dev`, as kubectl writes it.
pub fn named(group: &str, kind: &str) -> String {
    let own = !group.contains('.') || group.ends_with(".k8s.io");
    if own || !OWN.contains(&kind) { kind.to_owned() } else { format!("{kind}.{group}") }
}
