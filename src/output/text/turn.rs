//! A turn: who, when, what was said, where the time went, tools, errors.

use super::paper::{
    AGENT, BAD, DIM, GOOD, PLAIN, Paper, Piece, TOOL, USER, WARN, data, own, whole,
};
use super::record;
use super::tree::{Page, error};
use crate::output::json::JsonText;
use crate::output::report::Only;
use crate::output::summary::{self, Unheard};
use crate::output::time::{length, offset};
use crate::session::{CallError, ErrorKind, Role, Session, ToolCall, ToolStatus, Turn};
use std::io;

/// Widths of the columns before the text of a session's turns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    number: usize,
    time: usize,
}

const ROLE: usize = 5;

impl Column {
    pub(super) fn of(session: &Session) -> Self {
        let number = session.turns.last().map_or(1, |t| t.number.to_string().len());
        let time = |turn: &Turn| session.ms(turn.start).map_or(1, |ms| offset(ms).len());
        let time = session.turns.iter().map(time).max().unwrap_or(1);
        Self { number: number.max(2), time: time.max(6) }
    }

    /// Column at which the text starts.
    pub(super) fn indent(self) -> usize {
        self.number + 2 + self.time + 2 + ROLE + 2
    }

    /// What stands before the text.
    pub(super) fn first<'a>(self, number: &str, ms: Option<f64>, who: Piece<'a>) -> Vec<Piece<'a>> {
        let time = ms.map_or_else(|| "?".into(), offset);
        let (number_width, time_width) = (self.number, self.time);
        vec![own(PLAIN, format!("{number:>number_width$}  {time:>time_width$}  ")), who]
    }
}

pub(super) fn turn(paper: &mut Paper<'_>, page: &Page<'_>, turn: &Turn) -> io::Result<()> {
    let content = page.content;
    said(paper, page, turn)?;
    if content.only.is_none() {
        facts(paper, page, turn)?;
    }
    let shown = |tool: &&ToolCall| match content.only {
        None | Some(Only::Tools) => true,
        Some(Only::Errors) => tool.status == ToolStatus::Error,
        Some(_) => false,
    };
    for call in turn.tools.iter().filter(shown) {
        tool(paper, page.column.indent(), call)?;
    }
    if content.has(Only::Errors) {
        for fault in turn.errors.iter().filter(|e| !shown_at_tool(e, turn)) {
            let indent = page.column.indent();
            paper.hanging(indent, indent + 2, &error(fault))?;
        }
    }
    if content.only.is_none() && content.logs {
        record::logs_of(paper, page, turn)?;
    }
    Ok(())
}

fn said(paper: &mut Paper<'_>, page: &Page<'_>, turn: &Turn) -> io::Result<()> {
    let session = page.session;
    let (style, indent) = (
        match turn.role {
            Role::User => USER,
            Role::Agent => AGENT,
        },
        page.column.indent(),
    );
    let who = own(style, turn.role.as_str());
    let first = page.column.first(&turn.number.to_string(), session.ms(turn.start), who);
    let mut pieces = Vec::new();
    if session.agents.len() > 1
        && let Some(agent) = &turn.agent
    {
        pieces.push(data(DIM, agent));
        pieces.push(own(DIM, ": "));
    }
    if !matches!(page.content.only, None | Some(Only::Transcript)) {
        return paper.flow(indent, &first, &pieces);
    }
    match turn.text.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => pieces.push(data(PLAIN, text)),
        None => pieces.push(own(DIM, summary::nothing_said(turn))),
    }
    paper.flow(indent, &first, &pieces)?;
    let mut mark = Vec::new();
    if turn.interrupted == Some(true) {
        mark.push(own(WARN, "⨯ interrupted"));
    }
    if let Some(unheard) = Unheard::of(turn) {
        if !mark.is_empty() {
            mark.push(own(DIM, " · "));
        }
        let (label, text) = match unheard {
            Unheard::Rest(text) => ("not heard: ", text),
            Unheard::Other(text) => ("the model wrote: ", text),
        };
        mark.push(own(DIM, label));
        mark.push(data(DIM, text));
    }
    if mark.is_empty() { Ok(()) } else { paper.hanging(indent, indent + 2, &mark) }
}

/// Latency and tokens on one line.
fn facts(paper: &mut Paper<'_>, page: &Page<'_>, turn: &Turn) -> io::Result<()> {
    let mut facts = summary::latencies(page.session, turn);
    facts.extend(summary::tokens(&turn.usage));
    if facts.is_empty() {
        return Ok(());
    }
    let mut pieces = Vec::new();
    for fact in facts {
        if !pieces.is_empty() {
            pieces.push(own(DIM, " · "));
        }
        pieces.push(whole(DIM, fact));
    }
    paper.flow(page.column.indent(), &[], &pieces)
}

fn tool(paper: &mut Paper<'_>, indent: usize, call: &ToolCall) -> io::Result<()> {
    let mut pieces = vec![own(DIM, "tool "), data(TOOL, &call.name)];
    let arguments = call.arguments.as_deref().map(JsonText::compact);
    match arguments.as_deref() {
        Some(arguments) => {
            pieces.push(own(PLAIN, " "));
            pieces.push(data(PLAIN, arguments));
        }
        None => pieces.push(own(DIM, " (arguments not known)")),
    }
    pieces.push(own(DIM, " · "));
    pieces.push(match call.status {
        ToolStatus::Ok => own(GOOD, "ok"),
        ToolStatus::Error => whole(BAD, "✗ error"),
        ToolStatus::Unfinished => own(WARN, "! unfinished: its end is not in the data"),
        ToolStatus::Unknown => own(DIM, "outcome not known"),
    });
    if let Some(ms) = call.duration_ms {
        pieces.push(own(DIM, " · "));
        pieces.push(whole(DIM, length(ms)));
    }
    paper.hanging(indent, indent + 5, &pieces)?;
    if let Some(output) = call.output.as_deref().map(JsonText::compact) {
        let text = if output.is_empty() { own(DIM, "(empty)") } else { data(PLAIN, &output) };
        paper.hanging(indent + 2, indent + 4, &[own(DIM, "→ "), text])?;
    }
    if let Some(error) = call.error.as_deref().filter(|e| call.output.as_deref() != Some(e)) {
        paper.hanging(indent + 2, indent + 4, &[own(BAD, "✗ "), data(BAD, error)])?;
    }
    Ok(())
}

/// Whether an error is already told by the tool call that failed.
fn shown_at_tool(error: &CallError, turn: &Turn) -> bool {
    let told = |tool: &ToolCall| {
        tool.status == ToolStatus::Error
            && error.message.as_deref().is_none_or(|message| {
                [&tool.error, &tool.output].into_iter().flatten().any(|text| text.contains(message))
            })
    };
    error.kind == ErrorKind::Tool && turn.tools.iter().any(told)
}

#[cfg(test)]
mod tests {
    use super::{AGENT, Column, own};

    #[test]
    fn columns_line_up() {
        let column = Column { number: 2, time: 6 };
        let first = column.first("7", Some(6_100.0), own(AGENT, "agent"));
        assert_eq!(first.len(), 2);
        assert_eq!(column.indent(), 19);
    }
}
