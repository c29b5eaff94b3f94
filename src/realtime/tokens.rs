//! Token counts, by direction, modality and cache.

use crate::wire::realtime::Json;

/// Tokens of one response or transcription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    /// All.
    pub total: Option<u64>,
    /// Input.
    pub input: Option<u64>,
    /// Output.
    pub output: Option<u64>,
    /// Text of the input.
    pub input_text: Option<u64>,
    /// Audio of the input.
    pub input_audio: Option<u64>,
    /// Images of the input.
    pub input_image: Option<u64>,
    /// Input read from the cache (part of the input).
    pub cached: Option<u64>,
    /// Text of the cached input.
    pub cached_text: Option<u64>,
    /// Audio of the cached input.
    pub cached_audio: Option<u64>,
    /// Images of the cached input.
    pub cached_image: Option<u64>,
    /// Text of the output.
    pub output_text: Option<u64>,
    /// Audio of the output.
    pub output_audio: Option<u64>,
    /// Reasoning (part of the output's text).
    pub reasoning: Option<u64>,
}

impl Tokens {
    /// Reads a `usage` object; `None` where there is none.
    #[must_use]
    pub(super) fn read(usage: &Json<'_>) -> Option<Self> {
        if usage.members().is_empty() {
            return None;
        }
        let input = match usage.get("input_token_details") {
            Json::Null => usage.get("input_tokens_details"),
            known => known,
        };
        let output = match usage.get("output_token_details") {
            Json::Null => usage.get("output_tokens_details"),
            known => known,
        };
        let cached = input.get("cached_tokens_details");
        let tokens = Self {
            total: usage.get("total_tokens").u64(),
            input: usage.get("input_tokens").u64(),
            output: usage.get("output_tokens").u64(),
            input_text: input.get("text_tokens").u64(),
            input_audio: input.get("audio_tokens").u64(),
            input_image: input.get("image_tokens").u64(),
            cached: input.get("cached_tokens").u64(),
            cached_text: cached.get("text_tokens").u64(),
            cached_audio: cached.get("audio_tokens").u64(),
            cached_image: cached.get("image_tokens").u64(),
            output_text: output.get("text_tokens").u64(),
            output_audio: output.get("audio_tokens").u64(),
            reasoning: output.get("reasoning_tokens").u64(),
        };
        (tokens != Self::default()).then_some(tokens)
    }

    /// Adds another count; what neither knows stays unknown.
    pub(super) fn add(&mut self, other: &Self) {
        fn sum(slot: &mut Option<u64>, other: Option<u64>) {
            if let Some(other) = other {
                *slot = Some(slot.unwrap_or(0).saturating_add(other));
            }
        }
        sum(&mut self.total, other.total);
        sum(&mut self.input, other.input);
        sum(&mut self.output, other.output);
        sum(&mut self.input_text, other.input_text);
        sum(&mut self.input_audio, other.input_audio);
        sum(&mut self.input_image, other.input_image);
        sum(&mut self.cached, other.cached);
        sum(&mut self.cached_text, other.cached_text);
        sum(&mut self.cached_audio, other.cached_audio);
        sum(&mut self.cached_image, other.cached_image);
        sum(&mut self.output_text, other.output_text);
        sum(&mut self.output_audio, other.output_audio);
        sum(&mut self.reasoning, other.reasoning);
    }
}
