//! Recordings and what is known of them.

use flate2::read::GzDecoder;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Scenarios with one log and one set of facts each.
pub(crate) const SCENARIOS: &[&str] = &[
    "barge_in",
    "barge_in_tool",
    "beta_protocol",
    "disconnect_mid_response",
    "long_call",
    "mcp_call",
    "parallel_tools",
    "real_beta_console_1",
    "real_ga_clean_stop",
    "real_ga_interrupts",
    "real_ga_out_of_band_3",
    "response_failures",
    "text_only",
    "two_sessions_tagged",
    "weather_pcm16_full",
    "weather_tool_call",
];

fn folder(scenario: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/realtime").join(scenario)
}

/// A file of a scenario, unpacked.
pub(crate) fn file(scenario: &str, name: &str) -> Vec<u8> {
    let path = folder(scenario).join(format!("{name}.gz"));
    let packed = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut bytes = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

/// What is known of a scenario.
pub(crate) fn expected(scenario: &str) -> Value {
    serde_json::from_slice(&file(scenario, "expected.json")).unwrap()
}

/// The scenario's log. The broken record of `real_beta_console_1` is repaired,
/// as its facts assume.
pub(crate) fn log(scenario: &str) -> Vec<u8> {
    if scenario == "real_beta_console_1" {
        return file(scenario, "events.clean.jsonl");
    }
    let name = expected(scenario)["log_file"].as_str().unwrap().trim_end_matches(".gz").to_owned();
    file(scenario, &name)
}
