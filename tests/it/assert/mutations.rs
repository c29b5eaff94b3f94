//! What is changed in a recording fails exactly the rules that speak of it, and
//! the first lines of the report say which span it is and what is wrong.

use super::spans::{Spans, set};
use crate::support::{TempDir, agentobs, fixture, members};
use serde_json::json;

/// A change, the rules that it fails, and words that the first five lines on
/// one of these rules must have.
type Row = (&'static str, fn(&mut Spans), &'static [&'static str], &'static [&'static str]);

const TOOL: &str = "function_tool";

/// Hides what other spans tell of the same calls.
fn forget_calls(spans: &mut Spans) {
    for span in &mut spans.list {
        for key in ["lk.pii.response.function_calls", "lk.pii.chat_ctx"] {
            set(span, key, None);
        }
    }
}

const ROWS: &[Row] = &[
    ("nothing", |_| {}, &[], &[]),
    ("dropped tool", |s| s.cut(TOOL, 1), &[], &[]),
    ("dropped second tool", |s| s.cut(TOOL, 2), &[], &[]),
    ("tool twice", |s| { let span = s.repeat(TOOL, 1, 10); set(span, "lk.function_tool.id", Some(json!("call_x"))); set(span, "gen_ai.tool.call.id", Some(json!("call_x"))); }, &[], &[]),
    ("swapped order", |s| s.shift(TOOL, 1, 60, 60), &[], &[]),
    ("renamed tool", |s| { s.set(TOOL, 1, "lk.function_tool.name", Some(json!("get_price"))); s.set(TOOL, 1, "gen_ai.tool.name", Some(json!("get_price"))); }, &[], &[]),
    ("changed argument", |s| { for key in ["lk.pii.function_tool.arguments", "gen_ai.tool.call.arguments"] { s.set(TOOL, 1, key, Some(json!("{\"item\": \"latte\"}"))); } }, &[], &[]),
    ("arguments not JSON", |s| { for key in ["lk.pii.function_tool.arguments", "gen_ai.tool.call.arguments"] { s.set(TOOL, 1, key, Some(json!("cortado"))); } }, &[], &[]),
    ("argument missing", |s| { for key in ["lk.pii.function_tool.arguments", "gen_ai.tool.call.arguments"] { s.set(TOOL, 1, key, Some(json!("{}"))); } }, &[], &[]),
    ("tool fails", |s| s.set(TOOL, 1, "lk.function_tool.is_error", Some(json!(true))), &[], &[]),
    ("tool is slow", |s| s.shift(TOOL, 2, 0, 400), &[], &[]),
    ("tool never ends", |s| s.span(TOOL, 1)["endTimeUnixNano"] = json!("0"), &[], &[]),
    ("tool ends before it starts", |s| s.shift(TOOL, 1, 0, -800), &[], &[]),
    ("tool orphaned", |s| s.span(TOOL, 2)["parentSpanId"] = json!("00000000000000ff"), &[], &[]),
    ("tool below the user", |s| { let id = s.id("user_turn", 1); s.span(TOOL, 2)["parentSpanId"] = json!(id); }, &[], &[]),
    ("tool below the session", |s| { let id = s.id("agent_session", 1); s.span(TOOL, 2)["parentSpanId"] = json!(id); }, &[], &[]),
    ("tool has error status", |s| s.span(TOOL, 1)["status"] = json!({ "code": 2, "message": "boom" }), &[], &[]),
    ("slower TTS", |s| s.set("tts_node", 2, "lk.response.ttfb", Some(json!(0.9))), &[], &[]),
    ("slower LLM", |s| s.set("llm_node", 3, "lk.response.ttft", Some(json!(1.9))), &[], &[]),
    ("slower EOU", |s| for (span, n) in [("user_turn", 2), ("agent_turn", 3)] { s.set(span, n, "lk.end_of_turn_delay", Some(json!(1.6))) }, &[], &[]),
    ("slower reply", |s| s.set("agent_turn", 2, "lk.e2e_latency", Some(json!(3.2))), &[], &[]),
    ("slower greeting", |s| s.set("tts_node", 1, "lk.response.ttfb", Some(json!(0.5))), &[], &[]),
    ("extra LLM round", |s| { s.repeat("llm_node", 2, 600); }, &[], &[]),
    ("no LLM round after tools", |s| s.cut("llm_node", 2), &[], &[]),
    ("no LLM in a reply", |s| s.cut("llm_node", 3), &[], &[]),
    ("no TTS in a reply", |s| s.cut("tts_node", 3), &[], &[]),
    ("no speech in a reply", |s| s.cut("agent_speaking", 3), &[], &[]),
    ("TTS before LLM", |s| { s.shift("tts_node", 3, -600, -600); }, &[], &[]),
    ("missing reply", |s| s.cut("agent_turn", 3), &[], &[]),
    ("missing greeting", |s| s.cut("agent_turn", 1), &[], &[]),
    ("missing user turn", |s| s.cut("user_turn", 2), &[], &[]),
    ("interrupted", |s| s.set("agent_turn", 2, "lk.interrupted", Some(json!(true))), &[], &[]),
    ("no words", |s| { s.set("agent_turn", 3, "lk.pii.response.text", None); s.set("llm_node", 3, "lk.pii.response.text", None); }, &[], &[]),
    ("orphaned turn", |s| s.span("agent_turn", 3)["parentSpanId"] = json!("00000000000000ff"), &[], &[]),
    ("session span gone", |s| { let at = s.list.iter().position(|x| x["name"] == "agent_session").unwrap(); s.list.remove(at); }, &[], &[]),
    ("handoff", |s| { let id = s.id("agent_session", 1); let span = s.repeat("on_enter", 1, 8000); span["name"] = json!("update_agent"); span["parentSpanId"] = json!(id); set(span, "lk.agent_label", Some(json!("waiter"))); }, &[], &[]),
    ("killed: no end", |s| { for name in ["session_close", "job_shutdown"] { s.cut(name, 1); } for name in ["agent_session", "job_entrypoint"] { s.span(name, 1)["endTimeUnixNano"] = json!("0"); } }, &[], &[]),
    ("truncated file", |s| { s.list.retain(|x| x["name"] != "agent_session" && x["name"] != "job_entrypoint"); }, &[], &[]),
    ("error status on llm", |s| s.span("llm_request_run", 2)["status"] = json!({ "code": 2, "message": "429" }), &[], &[]),
    ("exception in llm node", |s| { let span = s.span("llm_node", 3); span["status"] = json!({ "code": 2, "message": "APIStatusError: 500" }); let at = span["endTimeUnixNano"].clone(); span["events"] = json!([{ "name": "exception", "timeUnixNano": at, "attributes": [{ "key": "exception.type", "value": { "stringValue": "APIStatusError" } }] }]); }, &[], &[]),
    ("error in eou hook", |s| s.span("on_user_turn_completed", 1)["status"] = json!({ "code": 2, "message": "hook raised" }), &[], &[]),
    ("user span open", |s| s.span("user_turn", 2)["endTimeUnixNano"] = json!("0"), &[], &[]),
    ("clock went back", |s| s.shift("eou_wait", 1, 0, -700), &[], &[]),
    ("many tokens", |s| for n in 1..=3 { s.set("llm_request", n, "gen_ai.usage.output_tokens", Some(json!(90))) }, &[], &[]),
    ("silence in tool filled", |s| { s.repeat("agent_speaking", 2, -1000); }, &[], &[]),
];

#[test]
#[ignore = "a look at what each change does"]
fn look() {
    for (name, change, ..) in ROWS {
        println!("== {name}\n{}", run(name, *change));
    }
}

fn run(name: &str, change: fn(&mut Spans)) -> String {
    let traces = members("livekit/tools.zip").into_iter().find(|(name, _)| name == "traces.jsonl");
    let mut spans = Spans::read(&traces.expect("traces").1);
    forget_calls(&mut spans);
    change(&mut spans);
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let folder = TempDir::new(&name);
    let file = folder.file("traces.json", &spans.write());
    let spec = fixture("specs/livekit-tools.yaml");
    let args = ["assert", &file.display().to_string(), "--spec", &spec.display().to_string(), "-q"];
    let output = agentobs(&args);
    let _ = json!(null);
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
