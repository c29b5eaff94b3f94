//! Specs over recordings: one spec holds for one call, whoever recorded it.

use crate::support::{TempDir, agentobs, fixture};

fn run(args: &[&str]) -> (Option<i32>, String) {
    let output = agentobs(args);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

fn path(name: &str) -> String {
    fixture(name).display().to_string()
}

#[track_caller]
fn holds(source: &str, spec: &str) {
    let (code, text) = run(&["assert", &path(source), "--spec", &path(spec), "-q"]);
    assert_eq!(code, Some(0), "{spec} on {source}\n{text}");
}

#[test]
fn livekit() {
    holds("livekit/tools.zip", "specs/livekit-tools.yaml");
    for version in ["old_1_2_18", "old_1_7_0"] {
        holds(&format!("livekit/{version}.zip"), "specs/livekit-florist.yaml");
    }
    for call in ["old_1_2_18", "old_1_7_0", "simple3", "tools", "handoff_simple", "multi3"] {
        holds(&format!("livekit/{call}.zip"), "specs/livekit.yaml");
    }
}

#[test]
fn videosdk() {
    holds("videosdk/three-turns.zip", "specs/videosdk-three-turns.yaml");
}

#[test]
fn realtime_in_every_envelope() {
    holds("realtime/weather_tool_call/events.jsonl.gz", "specs/realtime-weather.yaml");
    let folder = std::fs::read_dir(fixture("realtime/envelopes")).expect("envelopes");
    let names: Vec<String> = folder
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "expected.json.gz")
        .collect();
    assert_eq!(names.len(), 20);
    for name in names {
        let (code, text) = run(&[
            "assert",
            &path(&format!("realtime/envelopes/{name}")),
            "--spec",
            &path("specs/realtime-weather.yaml"),
            "-q",
        ]);
        assert_eq!(code, Some(0), "{name}\n{text}");
    }
}

#[test]
fn one_script_by_four_exporters() {
    for client in ["python-http", "rust-proto", "rust-json", "node-json"] {
        holds(&format!("clients/pharmacy-{client}.zip"), "specs/pharmacy.yaml");
    }
}

#[test]
fn what_init_writes_holds_for_the_call_and_for_other_versions() {
    let folder = TempDir::new("assert-init");
    for (good, others) in [
        ("livekit/old_1_7_0.zip", &["livekit/old_1_2_18.zip"][..]),
        ("livekit/old_1_2_18.zip", &["livekit/old_1_7_0.zip"]),
        ("livekit/tools.zip", &[]),
        ("livekit/handoff_simple.zip", &[]),
        ("livekit/long200_delta.zip", &[]),
        ("livekit/killed_early.zip", &[]),
        ("videosdk/tools.zip", &[]),
        (
            "realtime/weather_tool_call/events.jsonl.gz",
            &["realtime/envelopes/ts_direction_event.jsonl.gz"],
        ),
        (
            "clients/pharmacy-python-http.zip",
            &["clients/pharmacy-rust-proto.zip", "clients/pharmacy-node-json.zip"],
        ),
        ("pipecat/clinic.zip", &[]),
    ] {
        let spec = folder.path().join(format!("{}.yaml", good.replace(['/', '.'], "-")));
        let spec = spec.display().to_string();
        let (code, text) = run(&["assert", "init", &path(good), "--out", &spec]);
        assert_eq!(code, Some(0), "{good}: {text}");
        for source in [good].iter().chain(others) {
            let (code, text) = run(&["assert", &path(source), "--spec", &spec, "-q"]);
            assert_eq!(code, Some(0), "{source} by the spec of {good}\n{text}");
        }
    }
}

#[test]
fn init_overwrites_nothing_and_wants_one_call() {
    let folder = TempDir::new("assert-init-refuses");
    let spec = folder.file("there.yaml", b"mine").display().to_string();
    let (code, text) = run(&["assert", "init", &path("livekit/tools.zip"), "--out", &spec]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("choose another name or remove it"), "{text}");
    assert_eq!(std::fs::read(&spec).expect("file"), b"mine");
    let init = ["assert", "init", &path("livekit/tools.zip"), "--out", "-", "-q"];
    assert!(run(&init).1.contains("call-flow"));
    assert!(!std::path::Path::new("-").exists());
    let failing = ["assert", "init", &path("realtime/response_failures"), "-q"];
    let (_, text) = run(&failing);
    assert!(text.contains("# no-errors is left out: this call has "), "{text}");
    let (code, text) = run(&["assert", "init", &path("livekit/multi3.zip")]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("--session"), "{text}");
}

#[test]
fn rules_that_hold_on_half_a_call_are_exit_code_3() {
    let folder = TempDir::new("assert-cut");
    let whole = std::fs::read(fixture("realtime/response_failures/events.log.gz")).expect("log");
    let cut = folder.file("cut.gz", &whole[..whole.len() / 5]).display().to_string();
    let (code, text) = run(&["assert", &cut, "--expect", "count(error) = 0"]);
    assert_eq!(code, Some(3), "{text}");
}

#[test]
fn exit_codes() {
    let tools = path("livekit/tools.zip");
    let folder = TempDir::new("assert-exit");
    let broken = folder.file("broken.zip", b"PK\x03\x04 and no more").display().to_string();
    let spec = path("specs/livekit-tools.yaml");
    for (args, expected) in [
        (&["assert", &tools, "--expect", "{ span:op = tool }"][..], 0),
        (&["assert", &tools, "--forbid", "{ span:op = tool }"], 1),
        (&["assert", &tools, "--expect", "{ span:op = tol }"], 2),
        (&["assert", &tools], 2),
        (&["assert", &tools, "--spec", "/nowhere/spec.yaml"], 2),
        (&["assert", &tools, "--spec", &spec, "--session", "nobody"], 2),
        (&["assert", &broken, "--spec", &spec], 3),
        (&["assert", &tools, "--expect", "every handoff satisfies to = \"x\""], 4),
        (&["assert", &tools, &broken, "--expect", "{ span:op = tool }"], 3),
        (&["assert", &tools, "--expect", "turn.e2e < 1.9s ± 10%"], 0),
        (&["assert", &tools, "--expect", "turn.e2e < 1.9s ± 10%", "--fail-on", "warn"], 1),
    ] {
        let (code, text) = run(args);
        assert_eq!(code, Some(expected), "{args:?}\n{text}");
    }
}

#[test]
fn every_session_is_a_test_case() {
    let sources = path("livekit/multi3.zip");
    let (code, text) =
        run(&["assert", &sources, "--expect", "no-errors", "--expect", "turn.e2e < 9s", "-v"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("6 passed · 3 sessions"), "{text}");
    let (_, text) = run(&["assert", &sources, "--expect", "turn.e2e < 1ms"]);
    assert!(text.contains("--session "), "{text}");
}

#[test]
fn the_place_of_a_failure_opens() {
    let tools = path("livekit/tools.zip");
    // Without a terminal the turn is printed.
    let (code, text) = run(&["view", &tools, "--at", "turn:3"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("get_menu_price") && !text.contains("One cortado"), "{text}");
    assert_eq!(run(&["view", &tools, "--at", "turn:99"]).0, Some(2));
    assert_eq!(run(&["view", &tools, "--at", "somewhere"]).0, Some(2));
}
