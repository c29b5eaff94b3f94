//! The command line: one file a command, its arguments and its `run`.
//!
//! Belongs here: parsing arguments, calling the library, choosing the exit
//! code. Does not belong here: anything a library user would miss.

mod command;
mod completions;
mod man;
mod messages;
mod outcome;
mod sources;

pub use command::{Cli, ColorWhen, Command, Common};
pub use outcome::{CliError, Outcome};
pub use sources::{LimitArgs, SourceArgs};
