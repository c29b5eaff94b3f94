//! `agentobs show`: print the hierarchy.

use super::messages::Messages;
use super::query::wrong;
use super::{CliError, Common, Outcome, SourceArgs};
use crate::model::SpanIx;
use crate::open::Opened;
use crate::output::json::{json, jsonl};
use crate::output::markdown::markdown;
use crate::output::text::{TextOptions, text};
use crate::output::{Content, Levels, NotFound, Only, Report};
use crate::query::{Query, filter};
use crate::session::{self, Sessions};
use clap::{Args, ValueEnum};
use hashbrown::HashSet;
use std::io::{BufWriter, IsTerminal, Write};

const EXAMPLES: &str = "\
Examples:
  agentobs show call.zip                        the call, turn by turn
  agentobs show calls/ --session RM_3fK         one call of many; the beginning of an id is enough
  agentobs show call.zip --only tools           tool calls with arguments, output and errors
  agentobs show call.zip --turn 7 --logs --log-level debug
  agentobs show calls/ --where 'span:op = tool && tool:error != nil'   the turns where tools failed
  agentobs show traces.jsonl logs.jsonl --format markdown > call.md
  agentobs show call.zip --format json | jq '.sessions[].turns[].text'";

/// Arguments of `show`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ShowArgs {
    /// What to read.
    #[command(flatten)]
    pub sources: SourceArgs,
    /// How to print it.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// How sessions are printed: shared by all commands that print what `show` prints.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct PrintArgs {
    /// The format: text for people, markdown for pull requests and assistants, json (schema
    /// agentobs.sessions/1), jsonl (a line a session).
    #[arg(long, short, value_enum, default_value_t)]
    pub format: Format,
    /// Only this turn.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub turn: Option<u32>,
    /// Only the sessions and turns that hold a span this TraceQL query finds, with their numbers;
    /// a turn is kept whole. The braces may be left out. How many of how many are shown is said
    /// at the end; counts and usage are those of what is shown.
    #[arg(long = "where", value_name = "TRACEQL")]
    pub filter: Option<String>,
    /// Only a part of each session.
    #[arg(long, value_enum, value_name = "PART")]
    pub only: Option<OnlyArg>,
    /// Which log records, implies --logs: one level is a threshold, several with commas are an
    /// exact list (trace, debug, info, warn, error, fatal).
    #[arg(long, value_name = "LEVEL[,…]")]
    pub log_level: Option<Levels>,
    /// Spans too, as a tree.
    #[arg(long)]
    pub spans: bool,
    /// Log records too, under their turn.
    #[arg(long)]
    pub logs: bool,
    /// Metric points too.
    #[arg(long)]
    pub metrics: bool,
}

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A tree for people.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// One line of JSON a session.
    Jsonl,
    /// Markdown for pull requests and assistants.
    #[value(alias = "md")]
    Markdown,
}

/// A part of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnlyArg {
    /// Who said what.
    Transcript,
    /// Tool calls.
    Tools,
    /// Errors and failed tool calls.
    Errors,
    /// Log records.
    Logs,
}

impl ShowArgs {
    /// Reads the sources and prints their sessions.
    ///
    /// # Errors
    /// When nothing can be shown, when the arguments name what is not there, or
    /// when stdout cannot be written.
    pub(super) fn run(self, common: &Common) -> Result<Outcome, CliError> {
        // A wrong query is said before anything is read.
        self.print.query()?;
        let (opened, outcome) = self.sources.open(common)?;
        let sessions = session::build(&opened.store);
        self.print.print(&opened, &sessions, &self.sources.session, common)?;
        match outcome {
            Outcome::Fine if sessions.list.is_empty() => Err(no_session(&sessions)),
            outcome => Ok(outcome),
        }
    }
}

/// Records were read, but no session is in them.
pub(super) fn no_session(sessions: &Sessions) -> CliError {
    let left = &sessions.unassigned;
    CliError::nothing(format!(
        "no session in what was read ({} spans, {} log records and {} metric points belong to none)",
        left.spans.len(),
        left.logs.len(),
        left.points.len()
    ))
    .hint("traces, a chat history or a session report would tell whose they are")
}

impl PrintArgs {
    /// Prints sessions on stdout, and on stderr what is to be said about all of
    /// them.
    ///
    /// # Errors
    /// When no session has the id or turn asked for (exit code 2), or when
    /// stdout cannot be written.
    pub(super) fn print(
        &self,
        opened: &Opened,
        sessions: &Sessions,
        wanted: &[String],
        common: &Common,
    ) -> Result<(), CliError> {
        let content = self.content(common);
        let query = self.query()?;
        let mut report = Report::new(&opened.store, sessions, &opened.sources, &opened.diagnostics);
        if !report.shown.is_empty() {
            report.keep_sessions(wanted).map_err(not_found)?;
            if let Some(turn) = self.turn {
                report.keep_turn(turn).map_err(not_found)?;
            }
        }
        Messages::new(common).diagnostics(&sessions.diagnostics);
        if let Some((text, query)) = &query {
            let found = query.evaluate(&opened.store, sessions);
            let found = found.map_err(|error| wrong("--where", text, &error, None))?;
            Messages::new(common).diagnostics(&found.diagnostics);
            let matching: HashSet<SpanIx> =
                found.matches.iter().flat_map(|one| one.spans.iter().copied()).collect();
            report.keep_where(text, &matching);
        }
        let stdout = std::io::stdout();
        let options = TextOptions {
            width: columns(stdout.is_terminal()),
            color: anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
        };
        let mut out = BufWriter::new(stdout.lock());
        match self.format {
            Format::Text => text(&report, &content, options, &mut out)?,
            Format::Json => json(&report, &content, &mut out)?,
            Format::Jsonl => jsonl(&report, &content, &mut out)?,
            Format::Markdown => markdown(&report, &content, &mut out)?,
        }
        Ok(out.flush()?)
    }

    /// The query of `--where`, read before anything else is.
    fn query(&self) -> Result<Option<(&str, Query)>, CliError> {
        let Some(text) = self.filter.as_deref() else { return Ok(None) };
        match filter(text) {
            Ok(query) => Ok(Some((text, query))),
            Err(error) => Err(wrong("--where", text, &error, None)),
        }
    }

    fn content(&self, common: &Common) -> Content {
        Content {
            only: self.only.map(|only| match only {
                OnlyArg::Transcript => Only::Transcript,
                OnlyArg::Tools => Only::Tools,
                OnlyArg::Errors => Only::Errors,
                OnlyArg::Logs => Only::Logs,
            }),
            logs: self.logs || (self.log_level.is_some() && self.only.is_none()),
            levels: self.log_level.clone().unwrap_or_default(),
            spans: self.spans,
            metrics: self.metrics,
            verbose: common.verbose > 0,
        }
    }
}

pub(super) fn not_found(why: NotFound) -> CliError {
    let known = why.known();
    CliError::usage(why.to_string()).hint(known)
}

/// Lines longer than this are hard to read on any terminal.
const WIDEST: usize = 160;
const NARROWEST: usize = 40;
/// Columns where nobody says how many there are.
const USUAL: usize = 80;

/// Columns to lay text out for: those of the terminal, else `COLUMNS`, else 80.
pub(super) fn columns(terminal: bool) -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    let measured = if terminal { crossterm::terminal::size().ok() } else { None };
    let columns = measured.map(|(columns, _)| usize::from(columns)).filter(|&n| n > 0).or(said);
    columns.unwrap_or(USUAL).clamp(NARROWEST, WIDEST)
}
