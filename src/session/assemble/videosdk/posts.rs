//! Metrics posts: one a completed turn, the only place that says whether a
//! turn was interrupted and what a realtime turn cost.
//!
//! Units (`metrics/metrics_schema.py`): latencies are milliseconds, times are
//! seconds of the host's monotonic clock. In a cascade `e2eLatency` is the sum
//! of the stages, not a wall-clock span.

use super::exchange::{Exchange, Half, Talk, push_behind};
use crate::dialect::videosdk::Clock;
use crate::model::{List, Nanos, Value};
use crate::session::assemble::Case;
use crate::session::{Interval, Measure, Role, ToolCall, ToolStatus, Usage};
use hashbrown::HashSet;

/// A stretch of speech by the host's clock.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    role: Role,
    start: f64,
    end: Option<f64>,
}

/// One post.
#[derive(Clone, Debug)]
pub(super) struct Post<'a> {
    attrs: List<'a>,
    speech: Vec<Stretch>,
    user: Option<&'a str>,
    agent: Option<&'a str>,
}

impl<'a> Post<'a> {
    fn read(attrs: List<'a>) -> Self {
        let text = |key: &str| attrs.get(key).and_then(|v| v.as_str()).filter(|t| !t.is_empty());
        let timeline = attrs.get("timeline").and_then(|v| v.as_list());
        let events = || timeline.iter().flat_map(List::iter).map(|(_, event)| event);
        let role = |event: &Value<'_>| match event.get("eventType")?.as_str()? {
            "user_speech" => Some(Role::User),
            "agent_speech" => Some(Role::Agent),
            _ => None,
        };
        let said = |wanted: Role| {
            let mut texts = events().filter(|event| role(event) == Some(wanted));
            texts.find_map(|event| event.get("text")?.as_str().filter(|text| !text.is_empty()))
        };
        let mut speech: Vec<Stretch> = events()
            .filter_map(|event| {
                Some(Stretch {
                    role: role(&event)?,
                    start: event.get("startTime")?.as_f64()?,
                    end: event.get("endTime").and_then(|v| v.as_f64()),
                })
            })
            .collect();
        if speech.is_empty() {
            let own = |role, start: &str, end: &str| {
                Some(Stretch { role, start: number(attrs, start)?, end: number(attrs, end) })
            };
            speech.extend(own(Role::User, "userSpeechStartTime", "userSpeechEndTime"));
            speech.extend(own(Role::Agent, "agentSpeechStartTime", "agentSpeechEndTime"));
        }
        Self {
            attrs,
            speech,
            user: text("user_speech").or_else(|| said(Role::User)),
            agent: text("agent_speech").or_else(|| said(Role::Agent)),
        }
    }

    fn begins(&self) -> Option<f64> {
        self.speech.iter().map(|stretch| stretch.start).reduce(f64::min)
    }

    fn realtime(&self) -> bool {
        ["realtimeProviderClass", "realtimeInputTokens"]
            .iter()
            .any(|key| self.attrs.get(key).is_some())
    }

    fn said(&self, role: Role) -> Option<&'a str> {
        let text = match role {
            Role::User => self.user,
            Role::Agent => self.agent,
        };
        text.map(str::trim).filter(|text| !text.is_empty())
    }
}

fn number(attrs: List<'_>, key: &str) -> Option<f64> {
    attrs.get(key).and_then(|v| v.as_f64()).filter(|n| n.is_finite())
}

/// A count; 0 where the SDK counted nothing is no count, see [`usage`].
fn count(attrs: List<'_>, key: &str) -> Option<u64> {
    attrs.get(key).and_then(|v| v.as_i64()).and_then(|n| u64::try_from(n).ok())
}

/// All posts in order of time, each turn once: the first is sent to two places.
pub(super) fn read<'a>(case: &Case<'a>) -> Vec<Post<'a>> {
    let documents = case.documents.iter().filter(|d| d.format == "videosdk.turn_metrics");
    let mut rows: Vec<_> = documents.flat_map(|document| &document.items).collect();
    rows.sort_by_key(|row| row.position);
    // Posts without any speech have no time: they stay behind the one before.
    let mut last = 0.0;
    let mut keyed: Vec<(f64, Post<'a>)> = Vec::with_capacity(rows.len());
    for post in rows.into_iter().map(|row| Post::read(case.store.attrs(row.attrs))) {
        last = post.begins().unwrap_or(last);
        keyed.push((last, post));
    }
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut seen = HashSet::new();
    keyed
        .into_iter()
        .map(|(_, post)| post)
        .filter(|post| match post.begins() {
            Some(begins) => seen.insert((begins.to_bits(), post.user, post.agent)),
            None => true,
        })
        .collect()
}

