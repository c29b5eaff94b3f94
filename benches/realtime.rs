//! Realtime event logs through the correlator: CPU time and peak memory.
//!
//! `cargo bench --bench realtime` correlates 1 000 000 events of a log that is
//! mostly audio deltas and as many of one that is mostly text; another number
//! may be given after `--`, and the name of one log. The logs are the same for the same number. They lie
//! in the folder for temporary files while they are read, so that the memory
//! that is told is the correlator's.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]

mod support;

use agentobs::realtime::{CorrelatorOptions, correlate};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use support::cpu;

fn main() {
    let mut numbers = std::env::args().filter_map(|arg| arg.parse::<u64>().ok());
    let events = numbers.next().unwrap_or(1_000_000);
    let name = |arg: &String| !arg.starts_with('-') && arg.parse::<u64>().is_err();
    let picked = std::env::args().skip(1).find(name);
    for (name, content) in [
        ("audio", Content::Audio),
        ("text", Content::Text),
        ("unanswered", Content::Unanswered),
        ("connections", Content::Connections),
        ("endless", Content::Endless),
        ("aside", Content::Aside),
    ] {
        if picked.as_deref().is_some_and(|picked| picked != name) {
            continue;
        }
        let path =
            std::env::temp_dir().join(format!("agentobs-bench-{}-{name}", std::process::id()));
        let bytes = generate(&path, events, content);
        measure(name, &path, bytes);
        std::fs::remove_file(&path).unwrap();
    }
}

/// What a log is full of. The last four are nobody's calls: they show that no
/// log makes the memory grow.
#[derive(Clone, Copy, PartialEq)]
enum Content {
    /// Audio deltas, as over a WebSocket.
    Audio,
    /// Text deltas, as over WebRTC.
    Text,
    /// Utterances that nothing answers.
    Unanswered,
    /// A new connection with every event.
    Connections,
    /// One response that never ends.
    Endless,
    /// Responses out of band that never end.
    Aside,
}

fn measure(name: &str, path: &Path, bytes: u64) {
    let mut file = File::open(path).unwrap();
    let options = CorrelatorOptions::default();
    let (mut batches, mut largest) = (0u64, 0usize);
    let start = cpu();
    let outcome = correlate(&mut file, &options, &mut |batch| {
        batches += 1;
        largest = largest.max(batch.weight());
    });
    let spent = (cpu() - start).as_secs_f64().max(0.01);
    let read = outcome.account.read();
    println!(
        "{name}: {read} events, {:.0} MB in {spent:.2} s CPU: {:.0} events/s, {:.0} MB/s",
        bytes as f64 / 1e6,
        read as f64 / spent,
        bytes as f64 / 1e6 / spent
    );
    println!(
        "  {} sessions, {} spans, {} log records, {} points in {batches} batches of up to {largest} bytes; {} unmatched",
        outcome.sessions,
        outcome.spans,
        outcome.logs,
        outcome.points,
        read - outcome.account.consumed()
    );
    println!("  peak memory so far {} kB", peak_kb());
}

fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// A generator of numbers that is the same everywhere (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A log that grows: one event a line, with the recorder's time.
struct Log {
    out: BufWriter<File>,
    random: Random,
    line: String,
    events: u64,
    bytes: u64,
    time_us: u64,
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Alphabet of the service's ids, whose first five letters are a time.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Log {
    fn id(&mut self, prefix: &str) -> String {
        let mut second = self.time_us / 1_000_000 - 1_576_800_000;
        let mut time = [0u8; 5];
        for place in time.iter_mut().rev() {
            *place = *DIGITS.get((second % 62) as usize).unwrap();
            second /= 62;
        }
        let mut id = format!("{prefix}_{}", std::str::from_utf8(&time).unwrap());
        for _ in 0..16 {
            id.push(char::from(*DIGITS.get(self.random.below(62) as usize).unwrap()));
        }
        id
    }

    fn event(&mut self, after_us: u64, kind: &str, members: &str) {
        self.time_us += after_us;
        let id = self.id("event");
        self.line.clear();
        let (seconds, rest) = (self.time_us / 1_000_000, self.time_us % 1_000_000);
        writeln!(
            self.line,
            r#"{{"t":{seconds}.{rest:06},"event":{{"type":"{kind}","event_id":"{id}",{members}}}}}"#
        )
        .unwrap();
        self.bytes += self.line.len() as u64;
        self.events += 1;
        self.out.write_all(self.line.as_bytes()).unwrap();
    }

    fn audio(&mut self, bytes: usize) -> String {
        (0..bytes)
            .map(|_| char::from(*LETTERS.get(self.random.below(64) as usize).unwrap()))
            .collect()
    }
}

