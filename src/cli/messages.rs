//! What is said on stderr beside the data on stdout.

use super::Common;
use crate::diagnostic::{Diagnostic, Severity};
use crate::open::Opened;
use crate::output::escape;
use anstyle::{AnsiColor, Effects, Style};
use std::io::Write;

/// How many diagnostics are said without -v.
const SAID: usize = 10;

const ERROR: Style =
    Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))).effects(Effects::BOLD);
const WARNING: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));
const QUIET: Style = Style::new().effects(Effects::DIMMED);

/// Says things on stderr, as much as the user wants to hear. All text from
/// data and paths is made safe to show. Once stderr is gone nobody listens, so
/// errors of writing are not errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Messages {
    least: Severity,
    all: bool,
    account: bool,
}

impl Messages {
    pub(super) fn new(common: &Common) -> Self {
        let least = match (common.quiet, common.verbose) {
            (true, _) => Severity::Error,
            (false, 0) => Severity::Warning,
            (false, _) => Severity::Info,
        };
        Self { least, all: common.verbose > 0, account: common.verbose > 0 }
    }

    /// An error: `agentobs: ` and the message, then what to do, indented.
    pub(super) fn error(message: &str, hint: Option<&str>) {
        let mut stderr = anstream::stderr().lock();
        let _ = writeln!(stderr, "{ERROR}agentobs:{ERROR:#} {}", escape::block(message));
        for line in hint.unwrap_or_default().lines() {
            let _ = writeln!(stderr, "  {}", escape::line(line));
        }
    }

    /// A remark that is neither an error nor a warning.
    pub(super) fn note(message: &str) {
        let _ = writeln!(anstream::stderr().lock(), "agentobs: {}", escape::line(message));
    }

    /// Diagnostics that matter enough, the worst first.
    pub(super) fn diagnostics(self, diagnostics: &[Diagnostic]) {
        let mut said: Vec<&Diagnostic> =
            diagnostics.iter().filter(|found| found.severity >= self.least).collect();
        said.sort_by_key(|found| std::cmp::Reverse(found.severity));
        let most = if self.all { said.len() } else { SAID };
        for diagnostic in said.iter().take(most) {
            say(diagnostic);
        }
        if said.len() > most {
            let mut stderr = anstream::stderr().lock();
            let _ =
                writeln!(stderr, "agentobs: {} more messages (-v shows all)", said.len() - most);
        }
    }

    /// What was read and what was not, with -v.
    pub(super) fn account(self, opened: &Opened) {
        if !self.account {
            return;
        }
        let mut stderr = anstream::stderr().lock();
        for source in &opened.sources {
            for part in &source.parts {
                let _ = writeln!(
                    stderr,
                    "{QUIET}read {}: {} ({}), {} records{QUIET:#}",
                    place(&source.path, &part.name),
                    part.kind.as_str(),
                    part.format,
                    part.records
                );
            }
            for skipped in &source.skipped {
                let _ = writeln!(
                    stderr,
                    "{QUIET}skipped {}: {}{QUIET:#}",
                    place(&source.path, &skipped.name),
                    escape::line(&skipped.reason)
                );
            }
        }
    }
}

fn say(diagnostic: &Diagnostic) {
    let mut stderr = anstream::stderr().lock();
    let (style, word) = match diagnostic.severity {
        Severity::Error => (ERROR, ""),
        Severity::Warning => (WARNING, " warning:"),
        Severity::Info => (QUIET, " note:"),
    };
    let place = match &diagnostic.place {
        Some(place) => format!("{}: ", escape::line(place)),
        None => String::new(),
    };
    let message = escape::line(&diagnostic.message);
    let _ = writeln!(stderr, "{style}agentobs:{word}{style:#} {place}{message}");
    if let Some(hint) = &diagnostic.hint {
        let _ = writeln!(stderr, "  {}", escape::line(hint));
    }
}

fn place(source: &str, name: &str) -> String {
    match name {
        "" => escape::line(source).into_owned(),
        name => format!("{} in {}", escape::line(name), escape::line(source)),
    }
}
