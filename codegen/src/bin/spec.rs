//! Maintains `openapi/`: writes the interface description of a release, and checks that every operation is accounted for.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use codegen::{
    build::{self, Inputs, Outputs},
    release::Release,
    report::Report,
    spec::{self, Spec},
};

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the facts of a swagger, raw or normalised, to openapi/argocd.json.
    Normalise {
        /// A file, or a URL such as <https://argocd.example.com/swagger.json>
        from: String,
        /// The release, when neither the file, its name nor the server tells it.
        #[arg(long, env = "RELEASE")]
        release: Option<String>,
        /// Where to write.
        #[arg(long, default_value = "openapi/argocd.json")]
        to: PathBuf,
    },
    /// Read the interface, its corrections and the tool table, and tell everything that is wrong or open.
    Check,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Normalise { from, release, to } => normalise(&from, release.as_deref(), &to),
        Command::Check => check(),
    };
    match done {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn normalise(from: &str, release: Option<&str>, to: &Path) -> Result<String, String> {
    let given = match release.filter(|text| !text.is_empty()) {
        Some(text) => {
            Some(Release::parse(text).ok_or_else(|| format!("RELEASE={text} is not a release such as v3.5.1"))?)
        }
        None => None,
    };
    let mut spec = if from.starts_with("http://") || from.starts_with("https://") {
        download(from)?
    } else {
        spec::load(Path::new(from)).map_err(|problem| match problem.starts_with("cannot read") {
            true => format!("{problem} (FROM is a file, or an http or https URL)"),
            false => problem,
        })?
    };
    let mut note =
        if spec.inferred { " (told by what it contains; RELEASE=v3.5.1 sets it)".to_owned() } else { String::new() };
    if let Some(release) = given {
        note = match !spec.inferred && release != spec.release {
            true => format!(" (so says RELEASE; what was read says {})", spec.release),
            false => String::new(),
        };
        spec = Spec { release, inferred: false, ..spec };
    }
    let text = spec::normalise(&spec);
    fs::write(to, &text).map_err(|error| format!("cannot write {}: {error}", to.display()))?;
    Ok(format!("{}: Argo CD {}{note}, {} bytes", to.display(), spec.release, text.len()))
}

fn download(url: &str) -> Result<Spec, String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::blocking::Client::builder().build().map_err(|error| format!("no HTTP client: {error}"))?;
    let get = |url: &str| -> Result<Vec<u8>, String> {
        let response = http.get(url).send().and_then(reqwest::blocking::Response::error_for_status);
        let body = response.and_then(reqwest::blocking::Response::bytes);
        body.map(|bytes| bytes.to_vec())
            .map_err(|error| format!("cannot read {url}: {}", explained(&error.without_url())))
    };
    let text = get(url)?;
    let base = url.strip_suffix("/swagger.json").unwrap_or(url);
    let version = get(&format!("{base}/api/version"))
        .ok()
        .and_then(|body| serde_json::from_slice::<serde_json::Value>(&body).ok());
    let release = version.and_then(|body| Release::parse(body.get("Version")?.as_str()?));
    spec::parse(&text, url, release)
}

/// What happened, and the way out.
fn explained(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let way_out = if error.is_status() || error.is_redirect() {
        "Argo CD serves it at <base URL>/swagger.json"
    } else if cause.to_string().contains("certificate") {
        "fetch it with a program that trusts the certificate, such as curl --cacert, and name the file"
    } else {
        "check the address, or fetch it from a machine that reaches it and name the file"
    };
    format!("{cause} ({way_out})")
}

fn check() -> Result<String, String> {
    let vendored = Path::new("openapi/argocd.json");
    let inputs = Inputs::read(Path::new("."), vendored)?;
    let report = Report::default();
    let outputs = build::run(&inputs, false, &report);
    let mut problems = report.errors();
    problems.extend(report.warnings());
    let release = inputs.spec.release;
    if inputs.spec.inferred || fs::read_to_string(vendored).is_ok_and(|text| text != spec::normalise(&inputs.spec)) {
        problems.push(format!("{} is not normalised: write it with `make spec FROM=…`", vendored.display()));
    }
    problems.extend(outputs.and_then(|outputs| review(&outputs, &inputs.spec)));
    if problems.is_empty() { Ok(format!("openapi: {release} is in order")) } else { Err(problems.join("\n")) }
}

/// What waits for the maintainer, in the order in which it can be done.
fn review(outputs: &Outputs, spec: &Spec) -> Option<String> {
    let (release, reviewed) = (spec.counted(outputs.reviewed), outputs.reviewed);
    let mut steps = vec![];
    if !outputs.unmapped.is_empty() {
        steps.push(format!(
            "openapi/skipped.toml: for new operations without a tool, the lines of those that can wait go into `pending`:\n{}",
            build::stanza(&outputs.unmapped)
        ));
    }
    let told = spec::infer(&spec.swagger);
    if (told.major, told.minor) != (release.major, release.minor) {
        steps.push(format!(
            "codegen/src/spec.rs: without its version this file is taken for {told}; name in FIRST_SEEN what {release} brought first"
        ));
    }
    if reviewed != release {
        steps.push(format!(
            "openapi/overlay.toml: look the corrections through, they were for {reviewed}; then reviewed = \"{release}\""
        ));
    }
    if steps.is_empty() {
        return None;
    }
    steps.push("make docs, and read the difference of tests/snapshots/api_surface.txt; then make test check".into());
    let steps: Vec<String> = steps.iter().enumerate().map(|(index, step)| format!("{}. {step}", index + 1)).collect();
    Some(format!("Argo CD {release} is not looked through yet. In this order:\n{}", steps.join("\n")))
}
