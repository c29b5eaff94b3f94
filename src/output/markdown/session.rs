//! A session as Markdown: facts, transcript, tools, errors, latencies, records.

use super::escape::{cell, code, fenced, inline};
use crate::diagnostic::Diagnostic;
use crate::model::{LogRow, SpanStatus, Value};
use crate::output::chosen::ChosenOf;
use crate::output::json::{compact_value, pretty_text};
use crate::output::levels::Level;
use crate::output::report::{Content, Only, Report, TurnIndex};
use crate::output::summary::{self, Unheard};
use crate::output::time::{date, length, offset};
use crate::session::{CallError, Session, SpanTree, ToolCall, ToolStatus, Turn};
use std::io::{self, Write};

/// A session in the document.
pub(super) struct Section<'a> {
    pub(super) report: &'a Report<'a>,
    pub(super) content: &'a Content,
    pub(super) session: &'a Session,
    /// What there was to choose from, where turns were chosen.
    pub(super) chosen: Option<ChosenOf>,
}

impl Section<'_> {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let content = self.content;
        self.head(out)?;
        if content.has(Only::Transcript) {
            self.transcript(out)?;
        }
        if content.has(Only::Tools) {
            self.tools(out)?;
        }
        if content.has(Only::Errors) {
            self.errors(out)?;
        }
        if content.only.is_none() {
            self.latencies(out)?;
        }
        if content.spans {
            self.spans(out)?;
        }
        if content.shows_logs() {
            self.logs(out)?;
        }
        if content.metrics {
            self.metrics(out)?;
        }
        if content.only.is_none() { self.notes(out) } else { Ok(()) }
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        let session = self.session;
        writeln!(out, "# Session {}\n", code(&session.id))?;
        let mut facts = vec![session.framework.as_str().to_owned()];
        facts.extend(session.dialects.iter().map(|d| inline(d)));
        if !session.agents.is_empty() {
            let agents: Vec<String> = session.agents.iter().map(|a| inline(a)).collect();
            facts.push(format!("agents {}", agents.join(", ")));
        }
        facts.extend(session.start.and_then(date));
        facts.extend(session.duration_ms().map(length));
        facts.push(inline(&summary::ending(session).0));
        writeln!(out, "{}", facts.join(" · "))?;
        if let Some(chosen) = self.chosen {
            writeln!(out, "\n{}.", chosen.account(session))?;
        }
        if let Some(turn) = self.report.turn {
            return writeln!(out, "\nOnly turn {turn} is shown.");
        }
        if let Some(only) = self.content.only {
            return writeln!(out, "\nOnly {} shown.", only.as_shown());
        }
        if self.report.is_narrowed() {
            return Ok(());
        }
        let counts = session.counts();
        let happened: Vec<String> = summary::happened(&counts)
            .into_iter()
            .map(|(words, fault)| if fault { format!("**{words}**") } else { words })
            .collect();
        writeln!(out, "\n- {}", happened.join(" · "))?;
        let mut held = summary::records(&counts);
        held.extend(summary::tokens(&session.usage));
        writeln!(out, "- {}", held.join(" · "))?;
        let models: Vec<String> = summary::models(session).into_iter().map(code).collect();
        if !models.is_empty() {
            writeln!(out, "- models {}", models.join(", "))?;
        }
        for audio in &session.audio {
            let codec = audio.codec.as_deref().map(inline);
            let lasts = audio.duration_ms.map(length);
            let starts = session.ms(audio.start).map(|ms| format!("starts at {}", length(ms)));
            let facts: Vec<String> = [codec, lasts, starts].into_iter().flatten().collect();
            writeln!(out, "- recording {} {}", code(&audio.name), facts.join(" · "))?;
        }
        Ok(())
    }

    fn at(&self, ms: Option<f64>) -> String {
        ms.map_or_else(|| "?".into(), offset)
    }

    fn transcript(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n## Transcript\n")?;
        if self.session.turns.is_empty() {
            let none = self.chosen.map_or("No turns.", |_| "No turn holds a match.");
            return writeln!(out, "{none}");
        }
        writeln!(out, "| # | time | who | said |\n|--:|--:|:--|:--|")?;
        let mut handoffs = self.session.handoffs.iter().peekable();
        for turn in &self.session.turns {
            while let Some(handoff) = handoffs
                .next_if(|h| matches!((h.at, turn.start), (Some(at), Some(start)) if at <= start))
            {
                self.handoff(handoff, out)?;
            }
            let who = match turn.agent.as_deref().filter(|_| self.session.agents.len() > 1) {
                Some(agent) => format!("{} {}", turn.role.as_str(), cell(agent)),
                None => turn.role.as_str().to_owned(),
            };
            let at = self.at(self.session.ms(turn.start));
            writeln!(out, "| {} | {at} | {who} | {} |", turn.number, said(turn))?;
        }
        handoffs.try_for_each(|handoff| self.handoff(handoff, out))
    }

    fn handoff(&self, handoff: &crate::session::Handoff, out: &mut dyn Write) -> io::Result<()> {
        let name = |id: &Option<String>| id.as_deref().map_or_else(|| "?".into(), cell);
        let at = self.at(self.session.ms(handoff.at));
        let (from, to) = (name(&handoff.from), name(&handoff.to));
        writeln!(out, "|  | {at} | handoff | from **{from}** to **{to}** |")
    }

    fn tools(&self, out: &mut dyn Write) -> io::Result<()> {
        let tools = |turn: &Turn| !turn.tools.is_empty();
        if !self.session.turns.iter().any(tools) {
            return Ok(());
        }
        writeln!(out, "\n## Tool calls")?;
        for turn in &self.session.turns {
            for tool in &turn.tools {
                self.tool(turn, tool, out)?;
            }
        }
        Ok(())
    }

    fn tool(&self, turn: &Turn, tool: &ToolCall, out: &mut dyn Write) -> io::Result<()> {
        let status = match tool.status {
            ToolStatus::Ok => "ok",
            ToolStatus::Error => "**error**",
            ToolStatus::Unfinished => "**unfinished**",
            ToolStatus::Unknown => "outcome not known",
        };
        write!(out, "\n### Turn {}: {} · {status}", turn.number, code(&tool.name))?;
        if let Some(ms) = tool.duration_ms {
            write!(out, " · {}", length(ms))?;
        }
        writeln!(out)?;
        let mut block = |label: &str, text: Option<&str>| match text {
            Some(text) => {
                let (language, text) = pretty_text(text);
                write!(out, "\n{label}:\n\n{}", fenced(language, &text))
            }
            None => Ok(()),
        };
        block("Arguments", tool.arguments.as_deref())?;
        block("Output", tool.output.as_deref())?;
        block("Error", tool.error.as_deref().filter(|e| tool.output.as_deref() != Some(e)))
    }

    fn errors(&self, out: &mut dyn Write) -> io::Result<()> {
        let session = self.session;
        let in_turns = session
            .turns
            .iter()
            .flat_map(|turn| turn.errors.iter().map(|error| (Some(turn.number), error)));
        let all: Vec<_> = in_turns.chain(session.errors.iter().map(|e| (None, e))).collect();
        if all.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n## Errors\n\n| turn | time | kind | where | error |\n|--:|--:|:--|:--|:--|"
        )?;
        for (turn, error) in all {
            let turn = turn.map_or_else(String::new, |n| n.to_string());
            let kind = error.kind.as_str().replace('-', " ");
            let place = error.source.as_deref().map_or_else(String::new, cell);
            let at = self.at(session.ms(error.at));
            writeln!(out, "| {turn} | {at} | {kind} | {place} | {} |", told(error))?;
        }
        Ok(())
    }

    fn latencies(&self, out: &mut dyn Write) -> io::Result<()> {
        let measured = |turn: &&Turn| summary::measures(turn).iter().any(|(_, m)| !m.is_unknown());
        let turns: Vec<&Turn> = self.session.turns.iter().filter(measured).collect();
        if turns.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n## Latencies\n\n| # | who | e2e | transcript | eou | llm | tts |")?;
        writeln!(out, "|--:|:--|--:|--:|--:|--:|--:|")?;
        for turn in turns {
            let cells = summary::measures(turn)
                .map(|(_, value)| summary::measure(value).unwrap_or_default());
            let cells = cells.join(" | ").replace('~', "\\~");
            writeln!(out, "| {} | {} | {cells} |", turn.number, turn.role.as_str())?;
        }
        writeln!(out, "\nReported by the SDK; \\~ computed from the records; empty: not known.")
    }

    fn spans(&self, out: &mut dyn Write) -> io::Result<()> {
        const DEEPEST: usize = 24;
        writeln!(out, "\n## Spans\n")?;
        let store = self.report.store;
        let tree = SpanTree::new(store, &self.session.spans);
        let mut text = String::new();
        for node in tree.depth_first().into_iter().filter_map(|at| tree.nodes.get(at)) {
            let Some(span) = store.span(node.span) else { continue };
            let at = self.at(self.session.ms(span.row.start.known()));
            let lasts = span.duration_ms().map_or_else(|| "unended".into(), length);
            let indent = 2 * (node.depth as usize).min(DEEPEST);
            let name = crate::output::escape::line(span.name());
            let op = self.report.all.op(node.span);
            let failed = if span.row.status == SpanStatus::Error { " ✗ " } else { "" };
            let message = crate::output::escape::line(store.str(span.row.status_message));
            let lost = node.orphan && store.find_span(span.row.trace, span.row.parent).is_none();
            let orphan = if lost { " (its parent is not in the data)" } else { "" };
            text.push_str(&format!(
                "{at:>8}  {lasts:>8}  {:indent$}{name} [{op}]{failed}{message}{orphan}\n",
                ""
            ));
        }
        write!(out, "{}", fenced("", &text))
    }

    fn logs(&self, out: &mut dyn Write) -> io::Result<()> {
        let store = self.report.store;
        let turns = TurnIndex::new(&self.session.turns);
        writeln!(out, "\n## Log records\n\n| time | turn | level | logger | message |")?;
        writeln!(out, "|--:|--:|:--|:--|:--|")?;
        for &ix in &self.session.logs {
            let Some(row) = store.log(ix) else { continue };
            let level = Level::of(store, row);
            if !self.content.levels.contain(level) {
                continue;
            }
            let at = self.at(self.session.ms(self.session.log_at(row)));
            let turn = turns.log(ix).map_or_else(String::new, |n| n.to_string());
            let logger = store.scope(row.scope).map_or("", |scope| store.str(scope.name));
            let (level, logger) = (level.map_or("?", Level::as_str), cell(logger));
            writeln!(out, "| {at} | {turn} | {level} | {logger} | {} |", self.message(row))?;
        }
        Ok(())
    }

    fn message(&self, row: &LogRow) -> String {
        let store = self.report.store;
        let mut text = match store.value(row.body) {
            Value::Empty => String::new(),
            Value::Str(text) => cell(text.trim_end()),
            other => code(&compact_value(other)),
        };
        for (key, value) in store.attrs(row.attrs).iter() {
            text.push(' ');
            text.push_str(&code(&format!("{key}={}", compact_value(value))));
        }
        text
    }

    fn metrics(&self, out: &mut dyn Write) -> io::Result<()> {
        let store = self.report.store;
        writeln!(out, "\n## Metric points\n\n| time | metric | value | unit | attributes |")?;
        writeln!(out, "|--:|:--|--:|:--|:--|")?;
        for &ix in &self.session.points {
            let Some(row) = store.point(ix) else { continue };
            let Some(metric) = store.metric(row.metric) else { continue };
            let at = self.at(self.session.ms(row.time.known()));
            let attributes: Vec<String> = store
                .attrs(row.attrs)
                .iter()
                .map(|(key, value)| code(&format!("{key}={}", compact_value(value))))
                .collect();
            writeln!(
                out,
                "| {at} | {} | {} | {} | {} |",
                code(store.str(metric.name)),
                summary::point(&row.value),
                cell(store.str(metric.unit)),
                attributes.join(" ")
            )?;
        }
        Ok(())
    }

    fn notes(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.session.diagnostics.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n## Notes on the data\n")?;
        let notes = summary::notes(&self.session.diagnostics, self.content.verbose);
        notes.kept.into_iter().try_for_each(|d| note(d, out))?;
        let more = notes.more.into_iter();
        more.into_iter().try_for_each(|(code, count)| {
            writeln!(out, "- {} more {}", summary::thousands(count as u64), self::code(code))
        })
    }
}

