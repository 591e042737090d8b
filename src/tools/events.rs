//! Events of one resource: whether it is there to have any, and what is below it that has others.

use super::{Answer, Output, Request, Resource, explain::in_cluster};
use crate::error::Error;

/// Kinds whose pods have the telling events.
const WORKLOADS: &[&str] = &["CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "Rollout", "StatefulSet"];
const BELOW: &str = "What is below it, if anything, has events of its own, pods those of image pulls, scheduling and probes: get_application_resource_tree names it, resourceName=Pod/NAME shows them.";

fn are_asked(request: &Request) -> bool {
    request.row.calls.iter().any(|call| call.operation.id == "ApplicationService_ListResourceEvents")
}

/// What is not in the cluster has no events, and nobody should wait for some.
///
/// # Errors
/// That it is not there.
pub(super) fn there(found: Resource, request: &Request) -> Result<Resource, Error> {
    if are_asked(request) { in_cluster(found) } else { Ok(found) }
}

/// The events of a workload, and where there are more.
pub(super) fn with_below(answer: Answer, request: &Request) -> Answer {
    let kind = request.resource.as_ref().filter(|_| are_asked(request)).and_then(|resource| resource.kind.as_deref());
    match kind.is_some_and(|kind| WORKLOADS.contains(&kind)) && request.output() == Output::Text {
        true => Answer { text: format!("{}\n{BELOW}", answer.text), ..answer },
        false => answer,
    }
}
