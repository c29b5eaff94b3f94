//! The house's direction of dependencies, read from the `use` lines.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use. A room that is missing here fails the test.
const MAY_USE: &[(&str, &[&str])] = &[
    ("diagnostic", &[]),
    ("atomic", &[]),
    ("model", &[]),
    ("source", &["diagnostic"]),
    ("wire", &["model", "diagnostic"]),
    ("dialect", &["model", "diagnostic"]),
    ("realtime", &["model", "wire", "diagnostic"]),
    ("session", &["model", "wire", "dialect", "diagnostic"]),
    ("open", &["model", "source", "wire", "realtime", "diagnostic"]),
    ("query", &["model", "dialect", "session", "diagnostic"]),
    ("assert", &["atomic", "model", "dialect", "session", "query", "output", "diagnostic"]),
    ("net", &["model", "wire", "atomic", "diagnostic"]),
    ("export", &["model", "session", "diagnostic"]),
    ("replay", &["model", "source", "wire", "realtime", "diagnostic"]),
    ("output", &["model", "wire", "dialect", "session", "query", "open", "net", "diagnostic"]),
    ("tui", &["model", "wire", "dialect", "session", "query", "open", "diagnostic", "output"]),
    (
        "cli",
        &[
            "model",
            "source",
            "wire",
            "dialect",
            "session",
            "query",
            "assert",
            "realtime",
            "net",
            "export",
            "replay",
            "open",
            "diagnostic",
            "output",
            "tui",
        ],
    ),
];

/// Crates that may be named in some rooms only.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("ratatui", &["tui"]),
    ("crossterm", &["tui", "output", "cli"]),
    ("anyhow", &["cli", "main"]),
    ("clap", &["cli", "main"]),
    ("zip", &["source"]),
    ("prost", &["wire"]),
    ("tokio", &["net", "cli"]),
    ("reqwest", &["net"]),
    ("serde_saphyr", &["assert"]),
    ("quick_junit", &["assert", "output"]),
    ("opentelemetry_proto", &["wire"]),
];

#[test]
fn rooms_use_only_what_is_below_them() {
    let mut wrong = Vec::new();
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    for (room, path, text) in sources() {
        let Some(may) = allowed.get(room.as_str()) else {
            if room != "lib" && room != "main" {
                wrong.push(format!("{}: room {room} has no rule", path.display()));
            }
            continue;
        };
        for used in crate_paths(&text) {
            if used != room && !may.contains(&used.as_str()) {
                wrong.push(format!("{}: {room} uses crate::{used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        for (name, rooms) in ONLY_IN {
            let named = text.lines().any(|line| {
                let code = line.trim_start();
                !code.starts_with("//") && code.contains(&format!("{name}::"))
            });
            if named && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{}: {room} names {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Room, path and code (without test modules) of every source file.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let inside = path.strip_prefix(&root).unwrap();
                let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
                let room = first.trim_end_matches(".rs").to_owned();
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
                found.push((room, path, code));
            }
        }
    }
    assert!(found.len() > 20, "the sources were not found");
    found
}

/// First path segments after `crate::` in code lines.
fn crate_paths(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .filter(|segment: &String| !segment.is_empty())
        .collect()
}