/// Spans and readings of the same moment.
const SAME_READING_NS: u64 = 2_000_000;

/// Joins posts to exchanges; turns that no span knows are added.
pub(super) fn join(posts: &[Post<'_>], clock: Option<Clock>, talk: &mut Talk) {
    let mut owner: Vec<Option<usize>> =
        posts.iter().map(|post| by_reading(post, clock, talk)).collect();
    for at in owner.iter().flatten() {
        if let Some(exchange) = talk.get_mut(*at) {
            exchange.posted = true;
        }
    }
    let mut before = None;
    for (post, owner) in posts.iter().zip(&mut owner) {
        let at = owner.or_else(|| by_text(post, talk)).unwrap_or_else(|| {
            push_behind(talk, before, Exchange { realtime: post.realtime(), ..Exchange::default() })
        });
        before = Some(at);
        if let Some(exchange) = talk.get_mut(at) {
            exchange.posted = true;
            if exchange.inner.is_none() {
                apply(post, clock, exchange);
            }
        }
    }
}

/// The exchange whose speech starts exactly with the post's.
fn by_reading(post: &Post<'_>, clock: Option<Clock>, talk: &Talk) -> Option<usize> {
    let starts: Vec<Nanos> =
        post.speech.iter().filter_map(|stretch| clock?.at(stretch.start)).collect();
    let matches = |exchange: &Exchange| {
        let near = |a: &Nanos| starts.iter().any(|b| a.0.abs_diff(b.0) <= SAME_READING_NS);
        exchange.starts.iter().filter(|start| near(start)).count()
    };
    let best = talk.iter().enumerate().map(|(at, exchange)| (matches(exchange), at));
    best.filter(|(matches, _)| *matches > 0)
        .max_by_key(|(m, at)| (*m, usize::MAX - at))
        .map(|b| b.1)
}

/// The first exchange without a post in which the same was said.
fn by_text(post: &Post<'_>, talk: &Talk) -> Option<usize> {
    let same = |exchange: &Exchange, role: Role| {
        let said = post.said(role);
        said.is_some() && exchange.half(role).and_then(Half::said) == said
    };
    let free = || talk.iter().enumerate().filter(|(_, exchange)| !exchange.posted);
    let both = |e: &Exchange| same(e, Role::User) && same(e, Role::Agent);
    let either = |e: &Exchange| same(e, Role::User) || same(e, Role::Agent);
    let inner =
        |e: &Exchange| e.inner_texts.iter().any(|t| Some(t.trim()) == post.said(Role::User));
    let found = free().find(|(_, e)| both(e)).or_else(|| free().find(|(_, e)| either(e)));
    found.or_else(|| free().find(|(_, e)| inner(e))).map(|(at, _)| at)
}

fn apply(post: &Post<'_>, clock: Option<Clock>, exchange: &mut Exchange) {
    let attrs = post.attrs;
    let realtime = exchange.realtime || post.realtime();
    let speaks = |role| post.speech.iter().any(|stretch| stretch.role == role);
    if exchange.user.is_none() && post.user.is_some() {
        exchange.user = Some(Half::new(Role::User));
    }
    let tools = tool_names(attrs);
    let worked = number(attrs, "ttft").is_some() || !tools.is_empty();
    if exchange.agent.is_none() && (post.agent.is_some() || speaks(Role::Agent) || worked) {
        exchange.agent = Some(Half::new(Role::Agent));
    }
    for role in [Role::User, Role::Agent] {
        let Some(half) = exchange.half_mut(role) else { continue };
        if half.said().is_none() {
            half.turn.text = post.said(role).map(str::to_owned);
        }
        if half.turn.speech.is_empty() {
            add_speech(post, role, clock, half);
        }
    }
    report_latencies(attrs, realtime, exchange);
    if let Some(user) = exchange.user.as_mut().filter(|user| user.members.is_empty()) {
        add_model(attrs, &["sttModelName"], user);
    }
    let Some(agent) = exchange.agent.as_mut() else { return };
    if let Some(flag) = attrs.get("interrupted").and_then(|v| v.as_bool()) {
        agent.set_interrupted(flag);
    }
    // Names are those of the session: a greeting asked no model.
    let asked = ["ttft", "llmDuration"].iter().any(|key| number(attrs, key).is_some());
    if agent.turn.models.is_empty() && (asked || realtime) {
        add_model(attrs, &["llmModelName", "realtimeModelName"], agent);
    }
    if agent.turn.usage.is_unknown() {
        agent.turn.usage = usage(attrs, realtime);
    }
    for name in tools {
        let known = agent.turn.tools.iter().filter(|tool| tool.name == name).count();
        let called = tool_names(attrs).iter().filter(|other| **other == name).count();
        if known < called {
            agent.turn.tools.push(nameless_call(name));
        }
    }
}

fn add_model(attrs: List<'_>, keys: &[&str], half: &mut Half) {
    let models = keys.iter().filter_map(|key| attrs.get(key)?.as_str());
    half.turn.models.extend(models.filter(|model| !model.is_empty()).map(str::to_owned));
}

fn tool_names(attrs: List<'_>) -> Vec<&str> {
    let list = attrs.get("functionToolsCalled").and_then(|v| v.as_list());
    list.iter().flat_map(List::iter).filter_map(|(_, name)| name.as_str()).collect()
}

/// A call of which only the tool is known.
pub(super) fn nameless_call(name: &str) -> ToolCall {
    ToolCall {
        name: name.to_owned(),
        call_id: None,
        arguments: None,
        output: None,
        error: None,
        status: ToolStatus::Unknown,
        start: None,
        duration_ms: None,
        span: None,
    }
}

fn add_speech(post: &Post<'_>, role: Role, clock: Option<Clock>, half: &mut Half) {
    let Some(clock) = clock else { return };
    for stretch in post.speech.iter().filter(|stretch| stretch.role == role) {
        half.add_speech(clock.at(stretch.start), stretch.end.and_then(|end| clock.at(end)));
    }
    let heard = || half.turn.speech.iter();
    let start = heard().filter_map(|Interval { start, .. }| *start).min();
    let end = heard().filter_map(|Interval { end, .. }| *end).max();
    half.turn.start = half.turn.start.into_iter().chain(start).min();
    half.turn.end = half.turn.end.max(end);
}

fn report_latencies(attrs: List<'_>, realtime: bool, exchange: &mut Exchange) {
    let ms = |key: &str| number(attrs, key);
    let fill = |measure: &mut Measure, value: Option<f64>| {
        measure.reported_ms = measure.reported_ms.or(value);
    };
    // The realtime `e2eLatency` of 0.0.x ends when the agent has finished.
    let e2e = if attrs.get("thinkingDelay").is_some() { "thinkingDelay" } else { "e2eLatency" };
    let answers = exchange.user.is_some();
    if let Some(user) = exchange.user.as_mut() {
        let latency = &mut user.turn.latency;
        fill(&mut latency.transcription, ms("sttLatency"));
        // Spans know better, also that it cannot be known.
        if user.members.is_empty()
            && ms("userSpeechEndTime").is_some()
            && let (Some(stt), Some(eou)) = (ms("sttLatency"), ms("eouLatency"))
        {
            // The stages follow each other from the end of speech on.
            latency.eou.derived_ms = Some(stt + eou + ms("eouWaitMs").unwrap_or(0.0));
        }
    }
    if let Some(agent) = exchange.agent.as_mut() {
        let latency = &mut agent.turn.latency;
        fill(&mut latency.llm_ttft, ms("ttft"));
        if !realtime {
            fill(&mut latency.tts_ttfb, ms("ttfb"));
        }
        // A greeting's is the synthesis alone: it answers nobody.
        if answers {
            fill(&mut latency.e2e, ms(e2e));
        }
    }
}

/// Tokens of the turn. The SDK writes 0 where it did not count: the follow-up
/// rounds of tool turns, which end the count of the whole turn.
fn usage(attrs: List<'_>, realtime: bool) -> Usage {
    let count = |key: &str| count(attrs, key);
    let usage = if realtime {
        Usage {
            input_tokens: count("realtimeInputTokens"),
            output_tokens: count("realtimeOutputTokens"),
            cached_input_tokens: count("realtimeInputCachedTokens"),
            input_audio_tokens: count("realtimeInputAudioTokens"),
            output_audio_tokens: count("realtimeOutputAudioTokens"),
        }
    } else {
        Usage {
            input_tokens: count("promptTokens"),
            output_tokens: count("completionTokens"),
            cached_input_tokens: count("promptCachedTokens").filter(|tokens| *tokens > 0),
            ..Usage::default()
        }
    };
    let counted = |tokens: Option<u64>| tokens.is_some_and(|tokens| tokens > 0);
    if counted(usage.input_tokens) || counted(usage.output_tokens) {
        usage
    } else {
        Usage::default()
    }
}

/// The worker's id, which only posts have.
pub(super) fn agent_id<'a>(case: &Case<'a>) -> Option<&'a str> {
    let mut posts = case.documents.iter().filter(|d| d.format == "videosdk.turn_metrics");
    posts.find_map(|post| post.attrs.get("agentId")?.as_str()).filter(|id| !id.is_empty())
}
