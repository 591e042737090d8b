//! Switches as other command lines have them: `--stateless true`, `--no-stateless`.

use std::{collections::HashSet, ffi::OsString};

use clap::{Arg, Command};

/// The arguments with such switches in the form that is known here, `--stateless=true`.
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