/// Writes a log of at least `events` events; returns its length.
fn generate(path: &PathBuf, events: u64, content: Content) -> u64 {
    let mut log = Log {
        out: BufWriter::new(File::create(path).unwrap()),
        random: Random(7),
        line: String::new(),
        events: 0,
        bytes: 0,
        time_us: 1_795_240_758_000_000,
    };
    while log.events < events {
        let (session, conversation) = (log.id("sess"), log.id("conv"));
        log.event(
            1_000_000,
            "session.created",
            &format!(r#""session":{{"id":"{session}","type":"realtime","model":"gpt-realtime"}}"#),
        );
        match content {
            Content::Audio | Content::Text => {
                for _ in 0..4 + log.random.below(9) {
                    exchange(&mut log, &conversation, content == Content::Audio);
                }
            }
            _ => odd(&mut log, events, content),
        }
    }
    log.out.flush().unwrap();
    log.bytes
}

/// Fills a log with one kind of event.
fn odd(log: &mut Log, events: u64, content: Content) {
    let (response, item) = (log.id("resp"), log.id("item"));
    while log.events < events {
        let id = log.id("item");
        match content {
            Content::Connections => {
                let tag = log.random.next();
                log.event(
                    1000,
                    "input_audio_buffer.committed",
                    &format!(r#""item_id":"{id}"}},"conn":"{tag:x}","more":{{"a":1"#),
                );
            }
            Content::Endless => {
                let members = format!(
                    r#""response_id":"{response}","item_id":"{item}","content_index":0,"delta":" and so on""#
                );
                log.event(1000, "response.output_audio_transcript.delta", &members);
            }
            Content::Aside => {
                let response = log.id("resp");
                let members = format!(r#""response":{{"id":"{response}","conversation_id":null}}"#);
                log.event(1000, "response.created", &members);
            }
            _ => log.event(1000, "input_audio_buffer.committed", &format!(r#""item_id":"{id}""#)),
        }
    }
}

fn exchange(log: &mut Log, conversation: &str, audio: bool) {
    let item = log.id("item");
    let at = log.time_us / 1000 % 10_000_000;
    log.event(
        900_000,
        "input_audio_buffer.speech_started",
        &format!(r#""audio_start_ms":{at},"item_id":"{item}""#),
    );
    log.event(
        1_800_000,
        "input_audio_buffer.speech_stopped",
        &format!(r#""audio_end_ms":{},"item_id":"{item}""#, at + 1800),
    );
    log.event(
        2_000,
        "input_audio_buffer.committed",
        &format!(r#""item_id":"{item}","previous_item_id":null"#),
    );
    log.event(
        300_000,
        "conversation.item.input_audio_transcription.completed",
        &format!(
            r#""item_id":"{item}","content_index":0,"transcript":"please book a table for two""#
        ),
    );
    let tool = log.random.below(4) == 0;
    if tool {
        let response = begin(log, conversation);
        let (call, out) = (format!("call_{:016x}", log.random.next()), log.id("item"));
        let of = format!(
            r#""response_id":"{response}","item_id":"{out}","output_index":0,"call_id":"{call}""#
        );
        log.event(200_000, "response.output_item.added", &format!(r#""response_id":"{response}","output_index":0,"item":{{"id":"{out}","type":"function_call","name":"lookup","call_id":"{call}"}}"#));
        for _ in 0..2 + log.random.below(5) {
            log.event(
                20_000,
                "response.function_call_arguments.delta",
                &format!(r#"{of},"delta":"{{\"q\":\"""#),
            );
        }
        log.event(
            20_000,
            "response.function_call_arguments.done",
            &format!(r#"{of},"name":"lookup","arguments":"{{\"q\":\"x\"}}""#),
        );
        end(log, conversation, &response);
        let output = log.id("item");
        log.event(500_000, "conversation.item.added", &format!(r#""previous_item_id":"{out}","item":{{"id":"{output}","type":"function_call_output","call_id":"{call}","output":"{{\"free\":[\"19:00\",\"20:30\"]}}"}}"#));
    }
    let response = begin(log, conversation);
    let out = log.id("item");
    let of = format!(
        r#""response_id":"{response}","item_id":"{out}","output_index":0,"content_index":0"#
    );
    log.event(200_000, "response.output_item.added", &format!(r#""response_id":"{response}","output_index":0,"item":{{"id":"{out}","type":"message","role":"assistant"}}"#));
    for n in 0..20 + log.random.below(60) {
        if n % 3 == 0 || !audio {
            log.event(
                30_000,
                "response.output_audio_transcript.delta",
                &format!(r#"{of},"delta":" sure, \"gladly\"""#),
            );
        } else {
            let delta = log.audio(536);
            log.event(30_000, "response.output_audio.delta", &format!(r#"{of},"delta":"{delta}""#));
        }
    }
    log.event(
        10_000,
        "response.output_audio_transcript.done",
        &format!(r#"{of},"transcript":"sure, gladly: a table for two at seven""#),
    );
    end(log, conversation, &response);
}

fn begin(log: &mut Log, conversation: &str) -> String {
    let response = log.id("resp");
    log.event(10_000, "response.created", &format!(r#""response":{{"id":"{response}","status":"in_progress","conversation_id":"{conversation}","output_modalities":["audio"]}}"#));
    response
}

fn end(log: &mut Log, conversation: &str, response: &str) {
    let status = if log.random.below(10) == 0 { "cancelled" } else { "completed" };
    log.event(50_000, "response.done", &format!(r#""response":{{"id":"{response}","status":"{status}","conversation_id":"{conversation}","usage":{{"total_tokens":300,"input_tokens":200,"output_tokens":100,"input_token_details":{{"text_tokens":150,"audio_tokens":50,"cached_tokens":64}},"output_token_details":{{"text_tokens":30,"audio_tokens":70}}}}}}"#));
}
