//! Matches of a query as Markdown tables.

use super::escape::{cell, code, inline};
use crate::output::matches::{Matches, shown};
use crate::output::summary::plural;
use crate::query::Match;
use std::io::{self, Write};

/// Writes the query and a table for each match.
///
/// # Errors
/// When writing fails.
pub fn matches_markdown(matches: &Matches<'_>, out: &mut dyn Write) -> io::Result<()> {
    let found = matches.found.matches.len();
    let spans: usize = matches.found.matches.iter().map(|one| one.spans.len()).sum();
    let (found, spans) =
        (plural(found, "match").replace("matchs", "matches"), plural(spans, "span"));
    writeln!(out, "{}: {found}, {spans}.", code(matches.query))?;
    let turns = matches.turns();
    for one in &matches.found.matches {
        writeln!(out, "\n{}\n", title(matches, one))?;
        let head = matches.head();
        writeln!(
            out,
            "| {} |",
            head.iter().map(|name| cell(name)).collect::<Vec<_>>().join(" | ")
        )?;
        writeln!(out, "|{}", " --- |".repeat(head.len()))?;
        for row in turns.get(&one.session).map(|turns| matches.rows(one, turns)).unwrap_or_default()
        {
            writeln!(
                out,
                "| {} |",
                row.iter().map(|text| cell(text)).collect::<Vec<_>>().join(" | ")
            )?;
        }
    }
    Ok(())
}

fn title(matches: &Matches<'_>, one: &Match) -> String {
    let session = match matches.session(one) {
        Some(session) => format!("Session {} ({})", code(&session.id), session.framework.as_str()),
        None => "No session".to_owned(),
    };
    let groups = one
        .group
        .iter()
        .map(|(name, value)| format!(", {} = {}", code(name), inline(&shown(value))));
    format!("{session}, trace `{:032x}`{}:", one.trace, groups.collect::<String>())
}
