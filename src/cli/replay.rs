//! `agentobs replay`: an event log becomes the trace that it could not make.

use super::delivery::{
    AccountFormat, Delivery, Told, destination, interruptible, left_out, not_a_source,
};
use super::messages::Messages;
use super::send::{SendArgs, attribute};
use super::show::columns;
use super::sources::LimitArgs;
use super::{CliError, Common, Outcome};
use crate::model::{Batch, Nanos, Store};
use crate::net::{Interrupt, SendOptions, resource_of};
use crate::output::text::{TextOptions, text};
use crate::output::{Content, EventCounts, Report};
use crate::realtime::{ContentPolicy, Conventions, CorrelatorOptions};
use crate::replay::{Pace, Replayed, Speed, Watch, groups, replay, span_of_time};
use crate::session;
use crate::source::Input;
use crate::wire::{KeepLog, PackOptions, Packer, Selection};
use clap::{Args, ValueEnum, ValueHint};
use std::cell::{Cell, RefCell};
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  agentobs replay events.jsonl                                  the tree and the counts; nothing is sent
  agentobs replay events.jsonl --export http://localhost:4318
  agentobs replay events.jsonl --export https://cloud.langfuse.com/api/public/otel \\
      --header-file langfuse.headers --signals traces
  agentobs replay events.jsonl --export localhost:4317 --protocol grpc --time now
  agentobs replay logs/ --out call.jsonl                        OTLP JSON lines; .pb for protobuf
  agentobs replay events.jsonl --content none --export URL      without what was said";

/// Arguments of `replay`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// OpenAI Realtime event logs in any form they are recorded in, also in folders and archives;
    /// - is stdin.
    #[arg(value_name = "EVENTS", required = true, value_hint = ValueHint::AnyPath)]
    events: Vec<PathBuf>,
    /// Send to this OTLP receiver: a base URL, below which come /v1/traces, /v1/logs, /v1/metrics.
    /// Default: OTEL_EXPORTER_OTLP_ENDPOINT, unless --out is given.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    export: Option<String>,
    /// Write OTLP into this file: JSON lines, or length-delimited protobuf if it ends in .pb; - is
    /// stdout. Alone it never uses the network.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Send nothing: show the tree, the counts, and what matched nothing.
    #[arg(long)]
    dry_run: bool,
    /// How the account is printed: text on stderr, json (agentobs.delivery/1) on stdout.
    #[arg(long, short, value_enum, default_value_t)]
    format: AccountFormat,
    /// Only the session with this id.
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// What is written.
    #[command(flatten)]
    made: MadeArgs,
    /// How it is sent.
    #[command(flatten)]
    send: SendArgs,
    /// What may be read.
    #[command(flatten)]
    limits: LimitArgs,
}

/// What the spans, log records and metric points look like.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Records")]
struct MadeArgs {
    /// Whether transcripts, arguments and outputs are written.
    #[arg(long, value_enum, default_value_t)]
    content: ContentArg,
    /// Times as in the log, or moved so that the log ends now (with --speed: so that it begins now).
    #[arg(long, value_enum, default_value_t)]
    time: TimeArg,
    /// How fast records go out: max, realtime, or a factor such as 10x.
    #[arg(long, value_name = "SPEED", default_value = "max")]
    speed: Speed,
    /// Attribute of the resource, beside those of OTEL_RESOURCE_ATTRIBUTES; may repeat.
    #[arg(long = "attr", value_name = "KEY=VALUE", value_parser = attribute)]
    attrs: Vec<(String, String)>,
    /// service.name of the resource; default OTEL_SERVICE_NAME, else realtime-agent.
    #[arg(long, value_name = "NAME")]
    service_name: Option<String>,
    /// Which text of the GenAI conventions to follow: what backends know, or the open proposals for
    /// realtime.
    #[arg(long, value_enum, default_value_t)]
    conventions: ConventionsArg,
    /// A span event for every delta.
    #[arg(long)]
    track_deltas: bool,
}

/// Whether what was said is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ContentArg {
    /// Yes.
    #[default]
    Full,
    /// No: numbers, names, ids and times only.
    None,
}

/// Which times records have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum TimeArg {
    /// Those of the log.
    #[default]
    Original,
    /// Moved to now.
    Now,
}

/// Which conventions are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ConventionsArg {
    /// What backends know: a response is a `chat`.
    #[default]
    Known,
    /// The open proposals: `realtime_inference`, tokens by modality.
    Proposed,
}

