//! `agentobs assert init`: a first spec from a good call.

use super::check::kept;
use crate::assert;
use crate::cli::messages::Messages;
use crate::cli::{CliError, Common, Outcome, SourceArgs, show};
use crate::session;
use clap::{Args, ValueHint};
use std::io::Write;
use std::path::PathBuf;

const INIT_EXAMPLES: &str = "\
Examples:
  agentobs assert init call.zip                     the spec on stdout
  agentobs assert init call.zip --out voice.yaml";

/// Arguments of `assert init`.
#[derive(Args, Clone, Debug)]
#[command(after_help = INIT_EXAMPLES)]
pub struct InitArgs {
    /// What to read.
    #[command(flatten)]
    pub sources: SourceArgs,
    /// Where to write the spec, - for stdout; a file that is there is not overwritten.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}

impl InitArgs {
    /// Writes the spec.
    ///
    /// # Errors
    /// When there is not exactly one call, or the file cannot be written.
    pub(super) fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (opened, outcome) = self.sources.open(common)?;
        let sessions = session::build(&opened.store);
        let kept = kept(&opened, &sessions, &self.sources.session)?;
        let [at] = kept.as_slice() else {
            if kept.is_empty() {
                return Err(show::no_session(&sessions));
            }
            let known: Vec<&str> = sessions.list.iter().map(|one| one.id.as_str()).collect();
            return Err(CliError::usage(format!(
                "a spec is written from one call, found {}",
                kept.len()
            ))
            .hint(format!("choose one with --session: {}", known.join(", "))));
        };
        let names: Vec<&str> = opened.sources.iter().map(|source| source.path.as_str()).collect();
        let text = assert::first_spec(&opened.store, &sessions, *at, &names.join(" "));
        match self.out.as_ref().filter(|path| path.as_os_str() != "-") {
            None => std::io::stdout().lock().write_all(text.as_bytes())?,
            Some(path) => {
                let cannot = |error: std::io::Error| {
                    let message = format!("cannot write {}: {error}", path.display());
                    match error.kind() {
                        std::io::ErrorKind::AlreadyExists => {
                            CliError::usage(format!("{} is already there", path.display()))
                                .hint("choose another name or remove it")
                        }
                        _ => CliError::new(Outcome::Undelivered, message),
                    }
                };
                let mut file = std::fs::File::options()
                    .write(true)
                    .create_new(true)
                    .open(path)
                    .map_err(cannot)?;
                file.write_all(text.as_bytes()).map_err(cannot)?;
                if !common.quiet {
                    Messages::note(&format!("wrote {}", path.display()));
                }
            }
        }
        Ok(outcome)
    }
}
