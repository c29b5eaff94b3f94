//! The sources that most commands read, and the limits on them.

use super::messages::Messages;
use super::{CliError, Common, Outcome};
use crate::open::{OpenOptions, Opened, open};
use crate::source::{Input, Limits, parse_bytes};
use clap::{Args, ValueHint};
use std::io::IsTerminal;
use std::path::PathBuf;

/// What to read.
#[derive(Args, Clone, Debug)]
pub struct SourceArgs {
    /// Files, folders or archives of any kind, told apart by their content; - is stdin.
    #[arg(value_name = "SOURCE", required = true, value_hint = ValueHint::AnyPath)]
    pub sources: Vec<PathBuf>,
    /// Only the session with this id (any id the data gives it); may repeat.
    #[arg(long, value_name = "ID")]
    pub session: Vec<String>,
    /// What may be read.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// What may be read; over a limit a message says so, and the rest is read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Bytes to read from one source, after decompression.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "2GiB", hide_short_help = true)]
    max_bytes: u64,
    /// Decompressed bytes for each compressed byte (of what is over 10 MiB).
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_ratio, hide_short_help = true)]
    max_ratio: u64,
    /// Archives inside archives.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_depth, hide_short_help = true)]
    max_depth: usize,
    /// Files and archive members of one source.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_members, hide_short_help = true)]
    max_members: usize,
    /// Bytes of one record: a line, a message, a document.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "256MiB", hide_short_help = true)]
    max_record_bytes: u64,
    /// Bytes of an archive that must be held in memory: on stdin or inside another one.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "512MiB", hide_short_help = true)]
    max_held_bytes: u64,
    /// Bytes of memory for the records of all sources.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "1GiB", hide_short_help = true)]
    max_model_bytes: u64,
    /// Lines that hold no record, of all sources.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_idle_lines, hide_short_help = true)]
    max_idle_lines: usize,
}

impl LimitArgs {
    /// The limits that the flags say.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            max_bytes: self.max_bytes,
            max_ratio: self.max_ratio,
            max_depth: self.max_depth,
            max_members: self.max_members,
            max_record_bytes: self.max_record_bytes,
            max_held_bytes: self.max_held_bytes,
            max_model_bytes: self.max_model_bytes,
            max_idle_lines: self.max_idle_lines,
        }
    }
}

impl SourceArgs {
    /// Reads the sources. What went wrong has been said on stderr when this
    /// returns; the outcome is how a command ends that has nothing to add:
    /// [`Outcome::Fine`], or [`Outcome::Unreadable`] when a source could not be
    /// read.
    ///
    /// # Errors
    /// When nothing was read: exit code 3 when a source was unreadable, else 4.
    pub fn open(&self, common: &Common) -> Result<(Opened, Outcome), CliError> {
        let inputs: Vec<Input> = self.sources.iter().cloned().map(Input::from).collect();
        if inputs.contains(&Input::Stdin) && std::io::stdin().is_terminal() {
            return Err(CliError::usage("cannot read standard input: it is the terminal")
                .hint("pipe something into it, or name a file instead of -"));
        }
        let opened = open(&inputs, &OpenOptions { limits: self.limits.limits() });
        let messages = Messages::new(common);
        messages.diagnostics(&opened.diagnostics);
        messages.account(&opened);
        match (opened.is_empty(), opened.is_unreadable()) {
            (false, false) => Ok((opened, Outcome::Fine)),
            (false, true) => Ok((opened, Outcome::Unreadable)),
            // Why has been said.
            (true, true) => Err(CliError::new(Outcome::Unreadable, "")),
            (true, false) => Err(nothing_in(&opened)),
        }
    }
}

/// How many names a message about nothing lists.
const LISTED: usize = 12;

/// Says what was seen, and why none of it was of use.
fn nothing_in(opened: &Opened) -> CliError {
    let names: Vec<&str> = opened.sources.iter().map(|source| source.path.as_str()).collect();
    let message = format!(
        "nothing to show in {}: no traces, logs, metrics, history, events or recording",
        names.join(", ")
    );
    let empty = opened.sources.iter().flat_map(|source| {
        source.parts.iter().map(move |part| (source, &part.name, "no records".to_owned()))
    });
    let skipped = opened.sources.iter().flat_map(|source| {
        source.skipped.iter().map(move |skipped| (source, &skipped.name, skipped.reason.clone()))
    });
    let mut lines: Vec<String> = empty
        .chain(skipped)
        .map(|(source, name, reason)| {
            format!("{}: {reason}", if name.is_empty() { &source.path } else { name })
        })
        .collect();
    if lines.len() > LISTED {
        let more = lines.len() - LISTED;
        lines.truncate(LISTED);
        lines.push(format!("… and {more} more (-v lists all)"));
    }
    CliError::nothing(message).hint(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::SourceArgs;
    use crate::source::Limits;
    use clap::Parser;

    #[derive(Parser)]
    struct Bare {
        #[command(flatten)]
        sources: SourceArgs,
    }

    #[test]
    fn flags_default_to_the_default_limits() {
        let bare = Bare::try_parse_from(["agentobs", "call.zip"]).unwrap();
        assert_eq!(bare.sources.limits.limits(), Limits::default());
    }
}