impl ReplayArgs {
    /// Replays, delivers, and accounts for everything.
    ///
    /// # Errors
    /// When nothing can be replayed, when arguments cannot be meant, or when
    /// the output cannot be written.
    pub(super) fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let inputs: Vec<Input> = self.events.iter().cloned().map(Input::from).collect();
        if inputs.contains(&Input::Stdin) && std::io::stdin().is_terminal() {
            return Err(CliError::usage("cannot read standard input: it is the terminal")
                .hint("pipe an event log into it, or name a file instead of -"));
        }
        let to_stdout = self.out.as_deref() == Some(std::path::Path::new("-"));
        if to_stdout && self.format == AccountFormat::Json {
            return Err(CliError::usage("--out - and --format json both want stdout")
                .hint("write the records to a file, or leave --format json out"));
        }
        not_a_source(self.out.as_deref(), &self.events)?;
        let interrupt = interruptible();
        let destination = match self.sends() {
            true => Some(destination(&self.send.options(self.export.as_deref())?, common)?),
            false => None,
        };
        if let Some(destination) = &destination
            && !common.quiet
        {
            say_what_is_sent(self.made.content);
            left_out(destination, &self.send).iter().for_each(|said| Messages::note(said));
        }
        let shows_tree = destination.is_none() && self.out.is_none();
        let mut options = self.correlator_options(common);
        if self.made.time == TimeArg::Now {
            options.start = Some(self.begins(&inputs, &options, &interrupt)?);
        }
        let delivery = Delivery::begin(destination, self.out.as_deref(), &interrupt, common)?;
        let mut store = shows_tree.then(Store::new);
        let (mut replayed, delivery) =
            self.replay(&inputs, &options, delivery, &mut store, &interrupt);
        replayed.interrupted |= interrupt.is_asked();
        let mut outcome = self.end(&replayed, delivery, common)?;
        if let Some(store) = store
            && self.format == AccountFormat::Text
        {
            tree(&store)?;
        }
        if outcome == Outcome::Fine && replayed.unreadable {
            outcome = Outcome::Unreadable;
        }
        Ok(outcome)
    }

    /// `--out` alone never uses the network, whatever the environment says.
    fn sends(&self) -> bool {
        let env = |name: &str| std::env::var(name).ok();
        let named = self.export.is_some() || self.send.names_a_receiver();
        !self.dry_run && (named || (self.out.is_none() && SendOptions::environment_names_one(&env)))
    }

    fn correlator_options(&self, common: &Common) -> CorrelatorOptions {
        let made = &self.made;
        let mut options = CorrelatorOptions {
            content: match made.content {
                ContentArg::Full => ContentPolicy::Full,
                ContentArg::None => ContentPolicy::None,
            },
            track_deltas: made.track_deltas,
            conventions: match made.conventions {
                ConventionsArg::Known => Conventions::Known,
                ConventionsArg::Proposed => Conventions::Proposed,
            },
            session: self.session.clone(),
            ..CorrelatorOptions::default()
        };
        let record_bytes = self.limits.limits().max_record_bytes;
        options.limits.record_bytes = usize::try_from(record_bytes).unwrap_or(usize::MAX);
        let (environment, warning) = resource_of(&|name: &str| std::env::var(name).ok());
        Messages::new(common).diagnostics(warning.as_slice());
        let flags = made.attrs.iter();
        let given = environment.iter().filter(|(key, _)| !flags.clone().any(|(k, _)| k == key));
        for (key, value) in given.chain(&made.attrs) {
            match key.as_str() {
                "service.name" => options.service_name.clone_from(value),
                _ => options.resource.push((key.clone(), value.clone())),
            }
        }
        if let Some(name) = &made.service_name {
            options.service_name.clone_from(name);
        }
        options
    }

    /// When the log is said to begin. At full speed it has to end by now, so
    /// that no record lies in the future; its length is known after a first
    /// reading.
    fn begins(
        &self,
        inputs: &[Input],
        options: &CorrelatorOptions,
        interrupt: &Interrupt,
    ) -> Result<Nanos, CliError> {
        let now = u64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(0);
        if self.made.speed != Speed::Max {
            return Ok(Nanos(now));
        }
        if inputs.contains(&Input::Stdin) {
            return Err(CliError::usage("--time now at full speed has to read the log twice")
                .hint("name a file instead of -, or add --speed realtime"));
        }
        let watch = Watch { goes_on: &|| !interrupt.is_asked(), progress: &|_| {} };
        let length = span_of_time(inputs, self.limits.limits(), options, &watch);
        let length = length.map_or(0, |(first, last)| last.0.saturating_sub(first.0));
        Ok(Nanos(now.saturating_sub(length)))
    }

    fn replay(
        &self,
        inputs: &[Input],
        options: &CorrelatorOptions,
        delivery: Delivery,
        store: &mut Option<Store>,
        interrupt: &Interrupt,
    ) -> (Replayed, Delivery) {
        let (max_records, max_bytes) = self.send.request_size();
        let keep_log: &KeepLog<'_> = &|severity, text| self.send.keeps_log(severity, text);
        let keep_log = Some(keep_log);
        let pack = PackOptions { max_records, max_bytes, keep_log, ..PackOptions::default() };
        let delivery = RefCell::new(delivery);
        let stops = Cell::new(false);
        let mut pace = Pace::begin(self.made.speed);
        let replayed = {
            let watch = Watch {
                goes_on: &|| !interrupt.is_asked() && !stops.get(),
                progress: &|read| {
                    let delivery = delivery.borrow();
                    stops.set(!delivery.goes_on());
                    delivery.shows(&format!("{read} events read"));
                },
            };
            let mut sink = |batch: Batch| {
                let mut delivery = delivery.borrow_mut();
                let mut take = |message| delivery.take(message);
                match &mut pace {
                    None => Packer::new(&batch, pack, &mut take).pack(Selection::All),
                    Some(pace) => paced(pace, &batch, pack, interrupt, &mut take),
                }
                drop(delivery);
                if let Some(store) = store {
                    store.append(batch);
                }
            };
            replay(inputs, self.limits.limits(), options, &watch, &mut sink)
        };
        (replayed, delivery.into_inner())
    }

    fn end(
        &self,
        replayed: &Replayed,
        delivery: Delivery,
        common: &Common,
    ) -> Result<Outcome, CliError> {
        let messages = Messages::new(common);
        messages.diagnostics(&replayed.diagnostics);
        if replayed.logs.is_empty() && !replayed.interrupted {
            return Err(no_log(replayed));
        }
        let made = replayed.made.0 + replayed.made.1 + replayed.made.2;
        if let (Some(id), 0, false) = (&self.session, made, replayed.interrupted) {
            return Err(CliError::usage(format!("no session has the id {id}"))
                .hint("`agentobs show` lists the sessions of a log"));
        }
        let (read, consumed) = replayed.events();
        let skipped = replayed.logs.iter().map(|log| log.skipped.total()).sum();
        let events = EventCounts { read, consumed, unmatched: replayed.unmatched(), skipped };
        let told = Told {
            events: Some(events),
            sessions: replayed.sessions(),
            interrupted: replayed.interrupted,
        };
        delivery.end(told, self.format, common)
    }
}

