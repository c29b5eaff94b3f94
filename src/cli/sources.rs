//! The sources that most commands read, and the limits on them.

use crate::source::{Limits, parse_bytes};
use clap::{Args, ValueHint};
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
    /// Bytes to read from one source, after decompression.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "2GiB", help_heading = "Limits", hide_short_help = true)]
    pub max_bytes: u64,
    /// Decompressed bytes for each compressed byte (of what is over 10 MiB).
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_ratio, help_heading = "Limits", hide_short_help = true)]
    pub max_ratio: u64,
    /// Archives inside archives.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_depth, help_heading = "Limits", hide_short_help = true)]
    pub max_depth: usize,
    /// Files and archive members of one source.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_members, help_heading = "Limits", hide_short_help = true)]
    pub max_members: usize,
    /// Bytes of one record: a line, a message, a document.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "256MiB", help_heading = "Limits", hide_short_help = true)]
    pub max_record_bytes: u64,
    /// Bytes of an archive that must be held in memory: on stdin or inside another one.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "512MiB", help_heading = "Limits", hide_short_help = true)]
    pub max_held_bytes: u64,
}

impl SourceArgs {
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
        }
    }
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
        assert_eq!(bare.sources.limits(), Limits::default());
    }
}
