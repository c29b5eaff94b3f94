//! Each recording: spans alone, where much cannot be known, then with the other
//! outputs beside.

use super::*;

fn sum(turns: &Value, key: &str) -> Option<u64> {
    let counts =
        turns.as_array().unwrap().iter().filter_map(|turn| {
            turn["llm"][key].as_str().and_then(|count| count.parse::<u64>().ok())
        });
    counts.fold(None, |sum, count| Some(sum.unwrap_or(0) + count))
}

/// What spans say was said. The specialist's query in `a2a` is one agent asking
/// another: no turn of the conversation.
fn spoken(scenario: &str, turns: &Value) -> Vec<(&'static str, String)> {
    let mut spoken = Vec::new();
    for turn in turns.as_array().unwrap() {
        if scenario == "a2a" && turn["user_transcript"] == "home loan interest rate" {
            continue;
        }
        for (role, key) in [("user", "user_transcript"), ("agent", "agent_transcript")] {
            let text = turn[key].as_str().filter(|text| !text.is_empty());
            spoken.extend(text.map(|text| (role, text.to_owned())));
        }
    }
    spoken
}

#[test]
fn spans_alone_say_what_they_know() {
    let expected = expected();
    for scenario in SCENARIOS {
        let truth = &expected[scenario];
        let telemetry = &truth["telemetry"];
        let session = only(scenario, TRACES);
        let counts = session.counts();
        assert_eq!(session.framework, Framework::Videosdk, "{scenario}");
        assert_eq!(json!(counts.spans), telemetry["distinct_spans"], "{scenario}");
        assert_eq!(conversation(&session), spoken(scenario, &telemetry["turns"]), "{scenario}");
        let killed = *scenario == "killed";
        let users = texts(&truth["truth"]["user_says"]).len() - usize::from(killed);
        assert_eq!(counts.user_turns, users, "{scenario}");
        assert_eq!(session.complete, !killed, "{scenario}");
        assert_eq!(session.close_reason, None, "{scenario}");
        check_ids(scenario, &session, truth, !killed);

        // What spans cannot tell.
        assert!(session.turns.iter().all(|turn| turn.interrupted.is_none()), "{scenario}");
        assert!(session.turns.iter().all(|turn| turn.generated_text.is_none()), "{scenario}");
        for tool in tools(&session) {
            let rest = (&tool.arguments, &tool.output, &tool.error, tool.duration_ms);
            assert_eq!(tool.status, ToolStatus::Unknown, "{scenario}: {}", tool.name);
            assert_eq!(rest, (&None, &None, &None, None), "{scenario}: {}", tool.name);
        }
        let called: Vec<&str> = tools(&session).iter().map(|tool| tool.name.as_str()).collect();
        let turns = telemetry["turns"].as_array().unwrap();
        let wanted: Vec<String> = turns.iter().flat_map(|turn| texts(&turn["tools"])).collect();
        assert_eq!(called, wanted, "{scenario}");

        let usage = &session.usage;
        let tokens =
            (sum(&telemetry["turns"], "input_tokens"), sum(&telemetry["turns"], "output_tokens"));
        assert_eq!((usage.input_tokens, usage.output_tokens), tokens, "{scenario}");
        let orphans = session.diagnostics.iter().filter(|d| d.code == "orphan-span").count();
        let missing = telemetry["missing_parents"].as_array().unwrap().iter();
        let missing = missing.map(|parent| parent["children"].as_array().unwrap().len());
        assert_eq!(orphans, missing.sum::<usize>(), "{scenario}");
        let backwards = session.diagnostics.iter().filter(|d| d.code == "negative-duration");
        let wanted = telemetry["negative_duration_spans"].as_array().unwrap().len();
        assert_eq!(backwards.count(), wanted, "{scenario}");
        // All errors of the recordings were recovered from.
        assert_eq!(counts.errors, 0, "{scenario}");
    }
}

fn check_ids(scenario: &str, session: &Session, truth: &Value, named: bool) {
    for key in
        ["room_id", "session_id", "agent_name", "user_participant_id", "agent_participant_id"]
    {
        let wanted = truth["session"][key].as_str().filter(|_| named);
        assert_eq!(session.ids.get(key).map(String::as_str), wanted, "{scenario}: {key}");
    }
    let wanted = if named { &truth["session"]["session_id"] } else { &json!(session.trace_ids[0]) };
    assert_eq!(json!(session.id), *wanted, "{scenario}");
}

/// Role and text of the messages in the history.
fn remembered(scenario: &str) -> Vec<(&'static str, String)> {
    let history = parts(scenario, &["context-history.json"]);
    let items: Value = serde_json::from_slice(&history[0].1).unwrap();
    let messages = items.as_array().unwrap().iter().filter(|item| item["type"] == "message");
    messages
        .filter_map(|item| {
            let role = match item["role"].as_str()? {
                "user" => "user",
                "assistant" => "agent",
                _ => return None,
            };
            Some((role, item["content"][0].as_str()?.to_owned()))
        })
        .collect()
}

