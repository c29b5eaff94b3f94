//! Rules that once passed, or failed, without cause: what is asked of each
//! thing, what never ended, what a caller waits for.

use super::forms::ask;
use super::spans::{Spans, set};
use crate::support::{TempDir, agentobs, fixture, members};
use agentobs::session::{Sessions, build};
use agentobs::{Input, OpenOptions, Opened, open};
use serde_json::json;
use std::collections::BTreeMap;

const PASSED: &str = "passed";
const FAILED: &str = "failed";
const SKIPPED: &str = "skipped";

const TOOLS: &str = "livekit/tools.zip";
const HUNG: &str = "realtime/disconnect_mid_response/events.har.gz";
const NO_REPLY: &str = "realtime/response_failures/events.log.gz";

/// Recording, rule, how it ends, words of what it says.
type Row = (&'static str, &'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    // What is inside `every` belongs to the thing.
    (TOOLS, "every exchange satisfies exists(tool)", FAILED, "the exchange of turn 4"),
    (TOOLS, "every exchange satisfies count(agent) = 1", PASSED, "2 of 2"),
    (TOOLS, "every turn satisfies exists(llm)", FAILED, "there is no llm"),
    (TOOLS, "every agent satisfies count(llm) = 5", FAILED, "count(llm) ="),
    (TOOLS, "every agent satisfies any(tool.duration > 500ms)", PASSED, "1 of 1"),
    (TOOLS, "every agent satisfies none(tool.status = \"unfinished\")", PASSED, "1 of 1"),
    (TOOLS, "every agent satisfies count(tool) = 0", FAILED, "turn 3 (agent): count(tool) = 2"),
    (TOOLS, "every agent(tools=0) satisfies count(tool) = 0", PASSED, "2 of 2"),
    (TOOLS, "every agent satisfies tool.duration < 300ms", FAILED, "turn 3 (agent)"),
    (TOOLS, "every agent satisfies silence_within(tool) < 600ms", PASSED, "1 of 1"),
    (TOOLS, "every agent satisfies max(tool.duration) < 500ms", FAILED, "turn 3 (agent)"),
    (TOOLS, "every tool satisfies count(tool) = 1", PASSED, "2 of 2"),
    (TOOLS, "every tool satisfies exists(user)", PASSED, "2 of 2"),
    (TOOLS, "every tool satisfies count(llm) = 2", PASSED, "2 of 2"),
    (TOOLS, "every user satisfies gap(user.end, agent.start) < 1.5s", FAILED, "turn 2 (user)"),
    (TOOLS, "every user satisfies user -> agent", PASSED, "2 of 2"),
    (TOOLS, "every agent[reply_to = 2] satisfies agent -> user in session", PASSED, "1 of 1"),
    (TOOLS, "count(agent[exists(tool)]) = 1", PASSED, ""),
    (TOOLS, "count(agent[count(tool) = 0]) = 2", PASSED, ""),
    // What never ended is longer than any limit.
    (HUNG, "count(tool(status=\"unfinished\")) = 1", PASSED, ""),
    (HUNG, "tool.duration < 1s", FAILED, "it began and never ended"),
    (HUNG, "tool.duration < 1h", FAILED, "it began and never ended"),
    (HUNG, "tool.duration between 1ms and 1h", FAILED, "it began and never ended"),
    (HUNG, "max(tool.duration) < 1s", FAILED, "it began and never ended"),
    (HUNG, "every tool satisfies duration < 1s", FAILED, "it began and never ended"),
    (HUNG, "silence_within(tool) < 1s", FAILED, "it began and never ended"),
    (HUNG, "none(tool.duration > 1h)", FAILED, "it began and never ended"),
    // What a caller waits for lies between words.
    (TOOLS, "gap(user.end, agent.start) < 1ms", FAILED, "turn 2 (user)"),
    (TOOLS, "gap(user.end, agent.start) < 1.9s", FAILED, "= 2.00 s"),
    (TOOLS, "gap(user.end, agent.start) < 2.1s", PASSED, "2 of 2"),
    (TOOLS, "agent.start - user.end < 1.9s", FAILED, "turn 3"),
    (TOOLS, "user -> agent", PASSED, "2 of 2"),
    // A reply that failed is no answer.
    (NO_REPLY, "every-user-turn-answered", FAILED, "the reply failed and says nothing"),
    (TOOLS, "every-user-turn-answered", PASSED, "2 user turns"),
    // Dead air lies between words, and has a place.
    (
        TOOLS,
        "silence_within(session) < 1s",
        FAILED,
        "turn 3 (agent): silence_within(session) = 2.00 s, from",
    ),
    (TOOLS, "silence_within(session) < 2.1s", PASSED, ""),
    // Each round of the model counts.
    (TOOLS, "max(llm.ttft) < 190ms", FAILED, "= 197 ms"),
    (TOOLS, "llm.ttft < 190ms", FAILED, "turn 3: llm.ttft = 197 ms"),
    (TOOLS, "llm.ttft.heard < 190ms", SKIPPED, ""),
    // A tree is told of the place where most of it fits.
    (
        TOOLS,
        "tree: \"agent\\n  tool(\\\"get_menu_price\\\")\\n  tool(\\\"check_kitchen\\\")\\n  tool(\\\"refund\\\")\"",
        FAILED,
        "turn 3 (agent)",
    ),
];

