//! `agentobs show` as users run it: on recordings, with its exit codes.

use crate::output::{assert_counts_equal_lists, assert_valid, assert_valid_line, golden};
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn agentobs(columns: usize) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agentobs"));
    command.current_dir(fixtures()).env("COLUMNS", columns.to_string()).env_remove("NO_COLOR");
    command
}

fn show(args: &[&str]) -> Output {
    agentobs(80).arg("show").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn recordings_read_well() {
    for (file, args) in [
        ("tools.txt", vec!["livekit/tools.zip"]),
        ("interrupt-turn.txt", vec!["livekit/interrupt.zip", "--turn", "3", "--spans"]),
        ("handoff_simple.md", vec!["livekit/handoff_simple.zip", "--format", "markdown"]),
    ] {
        let output = show(&args);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        golden(&format!("livekit-{file}"), &text(&output.stdout));
    }
}

#[test]
fn every_recording_keeps_the_contract() {
    let mut folders = vec![fixtures()];
    let mut archives = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "zip") {
                let name = path.to_str().unwrap();
                let output = show(&[name, "--format", "json", "--spans", "--logs", "--metrics"]);
                assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
                let document: Value = serde_json::from_slice(&output.stdout).unwrap();
                assert_valid(&document);
                assert_counts_equal_lists(&document);
                archives += 1;
            }
        }
    }
    assert!(archives > 20, "the recordings were not found");
}

#[test]
fn exit_codes_are_the_documented_ones() {
    let call = "livekit/simple3.zip";
    for (args, code, said) in [
        (vec![call], 0, ""),
        (vec![call, "--session", "RM_"], 0, ""),
        (vec![call, "--session", "nobody"], 2, "no session `nobody`\n  1  RM_gbfWw4gXjQP8"),
        (vec![call, "--turn", "99"], 2, "no turn 99\n  1  RM_gbfWw4gXjQP8 (livekit, 7 turns)"),
        (vec![call, "--log-level", "debgu"], 2, "did you mean `debug`?"),
        (vec![call, "--only", "songs"], 2, "invalid value 'songs'"),
        (vec![call, "nowhere.zip"], 3, "cannot read nowhere.zip"),
        (vec!["nowhere.zip"], 3, "cannot read nowhere.zip"),
        (vec!["README.md"], 4, "nothing to show in README.md"),
    ] {
        let output = show(&args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
        let shows = matches!(code, 0) || args.len() == 2 && code == 3;
        assert_eq!(!output.stdout.is_empty(), shows, "{args:?}");
        if code == 0 {
            assert_eq!(stderr, "", "{args:?}");
        }
    }
}

#[test]
fn where_keeps_sessions_and_turns_that_hold_a_match() {
    let both = ["livekit/tools.zip", "livekit/simple3.zip"];
    let query = "span:op = tool";
    let shown = show(&[both[0], both[1], "--where", query]);
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    golden("livekit-where.txt", &text(&shown.stdout));
    let json = show(&[both[0], both[1], "--where", query, "--format", "json"]);
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_valid(&document);
    assert_counts_equal_lists(&document);
    let whole: Value =
        serde_json::from_slice(&show(&[both[0], "--format", "json"]).stdout).unwrap();
    let with_tools = |session: &Value| -> Vec<Value> {
        let turns = session["turns"].as_array().unwrap().iter();
        turns.filter(|turn| !turn["tools"].as_array().unwrap().is_empty()).cloned().collect()
    };
    let [session] = document["sessions"].as_array().unwrap().as_slice() else { panic!() };
    let numbers = |turns: &[Value]| turns.iter().map(|t| t["number"].clone()).collect::<Vec<_>>();
    let turns = session["turns"].as_array().unwrap();
    assert_eq!(numbers(turns), numbers(&with_tools(&whole["sessions"][0])));
    assert_eq!(turns, &with_tools(&whole["sessions"][0]), "a turn is kept whole");
    let of = whole["sessions"][0]["turns"].as_array().unwrap().len();
    assert_eq!(session["where"]["of_turns"], of);
    assert_eq!(document["where"]["of_sessions"], 2);
    assert_eq!(document["where"]["query"], query);
    for line in text(&show(&[both[0], "--where", query, "--format", "jsonl"]).stdout).lines() {
        assert_valid_line(&serde_json::from_str(line).unwrap());
    }
    let markdown = text(&show(&[both[0], "--where", query, "--format", "markdown"]).stdout);
    assert!(markdown.contains(" turns shown"), "{markdown}");
}

#[test]
fn where_says_what_it_left_out() {
    let call = "livekit/simple3.zip";
    for (args, code, said) in [
        (
            vec![call, "--where", "{ name = \"nothing\" }"],
            0,
            "0 of 1 session and 0 of 7 turns shown",
        ),
        (vec![call, "--where", "span:op = session"], 0, "no turn holds a match"),
        (vec![call, "--where", "nmae = 1"], 2, "--where, column 1: "),
        (vec![call, "--where", "{ } | rate()"], 2, "metrics functions"),
        (vec!["nowhere.zip", "--where", "{"], 2, "--where, column 2: "),
        (vec![call, "--where", "{ }", "--turn", "2"], 0, "1 of 1 session and 1 of 1 turn shown"),
    ] {
        let output = show(&args);
        let all = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {all}");
        assert!(all.contains(said), "{args:?}: {all}");
    }
}

#[test]
fn colour_is_asked_for() {
    let call = "livekit/simple3.zip";
    let colours = |output: &Output| output.stdout.contains(&0x1b);
    assert!(!colours(&show(&[call])), "not a terminal");
    assert!(colours(&show(&[call, "--color", "always"])));
    for format in ["json", "jsonl", "markdown"] {
        assert!(!colours(&show(&[call, "--color", "always", "--format", format])), "{format}");
    }
    let output = agentobs(80).args(["show", call]).env("NO_COLOR", "1").output().unwrap();
    assert!(!colours(&output));
}

#[test]
fn more_columns_are_used() {
    let lines = |columns| {
        let output = agentobs(columns).args(["show", "livekit/interrupt.zip"]).output().unwrap();
        text(&output.stdout).lines().count()
    };
    assert!(lines(120) < lines(80));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = agentobs(80)
        .args(["show", "livekit/long200_delta.zip", "--format", "json", "--spans", "--logs"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 64];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}
