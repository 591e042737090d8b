//! The command line: its commands, and exit codes 0 (done), 1 (failed) and 64 (usage or configuration).

mod call;
#[cfg(feature = "demo")]
pub mod demo;
mod sign_in;
mod spelling;

use std::{io::Write, process::ExitCode, sync::Arc};

use clap::{
    CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
    builder::Resettable,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};

use crate::{
    config::{
        Flags, Settings,
        listen::{Listen, Streamable},
    },
    docs, doctor,
    error::{Error, Kind},
    install::Install,
    server::{App, Server, surface},
    telemetry,
    transport::{
        http::{self, Serve},
        stdio,
    },
    view::text::told,
};

/// The exit code for wrong usage or configuration, `EX_USAGE` of sysexits.h.
const USAGE: u8 = 64;

/// MCP server for Argo CD.
#[derive(Debug, Parser)]
#[command(name = "argocd-mcp", version = surface::version(), about, arg_required_else_help = true, propagate_version = false)]
pub struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve one client over stdin and stdout; this is what an IDE starts.
    Stdio,
    /// Serve many clients over HTTP at /mcp: sessions, stateless, and protocol version 2026-07-28.
    Http {
        #[command(flatten)]
        listen: Listen,
        #[command(flatten)]
        streamable: Streamable,
    },
    /// Serve HTTP+SSE of protocol version 2024-11-05 at /sse, for clients that know nothing newer.
    Sse {
        #[command(flatten)]
        listen: Listen,
    },
    /// Call one tool and print its answer.
    Call {
        /// Name of the tool; `argocd-mcp tools` lists them.
        tool: String,
        /// Arguments as key=text or key:=JSON.
        #[arg(value_name = "KEY=VALUE")]
        arguments: Vec<String>,
    },
    /// Examine the way to each Argo CD: name, port, certificate, path, clock, token, rights. Exits with 1 when something
    /// does not work.
    Doctor {
        /// The report as JSON.
        #[arg(long)]
        json: bool,
        /// Print the smallest policy.csv for the tools of this server instead.
        #[arg(long, conflicts_with = "json")]
        policy: bool,
    },
    /// Hold a short conversation with a made-up Argo CD, to see what this is. It is always the same.
    #[cfg(feature = "demo")]
    Demo,
    /// Ask the server on this machine whether it is well: exits with 0 or 1. For images, which have no other program.
    Healthcheck(doctor::Health),
    /// Put this server into the settings of an IDE, with the base URL and the files of flags and environment.
    Install(Install),
    /// Sign in as a person, in a browser, as --sso does at the first call; kept for every server with --sso.
    Login,
    /// Forget that sign-in.
    Logout,
    /// Print who Argo CD takes the credential for.
    Whoami {
        /// Name or base URL of another instance than the default one.
        instance: Option<String>,
    },
    /// Print the tools a client would see with these flags, or one with its arguments.
    Tools {
        /// Name of one.
        #[arg(conflicts_with = "format")]
        tool: Option<String>,
        /// Markdown for people, or the JSON of tools/list.
        #[arg(long, value_name = "FORMAT", default_value = "markdown")]
        format: ToolsFormat,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ToolsFormat {
    Markdown,
    Json,
}

/// The command line's definition, for the generated documentation.
pub fn definition() -> clap::Command {
    Cli::command()
}

/// Runs the program and decides its exit code.
pub fn main() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            if let Some(variable) = variable_of(&error) {
                let _ = writeln!(std::io::stderr(), "The value is that of the variable {variable}.");
            }
            if let Some(ContextValue::String(command)) = error.get(ContextKind::InvalidSubcommand)
                && let Some(row) = crate::tools::find(command)
            {
                let _ = writeln!(std::io::stderr(), "It is a tool: argocd-mcp call {}", row.name);
            }
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(USAGE) };
        }
    };
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error = told(error);
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(if matches!(error.kind, Kind::Configuration | Kind::Arguments) { USAGE } else { 1 })
        }
    }
}

/// The variable that a wrong value comes from, if the flag is not on the command line.
fn variable_of(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = flag.split([' ', '=', '[']).next()?;
    let mut given = std::env::args_os().map(|given| given.to_string_lossy().into_owned());
    if given.any(|given| given.split('=').next() == Some(flag)) {
        return None;
    }
    let command = Cli::command();
    let mut arguments =
        std::iter::once(&command).chain(command.get_subcommands()).flat_map(clap::Command::get_arguments);
    let argument = arguments.find(|argument| argument.get_long() == flag.strip_prefix("--"))?;
    argument.get_env().map(|name| name.to_string_lossy().into_owned())
}

/// Reads the command line. A blank variable counts as one that is not set.
fn parse() -> Result<Cli, clap::Error> {
    let command = without_blank(Cli::command());
    let arguments = spelling::spelt(&command, std::env::args_os());
    let mut matches = command.clone().try_get_matches_from(&arguments)?;
    if let Some(flag) = spelling::contradicted(&command, &arguments) {
        let message = format!("--{flag} stands before the command and behind it, with two values");
        return Err(command.clone().error(ErrorKind::ArgumentConflict, message));
    }
    let is_given = |arg: &&clap::Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let given = command.get_arguments().filter(is_given).filter_map(clap::Arg::get_long).map(str::to_owned).collect();
    let mut cli = Cli::from_arg_matches_mut(&mut matches)?;
    cli.flags.given = given;
    Ok(cli)
}

