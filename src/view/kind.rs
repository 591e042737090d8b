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

/// Whether somebody means a kind: in any case, in the plural, by its short name, or with its group behind a dot.
pub fn is_meant(wanted: &str, kind: &str, group: &str) -> bool {
    let (wanted, of) = wanted.split_once('.').map_or((wanted, None), |(kind, group)| (kind, Some(group)));
    let (wanted, kind) = (wanted.to_lowercase(), kind.to_lowercase());
    let plural = wanted.strip_suffix('s').is_some_and(|one| {
        let y = one.strip_suffix("ie").is_some_and(|one| format!("{one}y") == kind);
        one == kind || one.strip_suffix('e') == Some(&kind) || y
    });
    of.is_none_or(|of| of.eq_ignore_ascii_case(group))
        && (wanted == kind
            || plural
            || SHORT.iter().any(|(short, known)| *short == wanted && known.to_lowercase() == kind))
}

/// `Deployment shop/web`; `Namespace shop` of what is in no namespace.
pub fn label(kind: &str, namespace: &str, name: &str) -> String {
    if namespace.is_empty() { format!("{kind} {name}") } else { format!("{kind} {namespace}/{name}") }
}

/// `Deployment`; `Service.serving.knative.dev`, as kubectl writes it.
pub fn named(group: &str, kind: &str) -> String {
    let own = !group.contains('.') || group.ends_with(".k8s.io");
    if own || !OWN.contains(&kind) { kind.to_owned() } else { format!("{kind}.{group}") }
}
