//! The IDEs: in which file and form each keeps its MCP servers, and how a secret is referred to there.

use std::path::PathBuf;

use clap::ValueEnum;
use etcetera::{BaseStrategy, choose_base_strategy, home_dir};

use crate::error::{Error, Kind};

/// Whose settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Ide {
    /// `~/.cursor/mcp.json`
    Cursor,
    /// The user's mcp.json of VS Code.
    #[value(name = "vscode")]
    VsCode,
    /// `claude_desktop_config.json`
    ClaudeDesktop,
    /// `~/.claude.json`, for all projects, or that of `CLAUDE_CONFIG_DIR`.
    ClaudeCode,
    /// `~/.codeium/windsurf/mcp_config.json`
    Windsurf,
    /// `~/.gemini/settings.json`
    Gemini,
}

impl Ide {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Cursor => "Cursor",
            Self::VsCode => "VS Code",
            Self::ClaudeDesktop => "Claude Desktop",
            Self::ClaudeCode => "Claude Code",
            Self::Windsurf => "Windsurf",
            Self::Gemini => "Gemini CLI",
        }
    }

    /// The file of the user's own settings.
    pub(super) fn settings_file(self) -> Result<PathBuf, Error> {
        let none = |_| {
            Error::new(Kind::Configuration, "there is no home directory")
                .hint("Set HOME, or name the settings file with --file.")
        };
        let home = home_dir().map_err(none)?;
        let applications = || {
            // Where applications with windows keep settings on a Mac; elsewhere it is the directory of settings.
            if cfg!(target_os = "macos") {
                return Ok(home.join("Library/Application Support"));
            }
            choose_base_strategy().map(|strategy| strategy.config_dir()).map_err(none)
        };
        Ok(match self {
            Self::Cursor => home.join(".cursor").join("mcp.json"),
            Self::VsCode => applications()?.join("Code").join("User").join("mcp.json"),
            Self::ClaudeDesktop => applications()?.join("Claude").join("claude_desktop_config.json"),
            Self::ClaudeCode => {
                let folder = std::env::var_os("CLAUDE_CONFIG_DIR").filter(|folder| !folder.is_empty());
                folder.map_or(home, PathBuf::from).join(".claude.json")
            }
            Self::Windsurf => home.join(".codeium").join("windsurf").join("mcp_config.json"),
            Self::Gemini => home.join(".gemini").join("settings.json"),
        })
    }

    /// The key of the object with the servers.
    pub(super) fn servers_key(self) -> &'static str {
        if self == Self::VsCode { "servers" } else { "mcpServers" }
    }

    /// Whether an entry says that it is for stdio.
    pub(super) fn has_type(self) -> bool {
        matches!(self, Self::VsCode | Self::ClaudeCode)
    }

    /// The placeholder for a secret: `variable` is a name of the environment that no other entry uses.
    pub(super) fn placeholder(self, variable: &str) -> String {
        match self {
            Self::Cursor | Self::Windsurf => format!("${{env:{variable}}}"),
            Self::ClaudeCode | Self::Gemini => format!("${{{variable}}}"),
            Self::VsCode => format!("${{input:{}}}", input_id(variable)),
            // Claude Desktop expands no variables. No token has spaces, so this is never taken for one.
            Self::ClaudeDesktop => format!("<the {variable}>"),
        }
    }

    /// How a placeholder gets its value, if the IDE fills it in.
    pub(super) fn filled_from(self, placeholder: &str) -> Option<String> {
        let variable = placeholder.trim_start_matches("${env:").trim_start_matches("${").trim_end_matches('}');
        match self {
            Self::VsCode => Some("VS Code asks for it once, and keeps it encrypted".to_owned()),
            Self::ClaudeDesktop => None,
            ide => {
                Some(format!("set {variable} in the environment {} is started from, or use --token-file", ide.title()))
            }
        }
    }
}

/// The id of the question that VS Code asks for a variable.
pub(super) fn input_id(variable: &str) -> String {
    variable.to_lowercase().replace('_', "-")
}
