//! Requests on their way: to a receiver, into a file, both, or nowhere.

use super::messages::Messages;
use super::send::SendArgs;
use super::{CliError, Common, Outcome};
use crate::net::{Destination, Exporter, FileError, Interrupt, RequestFile, SendOptions};
use crate::output::json::delivery_json;
use crate::output::text::delivery_text;
use crate::output::{Delivered, EventCounts};
use crate::wire::{Message, Signal};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How the account of a delivery is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AccountFormat {
    /// A line for people, on stderr.
    #[default]
    Text,
    /// The document agentobs.delivery/1, on stdout.
    Json,
}

/// A delivery that is going on.
pub(super) struct Delivery {
    exporter: Option<(Exporter, String)>,
    file: Option<(RequestFile, String)>,
    file_error: Option<FileError>,
    made: [u64; 3],
    progress: ProgressBar,
}

/// Settles where to send to, and says what of the environment is passed over.
///
/// # Errors
/// When flags or environment name what cannot be meant.
pub(super) fn destination(options: &SendOptions, common: &Common) -> Result<Destination, CliError> {
    let env = |name: &str| std::env::var(name).ok();
    let (destination, said) = options
        .resolve(&env)
        .map_err(|error| CliError::usage(error.to_string()).hint(error.hint()))?;
    Messages::new(common).diagnostics(&said);
    Ok(destination)
}

impl Delivery {
    /// Begins one.
    ///
    /// # Errors
    /// When a certificate cannot be read, or the file cannot be made.
    pub(super) fn begin(
        destination: Option<Destination>,
        file: Option<&Path>,
        interrupt: &Interrupt,
        common: &Common,
    ) -> Result<Self, CliError> {
        let file = file
            .map(|path| Ok((RequestFile::create(path)?, path.display().to_string())))
            .transpose()
            .map_err(|error: FileError| not_written(&error))?;
        let exporter = destination.map(|destination| {
            let hosts = destination.hosts();
            let exporter = Exporter::start(destination, interrupt.clone());
            exporter.map(|exporter| (exporter, hosts))
        });
        let exporter = exporter
            .transpose()
            .map_err(|error| CliError::usage(error.to_string()).hint(error.hint()))?;
        Ok(Self { exporter, file, file_error: None, made: [0; 3], progress: progress(common) })
    }

    /// Sends and writes a request.
    pub(super) fn take(&mut self, message: Message) {
        let place = Signal::ALL.iter().position(|signal| *signal == message.signal());
        if let Some(count) = place.and_then(|at| self.made.get_mut(at)) {
            *count += message.records() as u64;
        }
        if let Some((file, _)) = &mut self.file
            && self.file_error.is_none()
            && let Err(error) = file.write(&message)
        {
            self.file_error = Some(error);
        }
        if let Some((exporter, _)) = &self.exporter {
            exporter.send(message);
        }
    }

    /// Whether it makes sense to go on.
    pub(super) fn goes_on(&self) -> bool {
        self.file_error.is_none()
    }

    /// Shows how far things are, on a terminal.
    pub(super) fn shows(&self, done: &str) {
        if self.progress.is_hidden() {
            return;
        }
        let accepted = self.exporter.as_ref().map(|(exporter, _)| exporter.account().total());
        match accepted {
            Some(total) => self.progress.set_message(format!(
                "{done}, {} of {} records accepted",
                total.accepted, total.sent
            )),
            None => self.progress.set_message(done.to_owned()),
        }
    }

