//! A verdict with what is known of the place it is about: what all reports say
//! in their own form.

use super::ReportContext;
use crate::assert::{Status, Verdict, Verdicts};
use crate::model::{SpanIx, SpanStatus};
use crate::output::escape::line;
use crate::output::summary::{latencies, plural};
use crate::output::time::length;
use crate::session::{Session, ToolCall, Turn};
use hashbrown::HashMap;

/// A verdict and its place. Texts are as in the data: each format makes them
/// safe.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub(super) verdict: &'a Verdict,
    context: &'a ReportContext<'a>,
    session: Option<&'a Session>,
}

impl<'a> Case<'a> {
    /// The word that people see first.
    pub(super) fn word(&self) -> &'static str {
        match self.verdict.status {
            Status::Passed => "PASS",
            Status::Failed if self.verdict.fails(self.context.least) => "FAIL",
            Status::Failed => "WARN",
            Status::Skipped => "SKIP",
            Status::Insufficient => "FEW ",
        }
    }

    /// Whether it fails the run.
    pub(super) fn is_fatal(&self) -> bool {
        self.verdict.fails(self.context.least)
    }

    /// Where the rule is written: `spec.yml:9`, `--expect`.
    pub(super) fn place(&self) -> String {
        let place = &self.verdict.place;
        match place.line {
            Some(line) => format!("{}:{line}", place.file),
            None => place.file.clone(),
        }
    }

    /// Whether the rule is written in a file, not on the command line.
    pub(super) fn is_in_file(&self) -> bool {
        let place = &self.verdict.place;
        place.line.is_some() || !(place.file.is_empty() || place.file.starts_with("--"))
    }

    /// The ids of the spans, 16 hexadecimal digits each.
    pub(super) fn span_ids(&self) -> Vec<String> {
        self.verdict.spans.iter().filter_map(|ix| self.span_id(*ix)).collect()
    }

    fn span_id(&self, ix: SpanIx) -> Option<String> {
        self.context.store.span(ix).map(|span| format!("{:016x}", span.row.id))
    }

    /// The session's id, or what stands for it in rules over all sessions.
    pub(super) fn session_name(&self) -> &'a str {
        self.verdict.session.as_deref().unwrap_or("all sessions")
    }

    fn turn(&self) -> Option<&'a Turn> {
        let number = self.verdict.turn?;
        self.session?.turns.iter().find(|turn| turn.number == number)
    }

    /// The worst span as words: `tool hold_slot (span 00f067aa0ba902b7)`.
    pub(super) fn span(&self) -> Option<String> {
        let ix = *self.verdict.spans.first()?;
        let id = self.span_id(ix)?;
        Some(format!("{} (span {id})", self.span_name(ix)?))
    }

    /// What a span does, and its name; of a tool call the tool's.
    pub(super) fn span_name(&self, ix: SpanIx) -> Option<String> {
        let span = self.context.store.span(ix)?;
        let op = self.context.sessions.op(ix).as_str();
        let turns = self.session.map_or(&[][..], |session| &session.turns);
        let tool = turns.iter().flat_map(|turn| &turn.tools).find(|tool| tool.span == Some(ix));
        Some(format!("{op} {}", tool.map_or(span.name(), |tool| tool.name.as_str())))
    }

    /// What it is about in a few words: `turn 4`, `tool hold_slot (span …)`.
    pub(super) fn about(&self) -> Vec<String> {
        let turn = self.verdict.turn.map(|number| format!("turn {number}"));
        let more = self.verdict.spans.len().saturating_sub(1);
        let more = (more > 0).then(|| format!("and {}", plural(more, "more span")));
        [turn, self.span(), more].into_iter().flatten().collect()
    }

    /// Where the turn's time went, on one line.
    pub(super) fn turn_line(&self) -> Option<(String, String)> {
        let turn = self.turn()?;
        let mut words = vec![turn.role.as_str().to_owned()];
        words.extend(latencies(self.session?, turn));
        words.extend(turn.tools.iter().map(tool_words));
        let failed = turn.spans.iter().filter_map(|ix| self.context.store.span(*ix));
        let failed = failed.filter(|span| span.row.status == SpanStatus::Error).count();
        if failed > 0 {
            words.push(plural(failed, "failed span"));
        }
        Some((format!("turn {}", turn.number), words.join(" │ ")))
    }

    /// Expectation, finding and nearest miss under the words that reports use.
    pub(super) fn facts(&self) -> Vec<(&'static str, &'a str)> {
        let Verdict { expected, found, nearest, message, .. } = self.verdict;
        // What was found is often the message itself, which stands above.
        let found = found.as_ref().filter(|found| *found != message);
        [("expected", expected.as_ref()), ("got", found), ("nearest", nearest.as_ref())]
            .into_iter()
            .filter_map(|(name, text)| Some((name, text?.as_str())))
            .collect()
    }

    /// The command that opens the place.
    pub(super) fn open(&self) -> Option<String> {
        let source = match (&self.verdict.source, self.context.sources) {
            (Some(source), _) => source,
            (None, [only]) => only,
            (None, _) => return None,
        };
        // What came from standard input is gone.
        if source == "-" {
            return None;
        }
        let mut command = format!("agentobs view {}", quoted(source));
        let several = self.context.sessions.list.len() > 1;
        if let Some(session) = self.verdict.session.as_deref().filter(|_| several) {
            command.push_str(&format!(" --session {}", quoted(session)));
        }
        match (self.verdict.turn, self.verdict.spans.first()) {
            (Some(turn), _) => command.push_str(&format!(" --at turn:{turn}")),
            (None, Some(span)) => {
                let id = self.span_id(*span)?;
                command.push_str(&format!(" --at span:{id}"));
            }
            (None, None) => {}
        }
        Some(command)
    }

    /// Everything below the head, a line each, safe to show.
    pub(super) fn body(&self) -> Vec<String> {
        let mut lines: Vec<String> = vec![line(&self.verdict.message).into_owned()];
        let facts = self.facts();
        lines.extend(facts.iter().map(|(name, text)| format!("{name:<9} {}", line(text))));
        if let Some((name, words)) = self.turn_line() {
            lines.push(format!("{name:<9} {}", line(&words)));
        }
        lines.extend(self.verdict.details.iter().map(|text| format!("  {}", line(text))));
        if let Some(command) = self.open() {
            lines.push(format!("open      {}", line(&command)));
        }
        lines
    }
}

