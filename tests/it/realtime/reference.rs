//! The reference listener's own output of each recording against ours: the same
//! spans with the same parents, and each difference explained by exactly one
//! named fault of the reference (`docs/realtime.md`).

use super::facts::correlated;
use super::listener::{Listener, Theirs};
use super::recording::{SCENARIOS, expected, log};
use agentobs::model::{SpanStatus, SpanView, Store};
use agentobs::realtime::CorrelatorOptions;
use std::collections::{BTreeMap, HashMap};

/// The listener of the article, and the package that it became.
const VARIANTS: &[&str] = &["article", "package"];

/// Something that the reference does not say as we do.
struct Difference {
    what: What,
    key: String,
    /// More that a rule looks at.
    note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    SessionMissing,
    ModelMissing,
    MaxTokensType,
    InputMissing,
    ResponseMissing,
    ToolMissing,
    Parent,
    Text,
    InputLength,
    ResponseStatus,
    ResponseFailed,
    ResponseLength,
    Interruption,
    OutOfBand,
    Usage,
    Reasoning,
    Images,
    Items,
    OutputType,
    ToolName,
    ToolStatus,
    ToolLength,
    LogMissing,
    LogSpan,
    OutlivesParent,
    RateLimit,
    OnlyTheirs,
}

/// What the rules know of a scenario.
struct Scene<'a> {
    variant: &'a str,
    /// Whether the names are those of the beta, which the listener cannot read.
    beta: bool,
}

/// A fault of the reference: its number, its name, and how it is recognised.
struct Fault {
    number: &'static str,
    name: &'static str,
    explains: fn(&Difference, &Scene<'_>) -> bool,
}

const FAULTS: &[Fault] = &[
    Fault {
        number: "1",
        name: "rate limits raise: their gauge never exists",
        explains: |d, _| d.what == What::RateLimit,
    },
    Fault {
        number: "5",
        name: "strict validation: events with the beta's names are lost",
        explains: |d, scene| scene.beta && lost_with_an_event(d.what, &d.note),
    },
    Fault {
        number: "6",
        name: "attach without detach: a log record carries the span of something else",
        explains: |d, _| d.what == What::LogSpan,
    },
    Fault {
        number: "8",
        name: "barge-in is not modelled: cut playback looks completed",
        explains: |d, scene| !scene.beta && d.what == What::Interruption,
    },
    Fault {
        number: "10",
        name: "no span for typed text, images, push-to-talk, silence",
        explains: |d, _| {
            matches!(d.what, What::InputMissing | What::LogMissing) && d.note == "typed"
        },
    },
    Fault {
        number: "11",
        name: "no response.done or no output: closed at cleanup, status unset",
        explains: |d, scene| {
            let tool = matches!(d.what, What::ToolStatus | What::ToolLength);
            let response =
                matches!(d.what, What::ResponseFailed | What::ResponseLength | What::LogMissing);
            d.note == "unfinished" && (tool || response && !scene.beta)
        },
    },
    Fault {
        number: "12",
        name: "a failed tool counts as success",
        explains: |d, _| d.what == What::ToolStatus && d.note == "error",
    },
    Fault {
        number: "13",
        name: "responses out of band look like any other",
        explains: |d, _| d.what == What::OutOfBand,
    },
    Fault {
        number: "14",
        name: "further output items, reasoning and image tokens are lost",
        explains: |d, scene| {
            !scene.beta && matches!(d.what, What::Items | What::Reasoning | What::Images)
        },
    },
    Fault {
        number: "16",
        name: "what was said is on no span",
        explains: |d, _| d.what == What::Text,
    },
    Fault {
        number: "17",
        name: "the model is known from session.updated only",
        explains: |d, _| d.what == What::ModelMissing,
    },
    Fault {
        number: "19",
        name: "output type is a list, most tokens the word inf",
        explains: |d, _| matches!(d.what, What::OutputType | What::MaxTokensType),
    },
    Fault {
        number: "A",
        name: "the article's listener has no rule for MCP calls",
        explains: |d, scene| {
            scene.variant == "article" && d.what == What::ToolMissing && d.note == "mcp"
        },
    },
    Fault {
        number: "B",
        name: "the package's MCP span has no tool name, server and output",
        explains: |d, scene| scene.variant == "package" && d.what == What::ToolName,
    },
    Fault {
        number: "C",
        name: "the article's listener has no rule for written answers",
        explains: |d, scene| {
            scene.variant == "article" && d.what == What::LogMissing && d.note == "written"
        },
    },
];

/// What is not there when an event could not be read.
fn lost_with_an_event(what: What, note: &str) -> bool {
    match what {
        What::LogMissing => note != "typed",
        What::SessionMissing
        | What::ResponseMissing
        | What::ToolMissing
        | What::Parent
        | What::ResponseStatus
        | What::ResponseFailed
        | What::ResponseLength
        | What::Interruption
        | What::Usage
        | What::Items => true,
        What::InputMissing => note == "spoken",
        _ => false,
    }
}

/// Collects differences.
#[derive(Default)]
struct Compared(Vec<Difference>);

impl Compared {
    fn add(&mut self, what: What, key: &str, note: impl Into<String>) {
        self.0.push(Difference { what, key: key.to_owned(), note: note.into() });
    }

