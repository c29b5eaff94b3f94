//! Each form of rule on recordings whose facts are known: `tools` (turns 1 3 5
//! of the agent, 2 4 of the user; get_menu_price 375 ms ok, check_kitchen
//! 555 ms failed, both in turn 3; replies after 2.00 s and 1.00 s),
//! `handoff_simple`, `multi3` (three sessions), `text_chat` (nothing spoken).

use crate::support::fixture;
use agentobs::assert::{RuleSeverity, Spec, Status, Verdict, evaluate};
use agentobs::session::{Sessions, build};
use agentobs::{Input, OpenOptions, Opened, open};
use std::collections::BTreeMap;

const PASSED: &str = "passed";
const FAILED: &str = "failed";
const SKIPPED: &str = "skipped";
const FEW: &str = "insufficient";

/// Recording, rule as YAML (a line is one list item), how it ends, words of the
/// message or what it found.
type Row = (&'static str, &'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    // Queries.
    ("tools", "expect: '{ span:op = tool }'", PASSED, "2 spans"),
    ("tools", "expect: { span:op = tool }", PASSED, "2 spans"),
    ("tools", "expect: '{ span:op = handoff }'", FAILED, "span:op is one of"),
    ("tools", "expect: '{ span:op = tool } | count() = 3'", FAILED, "count() = 2"),
    ("tools", "forbid: '{ span:op = handoff }'", PASSED, ""),
    ("tools", "forbid: '{ tool:error != nil }'", FAILED, "tool:error = \"KitchenDown"),
    ("tools", "expect: '{ span:op = tool } >> { span:op = llm }'", FAILED, "`>>`"),
    ("tools", "expect: '{ span:op = tool && duration > 2s }'", FAILED, "span:duration = 375 ms"),
    ("tools", "expect: '{ name = \"functon_tool\" }'", FAILED, "\"function_tool\""),
    // Counts.
    ("tools", "expect: count(tool) = 2", PASSED, ""),
    ("tools", "expect: count(tool) == 2", PASSED, ""),
    ("tools", "expect: 'count(tool(error=true)) = 1'", PASSED, ""),
    ("tools", "expect: 'count(tool(name=\"get_*\", error=false)) = 1'", PASSED, ""),
    ("tools", "expect: 'count(tool(\"get_menu_price\")) = 1'", PASSED, ""),
    ("tools", "expect: 'count(tool[duration > 400ms]) = 1'", PASSED, ""),
    (
        "tools",
        "expect: 'count({ span:op = tool } || { name = \"menu_db.query\" }) = 3'",
        PASSED,
        "",
    ),
    ("tools", "expect: count(user) < count(agent)", PASSED, ""),
    ("tools", "expect: count(exchange) = 2", PASSED, ""),
    // Requests inside a node are the same call; those of judges count too.
    ("tools", "expect: 'count(llm) = 5'", PASSED, ""),
    ("tools", "{ count: tool, at_least: 1, at_most: 2 }", PASSED, ""),
    ("tools", "{ count: tool, is: 3 }", FAILED, "count(tool) = 2: tool get_menu_price in turn 3"),
    ("tools", "expect: 'count(tool(name=\"x\")) = 1'", FAILED, "name = \"get_menu_price\""),
    // Existence.
    ("tools", "exists: tool", PASSED, ""),
    ("tools", "exists: handoff", FAILED, "there is no handoff"),
    ("tools", "absent: handoff", PASSED, ""),
    ("tools", "none: 'tool(error=true)'", FAILED, "error = true"),
    ("tools", "no handoff", PASSED, ""),
    ("tools", "{ exists: agent, within: 8s of user.end }", PASSED, "2 of 2"),
    ("tools", "{ exists: speech, within: 10ms of user.end }", FAILED, "turn 2 (user): no speech"),
    ("tools", "{ exists: tool, within: 1s of handoff.at }", SKIPPED, ""),
    // Values of each thing.
    ("tools", "turn.e2e < 2.1s", PASSED, "2 of 2"),
    ("tools", "turn.e2e < 1.2s", FAILED, "turn 3 (agent): turn.e2e = 2.00 s"),
    ("tools", "turn.e2e < 1.9s ± 10%", FAILED, "turn.e2e = 2.00 s"),
    ("tools", "turn.e2e.reported < 2.1s && turn.e2e.reported > 0.9s", PASSED, ""),
    ("tools", "turn.e2e.heard < 2.1s", SKIPPED, "the data does not say turn.e2e.heard"),
    ("tools", "expect: turn.e2e between 900ms and 2.1s", PASSED, ""),
    ("tools", "eou.delay < 600ms", PASSED, "2 of 2"),
    ("tools", "llm.ttft < 300ms && tts.ttfb < 300ms", PASSED, ""),
    ("tools", "tool.duration < 500ms", FAILED, "tool check_kitchen in turn 3"),
    ("tools", "expect: 'tool(error=false).duration < 500ms'", PASSED, "1 of 1"),
    ("tools", "user.text =~ \".*cortado.*\"", PASSED, "2 of 2"),
    ("tools", "agent.text !~ \".*oven.*\"", FAILED, "turn 3 (agent)"),
    ("tools", "session.framework = \"livekit\"", PASSED, ""),
    ("tools", "session.complete = true && session.turns = 5", PASSED, ""),
    ("tools", "session.close_reason = \"participant_disconnected\"", PASSED, ""),
    ("tools", "turn.interrupted = false", PASSED, ""),
    ("tools", "session.output_tokens < 40 tok", PASSED, ""),
    ("tools", "expect: 'turn.e2e < 1.2s || turn.tools > 0'", PASSED, "2 of"),
    ("tools", "expect: '!(turn.e2e < 1.2s) || turn.number = 5'", PASSED, "2 of"),
    ("tools", "tool.duration < turn.e2e", PASSED, "2 of 2"),
    ("tools", "agent.start - user.end < 2.1s", PASSED, "2 of 2"),
    // Over all values.
    ("tools", "max(turn.e2e) < 2.1s && min(turn.e2e) > 0.9s", PASSED, ""),
    ("tools", "avg(turn.e2e) between 1.4s and 1.6s", PASSED, ""),
    ("tools", "sum(tool.duration) > 900ms", PASSED, ""),
    ("tools", "first(turn.number) = 1 && last(turn.number) = 5", PASSED, ""),
    ("tools", "p50(turn.e2e) < 1.1s", PASSED, ""),
    (
        "tools",
        "p95(turn.e2e) < 1.1s",
        FAILED,
        "p95(turn.e2e) = 2.00 s (of 2 values, their largest)",
    ),
    ("tools", "p(turn.e2e, 0.5) < 1.1s", PASSED, ""),
    ("tools", "{ expect: 'p95(turn.e2e) < 9s', min_n: 30 }", FEW, "2 values of at least 30"),
    ("tools", "{ expect: 'p95(turn.e2e) < 9s', min_n: 2 }", PASSED, ""),
    ("tools", "ratio(turn.e2e > 1.5s) = 50%", PASSED, ""),
    ("tools", "ratio(turn.e2e > 1.5s) < 1%", FAILED, "50.0%"),
    ("tools", "{ expect: 'ratio(turn.e2e > 1.5s) < 60%', min_n: 100 }", FEW, ""),
    ("tools", "any(tool.error)", PASSED, ""),
    ("tools", "all(tool.error)", FAILED, "tool get_menu_price in turn 3"),
    ("tools", "none(tool.error)", FAILED, "tool check_kitchen in turn 3"),
    ("tools", "abs(min(agent.start) - min(user.start)) > 1s", PASSED, ""),
    // Time between things.
    ("tools", "gap(user.end, agent.start) < 2.1s", PASSED, "2 of 2"),
    ("tools", "gap(tool.end, tts.start) < 100ms", FAILED, "gap(tool.end, tts.start)"),
    ("tools", "gap(tool.end, handoff.at) < 1s", SKIPPED, ""),
    ("tools", "tool -> llm", PASSED, "2 of 2"),
    ("tools", "'tool(name=\"check_kitchen\") -> tool'", FAILED, "no tool behind it"),
    ("tools", "user -> user in session", FAILED, "turn 4 (user)"),
    ("tools", "silence_within(tool) < 600ms", PASSED, "2 of 2"),
    ("tools", "every tool satisfies silence_within(span) < 500ms", FAILED, "check_kitchen"),
    // Every.
    ("tools", "{ every: tool, satisfies: duration < 1s }", PASSED, "2 of 2"),
    (
        "tools",
        "{ all: tool, expect: error = false }",
        FAILED,
        "tool check_kitchen in turn 3: error = true",
    ),
    (
        "tools",
        "{ every: tool, satisfies: '{ span:op = tool && tool:error = nil }' }",
        FAILED,
        "tool:error",
    ),
    ("tools", "{ every: '{ span:op = tts }', satisfies: '{ duration < 2s }' }", PASSED, ""),
    (
        "tools",
        "{ every: '{ span:op = tts }', satisfies: span.duration < 10ms }",
        FAILED,
        "duration =",
    ),
    ("tools", "{ every: handoff, satisfies: has(to) }", SKIPPED, "there is no handoff"),
    ("tools", "{ every: handoff, satisfies: has(to), when_missing: fail }", FAILED, ""),
    ("tools", "every tool satisfies turn.number = 3", PASSED, "2 of 2"),
    // Arguments.
    (
        "tools",
        "{ all: 'tool(\"get_menu_price\")', expect: 'json(tool.args).item =~ \"c.*\"' }",
        PASSED,
        "1 of 1",
    ),
    ("tools", "every tool satisfies has(json(args).item)", FAILED, "check_kitchen"),
    ("tools", "every tool satisfies !has(json(args).card)", PASSED, ""),
    // Sequences.
    ("tools", "sequence: ['tool(\"get_menu_price\")', 'tool(\"check_kitchen\")']", PASSED, ""),
    (
        "tools",
        "sequence: ['tool(\"check_kitchen\")', 'tool(\"get_menu_price\")']",
        FAILED,
        "no step 2",
    ),
    ("tools", "{ sequence: ['tool(\"check_kitchen\")'], mode: ordered }", PASSED, ""),
    (
        "tools",
        "{ sequence: ['tool(\"check_kitchen\")'], mode: strict }",
        FAILED,
        "get_menu_price in turn 3 where",
    ),
    (
        "tools",
        "{ sequence: ['tool(\"check_kitchen\")', 'tool(\"get_*\")'], mode: unordered }",
        PASSED,
        "",
    ),
    ("tools", "{ sequence: ['tool(\"check_kitchen\")'], mode: unordered }", FAILED, "is no step"),
    (
        "tools",
        "{ sequence: ['tool(\"get_*\")', 'tool(\"check_*\")', 'tool(\"x\")'], mode: subset }",
        PASSED,
        "",
    ),
    (
        "tools",
        "{ sequence: ['tool(\"get_*\")'], mode: subset }",
        FAILED,
        "check_kitchen in turn 3 is no step",
    ),
    ("tools", "{ sequence: ['tool(\"check_*\")', 'tool(\"get_*\")'], mode: superset }", PASSED, ""),
    (
        "tools",
        "{ sequence: [user, tool, agent, user], mode: ordered }",
        FAILED,
        "no step 4 `user` behind `agent`",
    ),
    (
        "tools",
        "sequence: ['{ name = \"user_turn\" }', '{ span:op = tool }', '{ name = \"user_turn\" }']",
        PASSED,
        "",
    ),
    // Trees.
    (
        "tools",
        "tree: \"session\\n  agent\\n  user\\n  agent\\n    tool{2}\"",
        PASSED,
        "fits the session",
    ),
    (
        "tools",
        "tree: \"session\\n  agent\\n  user\\n  agent\\n    tool{3,}\"",
        FAILED,
        "no `tool{3,}` in turn",
    ),
    (
        "tools",
        "{ tree: \"session\\n  agent\\n  user\\n  agent\\n  user\\n  agent\", mode: strict }",
        PASSED,
        "",
    ),
    (
        "tools",
        "{ tree: \"session\\n  agent\\n  user\\n  agent\\n  user\", mode: strict }",
        FAILED,
        "turn 5 (agent) is not in the pattern",
    ),
    ("tools", "{ tree: \"session\\n  [user|agent]+\", mode: strict }", PASSED, ""),
    ("tools", "{ tree: \"session\\n  _\\n  _\\n  _{3}\", mode: strict }", PASSED, ""),
    ("tools", "{ tree: \"session\\n  turn*\\n  handoff?\", mode: strict }", PASSED, ""),
    ("tools", "{ tree: \"agent\\n  llm\\n  …\\n  speech\", mode: strict }", PASSED, "fits turn 3"),
    (
        "tools",
        "{ tree: \"agent\\n  llm\\n  tool\\n  tool\\n  llm\\n  tts\\n  speech\", mode: strict }",
        PASSED,
        "",
    ),
    ("tools", "{ tree: \"session\\n  …\\n    tool(error=true)\" }", PASSED, ""),
    ("tools", "{ tree: \"session\\n  …\\n    tool(name=\\\"x\\\")\" }", FAILED, "tool(name=\"x\")"),
    ("tools", "{ tree: \"agent\\n  speech\\n  llm\", mode: unordered }", FAILED, ""),
    ("tools", "{ tree: \"agent\\n  speech\\n  llm\", mode: superset }", PASSED, ""),
    (
        "tools",
        "{ tree: \"exchange\\n  user\\n    eou\\n  agent\\n    { span:op = tool }\" }",
        PASSED,
        "",
    ),
    (
        "tools",
        "{ scope: turn, tree: \"turn\\n  user\\n    eou\\n  agent\\n    llm+\\n      …\\n    tts+\" }",
        PASSED,
        "2 turns",
    ),
    (
        "tools",
        "{ scope: turn, tree: \"turn\\n  user\\n  agent\\n    handoff\" }",
        FAILED,
        "no `handoff` in turn 3 (agent)",
    ),
    ("tools", "silence_within(session) < 1s", FAILED, "silence_within(session) ="),
    // Budgets.
    ("tools", "all_of: [turn.e2e < 3s, eou.delay < 1s]", PASSED, "2 of 2"),
    (
        "tools",
        "all_of: [turn.e2e < 1.2s, eou.delay < 1s, tts.ttfb < 1ms]",
        FAILED,
        "turn.e2e = 2.00 s",
    ),
    ("tools", "all_of: [turn.e2e.heard < 3s, eou.delay < 1s]", PASSED, "1 of 2"),
    ("tools", "{ all_of: [turn.e2e.heard < 3s], when_missing: fail }", FAILED, "turn.e2e.heard"),
    // Scopes.
    ("tools", "{ scope: turn, where: role = \"agent\", expect: e2e < 3s }", PASSED, "2 turns"),
    (
        "tools",
        "{ scope: turn, where: role = \"agent\", expect: e2e < 1.2s }",
        FAILED,
        "turn 3 (agent)",
    ),
    (
        "tools",
        "{ scope: turn, where: number > 9, expect: e2e < 1.2s }",
        SKIPPED,
        "no turn fits `where`",
    ),
    ("tools", "{ scope: turn, exists: speech }", PASSED, "5 turns"),
    ("tools", "{ scope: exchange, expect: count(agent) = 1 }", PASSED, "2 exchanges"),
    ("tools", "{ scope: exchange, expect: count(tool) = 0 }", FAILED, "the exchange of turn 2"),
    ("tools", "{ scope: span, where: op = \"tool\", expect: duration < 1s }", PASSED, "2 spans"),
    (
        "tools",
        "{ scope: span, where: op = \"tool\", expect: duration < 500ms }",
        FAILED,
        "duration = 555 ms",
    ),
    (
        "tools",
        "{ scope: session, where: 'session.framework = \"videosdk\"', exists: tool }",
        SKIPPED,
        "where",
    ),
    // What the data lacks.
    ("text_chat", "turn.e2e < 1s", SKIPPED, ""),
    ("text_chat", "{ expect: turn.e2e < 1s, when_missing: fail }", FAILED, ""),
    ("text_chat", "silence_within(turn) < 1s", PASSED, "3 without a value"),
    ("tools", "{ expect: no-errors, needs: audio }", SKIPPED, "needs audio"),
    ("tools", "{ check: no-errors, needs: [spans, tools, speech, turns] }", PASSED, ""),
    // Structure that some lack is missing; of measurements those that are there count.
    (
        "tools",
        "json(tool.args).item = \"cortado\"",
        FAILED,
        "tool check_kitchen in turn 3 has no value",
    ),
    (
        "tools",
        "{ expect: 'json(tool.args).item = \"cortado\"', when_missing: skip }",
        PASSED,
        "1 of 2, 1 without a value",
    ),
    ("tools", "silence_within(turn) < 9s", PASSED, "5 of 5"),
    // Named rules.
    ("tools", "no-errors", PASSED, "5 turns"),
    ("tools", "id: no-orphans", PASSED, "61 spans"),
    ("tools", "{ check: no-tool-errors }", FAILED, "KitchenDown"),
    ("killed_early", "no-orphans", FAILED, "is not in the data"),
    ("simple3", "tools-under-agent-turn", SKIPPED, "there is no tool call"),
    // Handoffs.
    ("handoff_simple", "count(handoff) = 1", PASSED, ""),
    ("handoff_simple", "expect: 'count(handoff(to=\"reservations\")) = 1'", PASSED, ""),
    ("handoff_simple", "handoff.from = \"greeter\"", PASSED, "1 of 1"),
    (
        "handoff_simple",
        "sequence: ['tool(\"seat_guest\")', handoff, 'agent[agent = \"reservations\"]']",
        PASSED,
        "",
    ),
    (
        "handoff_simple",
        "{ tree: \"session\\n  agent\\n  user\\n  agent\\n  handoff\\n  agent\\n  user\\n  agent\", mode: strict }",
        PASSED,
        "",
    ),
];