    /// Waits for the end and says what became of everything.
    ///
    /// # Errors
    /// When a file or stdout cannot be written.
    pub(super) fn end(
        mut self,
        told: Told,
        format: AccountFormat,
        common: &Common,
    ) -> Result<Outcome, CliError> {
        if let Some((_, path)) = self.file.as_ref().filter(|_| told.interrupted) {
            Messages::note(&format!("{path} is not written: it would hold only a part"));
        }
        self.shows("waiting for the receiver");
        let mut written = None;
        let mut file_error = self.file_error.take();
        if let Some((mut file, path)) = self.file.take() {
            if file_error.is_none() && !told.interrupted {
                file_error = file.finish().err();
            }
            if file_error.is_none() && !told.interrupted {
                written = Some((path, Signal::ALL.map(|signal| file.written(signal))));
            }
        }
        let account = self.exporter.take().map(|(exporter, hosts)| (exporter.finish(), hosts));
        self.progress.finish_and_clear();
        let delivered = Delivered {
            made: self.made,
            destination: account.as_ref().map(|(_, hosts)| hosts.as_str()),
            account: account.as_ref().map(|(account, _)| account),
            out: written.as_ref().map(|(path, numbers)| (path.as_str(), *numbers)),
            events: told.events,
            sessions: told.sessions,
            interrupted: told.interrupted,
        };
        let complete = account.as_ref().is_none_or(|(account, _)| account.is_complete());
        print(&delivered, format, complete, common)?;
        match file_error {
            Some(error) if error.is_closed_pipe() => {}
            Some(error) => return Err(not_written(&error)),
            None => {}
        }
        Ok(match (told.interrupted, complete) {
            (true, _) => Outcome::Interrupted,
            (false, false) => Outcome::Undelivered,
            (false, true) => Outcome::Fine,
        })
    }
}

/// What a command tells beside the account.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub events: Option<EventCounts>,
    pub sessions: u64,
    pub interrupted: bool,
}

fn print(
    delivered: &Delivered<'_>,
    format: AccountFormat,
    complete: bool,
    common: &Common,
) -> Result<(), CliError> {
    if format == AccountFormat::Json {
        let mut out = std::io::stdout().lock();
        delivery_json(delivered, &mut out)?;
        return Ok(out.flush()?);
    }
    if common.quiet && complete && !delivered.interrupted {
        return Ok(());
    }
    let mut text = Vec::new();
    delivery_text(delivered, &mut text)?;
    for line in String::from_utf8_lossy(&text).lines() {
        // Once stderr is gone nobody listens.
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
    Ok(())
}

fn not_written(error: &FileError) -> CliError {
    CliError::new(Outcome::Undelivered, error.to_string())
        .hint("is there room, and may you write there?")
}

/// A moving line on a terminal, nothing elsewhere.
fn progress(common: &Common) -> ProgressBar {
    if common.quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Refuses to write over what is read.
///
/// # Errors
/// When the file to write is one of the sources.
pub(super) fn not_a_source(out: Option<&Path>, sources: &[PathBuf]) -> Result<(), CliError> {
    let Some(out) = out else { return Ok(()) };
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let target = real(out);
    if target.is_some() && sources.iter().any(|source| real(source) == target) {
        return Err(CliError::usage(format!(
            "{} is what is read: writing would destroy it",
            out.display()
        ))
        .hint("choose another name for --out"));
    }
    Ok(())
}

/// Listens for Ctrl-C and SIGTERM. The first one ends work in good order; after
/// the second one the process ends, whatever it waits for.
pub(super) fn interruptible() -> Interrupt {
    let interrupt = Interrupt::new();
    let asked = interrupt.clone();
    let signals = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];
    // Without a handler the system's default ends the process: no worse.
    if let Ok(mut signals) = signal_hook::iterator::Signals::new(signals) {
        std::thread::spawn(move || {
            for _ in signals.forever() {
                asked.ask();
                if asked.asked() > 1 {
                    // Time for the account of what was not sent.
                    std::thread::sleep(Duration::from_secs(1));
                    std::process::exit(i32::from(Outcome::Interrupted as u8));
                }
            }
        });
    }
    interrupt
}

/// Signals that nothing takes, unless the user left them out.
pub(super) fn left_out(destination: &Destination, chosen: &SendArgs) -> Option<String> {
    if chosen.chooses_signals() {
        return None;
    }
    let out: Vec<&str> = Signal::ALL
        .into_iter()
        .filter(|signal| !destination.takes(*signal))
        .map(Signal::as_str)
        .collect();
    (!out.is_empty())
        .then(|| format!("no receiver is named for {}: they are not sent", out.join(" and ")))
}
