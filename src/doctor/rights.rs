//! Checks the credential: what it says about itself, whose it is to Argo CD, and which rights that the tools need it
//! has.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{Outcome, Report};
use crate::{
    argocd::{
        Instance, Session, TokenSource, User,
        claims::{Claims, coarse, damage, role_of},
        rights::can_i,
    },
    error::Kind,
    policy::Policy,
    server::App,
    view::text::first_of,
};

/// Beginnings of actions that a policy may have, but that Argo CD's can-i does not know.
const UNASKED: &[&str] = &["action/"];

/// Whether Argo CD accepts the credential.
pub(super) async fn signed_in(report: &mut Report, instance: &Arc<Instance>, patience: Duration) -> bool {
    let Some(source) = &instance.token else { return false };
    let origin = source.origin();
    let (steps, token) = (source.examine().await, source.token().await);
    // A problem with signing in is a warning only as long as somebody is signed in.
    let outcome = if token.is_err() { Outcome::Fail } else { Outcome::Warn };
    let is_blocked = steps.iter().any(Result::is_err);
    for step in steps {
        match step {
            Ok(text) => report.ok("sign-in", text),
            Err(error) => report.add("sign-in", outcome, error.message, error.hint),
        }
    }
    let token = match token {
        Ok(token) => token,
        Err(error) => {
            report.add("token", Outcome::Fail, error.message, error.hint.filter(|_| !is_blocked));
            return false;
        }
    };
    match Claims::of(&token) {
        None => report.warn(
            "token",
            format!("that of {origin} is not a JWT"),
            "Every token of Argo CD is one: three parts with dots. Copy it again.",
        ),
        Some(claims) => {
            let what = format!("{} ({origin})", claims.kind());
            match claims.seconds_left() {
                _ if let Some(damage) = damage(&token) => report.warn(
                    "token",
                    format!("{what} is not whole: {damage}"),
                    format!("Copy it again and set {origin}."),
                ),
                None => report.ok("token", format!("{what}; never expires")),
                Some(left) if left < 0 => report.warn(
                    "token",
                    format!("{what}; expired {} ago", coarse(left)),
                    format!("Make a new one and set {origin} again."),
                ),
                Some(left) if claims.ends_soon() && !source.renews() => {
                    report.warn("token", format!("{what}; expires in {}", coarse(left)), source.renewal())
                }
                Some(left) => report.ok("token", format!("{what}; expires in {}", coarse(left))),
            }
        }
    }
    let session = Session::new(Arc::clone(instance), patience, false);
    match User::of(&session).await {
        Err(error) => report.add("user", Outcome::Fail, error.message, error.hint),
        Ok(None) => report.fail("user", "Argo CD does not accept the token", source.way_out(&token)),
        Ok(Some(User { name, groups })) => {
            let groups = if groups.is_empty() { String::new() } else { format!(", groups {}", groups.join(", ")) };
            report.ok("user", format!("signed in as {name}{groups}"));
            return true;
        }
    }
    false
}

/// Reports for each right that the visible tools need whether the account has it.
pub(super) async fn rights(report: &mut Report, instance: &Arc<Instance>, app: &App) {
    let role = role(instance.token.as_ref()).await;
    for (right, tools) in needed(app.policy) {
        let Some((resource, action)) = right.split_once(", ") else { continue };
        let tools = named(&tools);
        if UNASKED.iter().any(|prefix| action.starts_with(prefix)) {
            unknown(report, format!("{right}: Argo CD cannot be asked about it; for {tools}"));
            continue;
        }
        let project = role.as_ref().map(|(project, _)| project.as_str());
        let session = Session::new(Arc::clone(instance), app.patience, false);
        match can_i(&session, resource, action, &object(resource, project)).await {
            Ok(true) => {
                let whole = project.map_or("everywhere".to_owned(), |project| format!("in project {project}"));
                report.ok("rights", format!("{right}: yes, {whole}; for {tools}"));
            }
            Ok(false) => lacking(report, right, &tools, project),
            // 400: an action this release does not know.
            Err(error) if error.kind == Kind::Refused => {
                unknown(report, format!("{right}: this Argo CD cannot be asked about it; for {tools}"));
            }
            Err(error) => {
                report.add("rights", Outcome::Warn, format!("{right}: {}", error.message), error.hint);
            }
        }
    }
}