#[test]
fn with_all_outputs_the_truth_is_found() {
    let expected = expected();
    for scenario in SCENARIOS {
        let truth = &expected[scenario];
        let session = only(scenario, ALL);
        let counts = session.counts();
        assert_eq!(conversation(&session), remembered(scenario), "{scenario}");
        let users: Vec<String> =
            of_role(&session, Role::User).filter_map(|turn| turn.text.clone()).collect();
        assert_eq!(users, texts(&truth["truth"]["user_says"]), "{scenario}");
        assert_eq!(json!(counts.spans), truth["telemetry"]["distinct_spans"], "{scenario}");
        let posts = truth["logs"]["posts"].as_u64().unwrap_or(0);
        assert_eq!(counts.logs as u64, posts, "{scenario}");
        assert_eq!(session.complete, *scenario != "killed", "{scenario}");
        for key in ["room_id", "session_id"] {
            assert_eq!(json!(session.ids[key]), truth["session"][key], "{scenario}");
        }
        if posts > 0 && !matches!(*scenario, "killed" | "debug-logs") {
            let reason = session.close_reason.as_deref();
            let known = ["no_participants", "recorded_participant_left"];
            assert!(reason.is_some_and(|reason| known.contains(&reason)), "{scenario}: {reason:?}");
        }
        check_interruptions(scenario, &session, truth);
        check_tools(scenario, &session, &truth["truth"]);
        check_metrics(scenario, &session, &truth["metrics"]["turns"]);
    }
}

fn check_interruptions(scenario: &str, session: &Session, truth: &Value) {
    let posts = truth["metrics"]["turns"].as_array().unwrap();
    let cut = posts.iter().filter(|post| post["interrupted"] == true).count();
    assert_eq!(session.counts().interruptions, cut, "{scenario}");
    assert!(of_role(session, Role::Agent).all(|turn| turn.interrupted.is_some()), "{scenario}");
    if *scenario == *"interruption" {
        let turn = session.turns.iter().find(|turn| turn.interrupted == Some(true)).unwrap();
        assert_eq!(turn.text.as_deref(), Some("Our return policy lets you return items"));
        assert!(turn.generated_text.as_deref().unwrap().ends_with("costs are not refunded."));
    }
}

/// Calls in order, each with what the tool's own ledger says of it.
fn check_tools(scenario: &str, session: &Session, truth: &Value) {
    let list = |key: &str| truth[key].as_array().cloned().unwrap_or_default();
    let runs = list("tool_runs");
    let asked = if truth["llm_tool_calls"].is_null() { &runs } else { &list("llm_tool_calls") };
    let calls = tools(session);
    assert_eq!(calls.len(), asked.len(), "{scenario}");
    for (call, asked) in calls.iter().zip(asked) {
        let what = format!("{scenario}: {asked}");
        let arguments: Value = serde_json::from_str(call.arguments.as_deref().unwrap()).unwrap();
        assert_eq!(
            (json!(call.name), &arguments),
            (asked["name"].clone(), &asked["args"]),
            "{what}"
        );
        let run =
            runs.iter().find(|run| run["name"] == asked["name"] && run["args"] == asked["args"]);
        match run {
            // The tool of `a2a` keeps no ledger.
            None if scenario == "a2a" => assert_eq!(call.status, ToolStatus::Ok, "{what}"),
            // Never run: the agent has no such tool.
            None => {
                assert_eq!((call.status, &call.error), (ToolStatus::Unfinished, &None), "{what}");
                assert!(session.diagnostics.iter().any(|d| d.code == "unknown-tool"), "{what}");
            }
            Some(run) if run["ok"] == true => {
                assert_eq!((call.status, &call.error), (ToolStatus::Ok, &None), "{what}");
                assert!(call.output.is_some(), "{what}");
                if let Some(seconds) = run["seconds"].as_f64() {
                    let apart = call.duration_ms.unwrap() - seconds * 1e3;
                    assert!(apart.abs() < 20.0, "{what}: {apart} ms");
                }
            }
            Some(run) => {
                assert_eq!(call.status, ToolStatus::Error, "{what}");
                assert_eq!(json!(call.error), run["error"], "{what}");
            }
        }
    }
    let failed = list("tool_failures").len();
    assert_eq!(session.counts().tool_errors, failed, "{scenario}");
}

