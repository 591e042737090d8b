//! Reads settings files and replaces them: as a whole or not at all, and with a copy of the old one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Kind},
    files,
};

/// The text of a file, if it is there.
///
/// # Errors
/// [`Kind::Unavailable`]: the file cannot be read, or is no text.
pub(super) fn read(path: &Path) -> Result<Option<String>, Error> {
    match files::exact(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, "cannot be read", error)),
    }
}

/// Replaces the contents of a file by `text`, if they still are `before`. With a `secret` in it only the owner may read
/// the file. Returns the path of the copy of the old file.
///
/// # Errors
/// [`Kind::Unavailable`]: the folder cannot be written, or another program has changed the file.
pub(super) fn write(path: &Path, before: Option<&str>, text: &str, secret: bool) -> Result<Option<PathBuf>, Error> {
    // A link stays a link: some people keep their settings in a repository.
    let path = fs::canonicalize(path).unwrap_or_else(|_| behind(path));
    let unwritable = |error: io::Error| failed(&path, "cannot be written", error);
    let copy = copy_of(&path);
    match before {
        Some(_) => copied(&path, &copy).map_err(|error| failed(&copy, "cannot be written", error))?,
        None => fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(unwritable)?,
    }
    let new = files::draft(&path, text).map_err(unwritable)?;
    if let Ok(old) = fs::metadata(&path) {
        keep_owner(new.as_file(), &old);
        if before.is_some() && !secret {
            new.as_file().set_permissions(old.permissions()).map_err(unwritable)?;
        }
    }
    if read(&path)?.as_deref() != before {
        return Err(Error::new(Kind::Unavailable, format!("{} was changed just now", path.display()))
            .hint("Nothing was written. Run it again."));
    }
    new.persist(&path).map_err(|error| unwritable(error.error))?;
    Ok(before.map(|_| copy))
}

fn copied(path: &Path, copy: &Path) -> io::Result<()> {
    fs::copy(path, copy)?;
    keep_owner(&fs::File::open(copy)?, &fs::metadata(path)?);
    Ok(())
}

/// The target of a link whose target does not exist yet; else the path itself.
fn behind(path: &Path) -> PathBuf {
    match fs::read_link(path) {
        Ok(target) => path.parent().unwrap_or(Path::new("")).join(target),
        Err(_) => path.to_owned(),
    }
}

/// The path for a copy. Older copies stay: the first one is of the file before this program changed anything.
fn copy_of(path: &Path) -> PathBuf {
    let numbered = (2..1000).map(|number| format!(".before-argocd-mcp.{number}"));
    let mut names = std::iter::once(".before-argocd-mcp".to_owned()).chain(numbered).map(|end| beside(path, &end));
    names.find(|copy| !copy.exists()).unwrap_or_else(|| beside(path, ".before-argocd-mcp.last"))
}

/// Gives a file the owner of the old one. That matters to root alone: others may not give files away, nor have to.
#[cfg(unix)]
fn keep_owner(file: &fs::File, old: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(old.uid()), Some(old.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &fs::File, _: &fs::Metadata) {}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}{suffix}"))
}

fn failed(path: &Path, what: &str, error: io::Error) -> Error {
    Error::new(Kind::Unavailable, format!("{} {what}: {error}", path.display())).because(error)
}
