//! The whole build: files in, Rust sources and remarks out.

use std::{
    collections::BTreeSet,
    env, fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    api::Api,
    circles, client, keys,
    openapi3::{self, LeftOut},
    operations,
    overlay::Overlay,
    own_calls::OWN_CALLS,
    release::Release,
    report::Report,
    rows,
    skipped::Skipped,
    spec::{self, Spec},
    surface, table,
};

/// Contents of the files of a build.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The interface description.
    pub spec: Spec,
    /// `openapi/overlay.toml`.
    pub overlay: String,
    /// `openapi/skipped.toml`.
    pub skipped: String,
    /// `src/tools/*.toml`: file name and content, in the order of the names.
    pub tables: Vec<(String, String)>,
    /// `tests/snapshots/api_surface.txt` as it was reviewed last; empty when there is none.
    pub surface: String,
    /// Modules of `src/tools` and of `src/view`, where handlers and renderers stand.
    pub modules: (Vec<String>, Vec<String>),
}

/// What a build makes.
#[derive(Debug)]
pub struct Outputs {
    /// progenitor's client.
    pub client: String,
    /// Send functions and descriptions of the operations in use.
    pub operations: String,
    /// The static table.
    pub table: String,
    /// One line per operation, parameter and path in use, for reviewers of a new release.
    pub surface: String,
    /// The newest release the corrections were looked through for.
    pub reviewed: Release,
    /// Operations that are neither used nor skipped.
    pub unmapped: Vec<String>,
}

impl Inputs {
    /// Reads the files of a checkout; `spec` is `openapi/argocd.json` unless told otherwise.
    ///
    /// # Errors
    /// One sentence about the file that cannot be read.
    pub fn read(root: &Path, spec: &Path) -> Result<Self, String> {
        let text = |path: PathBuf| {
            fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
        };
        Ok(Self {
            spec: spec::load(spec)?,
            overlay: text(root.join("openapi/overlay.toml"))?,
            skipped: text(root.join("openapi/skipped.toml"))?,
            tables: read_tables(&root.join("src/tools"))?,
            surface: fs::read_to_string(root.join("tests/snapshots/api_surface.txt")).unwrap_or_default(),
            modules: (modules(&root.join("src/tools")), modules(&root.join("src/view"))),
        })
    }
}

/// Names of the Rust files of a folder.
fn modules(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let rust = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect()
}

/// The TOML files of a folder.
///
/// # Errors
/// One sentence about the file or folder that cannot be read.
pub fn read_tables(folder: &Path) -> Result<Vec<(String, String)>, String> {
    let problem = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let mut tables = vec![];
    for entry in fs::read_dir(folder).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            tables.push((name, fs::read_to_string(&path).map_err(problem)?));
        }
    }
    tables.sort();
    Ok(tables)
}

/// Runs every stage; `None` when the report has errors. `all` keeps every operation, for tests.
pub fn run(inputs: &Inputs, all: bool, report: &Report) -> Option<Outputs> {
    let overlay = Overlay::read(&inputs.overlay, report)?;
    let release = inputs.spec.counted(overlay.reviewed);
    if inputs.spec.inferred && !all {
        report.warning(format!(
            "the swagger does not say its release; taken for {release} by what it contains (`make spec` writes it in)"
        ));
    }
    let base = inputs.spec.swagger.get("basePath").and_then(Value::as_str).unwrap_or_default();
    if !base.trim_matches('/').is_empty() {
        report.error(format!("the swagger has `basePath` {base:?}; its paths must be whole, as Argo CD serves them"));
    }
    let (mut document, left_out) = openapi3::convert(&inputs.spec.swagger, release);
    overlay.correct_document(&mut document, release, report);
    let circles = circles::find(&document);
    if !circles.is_empty() {
        circles.iter().for_each(|problem| report.error(problem));
        return None;
    }
    let mut api = Api::new((document, left_out), release);
    api.reviewed = overlay.reviewed;
    overlay.correct_operations(&mut api, report);
    let tools = table::read(&inputs.tables, &api, report);
    tools.iter().for_each(|tool| tool.check_module(&inputs.modules, report));
    let mut used: BTreeSet<String> = OWN_CALLS.iter().map(|call| call.id.to_owned()).collect();
    used.extend(tools.iter().flat_map(|tool| tool.calls.iter().map(|call| call.operation.clone())));
    OWN_CALLS.iter().for_each(|call| call.check(&api, report));
    let skipped = Skipped::read(&inputs.skipped, report);
    let unmapped = skipped.check(&api, &used, overlay.reviewed, report);
    // Nobody waits for what is skipped; a build for tests tells nothing twice.
    let open = api.left_out.iter().filter(|one| !all && !skipped.skipped.contains_key(&one.operation));
    open.filter_map(LeftOut::remark).for_each(|remark| report.warning(remark));
    let surface = surface::write(&api, &used, &tools);
    if release >= overlay.reviewed {
        surface::check(&inputs.surface, &surface, &tools, &api, report);
    }
    if report.failed() {
        return None;
    }
    let keep = |id: &str| all || used.contains(id);
    let client = panic::catch_unwind(AssertUnwindSafe(|| client::generate(&api, &keep)));
    let client =
        client.unwrap_or_else(|_| Err("progenitor cannot make a client of this document; it says why above".into()));
    let client = client.map_err(|problem| report.error(problem)).ok()?;
    let pretty = |tokens| match syn::parse2(tokens) {
        Ok(file) => Some(prettyplease::unparse(&file)),
        Err(error) => {
            report.error(format!("the generated code does not parse: {error}"));
            None
        }
    };
    Some(Outputs {
        client,
        operations: pretty(operations::generate(&api, &keep))?,
        table: pretty(rows::generate(&tools))?,
        surface,
        reviewed: overlay.reviewed,
        unmapped,
    })
}

