//! Integration tests: one binary, one module a subject.
//!
//! The modules are marked as tests so that lints know their helpers for what
//! they are.

#[cfg(test)]
mod assert;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod completions;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod escape;
#[cfg(test)]
mod export;
#[cfg(test)]
mod genai;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod livekit;
#[cfg(test)]
mod order;
#[cfg(test)]
mod otlp;
#[cfg(test)]
mod output;
#[cfg(test)]
mod query;
#[cfg(test)]
mod realtime;
#[cfg(test)]
mod report;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod show;
#[cfg(test)]
mod snapshot;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tui;
#[cfg(test)]
mod videosdk;
#[cfg(test)]
mod zips;