fn without_blank(command: clap::Command) -> clap::Command {
    let blank = |arg: &clap::Arg| {
        arg.get_env().is_some_and(|name| {
            std::env::var_os(name).is_some_and(|value| {
                let value = value.to_string_lossy();
                // Kubernetes tells pods of a Service called argocd-mcp by a variable of the same name as ours.
                value.trim().is_empty() || name == "ARGOCD_MCP_PORT" && value.starts_with("tcp://")
            })
        })
    };
    let command = command.mut_args(|arg| if blank(&arg) { arg.env(Resettable::Reset) } else { arg });
    command.mut_subcommands(without_blank)
}

fn start(cli: Cli) -> Result<(), Error> {
    #[cfg(feature = "demo")]
    if matches!(cli.command, Command::Demo) {
        demo::takes(&cli.flags)?;
    }
    // One provider for the whole process; a second installation is refused and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let serves = matches!(cli.command, Command::Stdio | Command::Http { .. } | Command::Sse { .. });
    let _telemetry = telemetry::init(&cli.flags, serves)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::Internal, "the runtime cannot be set up").because(error))?;
    let done = runtime.block_on(run(cli));
    // A blocked read of stdin must not delay the end.
    runtime.shutdown_background();
    done
}

async fn run(cli: Cli) -> Result<(), Error> {
    let stays = matches!(cli.command, Command::Stdio);
    let settings = || {
        let mut settings = settings(&cli.flags)?;
        settings.environment.sign_in.stays = stays;
        Ok::<_, Error>(settings)
    };
    // Not every command needs an Argo CD or usable credentials.
    let app = || Ok::<_, Error>(Arc::new(App::new(&settings()?)?));
    match cli.command {
        Command::Stdio => {
            let app = app()?;
            let calls = app.shutdown.clone();
            stdio::serve(Server::new(app), calls).await
        }
        Command::Http { listen, streamable } => http::serve(app()?, &listen, &Serve::Streamable(streamable)).await,
        Command::Sse { listen } => http::serve(app()?, &listen, &Serve::LegacySse).await,
        Command::Call { tool, arguments } => call::call(&*app()?, &tool, &arguments).await,
        Command::Doctor { policy: true, .. } => print(&doctor::policy(&*app()?).await),
        Command::Doctor { json, .. } => examine(&*app()?, json).await,
        #[cfg(feature = "demo")]
        Command::Demo => demo::converse(),
        Command::Healthcheck(health) => health.check(&cli.flags).await,
        Command::Install(install) => {
            let told = install.run(&Settings::read(&cli.flags)?, &cli.flags)?;
            for remark in told.remarks {
                let _ = writeln!(std::io::stderr(), "{remark}");
            }
            print(&told.text).and(told.problem.map_or(Ok(()), Err))
        }
        Command::Login => sign_in::login(&settings()?.environment).await,
        Command::Logout => sign_in::logout(&settings()?.environment).await,
        Command::Whoami { instance } => sign_in::whoami(&*app()?, instance.as_deref()).await,
        Command::Tools { tool, format } => {
            let app = app()?;
            let text = match (tool, format) {
                (Some(tool), _) => {
                    let row = call::find(&app, &tool)?;
                    app.policy.permit(row)?;
                    docs::tool_section(row) + &docs::choice(&app)
                }
                (None, ToolsFormat::Markdown) => docs::tool_table(app.policy.visible()) + &docs::choice(&app),
                (None, ToolsFormat::Json) => format!("{:#}\n", serde_json::json!({ "tools": surface::tools(&app) })),
            };
            print(&text)
        }
    }
}

async fn examine(app: &App, json: bool) -> Result<(), Error> {
    let reports = doctor::examine(app).await?;
    let text: Vec<String> = reports.iter().map(ToString::to_string).collect();
    print(&if json { format!("{:#}\n", serde_json::json!(reports)) } else { text.join("\n") })?;
    if reports.iter().any(doctor::Report::failed) {
        return Err(Error::new(Kind::Unavailable, "something does not work: see FAIL above"));
    }
    Ok(())
}

/// The settings of flags and environment; with `--demo` those of the demo, which is started here.
fn settings(flags: &Flags) -> Result<Settings, Error> {
    #[cfg_attr(not(feature = "demo"), expect(unused_mut, reason = "only the demo sets anything"))]
    let mut settings = Settings::read(flags)?;
    #[cfg(feature = "demo")]
    if settings.demo {
        settings.environment = demo::start()?;
        tracing::warn!("{}", surface::DEMO);
    }
    Ok(settings)
}

fn print(text: &str) -> Result<(), Error> {
    let written = std::io::stdout().write_all(text.as_bytes());
    // The reader may close the pipe, as `| head` does.
    written
        .or_else(|error| if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
        .map_err(|error| Error::new(Kind::Internal, "stdout cannot be written").because(error))
}