fn paced(
    pace: &mut Pace,
    batch: &Batch,
    pack: PackOptions<'_>,
    interrupt: &Interrupt,
    take: &mut dyn FnMut(crate::wire::Message),
) {
    pace.sees(batch);
    for group in groups(batch) {
        loop {
            let wait = pace.wait(group.due);
            if wait.is_zero() {
                break;
            }
            // What is not due yet does not go out.
            if interrupt.is_asked() {
                return;
            }
            std::thread::sleep(wait.min(Duration::from_millis(50)));
        }
        Packer::new(batch, pack, take).pack(Selection::Rows {
            spans: &group.spans,
            logs: &group.logs,
            points: &group.points,
        });
    }
}

fn say_what_is_sent(content: ContentArg) {
    Messages::note(match content {
        ContentArg::Full => {
            "transcripts, tool arguments and outputs are sent too (--content none leaves them out)"
        }
        ContentArg::None => "transcripts, tool arguments and outputs are left out",
    });
}

fn tree(store: &Store) -> Result<(), CliError> {
    let sessions = session::build(store);
    let report = Report::new(store, &sessions, &[], &[]);
    let stdout = std::io::stdout();
    let options = TextOptions {
        width: columns(stdout.is_terminal()),
        color: anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
    };
    let content = Content { spans: true, ..Content::default() };
    let mut out = BufWriter::new(stdout.lock());
    text(&report, &content, options, &mut out)?;
    Ok(out.flush()?)
}

/// How many names a message about nothing lists.
const LISTED: usize = 12;

fn no_log(replayed: &Replayed) -> CliError {
    let outcome = if replayed.unreadable { Outcome::Unreadable } else { Outcome::Nothing };
    let mut lines: Vec<String> = replayed
        .skipped
        .iter()
        .take(LISTED)
        .map(|(place, reason)| format!("{place}: {reason}"))
        .collect();
    if replayed.skipped.len() > LISTED {
        lines.push(format!("… and {} more", replayed.skipped.len() - LISTED));
    }
    lines.push("`agentobs export` sends traces, logs and metrics of other kinds".to_owned());
    CliError::new(outcome, "no Realtime event log in what was named").hint(lines.join("\n"))
}
