//! `agentobs assert`: check sessions against rules.

use super::init::InitArgs;
use super::snapshots::Snapshots;
use crate::assert::report::{
    ReportContext, ReportKind, ReportTarget, append_step_summary, write_report, write_reports,
};
use crate::assert::snapshot::{SnapshotMode, is_ci};
use crate::assert::{self, RuleSeverity, Spec, SpecError, Status, Verdict, Verdicts};
use crate::cli::messages::Messages;
use crate::cli::{CliError, Common, Outcome, SourceArgs, show};
use crate::open::Opened;
use crate::output::Report;
use crate::session::{self, Sessions};
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  agentobs assert call.zip --spec voice.yaml
  agentobs assert calls/ --spec voice.yaml --spec tools.yaml     every session is a test case
  agentobs assert call.zip --expect '{ span:op = tool && tool:name = \"book\" }'
  agentobs assert call.zip --forbid '{ status = error }' --expect 'turn.e2e < 1.2s'
  agentobs assert call.zip --snapshot call.snap                  as it was when --update wrote it
  agentobs assert calls/ --spec voice.yaml --report junit=out.xml --report sarif=out.sarif
  agentobs assert init call.zip --out voice.yaml                 a first spec from a good call

docs/assert.md describes specs, docs/reports.md reports and snapshots.";

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
    /// A file with the shape of the calls: differences fail; --update writes it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub snapshot: Option<PathBuf>,
    /// Write snapshots that are missing or differ; never in CI.
    #[arg(long)]
    pub update: bool,
    /// Behave as in CI, where snapshots are never written; on by itself where the environment has
    /// CI set.
    #[arg(long)]
    pub ci: bool,
    /// The report on stdout: text, json (agentobs.assert/1), junit, tap, sarif, github, markdown.
    #[arg(long, short, value_name = "FORMAT", default_value_t)]
    pub format: ReportKind,
    /// A report into a file, beside the one on stdout, such as junit=out.xml; may repeat.
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<ReportTarget>,
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
    pub(in crate::cli) fn run(self, common: &Common) -> Result<Outcome, CliError> {
        if let Some(AssertCommand::Init(args)) = self.command {
            return args.run(common);
        }
        let begun = Instant::now();
        let spec = self.rules()?;
        let snapshots = Snapshots::of(&spec, self.snapshot.as_deref())?;
        let (opened, outcome) = self.sources.open(common)?;
        // Rules that hold on half a call prove nothing.
        let outcome = match outcome {
            Outcome::Fine if opened.is_cut() => Outcome::Unreadable,
            outcome => outcome,
        };
        let sessions = session::build(&opened.store);
        let kept = kept(&opened, &sessions, &self.sources.session)?;
        if kept.is_empty() {
            return match outcome {
                Outcome::Fine => Err(show::no_session(&sessions)),
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
        let mode = SnapshotMode::new(self.update, self.ci || is_ci(env));
        let source = match opened.sources.as_slice() {
            [one] => Some(one.path.clone()),
            _ => None,
        };
        verdicts.list.extend(snapshots.run(&opened.store, &sessions, &kept, source, mode)?);
        let least = self.fail_on.into();
        if mode == SnapshotMode::Update && !common.quiet {
            let snapshots = verdicts.list.iter().filter(|verdict| verdict.rule == "snapshot");
            snapshots.for_each(|verdict| Messages::note(&verdict.message));
        }
        self.report(&verdicts, &opened, &sessions, begun, common)?;
        let list = &verdicts.list;
        let decided = |verdict: &Verdict| matches!(verdict.status, Status::Passed | Status::Failed);
        if list.iter().any(|verdict| verdict.fails(least)) {
            return Ok(Outcome::Failed);
        }
        if outcome == Outcome::Fine && !list.iter().any(decided) {
            let few = list.iter().filter(|v| v.status == Status::Insufficient).count();
            let why = match list.len() - few {
                _ if few == 0 => "every one was skipped",
                0 => "every one is insufficient: there are fewer values than it asks for",
                _ => "every one was skipped or is insufficient",
            };
            return Err(CliError::nothing(format!("no rule could be decided: {why}"))
                .hint("-v says why of each; `agentobs show` tells what the data has"));
        }
        Ok(outcome)
    }

    /// Prints the report, writes those into files, and tells GitHub where the
    /// run is one of its Actions.
    fn report(
        &self,
        verdicts: &Verdicts,
        opened: &Opened,
        sessions: &Sessions,
        begun: Instant,
        common: &Common,
    ) -> Result<(), CliError> {
        let sources: Vec<String> = opened.sources.iter().map(|s| s.path.clone()).collect();
        let stdout = std::io::stdout();
        let context = ReportContext {
            least: self.fail_on.into(),
            elapsed: (self.format == ReportKind::Text).then(|| begun.elapsed()),
            color: anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
            verbose: common.verbose > 0,
            ..ReportContext::new(&opened.store, sessions, &sources)
        };
        let mut out = BufWriter::new(stdout.lock());
        write_report(self.format, verdicts, &context, &mut out)?;
        let on_github = env("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if on_github && self.format == ReportKind::Text {
            write_report(ReportKind::Github, verdicts, &context, &mut out)?;
        }
        out.flush()?;
        let quiet = ReportContext { elapsed: None, color: false, ..context };
        let not_written =
            |error: String| CliError::new(Outcome::Undelivered, error).hint("may you write there?");
        write_reports(&self.report, verdicts, &quiet)
            .map_err(|error| not_written(error.to_string()))?;
        if let Some(path) = env("GITHUB_STEP_SUMMARY").filter(|path| on_github && !path.is_empty())
        {
            append_step_summary(path.as_ref(), verdicts, &quiet)
                .map_err(|error| not_written(format!("cannot write the step summary: {error}")))?;
        }
        Ok(())
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
        if spec.rules() == 0 && self.snapshot.is_none() {
            return Err(CliError::usage("no rule to check").hint(
                "name a file with --spec or --snapshot, or a query with --expect or --forbid",
            ));
        }
        Ok(spec)
    }
}

/// Positions of the sessions that are wanted.
pub(super) fn kept(
    opened: &Opened,
    sessions: &Sessions,
    wanted: &[String],
) -> Result<Vec<usize>, CliError> {
    if wanted.is_empty() || sessions.list.is_empty() {
        return Ok((0..sessions.list.len()).collect());
    }
    let mut report = Report::new(&opened.store, sessions, &opened.sources, &[]);
    report.keep_sessions(wanted).map_err(show::not_found)?;
    let is_shown = |session: &session::Session| {
        report.shown.iter().any(|shown| shown.id == session.id && shown.start == session.start)
    };
    let all = sessions.list.iter().enumerate();
    Ok(all.filter(|(_, session)| is_shown(session)).map(|(at, _)| at).collect())
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
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
