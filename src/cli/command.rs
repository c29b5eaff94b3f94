//! The commands and the flags that all of them share.

use super::completions::CompletionsArgs;
use super::man::ManArgs;
use super::{AssertArgs, CliError, ExportArgs, Outcome, QueryArgs, ReplayArgs, ShowArgs, ViewArgs};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// How the long help of every command ends.
const EXIT_CODES: &str = "\
Exit codes:
  0    fine
  1    an assertion failed or a difference was found
  2    wrong usage, spec or query
  3    a source could not be read (what could be read is still shown)
  4    nothing to work on: no session, no data, every rule skipped
  5    delivery failed: some record was not accepted
  130  interrupted";

/// See what happened in a voice AI agent's call.
///
/// Any session dump, OTLP export or event log becomes the same hierarchy:
/// session → turn → tool.
#[derive(Debug, Parser)]
#[command(
    name = "agentobs",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    after_long_help = EXIT_CODES,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags of every command.
    #[command(flatten)]
    pub common: Common,
}

/// What agentobs can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what happened as a timeline in the terminal.
    View(ViewArgs),
    /// Print what happened: session, turns, tools.
    Show(ShowArgs),
    /// Find spans with TraceQL.
    Query(QueryArgs),
    /// Make traces, logs and metrics of a Realtime event log, and send them.
    Replay(Box<ReplayArgs>),
    /// Send what was recorded to an OTLP receiver, or write it as OTLP.
    Export(Box<ExportArgs>),
    /// Check what happened against rules; for CI.
    Assert(AssertArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
    /// Write the manual pages into a folder.
    Man(ManArgs),
}

/// Flags of every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// When to use colour; auto: on a terminal that wants it.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: ColorWhen,
    /// Say only what went wrong, on stderr.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say more about what was read and skipped, on stderr; twice: everything.
    #[arg(long, short, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// What stopped it, with the exit code to end with.
    pub fn run(self) -> Result<Outcome, CliError> {
        match self.common.color {
            ColorWhen::Auto => anstream::ColorChoice::Auto,
            ColorWhen::Always => anstream::ColorChoice::Always,
            ColorWhen::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        match self.command {
            Command::View(args) => args.run(&self.common),
            Command::Show(args) => args.run(&self.common),
            Command::Query(args) => args.run(&self.common),
            Command::Replay(args) => args.run(&self.common),
            Command::Export(args) => args.run(&self.common),
            Command::Assert(args) => args.run(&self.common),
            Command::Completions(args) => args.run(),
            Command::Man(args) => args.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:"), "{} has no examples", command.get_name());
        }
    }
}
