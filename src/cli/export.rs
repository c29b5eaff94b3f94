//! `agentobs export`: what was recorded goes out again as OTLP.

use super::delivery::{
    AccountFormat, Delivery, Told, destination, interruptible, left_out, not_a_source,
};
use super::messages::Messages;
use super::send::{SendArgs, attribute};
use super::show::not_found;
use super::{CliError, Common, Outcome, SourceArgs};
use crate::dialect::is_free_of_content;
use crate::export::{TurnMetrics, rows_of, turn_metrics, without_a_signal};
use crate::model::{Store, Value};
use crate::net::SendOptions;
use crate::output::Report;
use crate::session::{self, Session, Sessions};
use crate::wire::{KeepAttr, KeepLog, PackOptions, Packer, Selection};
use clap::{Args, ValueHint};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  agentobs export call.zip --to http://localhost:4318
  agentobs export call.zip --to localhost:4317 --protocol grpc --attr deployment.environment=replay
  agentobs export calls/ --session RM_36WLYeSZZL3S --out call.jsonl
  agentobs export call.zip --no-content --out shareable.pb      without what was said";

/// Arguments of `export`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// Send to this OTLP receiver: a base URL, below which come /v1/traces, /v1/logs, /v1/metrics.
    /// Default: OTEL_EXPORTER_OTLP_ENDPOINT, unless --out is given.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    to: Option<String>,
    /// Write OTLP into this file: JSON lines, or length-delimited protobuf if it ends in .pb; - is
    /// stdout. Alone it never uses the network.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// How the account is printed: text on stderr, json (agentobs.delivery/1) on stdout.
    #[arg(long, short, value_enum, default_value_t)]
    format: AccountFormat,
    /// Attribute of every resource, in place of its own; may repeat.
    #[arg(long = "attr", value_name = "KEY=VALUE", value_parser = attribute)]
    attrs: Vec<(String, String)>,
    /// Leave out what was said: texts stay only where they are ids, names, models, kinds, statuses.
    #[arg(long)]
    no_content: bool,
    /// What to read.
    #[command(flatten)]
    sources: SourceArgs,
    /// How it is sent.
    #[command(flatten)]
    send: SendArgs,
}

impl ExportArgs {
    /// Reads, delivers, and accounts for everything.
    ///
    /// # Errors
    /// When there is nothing to send, nowhere to send it, or the output cannot
    /// be written.
    pub(super) fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let env = |name: &str| std::env::var(name).ok();
        let named = self.to.is_some() || self.send.names_a_receiver();
        let sends = named || (self.out.is_none() && SendOptions::environment_names_one(&env));
        if !sends && self.out.is_none() {
            return Err(CliError::usage("where should the records go?")
                .hint("add --to URL, or --out FILE, or set OTEL_EXPORTER_OTLP_ENDPOINT"));
        }
        if self.out.as_deref() == Some(std::path::Path::new("-"))
            && self.format == AccountFormat::Json
        {
            return Err(CliError::usage("--out - and --format json both want stdout")
                .hint("write the records to a file, or leave --format json out"));
        }
        not_a_source(self.out.as_deref(), &self.sources.sources)?;
        let destination = match sends {
            true => Some(destination(&self.send.options(self.to.as_deref())?, common)?),
            false => None,
        };
        let (opened, outcome) = self.sources.open(common)?;
        let sessions = session::build(&opened.store);
        let mut report =
            Report::new(&opened.store, &sessions, &opened.sources, &opened.diagnostics);
        report.keep_sessions(&self.sources.session).map_err(not_found)?;
        let chosen: Vec<&Session> = report.shown.iter().map(AsRef::as_ref).collect();
        if let Some(destination) = destination.as_ref().filter(|_| !common.quiet) {
            left_out(destination, &self.send).iter().for_each(|said| Messages::note(said));
        }
        let posts = turn_metrics(&opened.store, chosen.iter().copied());
        self.say_what_stays(&opened.store, &posts, common);
        let interrupt = interruptible();
        let mut delivery = Delivery::begin(destination, self.out.as_deref(), &interrupt, common)?;
        let records = self.pack(&opened.store, &sessions, &chosen, &posts, &mut delivery, common);
        if records == 0 {
            return Err(CliError::nothing("there is no span, log record or metric point to send")
                .hint("`agentobs show` tells what is in it"));
        }
        let interrupted = interrupt.is_asked();
        let told = Told { events: None, sessions: chosen.len() as u64, interrupted };
        let ended = delivery.end(told, self.format, common)?;
        Ok(if ended == Outcome::Fine { outcome } else { ended })
    }

    /// Hands the records over; gives their number.
    fn pack(
        &self,
        store: &Store,
        sessions: &Sessions,
        chosen: &[&Session],
        posts: &TurnMetrics,
        delivery: &mut Delivery,
        common: &Common,
    ) -> usize {
        let (max_records, max_bytes) = self.send.request_size();
        let keep: &KeepAttr<'_> = &|key: &str, value: Value<'_>| is_free_of_content(key, value);
        let keep_log: &KeepLog<'_> = &|severity, text| self.send.keeps_log(severity, text);
        let options = PackOptions {
            max_records,
            max_bytes,
            resource: &self.attrs,
            keep: self.no_content.then_some(keep),
            keep_log: Some(keep_log),
        };
        let mut records = 0;
        let mut take = |message: crate::wire::Message| {
            records += message.records();
            delivery.take(message);
            delivery.shows("");
        };
        let mut packer = Packer::new(store.tables(), options, &mut take);
        if chosen.len() == sessions.list.len() {
            // Also what belongs to no session.
            packer.pack(Selection::All);
        } else {
            let rows = rows_of(chosen.iter().copied());
            let (spans, logs, points) = (&rows.spans[..], &rows.logs[..], &rows.points[..]);
            packer.pack(Selection::Rows { spans, logs, points });
        }
        let unwanted = packer.unwanted_logs;
        if unwanted > 0 && !common.quiet {
            Messages::note(&format!("{unwanted} log records are left out by --log-level"));
        }
        Packer::new(&posts.batch, options, &mut take).pack(Selection::All);
        records
    }

    /// What is read but has no place in OTLP.
    fn say_what_stays(&self, store: &Store, posts: &TurnMetrics, common: &Common) {
        if common.quiet {
            return;
        }
        if posts.posts > 0 {
            Messages::note(&format!(
                "{} of VideoSDK's metrics posts are sent as metrics; their texts are not",
                posts.posts
            ));
        }
        if posts.undated > 0 {
            Messages::note(&format!(
                "{} of VideoSDK's metrics posts are not sent: nothing says when they were",
                posts.undated
            ));
        }
        for (format, items) in without_a_signal(store) {
            Messages::note(&format!(
                "{items} records of {format} are no traces, logs or metrics: they are not sent"
            ));
        }
    }
}