    fn when(&mut self, differs: bool, what: What, key: &str, note: &str) {
        if differs {
            self.add(what, key, note);
        }
    }
}

/// Our spans of one kind in order.
fn named<'a>(store: &'a Store, word: &str) -> Vec<SpanView<'a>> {
    (0..store.spans().len())
        .filter_map(|at| store.span(at.into()))
        .filter(|span| span.name().split(' ').next() == Some(word))
        .collect()
}

fn list(span: &SpanView<'_>, key: &str) -> Vec<String> {
    let texts = |v: agentobs::model::Value<'_>| {
        let list = v.as_list()?;
        Some(list.iter().filter_map(|(_, v)| v.as_str().map(str::to_owned)).collect())
    };
    span.attr(key).and_then(texts).unwrap_or_default()
}

fn truth(span: &SpanView<'_>, key: &str) -> bool {
    span.attr(key).and_then(|v| v.as_bool()).unwrap_or(false)
}

fn whole(span: &SpanView<'_>, key: &str) -> Option<i64> {
    span.attr(key).and_then(|v| v.as_i64())
}

/// Lengths are compared where the log has times, to 2 ms.
fn other_length(ours: &SpanView<'_>, theirs: &Theirs, timed: bool) -> bool {
    timed && ours.duration_ms().is_none_or(|ms| (ms - theirs.length_ms()).abs() > 2.0)
}

struct Comparison<'a> {
    store: &'a Store,
    listener: &'a Listener,
    timed: bool,
    all: Compared,
}

