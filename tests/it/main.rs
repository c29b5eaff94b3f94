//! Integration tests: one binary, one module a subject.
//!
//! The modules are marked as tests so that lints know their helpers for what
//! they are.

#[cfg(test)]
mod completions;
#[cfg(test)]
mod escape;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod livekit;
#[cfg(test)]
mod order;
#[cfg(test)]
mod output;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod show;
#[cfg(test)]
mod support;
