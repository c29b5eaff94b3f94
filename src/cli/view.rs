//! `agentobs view`: the terminal timeline.

use super::show::{PrintArgs, ShowArgs, no_session, not_found};
use super::{CliError, ColorWhen, Common, Outcome, SourceArgs};
use crate::output::Report;
use crate::session;
use crate::tui::{self, Exit, Landmark, RunError, Theme};
use clap::Args;
use std::io::IsTerminal;
use std::str::FromStr;

const EXAMPLES: &str = "\
Examples:
  agentobs view call.zip             the call as a timeline; ? shows the keys
  agentobs view calls/               a folder of calls, to pick from
  agentobs view call.zip --at turn:7 begins there; failed assertions print this
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
    /// Begin at this place: turn:NUMBER or span:ID (16 hex digits).
    #[arg(long, value_name = "PLACE")]
    pub at: Option<At>,
}

/// A place of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At(Landmark);

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let landmark = match text.split_once(':') {
            Some(("turn", number)) => {
                number.parse().ok().filter(|number| *number > 0).map(Landmark::Turn)
            }
            Some(("span", id)) if id.len() == 16 => {
                u64::from_str_radix(id, 16).ok().map(Landmark::Span)
            }
            _ => None,
        };
        landmark.map(Self).ok_or_else(|| "a place is turn:NUMBER or span:ID".to_owned())
    }
}

impl ViewArgs {
    /// Reads the sources and shows their sessions until the user leaves.
    ///
    /// # Errors
    /// When nothing can be shown, when no session has the id asked for, or when
    /// the terminal cannot be used.
    pub(super) fn run(self, common: &Common) -> Result<Outcome, CliError> {
        if !has_screen() {
            let (turn, filter) = match self.at.map(|At(place)| place) {
                None => (None, None),
                Some(Landmark::Turn(number)) => (Some(number), None),
                Some(Landmark::Span(id)) => (None, Some(format!("span:id = \"{id:016x}\""))),
            };
            let print = PrintArgs { turn, filter, ..PrintArgs::default() };
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
        if let Some(At(place)) = self.at.filter(|At(place)| !place.is_in(&report)) {
            let what = match place {
                Landmark::Turn(number) => format!("turn {number}"),
                Landmark::Span(id) => format!("span {id:016x}"),
            };
            return Err(CliError::usage(format!("--at: no session has {what}"))
                .hint("without --at the first session opens at its first turn"));
        }
        let color = match common.color {
            ColorWhen::Auto => None,
            ColorWhen::Always => Some(true),
            ColorWhen::Never => Some(false),
        };
        let theme = Theme::from_env(color, |key| std::env::var(key).ok());
        let at = self.at.map(|At(place)| place);
        match tui::run(&report, theme, at).map_err(no_terminal)? {
            Exit::Quit => Ok(outcome),
            Exit::Interrupted => Ok(Outcome::Interrupted),
        }
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