fn said(turn: &Turn) -> String {
    let mut text = match turn.text.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => cell(text),
        None => format!("*{}*", summary::nothing_said(turn)),
    };
    if turn.interrupted == Some(true) {
        text.push_str(" **\\[interrupted\\]**");
    }
    match Unheard::of(turn) {
        Some(Unheard::Rest(rest)) => {
            text.push_str(&format!(" ~~{}~~ *(not heard)*", cell(rest.trim_end())));
        }
        Some(Unheard::Other(other)) => {
            text.push_str(&format!("<br>*the model wrote:* {}", cell(other)));
        }
        None => {}
    }
    text
}

fn told(error: &CallError) -> String {
    let texts = [&error.error_type, &error.message].into_iter().flatten();
    texts.map(|text| cell(text)).collect::<Vec<_>>().join(": ")
}

fn note(diagnostic: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
    let severity = diagnostic.severity.as_str();
    write!(out, "- {severity} {}: ", code(&diagnostic.code))?;
    if let Some(place) = &diagnostic.place {
        write!(out, "{}: ", inline(place))?;
    }
    write!(out, "{}", inline(&diagnostic.message))?;
    if let Some(span) = &diagnostic.span_id {
        write!(out, " (span {})", code(span))?;
    }
    if let Some(hint) = &diagnostic.hint {
        write!(out, "; {}", inline(hint))?;
    }
    writeln!(out)
}