impl Comparison<'_> {
    fn sessions(&mut self) {
        for ours in named(self.store, "realtime_session") {
            let id = ours.text("session.id").unwrap_or_default();
            let Some(theirs) = self.listener.session(id) else {
                self.all.add(What::SessionMissing, id, "");
                continue;
            };
            let model = ours.text("agentobs.realtime.model");
            let same = theirs.text("gen_ai.request.model") == model;
            self.all.when(!same, What::ModelMissing, id, "");
            let most = theirs.text("gen_ai.request.max_tokens") == Some("inf");
            self.all.when(most, What::MaxTokensType, id, "");
        }
        let metric = |point: &agentobs::model::PointRow| self.store.metric(point.metric);
        let limited = self
            .store
            .points()
            .iter()
            .filter_map(metric)
            .filter(|m| self.store.str(m.name) == "agentobs.realtime.rate_limit.remaining")
            .count();
        if limited > 0 && !self.listener.has_metric("gen_ai.realtime.rate_limit.remaining") {
            self.all.add(What::RateLimit, "rate_limit.remaining", "");
        }
    }

    /// Whether theirs is directly below the span of the same session.
    fn below_session(&self, theirs: &Theirs, session: &str) -> bool {
        self.listener.session(session).is_some_and(|up| up.is(theirs.parent()))
    }

    fn inputs(&mut self) {
        for turn in named(self.store, "user_turn") {
            let spoken = turn.text("agentobs.turn.kind") == Some("audio");
            for item in list(&turn, "agentobs.item.ids") {
                self.input(&turn, &item, if spoken { "spoken" } else { "typed" });
            }
        }
    }

    fn input(&mut self, turn: &SpanView<'_>, item: &str, note: &str) {
        let speech = named(self.store, "user_speech");
        let speech = speech.iter().find(|s| s.text("agentobs.item.id") == Some(item));
        let text = speech.unwrap_or(turn).text("input.value").filter(|text| !text.is_empty());
        if let Some(text) = text {
            let span = self.listener.input(item);
            self.log("User", text, &[span], item, note);
        }
        let Some(theirs) = self.listener.input(item) else {
            self.all.add(What::InputMissing, item, note);
            return;
        };
        let session = turn.text("session.id").unwrap_or_default();
        self.all.when(!self.below_session(theirs, session), What::Parent, item, "");
        self.all.when(text.is_some(), What::Text, item, "");
        if let Some(speech) = speech {
            self.all.when(other_length(speech, theirs, self.timed), What::InputLength, item, "");
        }
    }

    fn responses(&mut self) {
        for ours in named(self.store, "chat") {
            let id = ours.text("gen_ai.response.id").unwrap_or_default().to_owned();
            let unfinished = truth(&ours, "agentobs.unfinished");
            let note = if unfinished { "unfinished" } else { "" };
            let text = ours.text("agentobs.response.text");
            let theirs = self.listener.response(&id);
            if let Some(text) = text {
                let written = ours.text("gen_ai.output.type") == Some("text");
                let how = match (unfinished, written) {
                    (true, _) => "unfinished",
                    (false, true) => "written",
                    (false, false) => "spoken",
                };
                self.log("Assistant", text, &[theirs], &id, how);
            }
            let Some(theirs) = theirs else {
                self.all.add(What::ResponseMissing, &id, note);
                continue;
            };
            let session = ours.text("session.id").unwrap_or_default();
            let all = &mut self.all;
            let up = self.listener.session(session).is_some_and(|up| up.is(theirs.parent()));
            all.when(!up, What::Parent, &id, "");
            let status = ours.text("agentobs.response.status");
            let other = theirs.text("gen_ai.response.status") != status;
            all.when(other, What::ResponseStatus, &id, note);
            let failed = ours.row.status == SpanStatus::Error;
            all.when(failed != theirs.is_error(), What::ResponseFailed, &id, note);
            all.when(other_length(&ours, theirs, self.timed), What::ResponseLength, &id, note);
            let cut = truth(&ours, "agentobs.response.interrupted");
            let told = theirs.text("gen_ai.response.status") == Some("cancelled");
            all.when(cut && !told, What::Interruption, &id, "");
            all.when(truth(&ours, "agentobs.response.out_of_band"), What::OutOfBand, &id, "");
            let usage = [
                ("gen_ai.usage.input_tokens", "gen_ai.usage.input_tokens"),
                ("gen_ai.usage.output_tokens", "gen_ai.usage.output_tokens"),
                ("llm.token_count.total", "gen_ai.usage.total_tokens"),
                ("llm.token_count.prompt_details.audio", "gen_ai.usage.input_audio_tokens"),
                ("llm.token_count.completion_details.audio", "gen_ai.usage.output_audio_tokens"),
                ("agentobs.usage.input_text_tokens", "gen_ai.usage.input_text_tokens"),
                ("agentobs.usage.output_text_tokens", "gen_ai.usage.output_text_tokens"),
                ("agentobs.usage.cached_text_tokens", "gen_ai.usage.input_text_cached_tokens"),
                ("agentobs.usage.cached_audio_tokens", "gen_ai.usage.input_audio_cached_tokens"),
            ];
            let other = usage.iter().find(|(a, b)| whole(&ours, a) != theirs.number(b));
            all.when(other.is_some(), What::Usage, &id, other.map_or("", |(key, _)| key));
            let reasoning = whole(&ours, "gen_ai.usage.reasoning.output_tokens");
            all.when(reasoning.is_some_and(|n| n > 0), What::Reasoning, &id, "");
            let images = whole(&ours, "agentobs.usage.input_image_tokens");
            all.when(images.is_some_and(|n| n > 0), What::Images, &id, "");
            let items = list(&ours, "agentobs.item.ids");
            let first: Vec<&str> = theirs.text("gen_ai.item.id").into_iter().collect();
            all.when(items != first, What::Items, &id, "");
            all.when(text.is_some(), What::Text, &id, "");
            all.when(theirs.is_list("gen_ai.output.type"), What::OutputType, &id, "");
        }
    }

    fn tools(&mut self) {
        for ours in named(self.store, "execute_tool") {
            let key = ours.text("gen_ai.tool.call.id").or(ours.text("agentobs.item.id"));
            let key = key.unwrap_or_default().to_owned();
            let status = ours.text("agentobs.tool.status").unwrap_or_default();
            let mcp = ours.text("agentobs.tool.kind") == Some("mcp");
            let theirs = self.listener.tool(&key);
            if let Some(output) = ours.text("gen_ai.tool.call.result").filter(|_| !mcp) {
                self.log("Tool output", output, &[theirs], &key, "spoken");
            }
            let Some(theirs) = theirs else {
                self.all.add(What::ToolMissing, &key, if mcp { "mcp" } else { "" });
                continue;
            };
            let response = ours.text("gen_ai.response.id").unwrap_or_default();
            let up = self.listener.response(response);
            let all = &mut self.all;
            all.when(!up.is_some_and(|up| up.is(theirs.parent())), What::Parent, &key, "");
            let name = ours.text("gen_ai.tool.name");
            all.when(theirs.text("gen_ai.tool.name") != name, What::ToolName, &key, "");
            let failed = ours.row.status == SpanStatus::Error;
            all.when(failed != theirs.is_error(), What::ToolStatus, &key, status);
            all.when(other_length(&ours, theirs, self.timed), What::ToolLength, &key, status);
            let arguments = ours.text("gen_ai.tool.call.arguments");
            assert_eq!(theirs.text("gen_ai.tool.call.arguments"), arguments, "{key}");
            if !mcp {
                let output = ours.text("gen_ai.tool.call.result");
                assert_eq!(theirs.text("gen_ai.tool.call.result"), output, "{key}");
            }
        }
    }

    /// Their log record of a text, and whether it carries the right span. The
    /// same words may be said twice: then one of the records must.
    fn log(&mut self, who: &str, text: &str, spans: &[Option<&Theirs>], key: &str, note: &str) {
        let records = self.listener.records(who, text);
        if records.is_empty() {
            self.all.add(What::LogMissing, key, note);
            return;
        }
        let right = |span: &&str| spans.iter().flatten().any(|theirs| theirs.is(span));
        self.all.when(!records.iter().any(right), What::LogSpan, key, note);
    }

    /// Their spans that end after their parent (a call ends after the response
    /// that makes it, with us too), and those that we do not have.
    fn structure(&mut self) {
        for span in self.listener.spans.iter().filter(|span| !span.is_tool()) {
            let up = self.listener.spans.iter().find(|up| up.is(span.parent()));
            let outlives = up.is_some_and(|up| up.end() < span.end());
            self.all.when(outlives, What::OutlivesParent, span.key(), "");
        }
        let ours: Vec<String> = (0..self.store.spans().len())
            .filter_map(|at| self.store.span(at.into()))
            .flat_map(|span| {
                let keys =
                    ["session.id", "gen_ai.response.id", "gen_ai.tool.call.id", "agentobs.item.id"];
                keys.iter().filter_map(|k| span.text(k).map(str::to_owned)).collect::<Vec<_>>()
            })
            .collect();
        for span in self.listener.spans.iter().filter(|s| !s.is_host()) {
            let known = ours.iter().any(|key| key == span.key());
            self.all.when(!known, What::OnlyTheirs, span.key(), "");
        }
    }
}

