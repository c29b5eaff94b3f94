//! `agentobs assert`: check sessions against rules.

use super::messages::Messages;
use super::{CliError, Common, Outcome, SourceArgs};
use crate::assert::{self, RuleSeverity, Spec, SpecError, Status, Verdict, Verdicts};
use crate::open::Opened;
use crate::output::{Report, escape};
use crate::session::{self, Sessions};
use anstyle::{AnsiColor, Effects, Style};
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  agentobs assert call.zip --spec voice.yaml
  agentobs assert calls/ --spec voice.yaml --spec tools.yaml     every session is a test case
  agentobs assert call.zip --expect '{ span:op = tool && tool:name = \"book\" }'
  agentobs assert call.zip --forbid '{ status = error }' --expect 'turn.e2e < 1.2s'
  agentobs assert init call.zip --out voice.yaml                 a first spec from a good call

docs/assert.md describes specs and has examples.";

/// Arguments of `assert`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct AssertArgs {
    /// What else can be done.
    #[command(subcommand)]
    pub command: Option<AssertCommand>,
    /// What to read.
    #[command(flatten)]
    pub sources: SourceArgs,
    /// A file of rules, YAML or JSON; may repeat.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub spec: Vec<PathBuf>,
    /// Something that must be so: TraceQL that selects a span, or a condition such as
    /// 'turn.e2e < 1.2s'; may repeat.
    #[arg(long, value_name = "TRACEQL")]
    pub expect: Vec<String>,
    /// Something that must not be there: TraceQL that selects no span; may repeat.
    #[arg(long, value_name = "TRACEQL")]
    pub forbid: Vec<String>,
    /// The least severity of a failed rule that fails the run.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t)]
    pub fail_on: FailOn,
}

/// What else `assert` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum AssertCommand {
    /// Write a first spec from a good call.
    Init(InitArgs),
}

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
    /// Where to write the spec; a file that is there is not overwritten.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}

/// The least severity that fails a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Failed rules of severity error.
    #[default]
    Error,
    /// Those of severity warn, too.
    Warn,
    /// Every failed rule.
    Info,
}

impl From<FailOn> for RuleSeverity {
    fn from(least: FailOn) -> Self {
        match least {
            FailOn::Error => Self::Error,
            FailOn::Warn => Self::Warn,
            FailOn::Info => Self::Info,
        }
    }
}

impl AssertArgs {
    /// Checks sessions and prints what failed.
    ///
    /// # Errors
    /// A wrong spec or query (exit code 2), nothing to work on (4); else what
    /// [`SourceArgs::open`] and writing give.
    pub(super) fn run(self, common: &Common) -> Result<Outcome, CliError> {
        if let Some(AssertCommand::Init(args)) = self.command {
            return args.run(common);
        }
        let spec = self.rules()?;
        let (opened, outcome) = self.sources.open(common)?;
        let sessions = session::build(&opened.store);
        let kept = kept(&opened, &sessions, &self.sources.session)?;
        if kept.is_empty() {
            return match outcome {
                Outcome::Fine => Err(super::show::no_session(&sessions)),
                outcome => Ok(outcome),
            };
        }
        let evaluated =
            assert::evaluate(&spec, &opened.store, &sessions, &kept).map_err(|error| {
                let message = format!("{}: {}", place(&error.place), error.error.message);
                CliError::usage(message).hint(error.error.suggestion.unwrap_or_default())
            })?;
        Messages::new(common).diagnostics(&evaluated.diagnostics);
        let mut verdicts = evaluated.verdicts;
        verdicts.list.extend(snapshots(&spec));
        let least = self.fail_on.into();
        let shown = Shown { common, several: sessions.list.len() > 1, sessions: kept.len() };
        shown.print(&verdicts)?;
        let list = &verdicts.list;
        let decided = |verdict: &Verdict| matches!(verdict.status, Status::Passed | Status::Failed);
        if list.iter().any(|verdict| verdict.fails(least)) {
            return Ok(Outcome::Failed);
        }
        if outcome == Outcome::Fine && !list.iter().any(decided) {
            return Err(CliError::nothing("no rule could be decided: every one was skipped")
                .hint("-v says why of each; `agentobs show` tells what the data has"));
        }
        Ok(outcome)
    }

    /// The rules of all files and flags.
    fn rules(&self) -> Result<Spec, CliError> {
        let mut spec = Spec::default();
        for path in &self.spec {
            spec.append(Spec::read(path).map_err(|error| wrong(&error))?);
        }
        for (flag, texts, forbid) in
            [("--expect", &self.expect, false), ("--forbid", &self.forbid, true)]
        {
            for text in texts {
                spec.append(Spec::inline(flag, text, forbid).map_err(|error| wrong(&error))?);
            }
        }
        if spec.rules() == 0 {
            return Err(CliError::usage("no rule to check")
                .hint("name a file with --spec, or a query with --expect or --forbid"));
        }
        Ok(spec)
    }
}