fn read(name: &str) -> (Opened, Sessions) {
    let file = fixture(&format!("livekit/{name}.zip"));
    let opened = open(&[Input::from(file)], &OpenOptions::default());
    let sessions = build(&opened.store);
    (opened, sessions)
}

pub(super) fn ask(opened: &Opened, sessions: &Sessions, spec: &str) -> Vec<Verdict> {
    let spec = Spec::parse(spec, "t.yaml").unwrap_or_else(|e| panic!("{e} {:?}\n{spec}", e.hint));
    let kept: Vec<usize> = (0..sessions.list.len()).collect();
    evaluate(&spec, &opened.store, sessions, &kept).expect("a verdict").verdicts.list
}

fn said(verdict: &Verdict) -> String {
    let Verdict { message, found, nearest, details, .. } = verdict;
    format!("{message}\n{found:?}\n{nearest:?}\n{details:?}").replace("\\\"", "\"")
}

#[test]
fn rules_end_as_they_should() {
    let mut known: BTreeMap<&str, (Opened, Sessions)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (call, rule, status, words) in ROWS {
        let (opened, sessions) = known.entry(call).or_insert_with(|| read(call));
        let plain = !rule.starts_with(['{', '\'']) && !rule.contains(": ");
        let quoted = format!("'{}'", rule.replace('\'', "''"));
        let rule = if plain { quoted.as_str() } else { rule };
        let list = ask(opened, sessions, &format!("rules:\n  - {rule}\n"));
        let [verdict] = list.as_slice() else { panic!("{rule}: {} verdicts", list.len()) };
        if verdict.status.as_str() != *status || !said(verdict).contains(words) {
            wrong.push(format!(
                "{rule}\n  expected {status}: {words}\n  {:?} {}",
                verdict.status,
                said(verdict)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}

#[test]
fn suite_rules_are_over_all_sessions() {
    let (opened, sessions) = read("multi3");
    let spec = "\
scope: suite
rules:
  - count(session) = 3
  - { id: tail, expect: 'p95(turn.e2e) < 9s', min_n: 3 }
  - { id: few, expect: 'p95(turn.e2e) < 9s', min_n: 3000 }
  - { id: slow, expect: 'turn.e2e < 1ms' }
---
rules:
  - no-errors
";
    let list = ask(&opened, &sessions, spec);
    // Those of sessions come first.
    let shown: Vec<(&str, Status, bool)> =
        list.iter().map(|v| (v.rule.as_str(), v.status, v.session.is_some())).collect();
    assert_eq!(
        shown,
        [
            ("no-errors", Status::Passed, true),
            ("no-errors", Status::Passed, true),
            ("no-errors", Status::Passed, true),
            ("count(session) = 3", Status::Passed, false),
            ("tail", Status::Passed, false),
            ("few", Status::Insufficient, false),
            ("slow", Status::Failed, false),
        ]
    );
}

#[test]
fn a_warning_is_no_failure() {
    let (opened, sessions) = read("tools");
    for (rule, severity) in [
        ("{ id: a, expect: turn.e2e < 1s, severity: warn }", RuleSeverity::Warn),
        ("{ id: a, expect: turn.e2e < 1s, severity: info }", RuleSeverity::Info),
        ("{ id: a, expect: turn.e2e < 1.9s ± 10% }", RuleSeverity::Warn),
        ("{ id: a, expect: turn.e2e < 1.2s ± 10% }", RuleSeverity::Error),
        ("{ id: a, expect: turn.e2e.heard < 1s, when_missing: warn }", RuleSeverity::Warn),
    ] {
        let list = ask(&opened, &sessions, &format!("rules:\n  - {rule}\n"));
        assert_eq!(list[0].status, Status::Failed, "{rule}");
        assert_eq!(list[0].severity, severity, "{rule}");
    }
}

#[test]
fn a_verdict_knows_its_place() {
    let (opened, sessions) = read("tools");
    let list = ask(
        &opened,
        &sessions,
        "name: x\nrules:\n  - no-errors\n  - id: slow\n    expect: turn.e2e < 1.2s\n",
    );
    let slow = &list[1];
    assert_eq!((slow.place.file.as_str(), slow.place.line), ("t.yaml", Some(4)));
    assert_eq!((slow.turn, slow.session.as_deref()), (Some(3), Some("RM_36WLYeSZZL3S")));
    assert_eq!(slow.expected.as_deref(), Some("turn.e2e < 1.2s"));
    assert!(slow.source.as_deref().is_some_and(|source| source.ends_with("tools.zip")));
    let first = slow.spans.first().and_then(|span| opened.store.span(*span));
    assert_eq!(first.map(|span| span.name()), Some("agent_turn"));
    assert!(slow.details.len() <= 12);
}