/// Reports a right that cannot be asked about, as a warning if the account has no other right.
fn unknown(report: &mut Report, text: String) {
    let has_some = report.checks.iter().any(|check| check.check == "rights" && check.outcome == Outcome::Ok);
    report.add("rights", if has_some { Outcome::Ok } else { Outcome::Warn }, text, None);
}

/// The rights with the tools that need them, in the order of the table.
fn needed(policy: Policy) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut order = vec![];
    for row in policy.visible() {
        for right in row.rbac {
            let tools = by.entry(right).or_default();
            if tools.is_empty() {
                order.push(*right);
            }
            tools.push(row.name);
        }
    }
    order.into_iter().filter_map(|right| Some((right, by.remove(right)?))).collect()
}

/// Project and name of the role, if the token is one of a role.
async fn role(source: Option<&Arc<dyn TokenSource>>) -> Option<(String, String)> {
    let subject = Claims::of(&source?.token().await.ok()?)?.subject;
    role_of(&subject).map(|(project, role)| (project.to_owned(), role.to_owned()))
}

/// The object of a policy for all objects of a kind, or for all in a project.
fn object(resource: &str, project: Option<&str>) -> String {
    match (resource, project) {
        ("projects", Some(project)) => project.to_owned(),
        (_, Some(project)) => format!("{project}/*"),
        ("applications" | "applicationsets" | "logs" | "exec", None) => "*/*".to_owned(),
        (_, None) => "*".to_owned(),
    }
}

/// The smallest `policy.csv` with which the visible tools work. Each account gets a role of its own: with one role for
/// all, a read-only account would have the rights of the others. For tokens of a project's role it is the policy in
/// that project.
pub async fn policy(app: &App) -> String {
    let mut roles = vec![];
    for (_, instance) in app.credentials.all() {
        // Only accounts sign in anew, never a role.
        roles.push(role(instance.token.as_ref().filter(|source| !source.renews())).await);
    }
    let of_roles: Vec<String> = roles.iter().flatten().map(|role| role_policy(app.policy, role)).collect();
    let accounts = roles.is_empty() || roles.contains(&None);
    accounts.then(|| account_policy(app.policy)).into_iter().chain(of_roles).collect()
}

/// The policy of a project's role. It needs no right to see the project itself.
fn role_policy(policy: Policy, (project, role): &(String, String)) -> String {
    let mut text =
        format!("# AppProject {project}, spec.roles, policies of role {role}: narrow {project}/* where you can\n");
    for (right, _) in needed(policy) {
        let resource = right.split(", ").next().unwrap_or_default();
        if resource != "projects" {
            text += &format!("p, proj:{project}:{role}, {right}, {}, allow\n", object(resource, Some(project)));
        }
    }
    text
}

fn account_policy(policy: Policy) -> String {
    let mut text = String::from("# argocd-rbac-cm, policy.csv: narrow */* to project/application where you can\n");
    for (right, _) in needed(policy) {
        let resource = right.split(", ").next().unwrap_or_default();
        text += &format!("p, role:mcp-ACCOUNT, {right}, {}, allow\n", object(resource, None));
    }
    text + "g, ACCOUNT, role:mcp-ACCOUNT\n"
}

/// Reports a right that the account does not have for all objects. What to do is said once.
fn lacking(report: &mut Report, right: &str, tools: &str, project: Option<&str>) {
    const FIX: &str =
        "`argocd-mcp doctor --policy` prints what to add to policy.csv; a right on some projects may be all you want.";
    const OF_ROLE: &str = "`argocd-mcp doctor --policy` prints what to add to the role's policies in its project; a right on some applications may be all you want.";
    let (fix, where_not) = match project {
        Some(project) => (OF_ROLE, format!("not in the whole of project {project}, perhaps nowhere")),
        None => (FIX, "not everywhere, perhaps nowhere".to_owned()),
    };
    let told = report.checks.iter().any(|check| check.fix.as_deref() == Some(fix));
    let fix = (!told).then(|| fix.to_owned());
    report.add("rights", Outcome::Warn, format!("{right}: {where_not}; for {tools}"), fix);
}

/// The names of the first three tools, and how many more there are.
fn named(tools: &[&str]) -> String {
    first_of(tools.iter().map(|tool| (*tool).to_owned()), 3)
}
