//! `argocd-mcp doctor`: checks the way to each Argo CD, and says what does not work and what to do about it.

mod health;
mod network;
mod rights;

use std::{fmt, sync::Arc};

use serde::Serialize;

use crate::{
    argocd::Instance,
    error::{Error, Kind},
    server::App,
    view::text::shown,
};

pub use health::Health;
pub use rights::policy;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// It works, but perhaps not for long, or not for everything.
    Warn,
    /// It does not work.
    Fail,
}

/// One line of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was looked at: `dns`, `token`.
    pub check: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen. Never a secret.
    pub text: String,
    /// What to do, where there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// The checks of one instance.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// `default`, or the name or base URL of a registry entry.
    pub instance: String,
    /// Its base URL.
    pub base_url: String,
    /// The checks in their order. After a failed check those that need it are left out.
    pub checks: Vec<Check>,
}

impl Report {
    fn ok(&mut self, check: &'static str, text: impl Into<String>) {
        self.add(check, Outcome::Ok, text, None);
    }

    fn warn(&mut self, check: &'static str, text: impl Into<String>, fix: impl Into<String>) {
        self.add(check, Outcome::Warn, text, Some(fix.into()));
    }

    fn fail(&mut self, check: &'static str, text: impl Into<String>, fix: impl Into<String>) {
        self.add(check, Outcome::Fail, text, Some(fix.into()));
    }

    fn add(&mut self, check: &'static str, outcome: Outcome, text: impl Into<String>, fix: Option<String>) {
        self.checks.push(Check { check, outcome, text: shown(&text.into()), fix: fix.map(|fix| shown(&fix)) });
    }

    /// Whether something does not work.
    pub fn failed(&self) -> bool {
        self.checks.iter().any(|check| check.outcome == Outcome::Fail)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.instance, self.base_url)?;
        for check in &self.checks {
            let outcome = match check.outcome {
                Outcome::Ok => "ok  ",
                Outcome::Warn => "warn",
                Outcome::Fail => "FAIL",
            };
            writeln!(f, "  {outcome}  {:<8}  {}", check.check, check.text)?;
            if let Some(fix) = &check.fix {
                writeln!(f, "                  → {fix}")?;
            }
        }
        Ok(())
    }
}

/// Examines every configured instance.
///
/// # Errors
/// [`Kind::Configuration`]: no instance is configured.
pub async fn examine(app: &App) -> Result<Vec<Report>, Error> {
    let instances = app.credentials.all();
    if instances.is_empty() {
        let missing = |what: String| Error::new(Kind::Configuration, what);
        return Err(match app.credentials.default_base_url() {
            Some(base_url) => missing(format!("there is no credential for {base_url}"))
                .hint("Set ARGOCD_API_TOKEN or ARGOCD_API_TOKEN_FILE, or sign in: --sso with argocd-mcp login."),
            None => missing("no Argo CD is configured".into())
                .hint("Set ARGOCD_BASE_URL and ARGOCD_API_TOKEN, or ARGOCD_TOKEN_REGISTRY_PATH; or sign in as a person with --sso, take the login of the argocd command line with --use-argocd-config, or try --demo."),
        });
    }
    let mut reports = vec![];
    for (name, instance) in instances {
        reports.push(one(app, name, instance).await);
    }
    Ok(reports)
}

async fn one(app: &App, name: String, instance: Arc<Instance>) -> Report {
    let mut report = Report { instance: name, base_url: instance.base_url.clone(), checks: vec![] };
    if network::reach(&mut report, &instance, app.patience).await
        && rights::signed_in(&mut report, &instance, app.patience).await
    {
        rights::rights(&mut report, &instance, app).await;
    }
    report
}
