//! `agentobs query`: find spans with TraceQL.

use super::messages::Messages;
use super::sources::LimitArgs;
use super::{CliError, Common, Outcome, SourceArgs};
use crate::open::Opened;
use crate::output::json::{matches_json, matches_jsonl};
use crate::output::markdown::matches_markdown;
use crate::output::text::{TextOptions, matches_text};
use crate::output::{Matches, Report, escape};
use crate::query::{Found, Query, QueryError, parse};
use crate::session::{self, Sessions};
use clap::{Args, ValueEnum, ValueHint};
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  agentobs query '{ span:op = tool && tool:error != nil }' call.zip
  agentobs query '{ span:op = llm && llm:ttft > 800ms }' calls/
  agentobs query '{ turn:role = \"agent\" && turn:e2e > 2s } | by(turn:number)' call.zip
  agentobs query '{ span:op = turn } >> { span:op = tool } | count() > 3' call.zip
  agentobs query '{ span:op = tool } | select(tool:name, tool:error)' call.zip --format markdown
  agentobs query '{ name = \"llm\" || name = \"tts\" && duration > 1s }' --explain

The language is Grafana Tempo's TraceQL with names for voice agents; docs/query.md has both.";

/// Arguments of `query`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct QueryArgs {
    /// The query, in TraceQL: '{ … }', alone or with operators and stages.
    #[arg(value_name = "TRACEQL")]
    pub query: String,
    /// Files, folders or archives of any kind, told apart by their content; - is stdin.
    #[arg(value_name = "SOURCE", required_unless_present = "explain", value_hint = ValueHint::AnyPath)]
    pub sources: Vec<PathBuf>,
    /// Print the query as it was understood, and ask nobody.
    #[arg(long)]
    pub explain: bool,
    /// The format: table for people, markdown for pull requests and assistants, json (schema
    /// agentobs.query/1), jsonl (a line a match).
    #[arg(long, short, value_enum, default_value_t)]
    pub format: QueryFormat,
    /// Only matches in the session with this id (any id the data gives it); may repeat.
    #[arg(long, value_name = "ID")]
    pub session: Vec<String>,
    /// What may be read.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// An output format of `query`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum QueryFormat {
    /// Tables for people.
    #[default]
    #[value(alias = "text")]
    Table,
    /// One JSON document.
    Json,
    /// One line of JSON a match.
    Jsonl,
    /// Markdown for pull requests and assistants.
    #[value(alias = "md")]
    Markdown,
}

impl QueryArgs {
    /// Finds spans and prints them.
    ///
    /// # Errors
    /// A wrong query (exit code 2); else what [`SourceArgs::open`] and writing
    /// give.
    pub(super) fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let query = parse(&self.query).map_err(|error| self.wrong(&error))?;
        if self.explain {
            writeln!(std::io::stdout(), "{}", escape::line(&query.explain()))?;
            return Ok(Outcome::Fine);
        }
        query.can_run().map_err(|error| self.wrong(&error))?;
        let sources = SourceArgs {
            sources: self.sources.clone(),
            session: self.session.clone(),
            limits: self.limits.clone(),
        };
        let (opened, outcome) = sources.open(common)?;
        let sessions = session::build(&opened.store);
        let found = self.find(&query, &opened, &sessions)?;
        Messages::new(common).diagnostics(&sessions.diagnostics);
        Messages::new(common).diagnostics(&found.diagnostics);
        let all =
            Matches { store: &opened.store, all: &sessions, query: &self.query, found: &found };
        self.print(&all)?;
        if found.matches.is_empty() && self.format == QueryFormat::Table && !common.quiet {
            Messages::note(&match opened.store.spans().len() {
                0 => "nothing matches: there are no spans in what was read".to_owned(),
                spans => format!("nothing matches (of {spans} spans)"),
            });
        }
        match outcome {
            Outcome::Fine if opened.store.spans().is_empty() => Err(CliError::nothing("")),
            outcome => Ok(outcome),
        }
    }

    fn find(&self, query: &Query, opened: &Opened, sessions: &Sessions) -> Result<Found, CliError> {
        let mut report = Report::new(&opened.store, sessions, &opened.sources, &[]);
        if !self.session.is_empty() {
            report.keep_sessions(&self.session).map_err(super::show::not_found)?;
        }
        let found = query.evaluate(&opened.store, sessions);
        let mut found = found.map_err(|error| self.wrong(&error))?;
        if !self.session.is_empty() {
            let is_kept = |at: usize| {
                sessions.list.get(at).is_some_and(|session| {
                    report.shown.iter().any(|s| s.id == session.id && s.start == session.start)
                })
            };
            found.matches.retain(|one| one.session.is_some_and(is_kept));
        }
        Ok(found)
    }

    fn print(&self, matches: &Matches<'_>) -> Result<(), CliError> {
        let stdout = std::io::stdout();
        let options = TextOptions {
            width: super::show::columns(stdout.is_terminal()),
            color: anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
        };
        let mut out = BufWriter::new(stdout.lock());
        match self.format {
            QueryFormat::Table => matches_text(matches, options, &mut out)?,
            QueryFormat::Json => matches_json(matches, &mut out)?,
            QueryFormat::Jsonl => matches_jsonl(matches, &mut out)?,
            QueryFormat::Markdown => matches_markdown(matches, &mut out)?,
        }
        Ok(out.flush()?)
    }

    /// A wrong query: what is wrong, the place, what to write instead.
    fn wrong(&self, error: &QueryError) -> CliError {
        let is_query = |source: &PathBuf| source.to_string_lossy().trim_start().starts_with('{');
        let note = "the query comes first, then the sources";
        let note = self.sources.iter().any(is_query).then_some(note);
        wrong("query", &self.query, error, note)
    }
}

/// A wrong query in the argument `what`: the place, the excerpt, what to write
/// instead.
pub(super) fn wrong(what: &str, query: &str, error: &QueryError, note: Option<&str>) -> CliError {
    let hints = [error.suggestion.as_deref(), note];
    let mut hint = error.excerpt(query);
    for line in hints.into_iter().flatten() {
        hint.push('\n');
        hint.push_str(line);
    }
    let place = match error.line {
        1 => format!("column {}", error.column),
        line => format!("line {line}, column {}", error.column),
    };
    CliError::usage(format!("{what}, {place}: {}", error.message)).hint(hint)
}
