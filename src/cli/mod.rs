//! The command line: one file a command, its arguments and its `run`.
//!
//! Belongs here: parsing arguments, calling the library, choosing the exit
//! code. Does not belong here: anything a library user would miss.

mod assert;
mod command;
mod completions;
mod delivery;
mod export;
mod man;
mod messages;
mod outcome;
mod query;
mod replay;
mod send;
mod show;
mod sources;
mod view;

pub use assert::{AssertArgs, AssertCommand, FailOn, InitArgs};
pub use command::{Cli, ColorWhen, Command, Common};
pub use delivery::AccountFormat;
pub use export::ExportArgs;
pub use outcome::{CliError, Outcome, usage_error};
pub use query::{QueryArgs, QueryFormat};
pub use replay::ReplayArgs;
pub use send::SendArgs;
pub use show::{Format, OnlyArg, PrintArgs, ShowArgs};
pub use sources::{LimitArgs, SourceArgs};
pub use view::ViewArgs;
