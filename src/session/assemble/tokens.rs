//! Tokens of model calls, each call counted once.
//!
//! Many frameworks repeat a call's usage on the spans above it; others put it
//! on one span only. One rule serves all: a span's usage counts if no span
//! below it has any. Counts stand under keys of their own, or inside JSON.

use super::Case;
use crate::model::{SpanView, Store, StrId, Value};
use crate::session::Usage;
use serde_json::Value as Json;

const INPUT: &[&str] = &[
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    "input_tokens",
];
const OUTPUT: &[&str] = &[
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
    "output_tokens",
];
const CACHED: &[&str] = &[
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "llm.token_count.prompt_details.cache_read",
    "llm.token_count.prompt_details.cache_input",
    "ai.usage.cachedInputTokens",
    "ai.usage.inputTokenDetails.cacheReadTokens",
    "cached_input_tokens",
];
const INPUT_AUDIO: &[&str] = &[
    "gen_ai.usage.audio.input_tokens",
    "gen_ai.usage.input_audio_tokens",
    "llm.token_count.prompt_details.audio",
];
const OUTPUT_AUDIO: &[&str] = &[
    "gen_ai.usage.audio.output_tokens",
    "gen_ai.usage.output_audio_tokens",
    "llm.token_count.completion_details.audio",
];

/// JSON text with counts inside, by the paths to try for each. They complete
/// what keys tell: bridges leave the details in the provider's own record.
const INSIDE: &[Inside] = &[
    Inside {
        key: "langfuse.observation.usage_details",
        input: &["input", "input_tokens", "prompt_tokens"],
        output: &["output", "output_tokens", "completion_tokens"],
        cached: &["input_cached_tokens", "cache_read_input_tokens", "input_cache_read"],
        input_audio: &["input_audio_tokens", "input_audio"],
        output_audio: &["output_audio_tokens", "output_audio"],
    },
    RESPONSES,
    Inside { key: "usage", ..RESPONSES },
];

/// Usage of OpenAI Responses, which Logfire keeps beside the keys. Sums of a
/// run (`cached_input_tokens` without details) stand on spans above the calls.
const RESPONSES: Inside = Inside {
    key: "gen_ai.usage.raw",
    input: &[],
    output: &[],
    cached: &["input_tokens_details.cached_tokens"],
    input_audio: &["input_tokens_details.audio_tokens"],
    output_audio: &["output_tokens_details.audio_tokens"],
};

struct Inside {
    key: &'static str,
    input: &'static [&'static str],
    output: &'static [&'static str],
    cached: &'static [&'static str],
    input_audio: &'static [&'static str],
    output_audio: &'static [&'static str],
}

/// ElevenLabs: one key a model and kind of token, whose value is the text of a
/// Python dictionary. Its input leaves out what came from the cache.
const ELEVENLABS: &str = "elevenlabs.llm_usage.";

/// The keys above that the data has at all, as ids of its text: most spans of a
/// large trace count nothing, and should cost next to nothing.
struct Keys {
    input: Vec<StrId>,
    output: Vec<StrId>,
    cached: Vec<StrId>,
    input_audio: Vec<StrId>,
    output_audio: Vec<StrId>,
    inside: Vec<(StrId, &'static Inside)>,
}

impl Keys {
    fn of(store: &Store) -> Self {
        let ids = |keys: &[&str]| keys.iter().filter_map(|key| store.find_str(key)).collect();
        Self {
            input: ids(INPUT),
            output: ids(OUTPUT),
            cached: ids(CACHED),
            input_audio: ids(INPUT_AUDIO),
            output_audio: ids(OUTPUT_AUDIO),
            inside: INSIDE.iter().filter_map(|i| Some((store.find_str(i.key)?, i))).collect(),
        }
    }

    /// Usage that a span itself reports.
    fn of_span(&self, span: &SpanView<'_>) -> Usage {
        let attrs = span.attrs();
        let first = |keys: &[StrId]| keys.iter().find_map(|key| as_count(attrs.get_id(*key)?));
        let mut usage = Usage {
            input_tokens: first(&self.input),
            output_tokens: first(&self.output),
            cached_input_tokens: first(&self.cached),
            input_audio_tokens: first(&self.input_audio),
            output_audio_tokens: first(&self.output_audio),
        };
        for (key, inside) in &self.inside {
            if let Some(text) = attrs.get_id(*key).and_then(|value| value.as_str()) {
                inside.complete(text, &mut usage);
            }
        }
        usage
    }
}

/// Usage in ElevenLabs' spelling.
fn of_dictionaries(span: &SpanView<'_>) -> Usage {
    let mut usage = Usage::default();
    for (key, value) in span.attrs().iter() {
        if let (Some(name), Some(text)) = (key.strip_prefix(ELEVENLABS), value.as_str()) {
            usage.add(&of_dictionary(name, text));
        }
    }
    usage
}

impl Inside {
    fn complete(&self, text: &str, usage: &mut Usage) {
        let Ok(json) = serde_json::from_str::<Json>(text) else { return };
        let first = |known: Option<u64>, paths: &[&str]| {
            known.or_else(|| {
                paths.iter().find_map(|path| {
                    path.split('.').try_fold(&json, |at, key| at.get(key))?.as_u64()
                })
            })
        };
        usage.input_tokens = first(usage.input_tokens, self.input);
        usage.output_tokens = first(usage.output_tokens, self.output);
        usage.cached_input_tokens = first(usage.cached_input_tokens, self.cached);
        usage.input_audio_tokens = first(usage.input_audio_tokens, self.input_audio);
        usage.output_audio_tokens = first(usage.output_audio_tokens, self.output_audio);
    }
}

/// `{'tokens': 640, 'price': 0.000192}` under `<model>.<kind>`; models have dots.
fn of_dictionary(name: &str, text: &str) -> Usage {
    let digits = text.split_once("'tokens': ").map_or("", |(_, rest)| rest);
    let count = digits.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok());
    let mut usage = Usage::default();
    match name.rsplit_once('.').map(|(_, kind)| kind) {
        Some("input") => usage.input_tokens = count,
        Some("input_cache_read") => usage.cached_input_tokens = count,
        Some("output_total") => usage.output_tokens = count,
        _ => {}
    }
    usage
}

fn as_count(value: Value<'_>) -> Option<u64> {
    value.as_i64().and_then(|number| u64::try_from(number).ok())
}

/// Usage that counts for each position: what the span reports if no span below
/// it reports any, else unknown.
pub(super) fn on_leaves(case: &Case<'_>) -> Vec<Usage> {
    let keys = Keys::of(case.store);
    let mut usage = vec![Usage::default(); case.spans.len()];
    for (at, view) in case.views() {
        let hosted = case.dialect(at).is_some_and(|dialect| dialect.name == "elevenlabs");
        if let Some(slot) = usage.get_mut(at) {
            *slot = if hosted { of_dictionaries(&view) } else { keys.of_span(&view) };
        }
    }
    let with_usage: Vec<usize> =
        (0..usage.len()).filter(|at| usage.get(*at).is_some_and(|u| !u.is_unknown())).collect();
    let mut above = vec![false; usage.len()];
    for at in with_usage {
        for up in case.ancestors(at) {
            // What is above a span that was here before has been here, too.
            match above.get_mut(up) {
                Some(seen) if !*seen => *seen = true,
                _ => break,
            }
            if let Some(slot) = usage.get_mut(up) {
                *slot = Usage::default();
            }
        }
    }
    usage
}
