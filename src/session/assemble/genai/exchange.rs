//! Which spans make one exchange: what the user said and the reply to it.
//!
//! Conventions agree on no turn, so the evidence is tried from strong to weak:
//! a span that covers a turn; a run of an agent; else single model calls, told
//! apart by a new message of the user, by the user's speech, and by tool loops
//! that hold calls together.

use super::content;
use super::ears::Ear;
use super::entries::{Call, Entry};
use super::history::{History, News};
use crate::dialect::genai::covers_exchange;
use crate::model::{Nanos, TraceIx};
use crate::session::assemble::Case;
use crate::session::{Framework, Op};

/// A model call as the conversation sees it.
#[derive(Debug)]
pub(super) struct Step {
    /// Its span.
    pub at: usize,
    /// What it said, in the model's words.
    pub said: Option<String>,
    /// Calls it asked for.
    pub asks: Vec<Call>,
    pub news: News,
}

/// One exchange in the making.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// The span that covers it, if there is one.
    pub covering: Option<usize>,
    /// Runs of agents and single calls that make the reply.
    pub units: Vec<usize>,
    pub steps: Vec<Step>,
    /// New messages of the user, as model inputs tell them.
    pub users: Vec<String>,
    /// The user's speech and its transcripts.
    pub ears: Vec<Ear>,
    /// What the agent's run says that it answered.
    pub answered: Option<String>,
    /// What a later context kept of the reply: what was heard of it.
    pub kept: Option<String>,
    /// All its spans, ascending.
    pub members: Vec<usize>,
    /// When the last of its units so far ended.
    pub ended: Option<Nanos>,
}

impl Exchange {
    /// When it began: its earliest sign.
    pub(super) fn begins(&self, case: &Case<'_>) -> Option<Nanos> {
        let spans = self.units.iter().filter_map(|at| case.view(*at)?.row.start.known());
        let ears = self.ears.iter().filter_map(|ear| ear.start.or(ear.end));
        spans.chain(ears).min()
    }

    fn trace(&self, case: &Case<'_>) -> Option<TraceIx> {
        Some(case.view(*self.units.last()?)?.row.trace)
    }
}

/// Something that happens in the conversation, in order of time.
enum Piece {
    Ear(Ear),
    Unit(usize),
}

/// All exchanges, in order. `units` gives each span the unit that holds it.
pub(super) fn read(case: &Case<'_>, units: &[Option<usize>], ears: Vec<Ear>) -> Vec<Exchange> {
    let mut builder = Builder::new(case, units);
    for piece in pieces(case, units, ears) {
        match piece {
            Piece::Ear(ear) => builder.pending.push(ear),
            Piece::Unit(at) => builder.take_unit(at),
        }
    }
    builder.finish()
}

/// Ears count from when they were understood, units from when they start.
fn pieces(case: &Case<'_>, units: &[Option<usize>], ears: Vec<Ear>) -> Vec<Piece> {
    let last = Nanos(u64::MAX);
    let mut all: Vec<(Nanos, u8, usize, Piece)> = Vec::new();
    for (at, view) in case.views().filter(|(at, _)| units.get(*at) == Some(&Some(*at))) {
        all.push((view.row.start.known().unwrap_or(last), 1, at, Piece::Unit(at)));
    }
    for (number, ear) in ears.into_iter().enumerate() {
        let when = ear.end.or(ear.start).unwrap_or(last);
        all.push((when, 0, number, Piece::Ear(ear)));
    }
    all.sort_by_key(|(when, rank, at, _)| (*when, *rank, *at));
    all.into_iter().map(|(.., piece)| piece).collect()
}

struct Builder<'c, 'a> {
    case: &'c Case<'a>,
    units: &'c [Option<usize>],
    /// Steps of each unit, by the unit's position.
    steps_of: Vec<Vec<usize>>,
    /// Starts of tool calls that are in no unit.
    loose_tools: Vec<Nanos>,
    several_traces: bool,
    history: History,
    pending: Vec<Ear>,
    /// Calls that tell nothing: handlers of the call that follows.
    silent: Vec<usize>,
    done: Vec<Exchange>,
}

