//! Accepts switches as other command lines write them, `--stateless true` and `--no-stateless`, and finds flags that
//! contradict themselves.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
};

use clap::{Arg, ArgAction, Command};

/// Rewrites such switches into the form that is known here, `--stateless=true`.
pub(super) fn spelt(command: &Command, arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let commands = || std::iter::once(command).chain(command.get_subcommands());
    let longs = |fits: fn(&Arg) -> bool| -> HashSet<&str> {
        commands().flat_map(Command::get_arguments).filter(|arg| fits(arg)).filter_map(Arg::get_long).collect()
    };
    let (flags, switches) = (longs(|_| true), longs(Arg::is_require_equals_set));
    let mut arguments = arguments.peekable();
    let mut spelt = vec![];
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            spelt.push(argument);
            break;
        }
        let name = argument.to_str().and_then(|argument| argument.strip_prefix("--")).unwrap_or_default();
        let value = arguments.next_if(|next| switches.contains(name) && (next == "true" || next == "false"));
        let denied = name.strip_prefix("no-").filter(|denied| switches.contains(denied) && !flags.contains(name));
        spelt.push(match (value, denied) {
            (Some(value), _) => format!("--{name}={}", value.to_string_lossy()).into(),
            (None, Some(denied)) => format!("--{denied}=false").into(),
            (None, None) => argument,
        });
    }
    spelt.extend(arguments);
    spelt
}

/// Finds a flag that has one value before the command and another one behind it, in a command line that clap can read.
/// clap would silently take the later one, but a script with `argocd-mcp --read-only "$@"` relies on the first.
pub(super) fn contradicted(command: &Command, arguments: &[OsString]) -> Option<String> {
    let flags = command.get_arguments().filter(|arg| arg.is_global_set() && matches!(arg.get_action(), ArgAction::Set));
    let flags: HashMap<&str, &Arg> = flags.filter_map(|arg| Some((arg.get_long()?, arg))).collect();
    let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy()).take_while(|text| text != "--");
    let mut values = HashMap::new();
    while let Some(argument) = arguments.next() {
        let Some(text) = argument.strip_prefix("--") else { continue };
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let Some((name, arg)) = flags.get_key_value(name) else { continue };
        let value = match value {
            Some(value) => value.to_owned(),
            None if arg.is_require_equals_set() => "true".to_owned(),
            None => arguments.next()?.into_owned(),
        };
        if values.insert(*name, value.clone()).is_some_and(|other| other != value) {
            return Some((*name).to_owned());
        }
    }
    None
}
