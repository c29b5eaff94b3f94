//! A first spec from a good call: what happened there, with headroom.
//!
//! What is written must hold for that call, and for the same call made by
//! another version of the SDK: so it speaks of turns, tools and latencies, not
//! of the names of spans.

use super::eval::holds_here;
use crate::model::Store;
use crate::output::summary::plural;
use crate::session::{Role, Session, Sessions, ToolStatus};
use std::fmt::Write;

/// How much slower than the good call is still good.
const HEADROOM: f64 = 1.5;
/// Calls longer than this are described by what they have, not turn by turn.
const TURNS: usize = 60;

/// A commented spec that the session at `at` of the list fulfils.
#[must_use]
pub fn first_spec(store: &Store, sessions: &Sessions, at: usize, source: &str) -> String {
    let Some(session) = sessions.list.get(at) else { return String::new() };
    let mut writer = Writer { store, sessions, at, session, out: String::new() };
    writer.head(source);
    writer.hygiene();
    writer.structure();
    writer.tools();
    writer.budgets();
    writer.out
}

struct Writer<'s> {
    store: &'s Store,
    sessions: &'s Sessions,
    at: usize,
    session: &'s Session,
    out: String,
}

impl Writer<'_> {
    /// A line of the spec. Writing to a string cannot fail.
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}");
    }

    /// A rule as one line, if it holds here.
    fn rule(&mut self, text: &str) -> bool {
        let holds = holds_here(self.store, self.sessions, self.at, text);
        if holds {
            self.line(&format!("  - {}", quoted(text)));
        }
        holds
    }

    fn head(&mut self, source: &str) {
        let safe: String = source.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.line(&format!(
            "# Written from {safe}: what happened in a good call. Keep what matters,"
        ));
        self.line("# delete what does not. docs/assert.md describes every form of rule.");
        self.line("# yaml-language-server: $schema=docs/schema/agentobs.spec-1.json");
        let name = match self.session.agents.as_slice() {
            [] => self.session.framework.as_str().to_owned(),
            agents => agents.join(", "),
        };
        self.line(&format!("name: {}", quoted(&name)));
        self.line("rules:");
    }

    fn hygiene(&mut self) {
        self.line("  # True of any good recording.");
        let mut errors = true;
        for (name, rule, wants) in super::spec::model::Hygiene::ALL {
            let holds = holds_here(self.store, self.sessions, self.at, name);
            if holds {
                self.line(&format!("  - {name:<25} # {wants}"));
            }
            errors &= holds || rule != super::spec::model::Hygiene::NoErrors;
        }
        let count = self.session.counts().errors;
        if !errors && count > 0 {
            let errors = plural(count, "error");
            self.line(&format!(
                "  # no-errors is left out: this call has {errors}, as `agentobs show` tells."
            ));
        }
    }

    fn structure(&mut self) {
        let turns = &self.session.turns;
        self.line("");
        if turns.is_empty() {
            self.line("  # No turn was found in the call.");
            return;
        }
        if turns.len() > TURNS {
            self.line("  # How long a call is.");
            self.rule(&format!("session.turns <= {}", (turns.len() as f64 * HEADROOM).ceil()));
        } else {
            self.line("  # Who speaks when, and what the agent calls in between.");
            self.line("  - id: call-flow");
            self.line("    tree: |");
            self.line("      session");
            for turn in turns {
                self.line(&format!("        {}", turn.role.as_str()));
                for tool in &turn.tools {
                    self.line(&format!("          tool(name={})", plain(&text(&tool.name))));
                }
            }
        }
        let handoffs: Vec<String> = self
            .session
            .handoffs
            .iter()
            .filter_map(|handoff| {
                // How agents are spelled depends on the SDK; that one leads then does not.
                handoff.to.as_ref().map(|_| "handoff".to_owned())
            })
            .collect();
        self.rule(&format!("count(handoff) = {}", handoffs.len()));
        let interruptions = turns.iter().filter(|turn| turn.interrupted == Some(true)).count();
        self.rule(&format!("session.interruptions <= {interruptions}"));
    }

    fn tools(&mut self) {
        let tools: Vec<_> = self.session.turns.iter().flat_map(|turn| &turn.tools).collect();
        if tools.is_empty() {
            return;
        }
        self.line("");
        self.line("  # Tools: how often, how long, with which result.");
        let mut names: Vec<&str> = Vec::new();
        for tool in &tools {
            if !names.contains(&tool.name.as_str()) {
                names.push(&tool.name);
            }
        }
        for name in names {
            let of_name: Vec<_> = tools.iter().filter(|tool| tool.name == name).collect();
            let shown = text(name);
            self.rule(&format!("count(tool(name={shown})) = {}", of_name.len()));
            let slowest = of_name.iter().filter_map(|tool| tool.duration_ms).fold(0.0, f64::max);
            if slowest > 0.0 {
                let limit = limit(slowest);
                self.rule(&format!("tool(name={shown}).duration < {limit}"));
            }
            if of_name.iter().all(|tool| tool.status == ToolStatus::Ok) {
                self.rule(&format!("count(tool(name={shown}, error=true)) = 0"));
            }
        }
    }

    fn budgets(&mut self) {
        let agent = || self.session.turns.iter().filter(|turn| turn.role == Role::Agent);
        let all = || self.session.turns.iter();
        let most =
            |values: &mut dyn Iterator<Item = Option<f64>>| values.flatten().fold(0.0f64, f64::max);
        let budgets = [
            ("turn.e2e", most(&mut agent().map(|turn| turn.latency.e2e.best()))),
            ("eou.delay", most(&mut all().map(|turn| turn.latency.eou.best()))),
            ("llm.ttft", most(&mut all().map(|turn| turn.latency.llm_ttft.best()))),
            ("tts.ttfb", most(&mut all().map(|turn| turn.latency.tts_ttfb.best()))),
        ];
        if budgets.iter().all(|(_, most)| *most <= 0.0) {
            return;
        }
        self.line("");
        self.line("  # Latencies: the slowest of the call and half as much again.");
        for (name, most) in budgets {
            if most > 0.0 {
                self.rule(&format!("{name} < {}", limit(most)));
            }
        }
    }
}

/// A limit with headroom, in round numbers.
fn limit(ms: f64) -> String {
    let ms = ms * HEADROOM;
    // Very short times vary by more than half.
    let step = if ms < 1_000.0 { 50.0 } else { 100.0 };
    let rounded = (ms / step).ceil() * step;
    if rounded < 1_000.0 { format!("{rounded:.0}ms") } else { format!("{:.1}s", rounded / 1_000.0) }
}

/// A text of an expression.
fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // YAML has no such characters outside its own quotes. Any one fits `?`.
            c if c.is_control() || "\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}".contains(c) => {
                out.push('?')
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A text in which `${…}` is no reference.
fn plain(text: &str) -> String {
    text.replace("${", "$${")
}

/// A scalar of YAML: in single quotes wherever it could be read otherwise.
fn quoted(text: &str) -> String {
    let text = plain(text);
    let text = text.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-. ()<=".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if starts && text.chars().all(plain) && !text.ends_with(' ') {
        return text.to_owned();
    }
    if text.chars().any(char::is_control) {
        // JSON's escapes are YAML's.
        return serde_json::to_string(text).unwrap_or_default();
    }
    format!("'{}'", text.replace('\'', "''"))
}
