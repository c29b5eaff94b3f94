//! `agentobs man`: the manual pages, one a command.

use super::{Cli, CliError, Outcome};
use clap::{Args, CommandFactory};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  agentobs man ~/.local/share/man/man1";

/// Arguments of `man`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ManArgs {
    /// The folder to write into; it is made if it is not there.
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: PathBuf,
}

impl ManArgs {
    /// Writes the pages.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub(super) fn run(self) -> Result<Outcome, CliError> {
        std::fs::create_dir_all(&self.dir)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &self.dir))
            .map_err(|error| {
                CliError::usage(format!(
                    "cannot write manual pages into {}: {error}",
                    self.dir.display()
                ))
                .hint("name a folder that you may write to")
            })?;
        Ok(Outcome::Fine)
    }
}
