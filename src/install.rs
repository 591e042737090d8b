//! `argocd-mcp install`: puts this server into the settings of an IDE, and changes nothing else in them.

mod edit;
mod entry;
mod file;
mod ide;

use std::path::PathBuf;

use clap::Args;

use self::{edit::Edit, entry::Entry, ide::Ide};
use crate::{
    config::{Flags, Settings},
    error::{Error, Kind},
};

/// Flags of `install`.
#[derive(Args, Clone, Debug)]
pub struct Install {
    /// Whose settings.
    ide: Ide,
    /// Print what belongs into the settings, and write nothing.
    #[arg(long)]
    print: bool,
    /// Write the token of the environment into the settings, in the clear; otherwise a placeholder stands in its place.
    #[arg(long)]
    with_token: bool,
    /// Name of the entry.
    #[arg(long, default_value = "argocd", value_parser = name)]
    name: String,
    /// Replace an entry of that name that is different.
    #[arg(long)]
    replace: bool,
    /// What starts the server, where it is not this executable: one program, to which no arguments can be given.
    #[arg(long, value_name = "PROGRAM")]
    command: Option<String>,
    /// Settings file, where it is not the user's own, such as .vscode/mcp.json or .mcp.json of a project.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// What to tell the person, and whether the entry was written.
#[derive(Debug)]
pub struct Told {
    /// For stdout.
    pub text: String,
    /// What the person should know about the entry, for stderr.
    pub remarks: Vec<String>,
    /// Why nothing was written. The text is then what to write by hand.
    pub problem: Option<Error>,
}

impl Install {
    /// Writes or prints the entry. Its base URL, paths and switches are those of flags and environment.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: no Argo CD is named, two credentials are set, the login of the argocd command line
    /// cannot be used, or there is no home directory. [`Kind::Unavailable`]: the file cannot be read.
    pub fn run(&self, settings: &Settings, flags: &Flags) -> Result<Told, Error> {
        let entry = Entry::new(self, settings, flags)?;
        let mut remarks: Vec<String> = self.command.as_deref().and_then(entry::cannot_start).into_iter().collect();
        if !settings.demo {
            remarks.extend(entry::starts(settings)?);
        }
        let (text, problem) = self.put(&entry)?;
        Ok(Told { text, remarks, problem })
    }

    /// Puts the entry into its file. Returns what to tell, and why it was not done.
    fn put(&self, entry: &Entry) -> Result<(String, Option<Error>), Error> {
        let path = match &self.file {
            Some(path) => path.clone(),
            None => self.ide.settings_file()?,
        };
        let shown = path.display();
        if self.print {
            return Ok((entry.snippet(), None));
        }
        let is_new = self.file.is_some()
            && path.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let before = file::read(&path)?;
        let edit = Edit { key: self.ide.servers_key(), entry, replace: self.replace };
        let problem = match edit.apply(before.as_deref().unwrap_or_default()) {
            Ok(after) if before.as_ref() == Some(&after) => {
                return Ok((format!("{shown} has it already: nothing was changed\n"), None));
            }
            Ok(after) => {
                let copy = match file::write(&path, before.as_deref(), &after, self.with_token) {
                    Ok(copy) => copy,
                    Err(problem) => {
                        let hint = "Put the lines above into it by hand, or name another file with --file.";
                        return Ok((entry.snippet(), Some(problem.hint_if_none(hint))));
                    }
                };
                let copied =
                    copy.map(|copy| format!("what was there before is in {}\n", copy.display())).unwrap_or_default();
                let made = if is_new { "its folder was not there and was made\n" } else { "" };
                return Ok((format!("`{}` is in {shown}\n{made}{copied}{}", entry.name, self.next(entry)), None));
            }
            Err(problem) => Error::new(Kind::Unavailable, format!("{shown} {problem}")),
        };
        let hint = "The file was left alone. Put the lines above into it by hand.";
        let hint = if edit.is_taken(before.as_deref().unwrap_or_default()) {
            "The file was left alone. --replace replaces the entry (a copy of the file is kept); --name adds another."
        } else {
            hint
        };
        Ok((entry.snippet(), Some(problem.hint(hint))))
    }

    fn next(&self, entry: &Entry) -> String {
        let ide = self.ide.title();
        let mut text = String::new();
        for (variable, reference) in &entry.placeholders {
            text += &match self.ide.filled_from(reference) {
                Some(from) => format!("{variable} is not in it: {from}\n"),
                None => format!(
                    "{variable} is not in it: put it in place of `{reference}`, or use --token-file, or --with-token\n"
                ),
            };
        }
        text + &format!("Restart {ide}, or its MCP servers, to use it.\n")
    }
}

/// Reads the name of an entry. It stands in JSON, in names of variables, and before the names of tools: clients call
/// the longest tool `mcp__NAME__get_application_managed_resources`, and models take names of at most 64 characters.
fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() || text.len() > 24 || !text.chars().all(fits) {
        return Err(
            "write letters, digits, - and _, at most 24: it stands before the names of tools, which have 64".to_owned()
        );
    }
    Ok(text.to_owned())
}
