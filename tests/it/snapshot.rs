//! Snapshots: what they say of recordings, what they leave out, and files.

use crate::output::golden;
use crate::sample::Sample;
use crate::support::{TempDir, fixture};
use agentobs::assert::snapshot::{
    SnapshotDetail, SnapshotFile, SnapshotMode, SnapshotOptions, TextForm, compare, is_ci,
    snapshot_of, snapshot_of_some,
};
use agentobs::assert::{RulePlace, RuleSeverity, Status};
use agentobs::model::{Attrs, Batch, Nanos, PartRow, SpanKind, SpanRow, SpanStatus, Store, StrId};
use agentobs::session::build;
use agentobs::{Input, OpenOptions, open};
use std::path::Path;

fn snapshot(name: &str, options: &SnapshotOptions) -> String {
    let opened = open(&[Input::from(fixture(name))], &OpenOptions::default());
    snapshot_of(&opened.store, &build(&opened.store), options)
}

fn usual(name: &str) -> String {
    snapshot(name, &SnapshotOptions::default())
}

#[test]
fn recordings() {
    for name in ["livekit/tools", "livekit/handoff_simple", "livekit/interrupt", "videosdk/tools"] {
        let kept = format!("snapshot-{}.txt", name.replace('/', "-"));
        golden(&kept, &usual(&format!("{name}.zip")));
    }
}

#[test]
fn options_change_what_is_kept() {
    let options = SnapshotOptions {
        detail: SnapshotDetail::Spans,
        keep: ["op", "tool.name", "gen_ai.request.model", "span.lk.interrupted"]
            .map(|word| word.parse().unwrap())
            .to_vec(),
        bounds_ms: Vec::new(),
        repeat_folded: false,
        text: TextForm::Hash,
    };
    golden("snapshot-options.txt", &snapshot("livekit/tools.zip", &options));
}

#[test]
fn detail_is_chosen() {
    let with = |name: &str, detail: &str| {
        let detail = detail.parse().unwrap();
        snapshot(name, &SnapshotOptions { detail, ..SnapshotOptions::default() })
    };
    golden("snapshot-spans.txt", &with("livekit/tools.zip", "spans"));
    golden("snapshot-turns.txt", &with("livekit/handoff_simple.zip", "turns"));
    // What failed is there, also where spans of its op are one line.
    let retried = with("livekit/llm_retry_fallback.zip", "ops");
    assert!(retried.contains("llm llm_request_run · error"), "{retried}");
    assert!(!retried.contains("lifecycle"), "{retried}");
    assert!("deep".parse::<SnapshotDetail>().is_err());
}

#[test]
fn the_same_call_told_in_other_ways_is_the_same() {
    for (one, other) in [
        ("livekit/simple3.zip", "livekit/raw_simple3.zip"),
        ("livekit/otlp_grpc.zip", "livekit/raw_otlp_grpc.zip"),
        ("livekit/old_1_2_18.zip", "livekit/raw_old_1_2_18.zip"),
    ] {
        let diff = compare(&usual(one), &usual(other));
        assert!(diff.is_none(), "{one} and {other}:\n{}", diff.unwrap());
    }
}

#[test]
fn no_ids_no_words_no_long_lines() {
    let mut open_folders = vec![fixture("")];
    let mut seen = 0;
    while let Some(folder) = open_folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open_folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|end| end != "zip") {
                continue;
            }
            let opened = open(&[Input::from(path.clone())], &OpenOptions::default());
            let sessions = build(&opened.store);
            let text = snapshot_of(&opened.store, &sessions, &SnapshotOptions::default());
            for line in text.lines() {
                assert!(agentobs::output::escape::width(line) <= 120, "{path:?}: {line}");
                assert_eq!(line, line.trim_end(), "{path:?}");
            }
            for session in &sessions.list {
                let ids = session.ids.values().chain(&session.trace_ids).chain([&session.id]);
                // Some are names (`Realtime Agent`), or short (`1`).
                for id in ids.filter(|id| id.len() > 12 && !id.contains(' ')) {
                    assert!(!text.contains(id.as_str()), "{path:?}: {id}");
                }
                for said in session.turns.iter().filter_map(|turn| turn.text.as_deref()) {
                    assert!(said.len() < 12 || !text.contains(said), "{path:?}: {said}");
                }
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "the recordings were not found");
}

#[test]
fn hostile_text_is_shown_escaped() {
    let sample = Sample::planted("\u{1b}[31m\r\n  turn user\u{202e}你好");
    let text = snapshot_of(&sample.store, &sample.sessions, &SnapshotOptions::default());
    let hidden = |c: char| c != '\n' && agentobs::output::escape::is_hidden(c);
    assert!(!text.contains(hidden), "{text}");
    assert_eq!(text.lines().filter(|line| *line == "  turn user").count(), 0, "{text}");
}

#[test]
fn some_of_several_sessions() {
    let sample = Sample::planted("");
    let options = SnapshotOptions::default();
    let of = |at: &[usize]| snapshot_of_some(&sample.store, &sample.sessions, at, &options);
    assert_eq!(of(&[0, 1]), snapshot_of(&sample.store, &sample.sessions, &options));
    assert_eq!(of(&[1, 99]).matches("\nsession").count(), 1);
    assert_eq!(of(&[]).lines().count(), 2);
}

