//! Recordings: what their headers say. Samples are not decoded here.
//!
//! Ogg pages: RFC 3533; Opus in Ogg: RFC 7845 (48 kHz granules, pre-skip);
//! RIFF/WAVE: the `fmt ` and `data` chunks; FLAC: RFC 9639, STREAMINFO.

use super::chunks::Chunks;
use super::decode::Job;
use super::report::{Found, PartKind, PartReport};
use crate::model::{Batch, StrId, ValueRow, Values};

/// Whether bytes begin like a recording.
pub(super) fn recognise(head: &[u8]) -> bool {
    head.starts_with(b"OggS")
        || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE"))
        || head.starts_with(b"fLaC")
        || head.starts_with(b"ID3")
}

#[derive(Default)]
struct Facts {
    codec: Option<&'static str>,
    sample_rate: Option<u32>,
    channels: Option<u32>,
    duration_ms: Option<f64>,
}

/// Reads a recording's facts into a document of format `audio`.
pub(super) fn decode(
    chunks: &mut Chunks<'_>,
    job: &Job<'_>,
    sink: &mut dyn FnMut(Batch),
    report: &mut PartReport,
) {
    let head = chunks.peek().map(<[u8]>::to_vec).unwrap_or_default();
    let mut tail: Vec<u8> = Vec::new();
    let mut bytes = 0u64;
    chunks.for_each(|piece| {
        bytes += piece.len() as u64;
        tail.extend_from_slice(piece);
        let keep = tail.len().saturating_sub(TAIL_BYTES);
        tail.drain(..keep);
    });
    let facts = match head.get(..4) {
        Some(b"OggS") => ogg(&head, &tail),
        Some(b"RIFF") => wav(&head, bytes),
        Some(b"fLaC") => flac(&head),
        _ => Facts { codec: Some("mp3"), ..Facts::default() },
    };
    let mut batch = Batch::new();
    let mut rows: Vec<(StrId, ValueRow)> = Vec::new();
    let mut set = |batch: &mut Batch, key: &str, value: Option<ValueRow>| {
        if let Some(value) = value {
            rows.push((batch.text(key), value));
        }
    };
    let codec = facts.codec.map(|codec| batch.str_value(codec));
    set(&mut batch, "codec", codec);
    set(&mut batch, "sample_rate", facts.sample_rate.map(|n| Values::int(i64::from(n))));
    set(&mut batch, "channels", facts.channels.map(|n| Values::int(i64::from(n))));
    set(&mut batch, "duration_ms", facts.duration_ms.map(Values::double));
    set(&mut batch, "bytes", Some(Values::int(bytes as i64)));
    batch.add_document("audio", &rows, job.part);
    report.add(Found { kind: PartKind::Audio, format: facts.codec.unwrap_or("ogg"), records: 1 });
    sink(batch);
}

/// An Ogg page is at most 65 307 bytes, so the last ones begin in this many.
const TAIL_BYTES: usize = 4 * 65_307;

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Opus always plays at 48 kHz; the rate in its head is the input's, kept here
/// only where the codec is not Opus.
fn ogg(head: &[u8], tail: &[u8]) -> Facts {
    const OPUS_RATE: u32 = 48_000;
    if let Some(at) = memchr::memmem::find(head, b"OpusHead") {
        let pre_skip = le16(head, at + 10).unwrap_or(0);
        let samples = last_granule(tail).map(|end| end.saturating_sub(u64::from(pre_skip)));
        return Facts {
            codec: Some("opus"),
            sample_rate: Some(OPUS_RATE),
            channels: head.get(at + 9).map(|n| u32::from(*n)),
            duration_ms: samples.map(|n| n as f64 * 1e3 / f64::from(OPUS_RATE)),
        };
    }
    if let Some(at) = memchr::memmem::find(head, b"\x01vorbis") {
        let sample_rate = le32(head, at + 12).filter(|rate| *rate > 0);
        let duration_ms =
            sample_rate.and_then(|rate| Some(last_granule(tail)? as f64 * 1e3 / f64::from(rate)));
        let channels = head.get(at + 11).map(|n| u32::from(*n));
        return Facts { codec: Some("vorbis"), sample_rate, channels, duration_ms };
    }
    Facts::default()
}

/// Position of the last sample: that of the last page on which a packet ends.
fn last_granule(tail: &[u8]) -> Option<u64> {
    memchr::memmem::rfind_iter(tail, b"OggS").find_map(|at| {
        // Version 0 follows the magic; all ones say that no packet ends here.
        let page = tail.get(at + 4..at + 14)?;
        let (version, position) = (page.first()?, page.get(2..10)?);
        let granule = u64::from_le_bytes(position.try_into().ok()?);
        (*version == 0 && granule != u64::MAX).then_some(granule)
    })
}

fn wav(head: &[u8], bytes: u64) -> Facts {
    let Some(format) = memchr::memmem::find(head, b"fmt ") else { return Facts::default() };
    let codec = match le16(head, format + 8) {
        Some(1 | 0xfffe) => Some("pcm"),
        Some(3) => Some("pcm-float"),
        Some(6) => Some("alaw"),
        Some(7) => Some("mulaw"),
        _ => None,
    };
    let bytes_a_second = le32(head, format + 16).filter(|rate| *rate > 0);
    let data = memchr::memmem::find(head, b"data").map(|at| (at as u64 + 8, le32(head, at + 4)));
    let length = data.map(|(start, size)| {
        // Streaming writers leave the size open.
        let there = bytes.saturating_sub(start);
        size.filter(|size| *size > 0).map_or(there, |size| u64::from(size).min(there))
    });
    Facts {
        codec,
        sample_rate: le32(head, format + 12),
        channels: le16(head, format + 10),
        duration_ms: length
            .and_then(|length| Some(length as f64 * 1e3 / f64::from(bytes_a_second?))),
    }
}

fn flac(head: &[u8]) -> Facts {
    // STREAMINFO follows the magic and a 4-byte block header.
    let packed = head.get(18..26).and_then(|b| b.try_into().ok()).map(u64::from_be_bytes);
    let Some(packed) = packed else { return Facts { codec: Some("flac"), ..Facts::default() } };
    let sample_rate = (packed >> 44) as u32;
    let samples = packed & 0xf_ffff_ffff;
    Facts {
        codec: Some("flac"),
        sample_rate: (sample_rate > 0).then_some(sample_rate),
        channels: Some(((packed >> 41) & 7) as u32 + 1),
        duration_ms: (sample_rate > 0 && samples > 0)
            .then(|| samples as f64 * 1e3 / f64::from(sample_rate)),
    }
}

#[cfg(test)]
mod tests {
    use super::wav;

    #[test]
    fn a_second_of_pcm() {
        let mut head = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        head.extend(8000u32.to_le_bytes());
        head.extend(16000u32.to_le_bytes());
        head.extend(b"\x02\0\x10\0data");
        head.extend(16000u32.to_le_bytes());
        let facts = wav(&head, head.len() as u64 + 16000);
        assert_eq!(
            (facts.codec, facts.sample_rate, facts.channels),
            (Some("pcm"), Some(8000), Some(1))
        );
        assert_eq!(facts.duration_ms, Some(1000.0));
    }
}