impl InitArgs {
    fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (opened, outcome) = self.sources.open(common)?;
        let sessions = session::build(&opened.store);
        let kept = kept(&opened, &sessions, &self.sources.session)?;
        let [at] = kept.as_slice() else {
            if kept.is_empty() {
                return Err(super::show::no_session(&sessions));
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
        match &self.out {
            None => std::io::stdout().lock().write_all(text.as_bytes())?,
            Some(path) => {
                let cannot = |error: std::io::Error| {
                    CliError::new(
                        Outcome::Undelivered,
                        format!("cannot write {}: {error}", path.display()),
                    )
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

/// What became of the snapshots that a spec names.
fn snapshots(spec: &Spec) -> impl Iterator<Item = Verdict> {
    spec.snapshots().map(|(snapshot, place, severity)| Verdict {
        rule: "snapshot".to_owned(),
        place: place.clone(),
        severity,
        session: None,
        source: None,
        status: Status::Skipped,
        message: format!("{}: snapshots are not compared yet", snapshot.file.display()),
        expected: None,
        found: None,
        nearest: None,
        details: Vec::new(),
        spans: Vec::new(),
        turn: None,
    })
}

/// Positions of the sessions that are wanted.
fn kept(opened: &Opened, sessions: &Sessions, wanted: &[String]) -> Result<Vec<usize>, CliError> {
    if wanted.is_empty() || sessions.list.is_empty() {
        return Ok((0..sessions.list.len()).collect());
    }
    let mut report = Report::new(&opened.store, sessions, &opened.sources, &[]);
    report.keep_sessions(wanted).map_err(super::show::not_found)?;
    let is_shown = |session: &session::Session| {
        report.shown.iter().any(|shown| shown.id == session.id && shown.start == session.start)
    };
    let all = sessions.list.iter().enumerate();
    Ok(all.filter(|(_, session)| is_shown(session)).map(|(at, _)| at).collect())
}

fn wrong(error: &SpecError) -> CliError {
    CliError::usage(error.to_string()).hint(error.hint.clone().unwrap_or_default())
}

fn place(place: &assert::RulePlace) -> String {
    match place.line {
        Some(line) => format!("{}:{line}", place.file),
        None => place.file.clone(),
    }
}

const BAD: Style =
    Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))).effects(Effects::BOLD);
const DOUBTFUL: Style =
    Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))).effects(Effects::BOLD);
const GOOD: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));

/// How verdicts are printed for people.
struct Shown<'c> {
    common: &'c Common,
    /// Whether the sources have several sessions.
    several: bool,
    sessions: usize,
}

impl Shown<'_> {
    fn print(&self, verdicts: &Verdicts) -> std::io::Result<()> {
        let mut out = BufWriter::new(anstream::stdout().lock());
        for verdict in &verdicts.list {
            match verdict.status {
                Status::Failed => self.failed(verdict, &mut out)?,
                Status::Passed if self.common.verbose == 0 => {}
                _ if self.common.quiet => {}
                status => self.line(verdict, status, &mut out)?,
            }
        }
        let counts: Vec<String> =
            [Status::Failed, Status::Passed, Status::Skipped, Status::Insufficient]
                .into_iter()
                .map(|status| (status, verdicts.count(status)))
                .filter(|(status, count)| *count > 0 || *status == Status::Passed)
                .map(|(status, count)| format!("{count} {}", status.as_str()))
                .collect();
        let sessions = match self.sessions {
            1 => "1 session".to_owned(),
            many => format!("{many} sessions"),
        };
        writeln!(out, "{} · {sessions}", counts.join(", "))?;
        out.flush()
    }

    fn line(&self, verdict: &Verdict, status: Status, out: &mut impl Write) -> std::io::Result<()> {
        let (style, word) = match status {
            Status::Passed => (GOOD, "pass"),
            Status::Skipped => (DOUBTFUL, "skip"),
            _ => (DOUBTFUL, "few"),
        };
        let session = verdict.session.as_deref().filter(|_| self.several);
        let session = session.map_or_else(String::new, |id| format!(" ({})", escape::line(id)));
        writeln!(
            out,
            "{style}{word}{style:#}  {}  {}{session}: {}",
            escape::line(&place(&verdict.place)),
            escape::line(&verdict.rule),
            escape::line(&verdict.message)
        )
    }

    fn failed(&self, verdict: &Verdict, out: &mut impl Write) -> std::io::Result<()> {
        let (style, word) = match verdict.severity {
            RuleSeverity::Error => (BAD, "FAIL"),
            RuleSeverity::Warn => (DOUBTFUL, "WARN"),
            RuleSeverity::Info => (DOUBTFUL, "INFO"),
        };
        write!(
            out,
            "{style}{word}{style:#}  {}  {}",
            escape::line(&place(&verdict.place)),
            escape::line(&verdict.rule)
        )?;
        if let Some(turn) = verdict.turn {
            write!(out, "  turn {turn}")?;
        }
        match &verdict.session {
            Some(session) => writeln!(out, "  session {}", escape::line(session))?,
            None => writeln!(out, "  over all sessions")?,
        }
        let facts = [
            ("expected", &verdict.expected),
            ("found", &verdict.found),
            ("nearest", &verdict.nearest),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                writeln!(out, "      {name:<9} {}", escape::line(value))?;
            }
        }
        for line in &verdict.details {
            writeln!(out, "      {}", escape::line(line))?;
        }
        if let Some(source) = &verdict.source {
            let session = verdict.session.as_deref().filter(|_| self.several);
            let session =
                session.map_or_else(String::new, |id| format!(" --session {}", quoted(id)));
            let turn = verdict.turn.map_or_else(String::new, |turn| format!(" --at turn:{turn}"));
            let command = format!("agentobs view {}{session}{turn}", quoted(source));
            writeln!(out, "      open      {}", escape::line(&command))?;
        }
        Ok(())
    }
}

/// A word of a command as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