/// A chain of spans, each in the one before: nothing may recurse or be copied
/// at every level.
#[test]
fn deep_chains_are_written_in_time() {
    const DEEP: u64 = 30_000;
    let mut batch = Batch::new();
    let mut store = Store::new();
    let part = store.add_part(PartRow { source: "made".into(), name: String::new() });
    let (trace, name) = (batch.trace(7), batch.text("step"));
    let resource = batch.add_resource();
    let scope = batch.add_scope(resource);
    batch.spans = (1..=DEEP)
        .map(|id| SpanRow {
            id,
            parent: id - 1,
            start: Nanos(1_000 + id),
            end: Nanos(1_000 + DEEP * 2 - id),
            trace,
            name,
            scope,
            status_message: StrId::EMPTY,
            attrs: Attrs::default(),
            part,
            extra: SpanRow::NO_EXTRA,
            kind: SpanKind::Internal,
            status: SpanStatus::Unset,
        })
        .collect();
    store.append(batch);
    let options = SnapshotOptions { detail: SnapshotDetail::Spans, ..SnapshotOptions::default() };
    let text = snapshot_of(&store, &build(&store), &options);
    assert!(text.lines().count() >= DEEP as usize, "{}", text.lines().count());
    let other = text.replace("(level 20000)", "(level 20001)");
    assert_ne!(compare(&text, &other), None);
}

fn file(path: &Path) -> SnapshotFile {
    SnapshotFile {
        path: path.to_owned(),
        rule: "shape".into(),
        place: RulePlace { file: "spec.yml".into(), line: Some(3) },
        severity: RuleSeverity::Error,
    }
}

#[test]
fn files_are_written_only_when_asked_for() {
    let folder = TempDir::new("snapshot");
    let path = folder.path().join("golden/call.snap");
    let text = usual("livekit/tools.zip");
    for mode in [SnapshotMode::Check, SnapshotMode::Ci] {
        let verdict = file(&path).run(&text, mode).unwrap();
        assert_eq!(verdict.status, Status::Failed);
        assert!(verdict.message.contains("--update"), "{}", verdict.message);
        assert!(!folder.path().join("golden").exists(), "nothing was written");
    }
    assert_eq!(file(&path).run(&text, SnapshotMode::Update).unwrap().status, Status::Passed);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert_eq!(file(&path).run(&text, SnapshotMode::Ci).unwrap().status, Status::Passed);

    let changed = text.replace("tool get_menu_price", "tool get_price");
    let verdict = file(&path).run(&changed, SnapshotMode::Ci).unwrap();
    assert_eq!((verdict.status, verdict.turn), (Status::Failed, Some(3)), "{verdict:#?}");
    assert!(verdict.message.contains("session › turn 3 (agent) › tool get_menu_price"));
    assert!(verdict.message.contains("--update"));
    assert!(verdict.details.iter().any(|line| line.starts_with('-')), "{verdict:#?}");
    assert!(verdict.expected.unwrap().starts_with("tool get_menu_price"));
    assert!(verdict.found.unwrap().starts_with("tool get_price"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "nothing was written");
    file(&path).run(&changed, SnapshotMode::Update).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), changed);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn what_is_no_snapshot_is_said() {
    let folder = TempDir::new("no-snapshot");
    let text = usual("livekit/tools.zip");
    let kept = folder.file("other.snap", b"agentobs snapshot 9\nkeep\n");
    let verdict = file(&kept).run(&text, SnapshotMode::Check).unwrap();
    assert!(verdict.message.contains("no snapshot of this version"), "{}", verdict.message);
    let options = SnapshotOptions { text: TextForm::Omit, ..SnapshotOptions::default() };
    let kept = folder.file("options.snap", snapshot("livekit/tools.zip", &options).as_bytes());
    let verdict = file(&kept).run(&text, SnapshotMode::Check).unwrap();
    assert!(verdict.message.contains("other options"), "{}", verdict.message);
    let kept = folder.file("binary.snap", b"\xff\xfe");
    let error = file(&kept).run(&text, SnapshotMode::Check).unwrap_err().to_string();
    assert!(error.contains("binary.snap") && error.contains("UTF-8"), "{error}");
    let error = file(folder.path()).run(&text, SnapshotMode::Update).unwrap_err().to_string();
    assert!(error.contains("cannot"), "{error}");
    file(&kept).run(&text, SnapshotMode::Update).unwrap();
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), text);
}

#[test]
fn ci_is_what_the_environment_says() {
    for (value, ci) in [
        (None, false),
        (Some(""), false),
        (Some("false"), false),
        (Some("0"), false),
        (Some("true"), true),
        (Some("1"), true),
        (Some("woodpecker"), true),
    ] {
        assert_eq!(is_ci(|_| value.map(str::to_owned)), ci, "{value:?}");
    }
    assert_eq!(SnapshotMode::new(true, true), SnapshotMode::Ci);
    assert_eq!(SnapshotMode::new(true, false), SnapshotMode::Update);
}
