//! What is planted in data never acts on the terminal, in a document or on a
//! page, whatever field it is planted in.

use crate::output::{everything, json_of, jsonl_of, markdown_of, text_of};
use crate::sample::Sample;
use agentobs::output::{Content, Only, escape};

const PLANTS: [&str; 8] = [
    "\u{1b}[31;1mred\u{1b}[2J",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]52;c;cGFzdGU=\u{1b}\\",
    "\u{9b}31m\u{90}q\u{9c}",
    "\0\u{8}\u{7f}\r",
    "\u{202e}desrever\u{202c}\u{2066}x\u{2069}\u{200f}\u{61c}",
    "\u{feff}\u{200b}\u{2028}\u{2029}\u{ad}",
    "\u{e0041}\u{e007f}",
];

#[test]
fn nothing_hidden_reaches_any_output() {
    for plant in PLANTS {
        let sample = Sample::planted(plant);
        for content in contents() {
            for output in [
                text_of(&sample, &content, 80),
                text_of(&sample, &content, 20),
                markdown_of(&sample, &content),
                json_of(&sample, &content),
                jsonl_of(&sample, &content),
            ] {
                let hidden = output.chars().find(|&c| escape::is_hidden(c) && c != '\n');
                assert_eq!(hidden, None, "{plant:?} in\n{output:?}");
            }
        }
    }
}

#[test]
fn messages_about_unknown_sessions_are_safe() {
    let sample = Sample::planted("\u{1b}[31m");
    for why in [
        sample.report().keep_sessions(&["RM_"]).unwrap_err(),
        sample.report().keep_sessions(&["\u{1b}[2J"]).unwrap_err(),
        sample.report().keep_turn(99).unwrap_err(),
    ] {
        assert!(why.known().contains("RM_gbfWw4gXjQP8"), "{why:?}");
        let said = format!("{why} {}", why.known());
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
}

#[test]
fn markup_in_data_is_plain_text_in_markdown() {
    let sample = Sample::planted(
        "</td><script>alert(1)</script><!-- `code` [link](https://evil.example) ![x](y) | cell\n\n# title",
    );
    for content in contents() {
        let page = markdown_of(&sample, &content);
        let mut fence = None;
        for line in page.lines() {
            match fence {
                // Inside a block nothing acts but the fence itself.
                Some(open) if line == open => fence = None,
                Some(_) => {}
                None if line.starts_with("```") => {
                    fence = Some(line.trim_end_matches(|c: char| c.is_ascii_lowercase()));
                }
                None => plain(line),
            }
        }
        assert_eq!(fence, None, "a fence stays open");
    }
}

/// A line outside fences: what is left without code spans and escapes holds no
/// markup of the data.
fn plain(line: &str) {
    let mut rest = line.replace("\\`", "");
    for ticks in ["``", "`"] {
        let pieces: Vec<&str> = rest.split(ticks).collect();
        assert!(pieces.len() % 2 == 1, "a code span stays open: {line}");
        rest = pieces.into_iter().step_by(2).collect();
    }
    for markup in ["<script", "</td", "<!--", "[link]", "![x]", "https://", "| cell", "# title"] {
        let title = markup == "# title" && line.starts_with("# Session");
        assert!(title || !unescaped(&rest, markup), "{markup} in {line}");
    }
}

fn unescaped(line: &str, markup: &str) -> bool {
    line.match_indices(markup).any(|(at, _)| !line[..at].ends_with('\\'))
}

fn contents() -> Vec<Content> {
    let only = |only| Content { only: Some(only), ..everything() };
    vec![
        everything(),
        Content::default(),
        only(Only::Transcript),
        only(Only::Tools),
        only(Only::Errors),
        only(Only::Logs),
    ]
}