fn tool_words(tool: &ToolCall) -> String {
    let status = match tool.status.as_str() {
        "ok" => String::new(),
        status => format!(" {status}"),
    };
    let took = tool.duration_ms.map(|ms| format!(" {}", length(ms))).unwrap_or_default();
    format!("{}{status}{took}", tool.name)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('-') {
        return word.to_owned();
    }
    let inner = word.replace('\'', "'\\''");
    // A leading dash would be a flag.
    if word.starts_with('-') { format!("./'{inner}'") } else { format!("'{inner}'") }
}

/// All verdicts in their order.
pub(super) fn cases<'a>(verdicts: &'a Verdicts, context: &'a ReportContext<'a>) -> Vec<Case<'a>> {
    let sessions: HashMap<&str, &Session> =
        context.sessions.list.iter().map(|session| (session.id.as_str(), session)).collect();
    let of = |verdict: &Verdict| sessions.get(verdict.session.as_deref()?).copied();
    verdicts.list.iter().map(|verdict| Case { verdict, context, session: of(verdict) }).collect()
}

/// All verdicts, what fails the run first, then the other failures, then what
/// could not be told; in their own order otherwise.
pub(super) fn worst_first<'a>(
    verdicts: &'a Verdicts,
    context: &'a ReportContext<'a>,
) -> Vec<Case<'a>> {
    let mut cases = cases(verdicts, context);
    cases.sort_by_key(|case| match case.verdict.status {
        Status::Failed => (u8::from(!case.is_fatal()), std::cmp::Reverse(case.verdict.severity)),
        Status::Insufficient => (2, std::cmp::Reverse(case.verdict.severity)),
        Status::Skipped => (3, std::cmp::Reverse(case.verdict.severity)),
        Status::Passed => (4, std::cmp::Reverse(case.verdict.severity)),
    });
    cases
}

/// `1 failed, 11 passed, 1 skipped`: what is 0 is left out, except that something
/// is always said.
pub(super) fn account(verdicts: &Verdicts, context: &ReportContext<'_>) -> String {
    let (failed, warned) = super::failures(verdicts, context.least);
    let counts = [
        (failed, "failed"),
        (warned, "warned"),
        (verdicts.count(Status::Passed), "passed"),
        (verdicts.count(Status::Insufficient), "insufficient"),
        (verdicts.count(Status::Skipped), "skipped"),
    ];
    let words: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if words.is_empty() { "no rule was tried".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_survive_a_shell() {
        for (word, shown) in [
            ("call.zip", "call.zip"),
            ("my calls/a b.zip", "'my calls/a b.zip'"),
            ("it's", "'it'\\''s'"),
            ("$(rm)", "'$(rm)'"),
            ("-x", "./'-x'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), shown);
        }
    }
}
