//! Integration tests: one binary, one module a subject.

mod completions;
mod escape;
mod layers;
mod output;
mod sample;