impl<'c, 'a> Builder<'c, 'a> {
    fn new(case: &'c Case<'a>, units: &'c [Option<usize>]) -> Self {
        let mut steps_of = vec![Vec::new(); case.spans.len()];
        for at in (0..case.spans.len()).filter(|at| is_step(case, *at)) {
            let unit = units.get(at).copied().flatten();
            if let Some(steps) = unit.and_then(|unit| steps_of.get_mut(unit)) {
                steps.push(at);
            }
        }
        let mut loose_tools: Vec<Nanos> = case
            .views()
            .filter(|(at, _)| case.op(*at) == Op::Tool && units.get(*at) == Some(&None))
            .filter_map(|(_, view)| view.row.start.known())
            .collect();
        loose_tools.sort_unstable();
        let mut traces = case.views().map(|(_, view)| view.row.trace);
        let first = traces.next();
        Self {
            case,
            units,
            steps_of,
            loose_tools,
            several_traces: traces.any(|trace| Some(trace) != first),
            history: History::default(),
            pending: Vec::new(),
            silent: Vec::new(),
            done: Vec::new(),
        }
    }

    fn take_unit(&mut self, at: usize) {
        let Some(view) = self.case.view(at) else { return };
        let covers = self.case.op(at) == Op::Turn && covers_exchange(&view);
        let steps: Vec<usize> = std::mem::take(self.steps_of.get_mut(at).unwrap_or(&mut vec![]));
        let mut steps: Vec<Step> = steps.into_iter().map(|at| self.read_step(at)).collect();
        if !covers && self.case.op(at) == Op::Realtime && steps.iter().all(|s| self.is_silent(s)) {
            self.silent.push(at);
            return;
        }
        let (mut users, answered) = self.read_unit(at, &steps);
        if covers && self.is_prompt(at, &steps) {
            users.clear();
        }
        let begins_new = covers || self.begins_new(at, &steps, &mut users);
        if begins_new || self.done.is_empty() {
            if let Some(last) = self.done.last_mut() {
                last.kept = steps.iter_mut().find_map(|step| step.news.heard.take());
            }
            self.done.push(Exchange {
                covering: covers.then_some(at),
                ears: std::mem::take(&mut self.pending),
                ..Exchange::default()
            });
        }
        let silent = std::mem::take(&mut self.silent);
        let Some(exchange) = self.done.last_mut() else { return };
        exchange.units.extend(silent);
        exchange.units.push(at);
        exchange.ended = exchange.ended.max(view.row.end.known());
        exchange.users.extend(users);
        exchange.answered = answered.or(exchange.answered.take());
        exchange.steps.append(&mut steps);
    }

    fn read_step(&mut self, at: usize) -> Step {
        let (mut input, mut output) = (Vec::new(), Vec::new());
        // A call may be told twice, by two spans one inside the other.
        for at in [Some(at), self.case.parent(at).filter(|up| self.case.op(*up) == Op::Llm)] {
            let Some((at, view)) = at.and_then(|at| Some((at, self.case.view(at)?))) else {
                continue;
            };
            let words = self.case.words(at);
            if input.is_empty() {
                input = content::input(&view, words);
            }
            if output.is_empty() {
                output = content::output(&view, words);
            }
        }
        let news = self.history.read(input);
        let (said, asks) = split(output);
        for call in &asks {
            self.history.learn_call(call);
        }
        Step { at, said, asks, news }
    }

    /// What the unit's own span says of user and answer. Its steps know the
    /// user's messages better: they are compared with earlier ones.
    fn read_unit(&mut self, at: usize, steps: &[Step]) -> (Vec<String>, Option<String>) {
        let users = steps.iter().flat_map(|step| step.news.users.clone()).collect();
        let is_run = self.case.op(at) == Op::Turn;
        let Some(view) = self.case.view(at).filter(|_| is_run) else { return (users, None) };
        let words = self.case.words(at);
        let (answered, _) = split(content::output(&view, words));
        if steps.iter().any(|step| step.news.told) {
            return (users, answered);
        }
        (self.history.read(content::input(&view, words)).users, answered)
    }

    fn is_silent(&self, step: &Step) -> bool {
        let telling = ["gen_ai.request.model", "gen_ai.response.model", "gen_ai.response.id"];
        let tells = self
            .case
            .view(step.at)
            .is_some_and(|view| telling.iter().any(|key| view.attr(key).is_some()));
        step.said.is_none() && step.asks.is_empty() && !step.news.told && !tells
    }