fn read(name: &str) -> (Opened, Sessions) {
    let opened = open(&[Input::from(fixture(name))], &OpenOptions::default());
    let sessions = build(&opened.store);
    (opened, sessions)
}

#[test]
fn no_verdict_without_cause() {
    let mut known: BTreeMap<&str, (Opened, Sessions)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (call, rule, status, words) in ROWS {
        let (opened, sessions) = known.entry(call).or_insert_with(|| read(call));
        let quoted = format!("'{}'", rule.replace('\'', "''"));
        let rule = if rule.starts_with("tree") { *rule } else { quoted.as_str() };
        let list = ask(opened, sessions, &format!("rules:\n  - {rule}\n"));
        let failed = list.iter().find(|verdict| verdict.status.as_str() != PASSED);
        let Some(verdict) = failed.or(list.first()) else { panic!("{call}: no session") };
        let said = format!("{}\n{:?}", verdict.message, verdict.nearest);
        if verdict.status.as_str() != *status || !verdict.message.contains(words) {
            wrong.push(format!(
                "{rule}\n  expected {status}: {words}\n  {:?} {said}",
                verdict.status
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}

fn run(args: &[&str]) -> (Option<i32>, String) {
    let output = agentobs(args);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn within_counts_from_the_last_word() {
    let tools = fixture(TOOLS).display().to_string();
    let folder = TempDir::new("assert-within");
    for (within, expected) in [("1ms", 1), ("1.9s", 1), ("2.1s", 0)] {
        let text =
            format!("rules:\n  - {{ id: a, exists: agent, within: {within} of user.end }}\n");
        let spec = folder.file("a.yaml", text.as_bytes()).display().to_string();
        let (code, text) = run(&["assert", &tools, "--spec", &spec]);
        assert_eq!(code, Some(expected), "{within}\n{text}");
    }
}

#[test]
fn what_is_misspelled_is_said() {
    let tools = fixture(TOOLS).display().to_string();
    for (flag, rule, code, words) in [
        ("--forbid", "{ span.nosuch = 1 }", 0, "no span has the attribute span.nosuch"),
        ("--expect", "count({ .nosuch = 1 }) = 0", 0, "no span has the attribute .nosuch"),
        ("--expect", "{ orphan }", 2, "--expect no-orphans"),
        ("--expect", "no-orphan", 2, "did you mean `no-orphans`?"),
        ("--expect", "every-user-turn-answerd", 2, "did you mean `every-user-turn-answered`?"),
        ("--expect", "{ status = failed }", 2, "A status is ok, error or unset"),
        ("--expect", "tool.status = ok", 2, "in quotes: \"ok\""),
        ("--forbid", "turn.e2e > 1.9s", 2, "write `turn[e2e > 1.9s]`"),
        ("--forbid", "turn[e2e > 1.9s]", 1, "turn 3"),
    ] {
        let (found, text) = run(&["assert", &tools, flag, rule]);
        assert!(found == Some(code) && text.contains(words), "{rule}: {found:?}\n{text}");
    }
    let (_, text) = run(&["assert", &tools, "--forbid", "{ .lk.response.ttft = 1 }"]);
    assert!(!text.contains("no span has"), "{text}");
    let few = folder_of_few();
    let spec = few.path().join("few.yaml").display().to_string();
    let (code, text) = run(&["assert", &tools, "--spec", &spec]);
    assert!(code == Some(4) && text.contains("insufficient"), "{text}");
}

fn folder_of_few() -> TempDir {
    let folder = TempDir::new("assert-few");
    folder.file("few.yaml", b"rules:\n  - { expect: p95(turn.e2e) < 9s, min_n: 99 }\n");
    folder
}

/// A name from a recording is text, whatever is in it.
#[test]
fn init_writes_hostile_names_so_that_they_hold() {
    let traces = members(TOOLS).into_iter().find(|(name, _)| name == "traces.jsonl");
    let lines = traces.expect("traces").1;
    let folder = TempDir::new("assert-init-hostile");
    for (number, name) in
        ["\u{1b}[31mred", "${HOME}", "$${HOME} $${", "a\"b'\\\n\tc # d", "x\u{85}\u{2028}\u{feff}y"]
            .into_iter()
            .enumerate()
    {
        let mut spans = Spans::read(&lines);
        for span in &mut spans.list {
            for key in ["lk.pii.response.function_calls", "lk.pii.chat_ctx"] {
                set(span, key, None);
            }
        }
        for key in ["lk.function_tool.name", "gen_ai.tool.name"] {
            spans.set("function_tool", 1, key, Some(json!(name)));
        }
        let call = folder.file(&format!("{number}.json"), &spans.write()).display().to_string();
        let spec = folder.path().join(format!("{number}.yaml")).display().to_string();
        let (code, text) = run(&["assert", "init", &call, "--out", &spec]);
        assert_eq!(code, Some(0), "{name:?}\n{text}");
        let written = std::fs::read_to_string(&spec).expect("the spec");
        let is_raw = |c: char| c.is_control() && c != '\n';
        assert!(!written.contains(is_raw), "{name:?}\n{written}");
        assert!(written.contains("no-errors"), "{name:?}\n{written}");
        let (code, text) = run(&["assert", &call, "--spec", &spec, "-v"]);
        assert!(code == Some(0) && text.contains("call-flow"), "{name:?}\n{text}\n{written}");
    }
}
