//! `agentobs completions`: a completion script for a shell.

use super::{Cli, CliError, Outcome};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::Write;

const EXAMPLES: &str = "\
Examples:
  agentobs completions bash > ~/.local/share/bash-completion/completions/agentobs
  agentobs completions zsh > ~/.zfunc/_agentobs
  agentobs completions fish > ~/.config/fish/completions/agentobs.fish";

/// Arguments of `completions`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints the script.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(super) fn run(self) -> Result<Outcome, CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "agentobs", &mut script);
        std::io::stdout().lock().write_all(&script)?;
        Ok(Outcome::Fine)
    }
}
