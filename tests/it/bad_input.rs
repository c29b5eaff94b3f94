//! Bad input through the binary: each kind gives a clear message and the
//! documented exit code, and no panic. What is read of it in detail is in
//! `sources`.

use crate::support::{TempDir, agentobs, fixture};
use crate::zips::{Member, archive, bomb, gzip, overlapping, wrap};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FINE: i32 = 0;
const UNREADABLE: i32 = 3;
const NOTHING: i32 = 4;

fn call() -> Vec<u8> {
    fs::read(fixture("livekit/simple3.zip")).unwrap()
}

/// `agentobs show` of paths: exit code, stdout, stderr.
fn show(paths: &[&Path], more: &[&str]) -> (i32, String, String) {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let mut args = vec!["show"];
    args.extend(more);
    args.extend(paths.iter().map(String::as_str));
    let output = agentobs(&args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // No code: killed by a signal, which a panic is in release builds.
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Shows one path and holds what is said against what should be.
fn check(path: &Path, more: &[&str], code: i32, said: &str) {
    let started = Instant::now();
    let (found, stdout, stderr) = show(&[path], more);
    let place = path.display();
    assert_eq!(found, code, "{place}: {stderr}");
    assert!(stderr.contains(said), "{place}: {said:?} is not in\n{stderr}");
    assert!(!stderr.contains("panicked"), "{place}: {stderr}");
    assert_eq!(stdout.is_empty(), code == UNREADABLE || code == NOTHING, "{place}: {stdout}");
    assert!(started.elapsed() < Duration::from_secs(20), "{place}: {:?}", started.elapsed());
}

#[test]
fn damaged_and_hostile_files() {
    let folder = TempDir::new("hostile");
    let call = call();
    let member = || Member::stored("call.zip", &call);
    let cut = &call[..call.len() * 2 / 3];
    let mut nested = call.clone();
    for depth in 0..6 {
        nested = wrap(&format!("{depth}.zip"), &nested);
    }
    let mut bad_gzip = gzip(b"{\"resourceSpans\":[]}");
    bad_gzip.truncate(12);
    bad_gzip.extend([0xff; 40]);
    let line = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103"#;
    let rows: [(&str, Vec<u8>, i32, &str); 15] = [
        ("cut.zip", cut.to_vec(), FINE, "no directory of its members"),
        ("head.zip", call[..20].to_vec(), UNREADABLE, "cannot read"),
        ("empty.zip", archive(&[]), NOTHING, "an archive without members"),
        ("bomb.zip", archive(&[bomb("0.json")]), UNREADABLE, "more than 1000 times its size"),
        ("bomb2.zip", wrap("bomb.zip", &archive(&[bomb("0.json")])), UNREADABLE, "0.json in"),
        ("bomb3.zip", archive(&[bomb("0.json"), member()]), FINE, "--max-ratio"),
        ("nested.zip", nested, UNREADABLE, "--max-depth"),
        ("overlap.zip", overlapping(&member(), 3), FINE, "its bytes belong to another member"),
        (
            "dots.zip",
            wrap("../../\u{1b}[31m/evil.json", line),
            UNREADABLE,
            r"../../\u{1b}[31m/evil",
        ),
        ("wrong.gz", bad_gzip, UNREADABLE, "get it again"),
        ("page.zip", b"<html>not found</html>".to_vec(), UNREADABLE, "named like a zip archive"),
        ("half.jsonl", line.to_vec(), UNREADABLE, "half.jsonl"),
        ("random.bin", vec![0xfe; 1000], NOTHING, "neither JSON"),
        ("nothing.json", Vec::new(), NOTHING, "empty"),
        ("zstd.zst", b"\x28\xb5\x2f\xfd\x24\x05oops".to_vec(), UNREADABLE, "cannot read"),
    ];
    for (name, bytes, code, said) in rows {
        let path = folder.file(name, &bytes);
        check(&path, &[], code, said);
    }
}

#[test]
fn good_sources_beside_bad_ones_are_shown() {
    let folder = TempDir::new("beside");
    let (code, stdout, stderr) =
        show(&[&fixture("livekit/simple3.zip"), &folder.path().join("missing.zip")], &[]);
    assert_eq!(code, UNREADABLE);
    assert!(stderr.contains("missing.zip: there is no such file or folder"), "{stderr}");
    assert!(stderr.contains("check the path"), "{stderr}");
    let (_, alone, _) = show(&[&fixture("livekit/simple3.zip")], &[]);
    assert!(!alone.is_empty() && stdout.contains(alone.lines().next().unwrap()));
}

#[test]
fn a_folder_without_anything_useful_lists_what_was_seen() {
    let folder = TempDir::new("useless");
    folder.file("notes.txt", b"buy milk");
    folder.file("deep/er/.DS_Store", b"junk");
    folder.file("deep/config.json", b"{\"a\":1}");
    check(folder.path(), &[], NOTHING, "nothing to show");
    let (_, _, stderr) = show(&[folder.path()], &[]);
    for name in ["notes.txt", "deep/er/.DS_Store", "deep/config.json"] {
        assert!(stderr.contains(name), "{name}: {stderr}");
    }
    let empty = TempDir::new("empty");
    check(empty.path(), &[], NOTHING, "an empty folder");
    check(&empty.path().join("missing"), &[], UNREADABLE, "no such file");
}

#[test]
fn names_in_messages_cannot_act() {
    let folder = TempDir::new("names");
    let path = folder.path().join("call\u{202e}piz.\u{1b}[2J");
    let (code, _, stderr) = show(&[&path], &[]);
    assert_eq!(code, UNREADABLE);
    assert!(stderr.contains(r"call\u{202e}piz.\u{1b}[2J"), "{stderr}");
    assert!(!stderr.contains('\u{1b}') && !stderr.contains('\u{202e}'));
}

/// A line of 200 MB is one record: read within the limit, over it skipped.
#[test]
fn a_line_of_200_mb() {
    let folder = TempDir::new("line");
    let path = folder.path().join("long.jsonl");
    let mut file = fs::File::create(&path).unwrap();
    let filler = vec![b'x'; 1 << 20];
    file.write_all(b"{\"a\":\"").unwrap();
    for _ in 0..200 {
        file.write_all(&filler).unwrap();
    }
    file.write_all(b"\"}\n").unwrap();
    file.write_all(&span_line()).unwrap();
    drop(file);
    check(&path, &["--max-record-bytes", "16MiB"], FINE, "--max-record-bytes");
    check(&path, &[], FINE, "");
}

fn span_line() -> Vec<u8> {
    br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"turn","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}
"#.to_vec()
}

#[test]
fn limits_are_flags() {
    let path = fixture("livekit/simple3.zip");
    for (flag, value) in [("--max-bytes", "2k"), ("--max-members", "1"), ("--max-depth", "0")] {
        let (_, _, stderr) = show(&[&path], &[flag, value]);
        assert!(stderr.contains(flag), "{flag}: {stderr}");
    }
    let (code, _, stderr) = show(&[&path], &["--max-bytes", "lots"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("4GiB"), "{stderr}");
}

/// Runs `agentobs show -` with bytes on standard input.
fn show_stdin(bytes: &[u8]) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_agentobs"))
        .args(["show", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// All but the account of the sources, which names them.
fn conversation(text: &str) -> &str {
    text.split("\nread ").next().unwrap()
}

#[test]
fn standard_input_is_a_source() {
    let call = call();
    let (_, file, _) = show(&[&fixture("livekit/simple3.zip")], &[]);
    for bytes in [call.clone(), gzip(&call)] {
        let (code, stdout, stderr) = show_stdin(&bytes);
        assert_eq!(code, FINE, "{stderr}");
        assert_eq!(conversation(&stdout), conversation(&file));
    }
    assert_eq!(show_stdin(b"").0, NOTHING);
    let (code, _, stderr) = show_stdin(&call[..call.len() / 2]);
    assert_eq!(code, FINE);
    assert!(stderr.contains("directory of its members"), "{stderr}");
}

/// Who closes the pipe has seen enough.
#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_agentobs"))
        .args(["show", "--format", "json", "--spans", "--logs"])
        .arg(fixture("livekit/long200_delta.zip"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(FINE));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(unix)]
mod unix {
    use super::{FINE, NOTHING, UNREADABLE, call, check, show};
    use crate::support::TempDir;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    #[test]
    fn an_unreadable_file_is_named() {
        let folder = TempDir::new("unreadable");
        let path = folder.file("call.zip", &call());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::File::open(&path).is_ok() {
            // Root may read everything.
            return;
        }
        check(&path, &[], UNREADABLE, "permission denied");
        folder.file("good.zip", &call());
        check(folder.path(), &[], FINE, "call.zip");
    }

    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = TempDir::new("special");
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
        check(&pipe, &[], UNREADABLE, "it is a named pipe");
        check(std::path::Path::new("/dev/zero"), &[], UNREADABLE, "it is a device");
        check(folder.path(), &[], NOTHING, "pipe: a named pipe, not a file");
        folder.file("good.zip", &call());
        check(folder.path(), &[], FINE, "");
    }

    #[test]
    fn links_in_a_circle_end() {
        let folder = TempDir::new("links");
        folder.file("calls/call.zip", &call());
        symlink(folder.path(), folder.path().join("calls/up")).unwrap();
        symlink("call.zip", folder.path().join("calls/a-link.zip")).unwrap();
        symlink("self", folder.path().join("self")).unwrap();
        symlink("nowhere", folder.path().join("broken")).unwrap();
        let (code, stdout, stderr) = show(&[folder.path()], &["-v"]);
        assert_eq!(code, FINE, "{stderr}");
        assert!(!stdout.is_empty());
        for said in ["calls/up", "read already as", "a link to nothing"] {
            assert!(stderr.contains(said), "{said}: {stderr}");
        }
    }
}
