//! The account of a delivery, for people.

use crate::net::{Fate, Tally};
use crate::output::delivery::{Delivered, EventCounts};
use crate::output::escape::line;
use crate::output::summary::plural;
use crate::wire::Signal;
use std::io::{self, Write};

/// Types of unmatched events that are named.
const NAMED: usize = 8;

/// Writes what was read, and one line that accounts for every span, log record
/// and metric point, with the reasons below it where some were not accepted.
///
/// # Errors
/// When writing fails.
pub fn delivery_text(delivered: &Delivered<'_>, out: &mut dyn Write) -> io::Result<()> {
    if let Some(events) = &delivered.events {
        writeln!(out, "{}", events_line(events, delivered.sessions))?;
    }
    if delivered.interrupted {
        let left = match delivered.events {
            Some(_) => "; what had not been read, was still open or not yet due is left out",
            None => "",
        };
        writeln!(out, "interrupted{left}")?;
    }
    if let Some((path, numbers)) = delivered.out {
        writeln!(out, "wrote {} to {}", listed(numbers), line(path))?;
    }
    match (delivered.account, delivered.destination) {
        (Some(account), Some(to)) => {
            let all = account.is_complete();
            let total: Vec<String> = Signal::ALL
                .into_iter()
                .map(|signal| told(signal, account.tally(signal), all))
                .collect();
            let end = if all && account.total().sent > 0 { ": all accepted" } else { "" };
            writeln!(out, "sent {} to {}{end}", total.join(", "), line(to))?;
            for ((signal, fate, reason), records) in &account.reasons {
                let what = plural(usize::try_from(*records).unwrap_or(usize::MAX), signal.record());
                writeln!(out, "  {what} {}: {}", fate.as_str(), line(reason))?;
                if *fate == Fate::Rejected
                    && let Some(advice) = advice(*signal, reason)
                {
                    writeln!(out, "    {advice}")?;
                }
            }
        }
        _ if delivered.out.is_none() => {
            writeln!(out, "made {}; nothing was sent", listed(delivered.made))?;
        }
        _ => {}
    }
    Ok(())
}

fn events_line(events: &EventCounts, sessions: u64) -> String {
    let count = |n: u64, what| plural(usize::try_from(n).unwrap_or(usize::MAX), what);
    let mut text =
        format!("read {} of {}", count(events.read, "event"), count(sessions, "session"));
    let unmatched: u64 = events.unmatched.values().sum();
    if unmatched > 0 {
        let mut kinds: Vec<String> = events
            .unmatched
            .iter()
            .take(NAMED)
            .map(|(kind, n)| format!("{} ×{n}", line(kind)))
            .collect();
        if events.unmatched.len() > NAMED {
            kinds.push(format!("{} more types", events.unmatched.len() - NAMED));
        }
        text.push_str(&format!("; {unmatched} matched nothing: {}", kinds.join(", ")));
    }
    if events.skipped > 0 {
        let skipped = count(events.skipped, "other record");
        text.push_str(&format!("; {skipped} in the log {} no event", verb(events.skipped)));
    }
    text
}

fn verb(n: u64) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

fn listed(numbers: [u64; 3]) -> String {
    let count = |(n, signal): (u64, Signal)| {
        plural(usize::try_from(n).unwrap_or(usize::MAX), signal.record())
    };
    numbers.into_iter().zip(Signal::ALL).map(count).collect::<Vec<_>>().join(", ")
}

/// The numbers of a signal; what became of them only where not all is well.
fn told(signal: Signal, tally: &Tally, all_accepted: bool) -> String {
    let sent = plural(usize::try_from(tally.sent).unwrap_or(usize::MAX), signal.record());
    if all_accepted || tally.sent == 0 {
        return sent;
    }
    let parts =
        [(tally.accepted, "accepted"), (tally.rejected, "rejected"), (tally.dropped, "dropped")];
    let parts: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    format!("{sent} ({})", parts.join(", "))
}

/// What a user can do about a refusal that says little.
fn advice(signal: Signal, reason: &str) -> Option<&'static str> {
    let says = |text: &str| reason.starts_with(text);
    match signal {
        Signal::Logs | Signal::Metrics
            if says("HTTP 404") || says("HTTP 405") || says("gRPC UNIMPLEMENTED") =>
        {
            Some("the receiver may take traces only: --signals traces sends nothing else")
        }
        _ if says("HTTP 415") => Some("another --protocol or --compression may be taken"),
        _ if says("HTTP 401") || says("HTTP 403") || says("gRPC UNAUTHENTICATED") => {
            Some("is the right key in --header or OTEL_EXPORTER_OTLP_HEADERS?")
        }
        _ if says("HTTP 404") => Some("is the URL the receiver's base, without /v1/traces?"),
        _ => None,
    }
}