/// The lines for `pending` in `skipped.toml` that silence unmapped operations.
pub fn stanza(unmapped: &[String]) -> String {
    unmapped.iter().map(|id| format!("  \"{id}\",")).collect::<Vec<_>>().join("\n")
}

/// The build script of the root package. Reads `CARGO_MANIFEST_DIR`, `OUT_DIR` and `ARGOCD_SPEC`; speaks to cargo.
#[allow(clippy::print_stdout, reason = "a build script speaks to cargo on stdout")]
pub fn script() {
    let folder = |name: &str| PathBuf::from(env::var_os(name).unwrap_or_default());
    let (root, out) = (folder("CARGO_MANIFEST_DIR"), folder("OUT_DIR"));
    let spec = env::var_os("ARGOCD_SPEC")
        .filter(|file| !file.is_empty())
        .map_or_else(|| root.join("openapi/argocd.json"), PathBuf::from);
    println!("cargo::rerun-if-env-changed=ARGOCD_SPEC");
    // A file that is not there would be looked for by every build.
    let surface = Some(root.join("tests/snapshots/api_surface.txt")).filter(|path| path.exists());
    let folders = [spec.clone(), root.join("openapi"), root.join("src/tools"), root.join("tests/tables")];
    for path in folders.into_iter().chain(surface) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let report = Report::default();
    build(&root, &out, &spec, &report);
    report.warnings().iter().for_each(|line| println!("cargo::warning={line}"));
    report.errors().iter().for_each(|line| println!("cargo::error={line}"));
}

fn build(root: &Path, out: &Path, spec: &Path, report: &Report) {
    let mut inputs = match Inputs::read(root, spec) {
        Ok(inputs) => inputs,
        Err(problem) => return report.error(problem),
    };
    let Some(outputs) = run(&inputs, false, report) else { return };
    for id in &outputs.unmapped {
        report.warning(format!(
            "no tool and no entry in openapi/skipped.toml for `{id}`: `make check` prints the line to paste"
        ));
    }
    let write = |name: &str, text: &str| {
        let path = out.join(name);
        fs::write(&path, text)
            .unwrap_or_else(|error| report.error(format!("cannot write {}: {error}", path.display())));
    };
    write("client.rs", &outputs.client);
    write("operations.rs", &outputs.operations);
    write("table.rs", &outputs.table);
    write("surface.txt", &outputs.surface);
    write("rows.md", &keys::page(report));
    // The tests' own rows over the unpruned client: tests/it includes these, the product does not.
    if let Ok(tables) = read_tables(&root.join("tests/tables")) {
        inputs.tables = tables;
        "pending = []".clone_into(&mut inputs.skipped);
        inputs.surface.clear();
        let Some(outputs) = run(&inputs, true, report) else { return };
        write("every_client.rs", &outputs.client);
        write("every_operation.rs", &outputs.operations);
        write("test_table.rs", &outputs.table);
    }
}
