//! `agentobs view`: the terminal timeline.

use super::show::{PrintArgs, ShowArgs, no_session, not_found};
use super::{CliError, ColorWhen, Common, Outcome, SourceArgs};
use crate::output::Report;
use crate::session;
use crate::tui::{self, Exit, Place, RunError, Theme};
use clap::Args;
use std::io::IsTerminal;

const EXAMPLES: &str = "\
Examples:
  agentobs view call.zip             the call as a timeline; ? shows the keys
  agentobs view calls/               a folder of calls, to pick from
  agentobs view call.zip --at turn:4 the call, with its fourth turn selected
  agentobs view call.zip | less      without a terminal: what `show` prints

Environment:
  NO_COLOR           no colour
  AGENTOBS_ASCII=1   ASCII only, as with a locale that is not UTF-8; 0 forbids it";

/// Arguments of `view`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ViewArgs {
    /// What to read.
    #[command(flatten)]
    pub sources: SourceArgs,
    /// Where to open the call: turn:N or span:ID (16 hex digits).
    #[arg(long, value_name = "PLACE")]
    pub at: Option<Place>,
}

impl ViewArgs {
    /// Reads the sources and shows their sessions until the user leaves.
    ///
    /// # Errors
    /// When nothing can be shown, when no session has the id asked for, or when
    /// the terminal cannot be used.
    pub(super) fn run(self, common: &Common) -> Result<Outcome, CliError> {
        if !has_screen() {
            let turn = match self.at {
                Some(Place::Turn(turn)) => Some(turn),
                _ => None,
            };
            let print = PrintArgs { turn, ..PrintArgs::default() };
            return ShowArgs { sources: self.sources, print }.run(common);
        }
        let (opened, outcome) = self.sources.open(common)?;
        let sessions = session::build(&opened.store);
        let mut report =
            Report::new(&opened.store, &sessions, &opened.sources, &opened.diagnostics);
        let left = &sessions.unassigned;
        if report.shown.is_empty() && left.spans.is_empty() && left.logs.is_empty() {
            return Err(no_session(&sessions));
        }
        if !report.shown.is_empty() {
            report.keep_sessions(&self.sources.session).map_err(not_found)?;
        }
        if let Some(place) = self.at
            && !has_place(&report, place)
        {
            return Err(CliError::usage(format!("{place} is not in what was read"))
                .hint("`agentobs show` lists turns, with --spans spans"));
        }
        let color = match common.color {
            ColorWhen::Auto => None,
            ColorWhen::Always => Some(true),
            ColorWhen::Never => Some(false),
        };
        let theme = Theme::from_env(color, |key| std::env::var(key).ok());
        match tui::run(&report, theme, self.at).map_err(no_terminal)? {
            Exit::Quit => Ok(outcome),
            Exit::Interrupted => Ok(Outcome::Interrupted),
        }
    }
}

fn has_place(report: &Report<'_>, place: Place) -> bool {
    match place {
        Place::Turn(number) => {
            report.shown.iter().any(|s| s.turns.iter().any(|turn| turn.number == number))
        }
        Place::Span(id) => report.store.spans().iter().any(|row| row.id == id),
    }
}

/// Whether stdout is a terminal that a timeline can be drawn on.
fn has_screen() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

fn no_terminal(error: RunError) -> CliError {
    CliError::new(Outcome::Undelivered, error.to_string())
        .hint("`agentobs show` prints the same without a timeline")
}
