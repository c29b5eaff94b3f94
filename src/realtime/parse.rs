//! From raw events to [`Event`]s. Deltas are read from their members where
//! they stand; only rare events are parsed as a whole.

use super::audio::measure;
use super::event::{Body, ItemPhase, Playback, Progress, RateLimit, TranscriptionUsage};
use super::id::{Id, second_of};
use super::info::{Fault, Item, Part, ResponseInfo, SessionInfo};
use super::tokens::Tokens;
use crate::wire::realtime::{Field, Fields, Json, Kind, Members};

/// An event's content and what its ids say.
#[derive(Debug)]
pub(super) struct Parsed {
    pub body: Body,
    /// What tells a repeated record: a hash of the event id, of an id that is not
    /// of the service's form with the whole event; 0 where there is none.
    pub fingerprint: u64,
    /// The second that its ids carry.
    pub second: Option<u64>,
}

/// Reads an event, by its members where they are known; `Err` when its JSON is
/// damaged inside.
pub(super) fn parse(
    kind: &str,
    json: &[u8],
    members: Option<Members<'_>>,
) -> Result<Parsed, serde_json::Error> {
    if kind.ends_with(".delta") || kind.ends_with("buffer.append") {
        let delta = match members {
            Some(members) => Delta::read(members.iter()),
            None => Delta::read(Fields::new(json)),
        };
        if let Some(body) = delta.body(kind) {
            let second = delta.event_id.and_then(second_of);
            return Ok(Parsed {
                body,
                fingerprint: delta.event_id.map_or(0, |id| fingerprint(id, second, json)),
                second,
            });
        }
    }
    let event = Json::parse(json)?;
    let event_id = event.get("event_id").word().map(str::as_bytes);
    let second = event_id.and_then(second_of);
    Ok(Parsed {
        body: body(kind, &event).unwrap_or(Body::Unknown),
        fingerprint: event_id.map_or(0, |id| fingerprint(id, second, json)),
        second,
    })
}