    /// A voice pipeline's first context is written by the program: a message
    /// in it that nobody was heard to say is an instruction.
    fn is_prompt(&self, unit: usize, steps: &[Step]) -> bool {
        let first_of_all =
            steps.iter().find(|step| step.news.told).is_some_and(|step| !step.news.follows);
        let mut heard = (0..self.case.spans.len()).filter(|at| self.case.op(*at) == Op::Stt);
        let spoken = heard.clone().next().is_some();
        let here = |at: usize| self.units.get(at).copied().flatten() == Some(unit);
        self.case.framework == Framework::Pipecat && first_of_all && spoken && !heard.any(here)
    }

    /// Whether a unit answers something new. May complete `users`.
    fn begins_new(&self, at: usize, steps: &[Step], users: &mut Vec<String>) -> bool {
        let (Some(last), Some(view)) = (self.done.last(), self.case.view(at)) else { return true };
        let start = view.row.start.known();
        if let Some(covering) = last.covering.and_then(|at| self.case.view(at)) {
            // A call that lost its way to the turn's span.
            return start.is_none() || start >= covering.row.end.known();
        }
        if self.pending.iter().any(Ear::heard_somebody) || !users.is_empty() {
            return true;
        }
        let other_trace = last.trace(self.case) != Some(view.row.trace);
        let done = last.steps.last();
        let answered = done.is_some_and(|step| step.asks.is_empty() && step.said.is_some());
        if let Some(first) = steps.iter().find(|step| step.news.told) {
            // Somebody may say the same words twice.
            if other_trace
                && answered
                && let Some(again) = &first.news.last_user
            {
                users.push(again.clone());
                return true;
            }
            return false;
        }
        if done.is_some_and(|step| !step.asks.is_empty()) || repeats(done, steps) {
            return false;
        }
        if other_trace {
            return true;
        }
        if self.case.op(at) == Op::Tts {
            return false;
        }
        let began = done.and_then(|step| self.case.view(step.at)?.row.start.known());
        let tool_between = start.zip(began).is_some_and(|(start, began)| {
            let from = self.loose_tools.partition_point(|tool| *tool < began);
            self.loose_tools.get(from).is_some_and(|tool| *tool <= start)
        });
        let one_a_trace = self.several_traces && self.case.op(at) != Op::Realtime;
        !(tool_between || start < last.ended || one_a_trace)
    }

    fn finish(mut self) -> Vec<Exchange> {
        if let Some(last) = self.done.last_mut() {
            last.units.append(&mut self.silent);
        }
        if self.pending.iter().any(Ear::heard_somebody) || self.done.is_empty() {
            if !self.pending.is_empty() {
                self.done.push(Exchange { ears: self.pending, ..Exchange::default() });
            }
        } else if let Some(last) = self.done.last_mut() {
            last.ears.append(&mut self.pending);
        }
        self.done
    }
}

/// Realtime bridges tell some answers twice.
fn repeats(done: Option<&Step>, steps: &[Step]) -> bool {
    let before = done.and_then(|step| step.said.as_deref()).map(str::trim);
    let now = steps.first().and_then(|step| step.said.as_deref()).map(str::trim);
    now.is_some() && now == before
}

fn split(output: Vec<Entry>) -> (Option<String>, Vec<Call>) {
    let (mut texts, mut calls) = (Vec::new(), Vec::new());
    for entry in output {
        match entry {
            Entry::Agent(text) => texts.push(text.trim().to_owned()),
            Entry::Call(call) => calls.push(call),
            _ => {}
        }
    }
    ((!texts.is_empty()).then(|| texts.join(" ")), calls)
}

/// Whether a span is a model call that takes part in the conversation: the
/// innermost of its kind, and not made by a tool.
fn is_step(case: &Case<'_>, at: usize) -> bool {
    let calls = |at: usize| matches!(case.op(at), Op::Llm | Op::Realtime);
    calls(at)
        && !case.children(at).iter().any(|child| calls(*child))
        && !case.is_below(at, &[Op::Tool, Op::Eval])
}
