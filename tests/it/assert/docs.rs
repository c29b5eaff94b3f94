//! The examples of docs/assert.md, each of them run.
//!
//! A block ```` ```yaml NAME ```` is written to a file of that name. With
//! `passes` or `fails` behind the name it is asked of `call.zip`. Commands of
//! `sh` blocks run in the same folder; `# exits 1` says what they end with.

use crate::support::{TempDir, fixture};
use std::path::Path;
use std::process::Command;

struct Block {
    info: String,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    for line in markdown.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block { info: info.to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

fn sh(folder: &Path, line: &str) -> (Option<i32>, String) {
    let binary = Path::new(env!("CARGO_BIN_EXE_agentobs"));
    let bin = binary.parent().expect("folder").display().to_string();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .expect("a shell");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn every_example_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/assert.md")).expect("docs");
    let folder = TempDir::new("assert-docs");
    let copy = |from: &str, to: &str| {
        folder.file(to, &std::fs::read(fixture(from)).expect("fixture"));
    };
    copy("livekit/tools.zip", "call.zip");
    copy("livekit/tools.zip", "calls/one.zip");
    copy("livekit/handoff_simple.zip", "calls/two.zip");
    let all = blocks(&text);
    let mut wrong = Vec::new();
    let (mut specs, mut commands) = (0, 0);
    for block in all.iter().filter(|block| block.info.starts_with("yaml")) {
        let mut words = block.info.split_whitespace().skip(1);
        let Some(name) = words.next() else { panic!("a block without a name\n{}", block.text) };
        folder.file(name, block.text.as_bytes());
        let expected = match words.next() {
            Some("passes") => 0,
            Some("fails") => 1,
            _ => continue,
        };
        specs += 1;
        let (code, said) = sh(folder.path(), &format!("agentobs assert call.zip --spec {name}"));
        if code != Some(expected) {
            wrong.push(format!("{name} exits {code:?}, not {expected}\n{said}"));
        }
    }
    let runs = all.iter().filter(|block| block.info == "sh" || block.info.contains("workflows"));
    for line in runs.flat_map(|block| block.text.lines()) {
        let line = line.trim().trim_start_matches("- run: ");
        if !line.starts_with("agentobs ") {
            continue;
        }
        commands += 1;
        let expected = line.split_once("# exits ").map_or("0", |(_, code)| code.trim());
        let (code, said) = sh(folder.path(), line);
        if code.map(|code| code.to_string()).as_deref() != Some(expected) {
            wrong.push(format!("{line} exits {code:?}, not {expected}\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(specs >= 8 && commands >= 8, "{specs} specs, {commands} commands");
}
