//! What is changed in a recording fails exactly the rules that speak of it, and
//! the first lines of the report say which span it is and what is wrong.

use super::spans::{Spans, set};
use crate::support::{TempDir, agentobs, fixture, members};
use serde_json::json;

/// A change, the rules that it fails, and words that the first five lines on
/// the first of these rules have: which thing, which field.
type Row = (&'static str, fn(&mut Spans), &'static [&'static str], &'static [&'static str]);

const TOOL: &str = "function_tool";
const ARGUMENTS: [&str; 2] = ["lk.pii.function_tool.arguments", "gen_ai.tool.call.arguments"];
const NOWHERE: &str = "00000000000000ff";

const ROWS: &[Row] = &[
    ("nothing", |_| {}, &[], &[]),
    (
        "a tool call is gone",
        |s| s.cut(TOOL, 1),
        &["price-once", "tool-order"],
        &["get_menu_price", "count(tool(name=\"get_menu_price\")) = 0", "turn 3"],
    ),
    (
        "the other tool call is gone",
        |s| s.cut(TOOL, 2),
        &["tool-order", "kitchen-below-turn"],
        &["no step 2 `tool(name=\"check_kitchen\")`", "turn 3"],
    ),
    (
        "a tool is called twice",
        |s| {
            let span = s.repeat(TOOL, 1, 10);
            for key in ["lk.function_tool.id", "gen_ai.tool.call.id"] {
                set(span, key, Some(json!("call_again")));
            }
        },
        &["price-once", "tool-order"],
        &["count(tool(name=\"get_menu_price\")) = 2: tool get_menu_price in turn 3"],
    ),
    (
        "two tool calls change places",
        |s| s.shift(TOOL, 1, 60, 60),
        &["tool-order"],
        &["tool check_kitchen in turn 3 where step 1"],
    ),
    (
        "a tool has another name",
        |s| {
            for key in ["lk.function_tool.name", "gen_ai.tool.name"] {
                s.set(TOOL, 1, key, Some(json!("get_price")));
            }
        },
        &["price-once", "tool-order"],
        &["nearest", "tool get_price in turn 3: name = \"get_price\""],
    ),
    (
        "an argument is another one",
        |s| {
            ARGUMENTS.iter().for_each(|key| {
                s.set(TOOL, 1, key, Some(json!("{\"item\": \"latte\"}")));
            })
        },
        &["price-arguments"],
        &["tool get_menu_price in turn 3", "json(tool.args).item = \"latte\""],
    ),
    (
        "arguments are no JSON",
        |s| ARGUMENTS.iter().for_each(|key| s.set(TOOL, 1, key, Some(json!("cortado")))),
        &["price-arguments"],
        &["tool get_menu_price in turn 3", "json(tool.args).item"],
    ),
    (
        "an argument is missing",
        |s| ARGUMENTS.iter().for_each(|key| s.set(TOOL, 1, key, Some(json!("{}")))),
        &["price-arguments"],
        &["tool get_menu_price in turn 3", "json(tool.args).item"],
    ),
    (
        "an argument has another type",
        |s| ARGUMENTS.iter().for_each(|key| s.set(TOOL, 1, key, Some(json!("{\"item\": 7}")))),
        &["price-arguments"],
        &["tool get_menu_price in turn 3", "json(tool.args).item = 7"],
    ),
    (
        "a tool fails",
        |s| s.set(TOOL, 1, "lk.function_tool.is_error", Some(json!(true))),
        &["price-works"],
        &["tool get_menu_price in turn 3", "error = true"],
    ),
    (
        "a tool is slow, and nobody speaks",
        |s| s.shift(TOOL, 2, 0, 400),
        &["filler"],
        &["tool check_kitchen in turn 3", "silence_within(tool) = 955 ms"],
    ),
    (
        "a tool never ends",
        |s| s.span(TOOL, 1)["endTimeUnixNano"] = json!("0"),
        &["all-closed", "filler"],
        &["tool function_tool in turn 3", "end is not known"],
    ),
    (
        "a tool ends before it starts",
        |s| s.shift(TOOL, 1, 0, -800),
        &["no-negative-durations"],
        &["tool function_tool in turn 3", "duration = -425 ms"],
    ),
    (
        "a tool's parent is nowhere",
        |s| s.span(TOOL, 2)["parentSpanId"] = json!(NOWHERE),
        &["no-orphans", "tools-under-agent-turn", "flow", "kitchen-below-turn", "everything-said"],
        &["tool function_tool in turn 3", "its parent 00000000000000ff is not in the data"],
    ),
    (
        "a tool is below the user's turn",
        |s| {
            let id = s.id("user_turn", 1);
            s.span(TOOL, 2)["parentSpanId"] = json!(id);
        },
        &["tools-under-agent-turn", "flow", "kitchen-below-turn", "everything-said"],
        &["tool check_kitchen in turn 3", "no agent turn is above its span"],
    ),
    (
        "a tool is below the session",
        |s| {
            let id = s.id("agent_session", 1);
            s.span(TOOL, 2)["parentSpanId"] = json!(id);
        },
        &["tools-under-agent-turn", "flow", "kitchen-below-turn", "everything-said"],
        &["tool check_kitchen in turn 3", "no agent turn is above its span"],
    ),
    (
        "a tool span has the status error",
        |s| s.span(TOOL, 1)["status"] = json!({ "code": 2, "message": "boom" }),
        &["no-errors", "no-failed-span"],
        &["tool function_tool in turn 3", "boom"],
    ),
    (
        "synthesis is slower",
        |s| s.set("tts_node", 2, "lk.response.ttfb", Some(json!(0.9))),
        &["tts-speed"],
        &["tts tts_node in turn 3", "tts.ttfb = 900 ms"],
    ),
    (
        "the greeting's synthesis is slower",
        |s| s.set("tts_node", 1, "lk.response.ttfb", Some(json!(0.5))),
        &["tts-speed"],
        &["tts tts_node in turn 1", "tts.ttfb = 500 ms"],
    ),
    (
        "the model is slower",
        |s| s.set("llm_node", 3, "lk.response.ttft", Some(json!(1.9))),
        &["llm-speed"],
        &["llm llm_node in turn 5", "llm.ttft = 1.90 s"],
    ),
    (
        "the end of an utterance is noticed late",
        |s| {
            s.set("user_turn", 2, "lk.end_of_turn_delay", Some(json!(1.6)));
            s.set("agent_turn", 3, "lk.end_of_turn_delay", Some(json!(1.6)));
        },
        &["eou-speed"],
        &["eou eou_wait in turn 4", "eou.delay = 1.60 s"],
    ),
    (
        "a reply is slower",
        |s| s.set("agent_turn", 2, "lk.e2e_latency", Some(json!(3.2))),
        &["reply-time"],
        &["turn 3 (agent)", "turn.e2e = 3.20 s", "turn 5 (agent) passes: turn.e2e = 1.00 s"],
    ),
    (
        "one more round with the model",
        |s| {
            s.repeat("llm_node", 2, 600);
        },
        &["tool-loop"],
        &["the exchange of turn 2: count(llm) = 3"],
    ),
    (
        "no round with the model after the tools",
        |s| s.cut("llm_node", 2),
        &["tool-loop"],
        &["the exchange of turn 2: count(llm) = 1"],
    ),
    (
        "a reply without the model",
        |s| s.cut("llm_node", 3),
        &["stages"],
        &["no `llm` in turn 5 (agent)"],
    ),
    (
        "a reply without synthesis",
        |s| s.cut("tts_node", 3),
        &["stages"],
        &["no `tts` in turn 5 (agent)"],
    ),
    (
        "a reply that is not heard",
        |s| s.cut("agent_speaking", 3),
        &["stages"],
        &["no `speech+` in turn 5 (agent)"],
    ),
    (
        "synthesis before the model",
        |s| s.shift("tts_node", 3, -600, -600),
        &["stages"],
        &["no `tts` in turn 5 (agent)", "tts tts_node in turn 5, llm llm_node in turn 5"],
    ),
    (
        "speech before synthesis",
        |s| s.shift("agent_speaking", 3, -800, 0),
        &["stages"],
        &["no `speech+` in turn 5 (agent)"],
    ),
    (
        "a reply is missing",
        |s| s.cut("agent_turn", 3),
        &["every-user-turn-answered", "flow"],
        &["turn 4 (user): no agent turn answers it"],
    ),
    (
        "the greeting is missing",
        |s| s.cut("agent_turn", 1),
        &["flow"],
        &["turn 1 (user) where `agent` should be"],
    ),
    (
        "a user turn is missing",
        |s| {
            s.cut("user_turn", 2);
            s.set("agent_turn", 3, "lk.pii.user_input", None);
        },
        &["flow", "tool-loop"],
        &["turn 4 (agent) where `user` should be"],
    ),
    (
        "a reply is cut off",
        |s| s.set("agent_turn", 2, "lk.interrupted", Some(json!(true))),
        &["uninterrupted"],
        &["turn 3 (agent)", "interrupted = true"],
    ),
    (
        "a turn's parent is nowhere",
        |s| s.span("agent_turn", 3)["parentSpanId"] = json!(NOWHERE),
        &["no-orphans"],
        &["turn agent_turn in turn 5", "its parent 00000000000000ff is not in the data"],
    ),
    (
        "a span below a turn has a parent that is nowhere",
        |s| s.span("tts_request", 2)["parentSpanId"] = json!(NOWHERE),
        &["no-orphans"],
        &["tts tts_request", "its parent 00000000000000ff is not in the data"],
    ),
    (
        "the session span is missing",
        |s| s.list.retain(|span| span["name"] != "agent_session"),
        &["no-orphans", "kitchen-below-turn"],
        &["lifecycle session_start", "is not in the data"],
    ),
    (
        "the call was killed",
        |s| {
            s.cut("session_close", 1);
            s.cut("job_shutdown", 1);
            s.span("agent_session", 1)["endTimeUnixNano"] = json!("0");
            s.span("job_entrypoint", 1)["endTimeUnixNano"] = json!("0");
        },
        &["all-closed", "ended"],
        &["session job_entrypoint", "end is not known"],
    ),
    (
        "an attempt of a model call fails",
        |s| s.span("llm_request_run", 2)["status"] = json!({ "code": 2, "message": "429" }),
        &["no-failed-span"],
        &["llm llm_request_run in turn 3", "span:status = \"error\""],
    ),
    (
        "a model call fails for good",
        |s| {
            let span = s.span("llm_node", 3);
            span["status"] = json!({ "code": 2, "message": "APIStatusError: 500" });
        },
        &["no-errors", "no-failed-span"],
        &["llm llm_node in turn 5", "APIStatusError: 500"],
    ),
    (
        "a hook raises",
        |s| {
            let span = s.span("on_user_turn_completed", 1);
            span["status"] = json!({ "code": 2, "message": "hook raised" });
        },
        &["no-errors", "no-failed-span"],
        &["hook on_user_turn_completed in turn 2", "hook raised"],
    ),
    (
        "a user turn is open",
        |s| s.span("user_turn", 2)["endTimeUnixNano"] = json!("0"),
        &["all-closed"],
        &["turn user_turn in turn 4", "end is not known"],
    ),
    (
        "the clock goes back",
        |s| s.shift("eou_wait", 1, 0, -700),
        &["no-negative-durations"],
        &["eou eou_wait in turn 2", "duration = -162 ms"],
    ),
    (
        "the model talks more",
        |s| {
            for number in 1..=3 {
                let key = "gen_ai.usage.output_tokens";
                s.set("llm_request", number, key, Some(json!(90)));
            }
        },
        &["tokens"],
        &["session.output_tokens = 270"],
    ),
];

/// The report on the recording after a change.
fn report(number: usize, change: fn(&mut Spans)) -> (String, Option<i32>) {
    let traces = members("livekit/tools.zip").into_iter().find(|(name, _)| name == "traces.jsonl");
    let mut spans = Spans::read(&traces.expect("traces").1);
    // What other spans tell of the same calls would contradict the change.
    for span in &mut spans.list {
        for key in ["lk.pii.response.function_calls", "lk.pii.chat_ctx"] {
            set(span, key, None);
        }
    }
    change(&mut spans);
    let folder = TempDir::new(&format!("mutation-{number}"));
    let file = folder.file("traces.json", &spans.write()).display().to_string();
    let spec = fixture("specs/livekit-tools.yaml").display().to_string();
    let output = agentobs(&["assert", &file, "--spec", &spec, "--quiet"]);
    (String::from_utf8(output.stdout).expect("text"), output.status.code())
}

/// The ids of the failed rules, in order.
fn failed(report: &str) -> Vec<&str> {
    let heads = report.lines().filter(|line| line.starts_with("FAIL"));
    heads.filter_map(|line| line.split("  ").nth(2)).collect()
}

#[test]
fn each_change_fails_the_rules_that_speak_of_it() {
    let mut wrong = Vec::new();
    for (number, (name, change, expected, words)) in ROWS.iter().enumerate() {
        let (report, code) = report(number, *change);
        if failed(&report) != *expected {
            wrong.push(format!("{name}: failed {:?}, expected {expected:?}", failed(&report)));
        }
        if code != Some(i32::from(!expected.is_empty())) {
            wrong.push(format!("{name}: exit code {code:?}"));
        }
        let lines: Vec<&str> = report.lines().take(5).collect();
        let first = lines.join("\n");
        for word in *words {
            if !first.contains(word) {
                wrong.push(format!("{name}: `{word}` is not in\n{first}"));
            }
        }
    }
    assert!(ROWS.len() > 40, "{}", ROWS.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_report_ends_with_the_command_that_opens_the_place() {
    let (report, _) = report(1000, |s| s.set("agent_turn", 2, "lk.e2e_latency", Some(json!(3.2))));
    let open = report.lines().find(|line| line.contains("open ")).expect("a command");
    assert!(open.contains("agentobs view ") && open.ends_with("--at turn:3"), "{open}");
    // The waterfall is small.
    assert!(report.lines().count() < 22, "{report}");
}