/// Each post stands on the turn it tells of.
fn check_metrics(scenario: &str, session: &Session, posts: &Value) {
    let agents: Vec<&Turn> = of_role(session, Role::Agent).collect();
    for post in posts.as_array().unwrap() {
        if scenario == "a2a" && post["user_speech"] == "home loan interest rate" {
            continue;
        }
        let what = format!("{scenario}: {post}");
        let user = post["user_speech"].as_str();
        let said = post["agent_speech"].as_str();
        let turn = agents.iter().find(|turn| {
            let asked = turn.reply_to.and_then(|number| {
                session.turns.iter().find(|turn| turn.number == number)?.text.as_deref()
            });
            let text = turn.generated_text.as_ref().or(turn.text.as_ref());
            asked == user && (said.is_none() || text.map(|t| t.trim()) == said.map(str::trim))
        });
        let latency = turn.unwrap_or_else(|| panic!("{what}: no turn")).latency;
        let same = |reported: Option<f64>, key: &str| {
            assert_eq!(
                json!(reported),
                post.get(key).cloned().unwrap_or_default(),
                "{what}: {key}"
            );
        };
        same(latency.llm_ttft.reported_ms, "ttft");
        // A word said during the reply overwrote the post's.
        if user != Some("And what about exchanges?") {
            same(latency.transcription.reported_ms, "sttLatency");
        }
        if user.is_some() {
            same(latency.e2e.reported_ms, "e2eLatency");
        }
        if scenario != "realtime" {
            same(latency.tts_ttfb.reported_ms, "ttfb");
        }
    }
}

#[test]
fn what_is_computed_from_spans_is_what_the_sdk_measured() {
    let session = only("three-turns", ALL);
    let replies: Vec<&Turn> = of_role(&session, Role::Agent).skip(1).collect();
    assert_eq!(replies.len(), 3);
    for turn in replies {
        let latency = turn.latency;
        let close = |a: Option<f64>, b: Option<f64>, ms: f64| (a.unwrap() - b.unwrap()).abs() < ms;
        assert!(close(latency.tts_ttfb.reported_ms, latency.tts_ttfb.derived_ms, 0.1));
        assert!(close(latency.llm_ttft.reported_ms, latency.llm_ttft.derived_ms, 0.1));
        assert!(close(latency.transcription.reported_ms, latency.transcription.derived_ms, 0.2));
        // The SDK's sum of stages leaves out what lies between them.
        let (sum, wall) = (latency.e2e.reported_ms.unwrap(), latency.e2e.derived_ms.unwrap());
        assert!(wall > sum && wall < sum + 60.0, "{wall} {sum}");
    }
}

/// A provider's failure is told up to five times; it is one error, and no
/// failed turn where another provider stood in.
#[test]
fn one_failure_is_one_error() {
    for words in [TRACES, ALL] {
        let session = only("fallback", words);
        let errors: Vec<_> = session
            .turns
            .iter()
            .flat_map(|turn| &turn.errors)
            .map(|e| (e.kind.as_str(), e.source.as_deref(), e.message.as_deref()))
            .collect();
        let recovered = "recovered-request";
        assert_eq!(
            errors,
            [
                (
                    recovered,
                    Some("llm"),
                    Some("Error code: 429 - rate limit reached for gpt-4o-mini")
                ),
                (recovered, Some("tts"), Some("Cartesia WebSocket closed: code=1011")),
            ]
        );
        assert_eq!(session.errors, []);
    }
}

/// One agent asks another inside a tool call: spans of both are in one reply.
#[test]
fn agents_that_ask_each_other_are_one_reply() {
    let session = only("a2a", TRACES);
    assert_eq!(session.agents, ["Customer Service Agent", "Loan Specialist Agent"]);
    let reply = session.turns.iter().find(|turn| !turn.tools.is_empty()).unwrap();
    assert_eq!((reply.text.as_deref(), reply.usage.input_tokens), (None, Some(53)));
    assert_eq!(session.handoffs, []);
}

#[test]
fn realtime_tokens_are_in_the_posts_only() {
    assert_eq!(only("realtime", TRACES).usage, session::Usage::default());
    let session = only("realtime", ALL);
    let usage = session.usage;
    let wanted = (Some(60 + 220 + 180 + 180), Some(36 + 48 + 6 + 6), Some(130 + 90 + 90));
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.input_audio_tokens), wanted);
    // The socket closed after the conversation: an error, of no turn.
    assert_eq!(session.errors.len(), 1);
}

/// The same through the command, with the files that are of no known shape.
#[test]
fn the_command_shows_the_same() {
    let expected = expected();
    for scenario in SCENARIOS {
        let shown = show_json(&[dump(scenario)], &[]);
        let [session] = list(&shown, "sessions") else { panic!("{scenario}: {shown}") };
        let truth = &expected[scenario];
        assert_eq!(session["framework"], "videosdk", "{scenario}");
        assert_eq!(session["id"], truth["session"]["session_id"], "{scenario}");
        let users = texts(&truth["truth"]["user_says"]).len();
        assert_eq!(session["counts"]["user_turns"], users, "{scenario}");
        assert_eq!(session["counts"]["spans"], truth["telemetry"]["distinct_spans"], "{scenario}");
        assert_eq!(shown["unassigned"]["spans"], 0, "{scenario}");
    }
}
