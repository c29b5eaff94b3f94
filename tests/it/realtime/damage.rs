//! Damaged logs: no panic, all spans closed, parents exist, all accounted for.

use super::facts::correlated;
use super::recording::{file, log};
use agentobs::model::Store;
use agentobs::realtime::{CorrelatorOptions, Outcome};
use agentobs::session::build;
use proptest::prelude::*;
use std::collections::HashSet;

fn is_sound(store: &Store, outcome: &Outcome) -> Result<(), String> {
    let ids: HashSet<(u32, u64)> = store.spans().iter().map(|s| (s.trace.0, s.id)).collect();
    if ids.len() != store.spans().len() || !store.clashes().is_empty() {
        return Err("a span id is used twice".to_owned());
    }
    for span in store.spans() {
        let name = store.str(span.name);
        if span.parent != 0 && !ids.contains(&(span.trace.0, span.parent)) {
            return Err(format!("the parent of {name} is missing"));
        }
        if span.start.known().is_none() || span.end < span.start {
            return Err(format!("{name} is not closed: {:?} {:?}", span.start, span.end));
        }
    }
    for record in store.logs() {
        let known = record.trace.is_some_and(|trace| ids.contains(&(trace.0, record.span)));
        if !known {
            return Err("a log record is outside of all spans".to_owned());
        }
    }
    let account = &outcome.account;
    if account.read() != account.consumed() + account.unmatched().values().sum::<u64>() {
        return Err("events are unaccounted for".to_owned());
    }
    for session in build(store).list {
        let tools = session.turns.iter().flat_map(|t| &t.tools).count();
        let spans = store.spans().iter().filter(|s| store.str(s.name).starts_with("execute_tool"));
        if tools > spans.count() {
            return Err("a tool call is in two turns".to_owned());
        }
    }
    Ok(())
}

fn check(log: &[u8]) -> Result<(), TestCaseError> {
    let (store, outcome) = correlated(log, &CorrelatorOptions::default());
    is_sound(&store, &outcome).map_err(TestCaseError::fail)
}

const SMALL: &[&str] = &[
    "weather_tool_call",
    "barge_in",
    "mcp_call",
    "text_only",
    "real_ga_out_of_band_3",
    "beta_protocol",
];

/// Lines of a log, one event each.
fn lines(scenario: &str) -> Vec<String> {
    let bytes = match scenario {
        "text_only" | "real_ga_out_of_band_3" => {
            let list: serde_json::Value = serde_json::from_slice(&log(scenario)).unwrap();
            let list = list.get("events").unwrap_or(&list).as_array().unwrap().clone();
            return list.iter().map(ToString::to_string).collect();
        }
        _ => log(scenario),
    };
    String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

/// Moves, drops and repeats lines.
fn jumble(lines: &[String], moves: &[(u16, u8)], drops: &[u16], repeats: &[u16]) -> Vec<u8> {
    let mut lines = lines.to_vec();
    let at = |n: u16, len: usize| usize::from(n) % len.max(1);
    for (from, by) in moves {
        let from = at(*from, lines.len());
        let to = (from + usize::from(by % 6)).min(lines.len() - 1);
        let line = lines.remove(from);
        lines.insert(to, line);
    }
    for drop in drops {
        let gone = at(*drop, lines.len());
        lines.remove(gone);
    }
    for repeat in repeats {
        let again = at(*repeat, lines.len());
        let line = lines[again].clone();
        lines.insert(again, line);
    }
    lines.join("\n").into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn jumbled_logs_stay_sound(
        scenario in 0..SMALL.len(),
        moves in prop::collection::vec((any::<u16>(), any::<u8>()), 0..40),
        drops in prop::collection::vec(any::<u16>(), 0..30),
        repeats in prop::collection::vec(any::<u16>(), 0..30),
    ) {
        check(&jumble(&lines(SMALL[scenario]), &moves, &drops, &repeats))?;
    }

    #[test]
    fn cut_logs_stay_sound(scenario in 0..SMALL.len(), cut in any::<u32>(), from_front: bool) {
        let bytes = log(SMALL[scenario]);
        let at = cut as usize % bytes.len();
        check(if from_front { &bytes[at..] } else { &bytes[..at] })?;
    }

    #[test]
    fn overwritten_logs_stay_sound(
        scenario in 0..SMALL.len(),
        holes in prop::collection::vec((any::<u32>(), any::<u8>()), 1..60),
    ) {
        let mut bytes = log(SMALL[scenario]);
        for (at, byte) in holes {
            let at = at as usize % bytes.len();
            bytes[at] = byte;
        }
        check(&bytes)?;
    }
}

#[test]
fn every_envelope_may_be_cut_anywhere() {
    let names = [
        "agents_ui_logged_events.json",
        "browser_console_text.txt",
        "console_v2_locale_time_newest_first.json",
        "har_websocket.har",
        "mitmdump_text.txt",
        "session_dump_merged_keys.json",
        "wscat_text.txt",
    ];
    for name in names {
        let bytes = file("envelopes", name);
        for part in 1..40 {
            let cut = &bytes[..bytes.len() * part / 40];
            let (store, outcome) = correlated(cut, &CorrelatorOptions::default());
            is_sound(&store, &outcome).unwrap();
        }
    }
}

#[test]
fn hostile_text_ends() {
    let deep = "[".repeat(100_000) + &"{\"a\":".repeat(100_000);
    let braces = "x {\"a\":{".repeat(200_000);
    let quoted = format!("{{\"data\":\"{}\"}}", "{\\\"data\\\":\\\"".repeat(10_000));
    for text in [deep, braces, quoted, "{".repeat(1_000_000), "\"".repeat(1_000_000)] {
        let (store, _) = correlated(text.as_bytes(), &CorrelatorOptions::default());
        assert!(store.spans().is_empty());
    }
}
