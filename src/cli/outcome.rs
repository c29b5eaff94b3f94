//! How a command ends: the documented exit codes, and errors that carry one.

use super::messages::Messages;
use crate::output::escape;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// How a command ended. The numbers are a contract with scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Outcome {
    /// Fine.
    Fine = 0,
    /// An assertion failed or a difference was found.
    Failed = 1,
    /// The arguments, the spec or the query are wrong.
    Usage = 2,
    /// A source could not be read; what could be read was shown.
    Unreadable = 3,
    /// Nothing to work on: no session, no data, every rule skipped.
    Nothing = 4,
    /// Some record was not accepted by the receiver, or the output could not be
    /// written.
    Undelivered = 5,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// Why a command stopped: what failed and where, what to do about it, and the
/// exit code it means.
#[derive(Debug)]
pub struct CliError {
    outcome: Outcome,
    message: String,
    hint: Option<String>,
}

impl CliError {
    /// Wrong arguments, spec or query (exit code 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Outcome::Usage, message)
    }

    /// A source could not be read (exit code 3).
    pub fn unreadable(message: impl Into<String>) -> Self {
        Self::new(Outcome::Unreadable, message)
    }

    /// Nothing to work on (exit code 4).
    pub fn nothing(message: impl Into<String>) -> Self {
        Self::new(Outcome::Nothing, message)
    }

    /// An error that ends with `outcome`.
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self { outcome, message: message.into(), hint: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The exit code it means.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Prints it on stderr: `agentobs: ` and the message, then what to do. Text
    /// from data and paths is made safe to show. Nothing is printed for an
    /// error that has no message (a closed pipe, or one that was said already).
    pub fn print(&self) {
        if self.message.is_empty() {
            return;
        }
        Messages::error(&self.message, self.hint.as_deref());
    }
}

/// Prints what the argument parser has to say: help and version as they are,
/// errors with hidden characters of the arguments made visible.
#[must_use]
pub fn usage_error(error: clap::Error) -> ExitCode {
    let hidden = std::env::args_os()
        .any(|arg| escape::line(&arg.to_string_lossy()) != arg.to_string_lossy());
    if error.use_stderr() && hidden {
        // The parser repeats arguments as they are, so its colours go too.
        let text = error.render().to_string();
        let mut stderr = anstream::stderr().lock();
        let _ = write!(stderr, "{}", escape::block(&text));
    } else {
        // When the stream is closed there is nobody left to tell.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Outcome::Usage as u8))
}

/// Writing to stdout: a closed pipe is success (the reader has seen enough),
/// anything else an error.
impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::new(Outcome::Fine, ""),
            _ => Self::new(Outcome::Undelivered, format!("cannot write the output: {error}"))
                .hint("is the disk full, or stdout closed?"),
        }
    }
}
