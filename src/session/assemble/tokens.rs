//! Tokens of model calls, each call counted once.
//!
//! Many frameworks repeat a call's usage on the spans above it; others put it
//! on one span only. One rule serves all: a span's usage counts if no span
//! below it has any.

use super::Case;
use crate::model::{SpanView, Value};
use crate::session::Usage;

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

/// Usage that a span itself reports.
pub(super) fn of_span(span: &SpanView<'_>) -> Usage {
    let attrs = span.attrs();
    let first = |keys: &[&str]| keys.iter().find_map(|key| attrs.get(key).and_then(as_count));
    Usage {
        input_tokens: first(INPUT),
        output_tokens: first(OUTPUT),
        cached_input_tokens: first(CACHED),
        input_audio_tokens: first(INPUT_AUDIO),
        output_audio_tokens: first(OUTPUT_AUDIO),
    }
}

fn as_count(value: Value<'_>) -> Option<u64> {
    value.as_i64().and_then(|number| u64::try_from(number).ok())
}

/// Usage that counts for each position: what the span reports if no span below
/// it reports any, else unknown.
pub(super) fn on_leaves(case: &Case<'_>) -> Vec<Usage> {
    let mut usage: Vec<Usage> = case.views().map(|(_, view)| of_span(&view)).collect();
    usage.resize(case.spans.len(), Usage::default());
    let with_usage: Vec<usize> =
        (0..usage.len()).filter(|at| usage.get(*at).is_some_and(|u| !u.is_unknown())).collect();
    for at in with_usage {
        for up in case.ancestors(at) {
            if let Some(slot) = usage.get_mut(up) {
                *slot = Usage::default();
            }
        }
    }
    usage
}