/// Number of differences that each fault explains, by scenario and variant.
type Counts = BTreeMap<(&'static str, &'static str), HashMap<&'static str, usize>>;

/// Counts what is explained, and words what is not.
fn explained() -> (Counts, Vec<String>) {
    let (mut counts, mut wrong) = (Counts::new(), Vec::new());
    for scenario in SCENARIOS {
        let facts = expected(scenario);
        let (store, _) = correlated(&log(scenario), &CorrelatorOptions::default());
        for variant in VARIANTS {
            let listener = Listener::read(scenario, variant);
            let mut comparison = Comparison {
                store: &store,
                listener: &listener,
                timed: facts["has_timestamps"] == true,
                all: Compared::default(),
            };
            comparison.sessions();
            comparison.inputs();
            comparison.responses();
            comparison.tools();
            comparison.structure();
            let scene = Scene { variant, beta: facts["sessions"][0]["protocol"] == "beta" };
            let row: &mut HashMap<&str, usize> = counts.entry((*scenario, *variant)).or_default();
            for difference in &comparison.all.0 {
                let faults: Vec<&str> = FAULTS
                    .iter()
                    .filter(|fault| (fault.explains)(difference, &scene))
                    .map(|fault| fault.number)
                    .collect();
                match faults.as_slice() {
                    [one] => *row.entry(one).or_default() += 1,
                    other => wrong.push(format!(
                        "{scenario} {variant}: {:?} {} {:?}: {other:?}",
                        difference.what, difference.key, difference.note
                    )),
                }
            }
        }
    }
    (counts, wrong)
}

#[test]
fn every_difference_is_a_named_fault_of_the_reference() {
    let (counts, wrong) = explained();
    assert!(wrong.is_empty(), "{} unexplained\n{}", wrong.len(), wrong.join("\n"));
    // The documentation has the same numbers.
    let mut table = String::from("| recording | listener |");
    FAULTS.iter().for_each(|fault| table.push_str(&format!(" {} |", fault.number)));
    table.push_str("\n|---|---|");
    FAULTS.iter().for_each(|_| table.push_str("---|"));
    for ((scenario, variant), row) in &counts {
        table.push_str(&format!("\n| {scenario} | {variant} |"));
        for fault in FAULTS {
            match row.get(fault.number) {
                Some(count) => table.push_str(&format!(" {count} |")),
                None => table.push_str("  |"),
            }
        }
    }
    let page = include_str!("../../../docs/realtime.md");
    assert!(page.contains(&table), "docs/realtime.md should have this table:\n{table}");
    for fault in FAULTS {
        let row = format!("| {} | {} |", fault.number, fault.name);
        assert!(page.contains(&row), "docs/realtime.md should have this row:\n{row}");
    }
}
