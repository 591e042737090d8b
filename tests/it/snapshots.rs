//! Snapshots of what a reader sees. They hold for the reviewed release; a build from another one skips them.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use argocd_mcp::{argocd::operations, release::Release};

/// Whether this build is of the release that `openapi/overlay.toml` was reviewed for.
pub fn reviewed() -> bool {
    let overlay = std::fs::read_to_string(root().join("openapi/overlay.toml")).unwrap();
    let reviewed =
        overlay.lines().find_map(|line| line.strip_prefix("reviewed = ")).unwrap().trim_matches('"').to_owned();
    let (reviewed, built) = (Release::parse(&reviewed), Release::parse(operations::RELEASE));
    if reviewed != built {
        println!("skipped: snapshots are of {reviewed:?}, this build is of {built:?}");
    }
    reviewed == built
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares with `tests/snapshots/<name>.snap`.
pub fn check(name: &str, text: &str) {
    if reviewed() {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, text));
    }
}

/// Compares with the part of a file between two marks, or writes it as [`check_file`] does.
pub fn check_part(path: &str, (begin, end): (&str, &str), text: &str) {
    // Tests of different parts of a file run at the same time.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let whole = std::fs::read_to_string(root().join(path)).unwrap();
    let (before, rest) = whole.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    check_file(path, &format!("{before}{begin}{text}{end}{after}"));
    drop(guard);
}

/// Compares with a file of the repository, or writes it when `UPDATE` is set (`make docs` sets it).
pub fn check_file(path: &str, text: &str) {
    if !reviewed() {
        return;
    }
    let file = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    let current = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(current == text, "{path} is not current: run `make docs` and look at the difference");
}
