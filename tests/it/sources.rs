//! Opening sources through the library: what is read, skipped and said.

use crate::support::{TempDir, fixture, members};
use crate::zips::{Member, archive, bomb, gzip, overlapping, wrap};
use agentobs::source::Limits;
use agentobs::{Input, OpenOptions, Opened, open};
use std::borrow::Cow;
use std::fmt::Write;

/// OTLP JSON lines with one span each.
fn spans(ids: std::ops::Range<u32>) -> Vec<u8> {
    let mut lines = String::new();
    for id in ids {
        let span = format!(
            r#"{{"traceId":"{:032x}","spanId":"{id:016x}","name":"turn","startTimeUnixNano":"1","endTimeUnixNano":"2"}}"#,
            7
        );
        writeln!(lines, r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#)
            .unwrap();
    }
    lines.into_bytes()
}

fn read(bytes: impl Into<Vec<u8>>) -> Opened {
    read_within(bytes, Limits::default())
}

fn read_within(bytes: impl Into<Vec<u8>>, limits: Limits) -> Opened {
    let input = Input::Memory { name: "call".to_owned(), bytes: Cow::Owned(bytes.into()) };
    open(&[input], &OpenOptions { limits })
}

fn codes(opened: &Opened) -> Vec<&str> {
    opened.diagnostics.iter().map(|diagnostic| diagnostic.code.as_ref()).collect()
}

fn names(opened: &Opened) -> Vec<&str> {
    opened.sources[0].parts.iter().map(|part| part.name.as_str()).collect()
}

fn skipped(opened: &Opened) -> Vec<(&str, &str)> {
    let skipped = &opened.sources[0].skipped;
    skipped.iter().map(|skipped| (skipped.name.as_str(), skipped.reason.as_str())).collect()
}

#[test]
fn members_come_in_the_order_of_names_and_junk_is_counted() {
    let opened = read(archive(&[
        Member::deflated("z/traces.json", &spans(1..3)),
        Member::stored("a.json.gz", &gzip(&spans(3..6))),
        Member::stored("__MACOSX/._traces.json", b"junk"),
        Member::stored("z/.DS_Store", b"junk"),
        Member::stored("empty.json", b""),
        Member::stored("z/", b""),
        Member::deflated("b.zip", &wrap("inner.json", &spans(6..7))),
        Member::deflated("readme.txt", b"hello there"),
    ]));
    assert_eq!(opened.diagnostics, []);
    assert_eq!(names(&opened), ["a.json.gz", "b.zip!/inner.json", "z/traces.json"]);
    assert_eq!(opened.store.spans().len(), 6);
    let skipped: Vec<&str> = skipped(&opened).iter().map(|(name, _)| *name).collect();
    assert_eq!(skipped, ["__MACOSX/._traces.json", "empty.json", "readme.txt", "z/.DS_Store"]);
}

#[test]
fn names_are_no_paths_and_a_name_may_come_twice() {
    let opened = read(archive(&[
        Member::deflated("../../etc/passwd.json", &spans(1..2)),
        Member::deflated("/absolute.json", &spans(2..3)),
        Member::deflated("same.json", &spans(3..4)),
        Member::deflated("same.json", &spans(4..6)),
    ]));
    let expected = ["../../etc/passwd.json", "/absolute.json", "same.json", "same.json (2)"];
    assert_eq!(names(&opened), expected);
    assert_eq!(codes(&opened), ["duplicate-member"]);
    assert_eq!(opened.store.spans().len(), 5);
}

#[test]
fn archives_nest_to_a_depth() {
    let mut bytes = wrap("traces.json", &spans(1..2));
    for depth in 1..4 {
        bytes = wrap(&format!("{depth}.zip"), &bytes);
    }
    let opened = read(bytes.clone());
    assert_eq!(names(&opened), ["3.zip!/2.zip!/1.zip!/traces.json"]);
    let beside = Member::deflated("beside.json", &spans(2..4));
    let opened = read(archive(&[Member::deflated("4.zip", &bytes), beside]));
    assert_eq!(codes(&opened), ["over-limit"]);
    assert_eq!(names(&opened), ["beside.json"], "the rest is read");
    assert!(opened.diagnostics[0].message.contains("inside 4 other archives"));
    let deeper = Limits { max_depth: 9, ..Limits::default() };
    assert_eq!(read_within(wrap("4.zip", &bytes), deeper).store.spans().len(), 1);
}

#[test]
fn bombs_are_refused_and_what_is_beside_is_read() {
    let bomb = bomb("zeros.json");
    assert!(bomb.packed.len() < 400_000);
    let beside = Member::deflated("traces.json", &spans(1..4));
    let plain = archive(&[bomb.clone(), beside.clone()]);
    let nested = archive(&[Member::deflated("bomb.zip", &plain), beside.clone()]);
    // A header that lies about the size is caught by reading.
    let mut liar = bomb;
    liar.size = 1000;
    let lying = archive(&[liar, beside]);
    for (bytes, code) in [(plain, "over-limit"), (nested, "over-limit"), (lying, "damaged")] {
        let opened = read(bytes);
        assert_eq!(codes(&opened), [code]);
        assert_eq!(opened.store.spans().len(), 3);
        assert!(!opened.is_unreadable(), "what is beside was read");
    }
    // gzip says nothing in advance.
    let zeros = gzip(&vec![0; 15_000_000]);
    let opened = read_within(zeros, Limits { max_ratio: 500, ..Limits::default() });
    assert_eq!(codes(&opened), ["over-limit"]);
    assert!(opened.is_unreadable());
}

#[test]
fn members_that_share_bytes_are_refused() {
    let opened = read(overlapping(&Member::deflated("traces.json", &spans(1..4)), 50));
    assert_eq!(opened.store.spans().len(), 3);
    assert_eq!(names(&opened).len(), 1);
    assert!(codes(&opened).iter().all(|code| *code == "overlapping-members"));
    assert_eq!(opened.diagnostics.last().unwrap().message, "29 more of this kind");
}

#[test]
fn what_a_member_needs_and_we_lack_is_said() {
    let mut encrypted = Member::deflated("secret.json", &spans(1..2));
    encrypted.flags = 1;
    let mut unknown = Member::deflated("lzma.json", &spans(2..3));
    unknown.method = 14;
    let mut wrong = Member::deflated("wrong.json", &spans(3..5));
    wrong.crc ^= 1;
    let opened = read(archive(&[encrypted, unknown, wrong]));
    assert_eq!(codes(&opened), ["unsupported-compression", "encrypted", "damaged"]);
    assert_eq!(names(&opened), ["wrong.json"], "what has a wrong checksum is read all the same");
    assert_eq!(opened.store.spans().len(), 2);
}

#[test]
fn limits_hold_for_a_whole_source() {
    let lines = spans(1..1001);
    let bytes = archive(&[Member::deflated("a.json", &lines), Member::deflated("b.json", &lines)]);
    let size = lines.len() as u64;
    for limits in [
        Limits { max_bytes: size + 10, ..Limits::default() },
        Limits { max_members: 1, ..Limits::default() },
    ] {
        let opened = read_within(bytes.clone(), limits);
        assert_eq!(codes(&opened), ["over-limit"], "{limits:?}");
        assert_eq!(names(&opened), ["a.json"], "{limits:?}");
    }
    let opened = read_within(bytes, Limits { max_model_bytes: 20_000, ..Limits::default() });
    assert!(codes(&opened).contains(&"part-too-large"));
    // Lines for nothing take time: beyond a number of them the rest is left.
    let idle = Member::deflated("a.json", &b"{}\n".repeat(20_000));
    let members: Vec<Member> =
        (0..8).map(|n| Member { name: format!("{n}.json"), ..idle.clone() }).collect();
    for (max_idle_lines, told) in [(10_000, 8..9), (30_000, 1..8), (200_000, 0..1)] {
        let opened = read_within(archive(&members), Limits { max_idle_lines, ..Limits::default() });
        assert!(told.contains(&codes(&opened).len()), "{max_idle_lines}: {:?}", codes(&opened));
        assert!(codes(&opened).iter().all(|code| *code == "part-too-large"));
    }
    // Without a size in advance, the text up to the limit is read.
    let opened = read_within(gzip(&lines), Limits { max_bytes: size / 2, ..Limits::default() });
    assert!((450..=500).contains(&opened.store.spans().len()));
    assert!(codes(&opened).contains(&"over-limit"));
    let small = Limits { max_held_bytes: 500, ..Limits::default() };
    let opened = read_within(wrap("inner.zip", &wrap("a.json", &lines)), small);
    assert!(opened.diagnostics[0].message.contains("held in memory"));
}

#[test]
fn a_cut_archive_gives_what_is_readable() {
    for streamed in [false, true] {
        let mut cut = Member::deflated("2.json", &spans(1000..9000));
        let mut first = Member::stored("1.json", &spans(1..11));
        (cut.streamed, first.streamed) = (streamed, streamed);
        let whole = archive(&[first, cut, Member::deflated("3.json", &spans(20_000..20_001))]);
        for part in [50, 80, 97] {
            let opened = read(&whole[..whole.len() * part / 100]);
            assert_eq!(names(&opened), ["1.json", "2.json"], "{streamed} {part}");
            let spans = opened.store.spans().len();
            assert!((10 + 8000 * (part - 45) / 100..8010).contains(&spans), "{part}: {spans}");
            assert!(codes(&opened).contains(&"truncated-archive"), "{:?}", opened.diagnostics);
        }
    }
}

/// A real call, cut at many places: never a panic, always an explanation, and
/// the more there is the more is read.
#[test]
fn a_real_archive_may_be_cut_anywhere() {
    let bytes = std::fs::read(fixture("livekit/interrupt.zip")).unwrap();
    let whole = read(bytes.clone());
    assert_eq!(whole.diagnostics, []);
    let mut before = 0;
    for end in (0..bytes.len()).step_by(311) {
        let opened = read(&bytes[..end]);
        let spans = opened.store.spans().len();
        assert!(spans >= before && spans <= whole.store.spans().len(), "{end}");
        assert!(opened.diagnostics.iter().any(|d| d.hint.is_some()) || end < 4, "{end}");
        before = spans;
    }
    assert_eq!(before, whole.store.spans().len());
}

#[test]
fn a_real_archive_may_be_damaged_anywhere() {
    let bytes = std::fs::read(fixture("livekit/old_1_7_0.zip")).unwrap();
    for round in 0..150u32 {
        let mut damaged = bytes.clone();
        for hit in 0..=round % 4 {
            let at = (round.wrapping_mul(2_654_435_761).rotate_left(hit * 7)) as usize;
            let at = at % damaged.len();
            damaged[at] ^= (round % 255 + 1) as u8;
        }
        let _ = read(damaged);
    }
}

#[test]
fn protobuf_may_be_cut_anywhere() {
    let bodies = members("livekit/raw_simple3.zip");
    for (name, packed) in bodies.iter().filter(|(name, _)| name.contains("000")).take(4) {
        let mut body = Vec::new();
        std::io::copy(&mut flate2::read::GzDecoder::new(packed.as_slice()), &mut body).unwrap();
        let whole = read(body.clone());
        let records = whole.sources[0].records();
        assert!(records > 0 && whole.diagnostics.is_empty(), "{name}");
        for end in (0..body.len()).step_by(61) {
            let opened = read(&body[..end]);
            assert!(opened.sources[0].records() <= records, "{name} {end}");
        }
        for end in (10..packed.len()).step_by(101) {
            let opened = read(&packed[..end]);
            assert!(codes(&opened).contains(&"damaged"), "{name} {end}");
            assert!(opened.sources[0].records() <= records, "{name} {end}");
        }
    }
}

#[test]
fn a_folder_is_the_same_as_its_archive() {
    let folder = TempDir::new("folder");
    for (name, bytes) in members("livekit/tools.zip") {
        folder.file(&name, &bytes);
    }
    folder.file("__MACOSX/._x", b"junk");
    folder.file("again/call.zip", &std::fs::read(fixture("livekit/simple3.zip")).unwrap());
    let opened = open(&[folder.path().to_path_buf().into()], &OpenOptions::default());
    let both = [fixture("livekit/simple3.zip").into(), fixture("livekit/tools.zip").into()];
    let apart = open(&both, &OpenOptions::default());
    assert_eq!(opened.diagnostics, []);
    assert_eq!(opened.store.spans().len(), apart.store.spans().len());
    assert_eq!(opened.store.logs().len(), apart.store.logs().len());
    assert!(skipped(&opened).contains(&("__MACOSX", "left by macOS")));
    assert!(names(&opened).is_sorted());
    assert!(names(&opened).iter().any(|name| name.starts_with("again/call.zip!/")));
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let folder = TempDir::new("twice");
    let file = folder.file("traces.json", &spans(1..3));
    let inputs = [file.clone().into(), file.into(), folder.path().to_path_buf().into()];
    let opened = open(&inputs, &OpenOptions::default());
    let records: Vec<usize> = opened.sources.iter().map(|source| source.records()).collect();
    assert_eq!(records, [2, 0, 0]);
    assert!(opened.sources[1].skipped[0].reason.starts_with("read already as"));
    assert!(!opened.is_unreadable());
}
