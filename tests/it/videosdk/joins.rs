//! Which records belong together: sessions beside each other, outputs alone,
//! clocks that differ.

use super::*;

/// What makes two builds the same.
fn fingerprint(session: &Session) -> String {
    let turns: Vec<_> = session
        .turns
        .iter()
        .map(|t| {
            let tools: Vec<_> = t.tools.iter().map(|c| (&c.name, &c.arguments, c.status)).collect();
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {tools:?} {}",
                t.role,
                t.start,
                t.end,
                t.text,
                t.interrupted,
                t.reply_to,
                t.latency,
                t.logs.len()
            )
        })
        .collect();
    format!("{} {:?} {:?} {turns:#?}", session.id, session.ids, session.counts())
}

/// The recordings ran beside each other on one host, with one clock: a store
/// with all of them, their posts in one file, is the hardest case of joining.
#[test]
fn sessions_of_one_host_are_told_apart() {
    let mut together: Vec<Part> = Vec::new();
    let mut posts = Vec::new();
    let mut alone: Vec<String> = Vec::new();
    for scenario in SCENARIOS {
        alone.push(fingerprint(&only(scenario, ALL)));
        for (name, content) in parts(scenario, ALL) {
            if name.ends_with("metrics.jsonl") {
                posts.extend(content);
            } else {
                together.push((name, content));
            }
        }
    }
    together.push(("metrics.jsonl".to_owned(), posts));
    for parts in [together.clone(), together.into_iter().rev().collect()] {
        let sessions = open(&parts);
        assert_eq!(sessions.list.len(), SCENARIOS.len());
        assert_eq!(sessions.unassigned, session::Unassigned::default());
        for session in &sessions.list {
            let same = fingerprint(session);
            assert!(alone.contains(&same), "{same}");
        }
    }
}

#[test]
fn each_output_alone_is_a_session() {
    let expected = expected();
    let truth = &expected["tools"]["truth"];
    let says = texts(&truth["user_says"]);
    for file in ["metrics.jsonl", "logs.jsonl", "context-history.json"] {
        let session = only("tools", &[file]);
        let users: Vec<String> =
            of_role(&session, Role::User).filter_map(|turn| turn.text.clone()).collect();
        assert_eq!(users, says, "{file}");
        assert_eq!(session.framework, Framework::Videosdk, "{file}");
        let called = tools(&session);
        let statuses = |name: &str| called.iter().find(|c| c.name == name).map(|c| c.status);
        let (wanted, weather, table) = match file {
            // First level only, nothing but names.
            "metrics.jsonl" => (5, ToolStatus::Unknown, ToolStatus::Unknown),
            "logs.jsonl" => (8, ToolStatus::Unknown, ToolStatus::Error),
            // Nothing says why there is no output.
            _ => (8, ToolStatus::Ok, ToolStatus::Unfinished),
        };
        assert_eq!(called.len(), wanted, "{file}");
        assert_eq!(statuses("get_weather"), Some(weather), "{file}");
        assert_eq!(statuses("book_table"), Some(table), "{file}");
    }
}

/// A killed session's spans have no ids; its last turn is in the posts alone.
#[test]
fn a_killed_session_is_found_again() {
    for words in [&["otlp/", "logs.jsonl"][..], &["otlp/", "metrics.jsonl"], &["metrics", "logs"]] {
        let session = only("killed", words);
        let posts = words.iter().any(|word| word.starts_with("metrics"));
        assert_eq!(session.counts().user_turns, if posts { 5 } else { 4 }, "{words:?}");
        let room = words.iter().any(|word| word.starts_with("logs"));
        let id = session.ids.get("room_id").map(String::as_str);
        assert_eq!(id, room.then_some("k1ll-7e9d-m4qa"), "{words:?}");
    }
}

/// Log records have no zone: that of a host east of Greenwich is found by the
/// other outputs, and records stand where they belong.
#[test]
fn local_time_of_logs_is_put_right() {
    let straight = only("tools", ALL);
    let mut moved = parts("tools", ALL);
    for (name, content) in moved.iter_mut().filter(|(name, _)| name.ends_with("logs.jsonl")) {
        let text = String::from_utf8(content.clone()).unwrap();
        let text = text.replace("2026-11-21 06:1", "2026-11-21 11:4");
        assert!(text.contains("11:41:06"), "{name}");
        *content = text.into_bytes();
    }
    let moved = only_of(&moved);
    assert_eq!(moved.log_clock_ms, 5.5 * 3600e3);
    assert!(moved.diagnostics.iter().any(|d| d.message.contains("UTC+05:30")));
    assert_eq!(fingerprint(&moved), fingerprint(&straight));
    assert_eq!((moved.start, moved.end), (straight.start, straight.end));
}