/// A cheap hash for finding repeated records. Ids of the service's own form
/// are unique; others (`event_1`) may stand for many events.
fn fingerprint(event_id: &[u8], second: Option<u64>, json: &[u8]) -> u64 {
    let bytes = if second.is_some() { event_id } else { json };
    // Four sums side by side: each step of one would wait for the step before.
    let (mut a, mut b, mut c, mut d) = (SEED, SEED ^ 1, SEED ^ 2, SEED ^ 3);
    let (words, rest) = bytes.as_chunks::<8>();
    let (blocks, last) = words.as_chunks::<4>();
    for [first, second, third, fourth] in blocks {
        a = mixed(a, u64::from_le_bytes(*first));
        b = mixed(b, u64::from_le_bytes(*second));
        c = mixed(c, u64::from_le_bytes(*third));
        d = mixed(d, u64::from_le_bytes(*fourth));
    }
    let mut state = bytes.len() as u64;
    for word in last {
        state = mixed(state, u64::from_le_bytes(*word));
    }
    state = mixed(state, rest.iter().fold(0, |word, b| (word << 8) | u64::from(*b)));
    [a, b, c, d].into_iter().fold(state, mixed).max(1)
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

#[inline]
fn mixed(state: u64, word: u64) -> u64 {
    (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// Members of a delta event as they stand.
#[derive(Default)]
struct Delta<'a> {
    event_id: Option<&'a [u8]>,
    response: Option<&'a [u8]>,
    item: Option<&'a [u8]>,
    content: Option<f64>,
    delta: Option<Field<'a>>,
}

fn id(raw: Option<&[u8]>) -> Option<Id> {
    let text = std::str::from_utf8(raw?).ok()?;
    (!text.is_empty() && !text.contains('\\')).then(|| Id::new(text))
}

impl<'a> Delta<'a> {
    fn read(fields: impl Iterator<Item = Field<'a>>) -> Self {
        let mut delta = Self::default();
        for field in fields {
            let text = (field.kind == Kind::String).then_some(field.raw);
            match field.key {
                b"event_id" => delta.event_id = text,
                b"response_id" => delta.response = text,
                b"item_id" => delta.item = text,
                b"content_index" => delta.content = field.number(),
                b"delta" | b"audio" => delta.delta = Some(field),
                _ => {}
            }
        }
        delta
    }

    fn text(&self) -> Option<Box<str>> {
        Some(self.delta?.text()?.into())
    }

    fn bytes(&self) -> Option<u64> {
        self.delta.filter(|f| f.kind == Kind::String).and_then(|f| measure(f.raw))
    }

    fn body(&self, kind: &str) -> Option<Body> {
        let (response, item) = (id(self.response), id(self.item));
        let content = self.content.unwrap_or(0.0) as u32;
        let text = |spoken| {
            Some(Body::TextDelta {
                response: id(self.response)?,
                item: id(self.item)?,
                content,
                spoken,
                text: self.text()?,
            })
        };
        match kind {
            "response.output_audio.delta" | "response.audio.delta" => {
                Some(Body::AudioDelta { response: response?, item: item?, bytes: self.bytes() })
            }
            "response.output_audio_transcript.delta" | "response.audio_transcript.delta" => {
                text(true)
            }
            "response.output_text.delta" | "response.text.delta" => text(false),
            "response.function_call_arguments.delta" | "response.mcp_call_arguments.delta" => {
                Some(Body::ArgumentsDelta { response: response?, mcp: kind.contains("mcp") })
            }
            "conversation.item.input_audio_transcription.delta" => Some(Body::TranscriptionDelta {
                item: item?,
                text: self.text().unwrap_or_default(),
            }),
            "session.output_audio.delta" => Some(Body::Translation { output: true, text: None }),
            "session.output_transcript.delta" => {
                Some(Body::Translation { output: true, text: Some(self.text()?) })
            }
            "session.input_transcript.delta" => {
                Some(Body::Translation { output: false, text: Some(self.text()?) })
            }
            "input_audio_buffer.append" | "session.input_audio_buffer.append" => {
                Some(Body::Append { bytes: self.bytes() })
            }
            _ => None,
        }
    }
}

/// `None` when a field that the type must have is missing.
fn body(kind: &str, event: &Json<'_>) -> Option<Body> {
    let id = |key: &str| event.get(key).word().map(Id::new);
    let boxed = |key: &str| -> Box<str> { event.get(key).str().unwrap_or_default().into() };
    let session = || Box::new(SessionInfo::read(event.get("session")));
    let transcription = || Box::new(SessionInfo::read(event.get("session")).of_transcription());
    let response = || Box::new(ResponseInfo::read(event.get("response")));
    Some(match kind {
        "session.created" => Body::SessionCreated(session()),
        "session.updated" => Body::SessionUpdated(session()),
        "session.update" => Body::SessionUpdate(session()),
        "transcription_session.created" => Body::SessionCreated(transcription()),
        "transcription_session.updated" => Body::SessionUpdated(transcription()),
        "transcription_session.update" => Body::SessionUpdate(transcription()),
        "session.closed" => Body::SessionClosed,
        "conversation.created" => {
            Body::Conversation(Id::new(event.get("conversation").get("id").word()?))
        }
        "input_audio_buffer.speech_started" => Body::SpeechStarted {
            item: id("item_id")?,
            audio_ms: event.get("audio_start_ms").f64(),
        },
        "input_audio_buffer.speech_stopped" => {
            Body::SpeechStopped { item: id("item_id")?, audio_ms: event.get("audio_end_ms").f64() }
        }
        "input_audio_buffer.committed" => {
            Body::Committed { item: id("item_id")?, previous: id("previous_item_id") }
        }
        "input_audio_buffer.timeout_triggered" => Body::IdleTimeout { item: id("item_id")? },
        "input_audio_buffer.dtmf_event_received" => {
            Body::Dtmf { digit: event.get("event").str().unwrap_or_default().to_owned() }
        }
        "conversation.item.added" | "conversation.item.created" => item(event, ItemPhase::Added)?,
        "conversation.item.done" => item(event, ItemPhase::Done)?,
        "conversation.item.retrieved" => item(event, ItemPhase::Retrieved)?,
        "conversation.item.create" => item(event, ItemPhase::Requested)?,
        "conversation.item.deleted" => Body::ItemDeleted(id("item_id")?),
        "conversation.item.truncated" => {
            Body::Truncated { item: id("item_id")?, audio_end_ms: event.get("audio_end_ms").f64() }
        }
        "conversation.item.truncate" => Body::TruncateRequest { item: id("item_id")? },
        "conversation.item.input_audio_transcription.completed" => Body::Transcription {
            item: id("item_id")?,
            text: boxed("transcript"),
            usage: Box::new(TranscriptionUsage {
                tokens: Tokens::read(event.get("usage")),
                seconds: event.get("usage").get("seconds").f64(),
            }),
        },
        "conversation.item.input_audio_transcription.failed" => Body::TranscriptionFailed {
            item: id("item_id")?,
            error: Box::new(Fault::read(event.get("error")).unwrap_or_default()),
        },
        "conversation.item.input_audio_transcription.segment" => {
            Body::Segment { item: id("item_id")?, text: boxed("text") }
        }
        "response.created" => Body::ResponseCreated(response()),
        "response.done" => Body::ResponseDone(response()),
        "response.create" => Body::ResponseRequest(response()),
        "response.cancel" => Body::ResponseCancel { response: id("response_id") },
        "rate_limits.updated" => Body::RateLimits(rate_limits(event)),
        "error" => Body::Error(Box::new(Fault::read(event.get("error"))?)),
        _ if kind.starts_with("output_audio_buffer.") => return playback(kind, id("response_id")),
        _ if kind.starts_with("response.") => return of_response(kind, event),
        _ if kind.starts_with("mcp_list_tools.") => {
            Body::McpListTools { item: id("item_id")?, progress: progress(kind)? }
        }
        "input_audio_buffer.cleared"
        | "input_audio_buffer.clear"
        | "input_audio_buffer.commit"
        | "conversation.item.delete"
        | "conversation.item.retrieve"
        | "session.close" => Body::Noted,
        _ => return None,
    })
}

fn item(event: &Json<'_>, phase: ItemPhase) -> Option<Body> {
    let item = event.get("item");
    if item.members().is_empty() {
        return None;
    }
    Some(Body::Item {
        phase,
        item: Box::new(Item::read(item)),
        previous: event.get("previous_item_id").word().map(Id::new),
    })
}

fn playback(kind: &str, response: Option<Id>) -> Option<Body> {
    let state = match kind {
        "output_audio_buffer.started" | "output_audio_buffer.audio_started" => Playback::Started,
        "output_audio_buffer.stopped" | "output_audio_buffer.audio_stopped" => Playback::Stopped,
        "output_audio_buffer.cleared" | "output_audio_buffer.audio_cleared" => Playback::Cleared,
        "output_audio_buffer.clear" => return Some(Body::Noted),
        _ => return None,
    };
    Some(Body::Playback { response, state })
}

fn progress(kind: &str) -> Option<Progress> {
    match kind.rsplit_once('.')?.1 {
        "in_progress" => Some(Progress::Begun),
        "completed" => Some(Progress::Completed),
        "failed" => Some(Progress::Failed),
        _ => None,
    }
}

/// Events inside a response.
fn of_response(kind: &str, event: &Json<'_>) -> Option<Body> {
    let item_id = || event.get("item_id").word().map(Id::new);
    if kind.starts_with("response.mcp_call.") {
        let error = Fault::read(event.get("error")).map(Box::new);
        return Some(Body::McpCall { item: item_id()?, progress: progress(kind)?, error });
    }
    let response = Id::new(event.get("response_id").word()?);
    let content = event.get("content_index").u64().unwrap_or(0) as u32;
    let done = |spoken: bool, key: &str| {
        Some(Body::TextDone {
            response: response.clone(),
            item: item_id()?,
            content,
            spoken,
            text: event.get(key).str()?.into(),
        })
    };
    Some(match kind {
        "response.output_item.added" | "response.output_item.done" => Body::Output {
            index: event.get("output_index").u64().unwrap_or(0) as u32,
            item: Box::new(Item::read(event.get("item"))),
            done: kind.ends_with("done"),
            response,
        },
        "response.content_part.added" | "response.content_part.done" => Body::ContentPart {
            item: item_id()?,
            content,
            part: Box::new(Part::read(event.get("part"))),
            response,
        },
        "response.output_text.done" | "response.text.done" => return done(false, "text"),
        "response.output_audio_transcript.done" | "response.audio_transcript.done" => {
            return done(true, "transcript");
        }
        "response.output_audio.done" | "response.audio.done" => Body::AudioDone { response },
        "response.function_call_arguments.done" | "response.mcp_call_arguments.done" => {
            let mut call = Item::read(event);
            call.id = event.get("item_id").word().map(str::to_owned);
            Body::ArgumentsDone {
                item: item_id()?,
                call: Box::new(call),
                mcp: kind.contains("mcp"),
                response,
            }
        }
        _ => return None,
    })
}

fn rate_limits(event: &Json<'_>) -> Box<[RateLimit]> {
    event
        .get("rate_limits")
        .items()
        .iter()
        .map(|limit| RateLimit {
            name: limit.get("name").str().unwrap_or_default().to_owned(),
            limit: limit.get("limit").f64(),
            remaining: limit.get("remaining").f64(),
            reset_seconds: limit.get("reset_seconds").f64(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Body, parse};

    #[test]
    fn audio_is_measured_where_it_stands() {
        let json = br#"{"type":"response.output_audio.delta","event_id":"event_EmYQ2PzSfldfAd0rX432C","response_id":"resp_1","item_id":"item_1","delta":"AAAAAAAA"}"#;
        let parsed = parse("response.output_audio.delta", json, None).unwrap();
        assert_eq!(parsed.second, Some(1_795_240_758));
        assert!(matches!(parsed.body, Body::AudioDelta { bytes: Some(6), .. }));
    }

    #[test]
    fn odd_fields_are_missing_fields() {
        let odd = parse("input_audio_buffer.committed", br#"{"item_id":7}"#, None).unwrap();
        assert!(matches!(odd.body, Body::Unknown));
        let text = br#"{"response":{"id":"r","usage":"none","output":{}}}"#;
        let rest = parse("response.done", text, None);
        assert!(matches!(rest.unwrap().body, Body::ResponseDone(info) if info.usage.is_none()));
        assert!(parse("response.done", br#"{"response":{"id":nope}}"#, None).is_err());
    }
}
