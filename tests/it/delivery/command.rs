//! Delivery as users run it.

use super::server::{Server, Step, closed_port};
use crate::support::{TempDir, fixture};
use serde_json::Value;
use std::process::{Command, Output};

fn agentobs(args: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agentobs"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_")) {
        command.env_remove(name);
    }
    command.args(args).envs(env.iter().copied()).output().expect("the binary runs")
}

fn log() -> String {
    fixture("realtime/weather_tool_call/events.jsonl.gz").display().to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn replay_sends_and_accounts_for_everything() {
    let server = Server::start([]);
    let output = agentobs(&["replay", &log(), "--export", &server.url()], &[]);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(output.stdout.is_empty());
    let line =
        format!("sent 7 spans, 6 log records, 17 metric points to {}: all accepted", server.url());
    assert!(said.contains(&line), "{said}");
    let mut paths: Vec<String> = server.seen().into_iter().map(|seen| seen.path).collect();
    paths.sort();
    assert_eq!(paths, ["/v1/logs", "/v1/metrics", "/v1/traces"]);
}

#[test]
fn what_was_not_accepted_is_exit_code_5() {
    let server = Server::start(std::iter::repeat_n(Step::Answer(400, "", b"no"), 3));
    let args = ["replay", &log(), "--export", &server.url(), "--format", "json"];
    let output = agentobs(&args, &[]);
    assert_eq!(output.status.code(), Some(5));
    let account: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = include_str!("../../../docs/schema/agentobs.delivery-1.json");
    let schema = jsonschema::draft202012::new(&serde_json::from_str(schema).unwrap()).unwrap();
    assert!(schema.is_valid(&account), "{account}");
    assert_eq!(account["schema"], "agentobs.delivery/1");
    assert_eq!(account["spans"]["sent"], 7);
    assert_eq!(account["spans"]["rejected"], 7);
    assert_eq!(account["events"]["read"], 159);
    assert_eq!(account["events"]["consumed"], 159);
    let url = format!("http://127.0.0.1:{}", closed_port());
    let output = agentobs(&["replay", &log(), "--export", &url, "--retry-for", "0s"], &[]);
    assert_eq!(output.status.code(), Some(5));
    assert!(text(&output.stderr).contains("7 spans dropped: cannot connect"), "{output:?}");
}

#[test]
fn secrets_are_not_shown() {
    let server = Server::start(std::iter::repeat_n(Step::Answer(401, "", b"who are you"), 9));
    let url = server.url().replace("http://", "http://user:s3cret@");
    let output = agentobs(
        &["replay", &log(), "--export", &url, "--header", "x-key=s3cret", "-vv"],
        &[("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret")],
    );
    assert_eq!(output.status.code(), Some(5));
    let said = text(&output.stderr);
    assert!(!said.contains("s3cret"), "{said}");
    assert!(said.contains("OTEL_EXPORTER_OTLP_HEADERS?"), "{said}");
    assert_eq!(server.seen()[0].header("x-key"), Some("s3cret"));
}

#[test]
fn the_environment_names_the_receiver_and_out_alone_never_uses_it() {
    let folder = TempDir::new("delivery");
    let server = Server::start([]);
    let base = server.url();
    let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", base.as_str())];
    let out = folder.path().join("call.jsonl").display().to_string();
    let output = agentobs(&["replay", &log(), "--out", &out], &env);
    assert!(output.status.success());
    assert_eq!(server.seen().len(), 0);
    let dry = agentobs(&["replay", &log(), "--dry-run"], &env);
    assert!(dry.status.success());
    assert!(text(&dry.stdout).contains("execute_tool get_weather"), "{dry:?}");
    assert_eq!(server.seen().len(), 0);
    assert!(agentobs(&["replay", &log()], &env).status.success());
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn the_same_log_gives_the_same_bytes() {
    let folder = TempDir::new("same-bytes");
    let write = |name: &str| {
        let out = folder.path().join(name).display().to_string();
        let log = log();
        let output = agentobs(&["replay", &log, "--quiet", "--out", &out], &[]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(text(&output.stderr), "");
        std::fs::read(folder.path().join(name)).unwrap()
    };
    let lines = write("one.jsonl");
    assert!(lines == write("two.jsonl"));
    assert!(write("one.pb") == write("two.pb"));
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(names.len(), 4, "no temporary file stays: {names:?}");
    let stdout = agentobs(&["replay", &log(), "--out", "-"], &[]);
    assert!(stdout.stdout == lines);
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = TempDir::new("same-file");
    let bytes = std::fs::read(log()).unwrap();
    let path = folder.file("events.jsonl.gz", &bytes).display().to_string();
    for command in ["replay", "export"] {
        let output = agentobs(&[command, &path, "--out", &path], &[]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(std::fs::read(&path).unwrap() == bytes);
    }
}

#[test]
fn hidden_characters_are_escaped_in_lines_on_stdout() {
    let folder = TempDir::new("hidden");
    let event = "{\"type\":\"conversation.item.created\",\"event_id\":\"event_1\",\"item\":{\"id\":\"item_1\",\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"a\u{9b}31mb\u{202e}c\"}]}}\n";
    let path = folder.file("events.jsonl", event.as_bytes()).display().to_string();
    let output = agentobs(&["replay", &path, "--out", "-", "--quiet"], &[]);
    let printed = text(&output.stdout);
    assert!(printed.contains("a\\u009b31mb\\u202ec"), "{printed}");
    assert!(!printed.contains(['\u{9b}', '\u{202e}']), "{printed}");
}

#[test]
fn nothing_to_replay_is_said() {
    let other = fixture("livekit/simple3.zip").display().to_string();
    let output = agentobs(&["replay", &other], &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("no Realtime event log"), "{output:?}");
    let output = agentobs(&["replay", "no/such/file"], &[]);
    assert_eq!(output.status.code(), Some(3));
    let output = agentobs(&["replay", &log(), "--export", "localhost:4318"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let output = agentobs(&["replay", &log(), "--session", "sess_no"], &[]);
    assert_eq!(output.status.code(), Some(2));
}

/// Spans by id: times and everything else, without how they were packed.
fn spans_of(path: &std::path::Path) -> Vec<Value> {
    let output = agentobs(
        &["show", &path.display().to_string(), "--format", "json", "--spans", "--quiet"],
        &[],
    );
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["sessions"][0]["spans"].as_array().unwrap().clone()
}

#[test]
fn pace_and_time_change_when_not_what() {
    let folder = TempDir::new("pace");
    let write = |name: &str, more: &[&str]| {
        let path = folder.path().join(name);
        let (out, log) = (path.display().to_string(), log());
        let mut args = vec!["replay", &log, "--quiet", "--out", &out];
        args.extend(more);
        let begun = std::time::Instant::now();
        assert!(agentobs(&args, &[]).status.success());
        (spans_of(&path), begun.elapsed().as_secs_f64())
    };
    let (plain, _) = write("plain.jsonl", &[]);
    // The call takes 7.7 s.
    let (paced, took) = write("paced.jsonl", &["--speed", "10x"]);
    assert_eq!(paced, plain);
    assert!(took > 0.6, "{took}");
    let (now, _) = write("now.jsonl", &["--time", "now"]);
    let ends = |spans: &[Value]| -> Vec<String> {
        spans.iter().map(|span| span["end"].as_str().unwrap().to_owned()).collect()
    };
    let latest = ends(&now).into_iter().max().unwrap();
    let latest: jiff::Timestamp = latest.parse().unwrap();
    let ago = jiff::Timestamp::now().as_second() - latest.as_second();
    assert!((0..60).contains(&ago), "the log ends now: {ago} s ago");
    let ids = |spans: &[Value]| -> Vec<Value> {
        spans.iter().map(|span| span["span_id"].clone()).collect()
    };
    assert_eq!(ids(&now), ids(&plain), "ids do not depend on times");
}

#[cfg(unix)]
#[test]
fn an_interrupted_replay_says_what_it_did_not_send() {
    let server = Server::start([]);
    let url = server.url();
    let mut child = Command::new(env!("CARGO_BIN_EXE_agentobs"))
        .args(["replay", &log(), "--export", &url, "--speed", "0.1x", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let begun = std::time::Instant::now();
    let status = child.wait().unwrap();
    assert!(begun.elapsed() < std::time::Duration::from_secs(8));
    assert_eq!(status.code(), Some(130));
    let mut account = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut account).unwrap();
    let account: Value = serde_json::from_str(&account).unwrap();
    assert_eq!(account["interrupted"], true);
    let spans = &account["spans"];
    let of = |key: &str| spans[key].as_u64().unwrap();
    assert_eq!(of("sent"), of("accepted") + of("rejected") + of("dropped"));
}
