//! One event changes the state: which handler it goes to.

use super::state::{Call, Moment, Notice, Totals};
use crate::realtime::event::{Body, Event, TimeSource};
use crate::realtime::info::SessionInfo;
use crate::wire::realtime::Direction;
use hashbrown::HashMap;
use std::collections::{BTreeMap, VecDeque};

impl Call {
    /// A session that begins with this event.
    pub(in crate::realtime) fn new(
        id: String,
        event: &Event,
        tag: Option<String>,
        track_deltas: bool,
    ) -> Self {
        let at = Moment::of(event);
        Self {
            id,
            named: false,
            fixed: false,
            tag,
            info: SessionInfo::default(),
            conversation: None,
            first: at,
            last: at,
            first_index: event.index,
            last_index: event.index,
            created: false,
            closed: false,
            updates: 0,
            playback_events: false,
            beta: false,
            agent: None,
            rate_limits: Vec::new(),
            notices: Vec::new(),
            notices_dropped: 0,
            lists: Vec::new(),
            totals: Totals::default(),
            worst_source: TimeSource::Recorded,
            audio_origin: None,
            turns: BTreeMap::new(),
            responses: HashMap::new(),
            exchanges: VecDeque::new(),
            items: HashMap::new(),
            response_at: HashMap::new(),
            call_at: HashMap::new(),
            early_outputs: VecDeque::new(),
            pending: VecDeque::new(),
            requests: VecDeque::new(),
            approvals: HashMap::new(),
            loose: Vec::new(),
            next_turn: 0,
            next_exchange: 0,
            next_response: 0,
            last_response: None,
            limited: None,
            left_open: (false, false),
            last_speech: None,
            translation: (String::new(), String::new()),
            numbered: 0,
            idle_items: VecDeque::new(),
            aside: VecDeque::new(),
            unlogged: Vec::new(),
            handoff_call: None,
            track_deltas,
        }
    }

    /// Takes one event; false when it matches nothing that is known.
    pub(in crate::realtime) fn apply(&mut self, event: Event) -> bool {
        let repeat = u64::from(event.repeat);
        let at = Moment::of(&event);
        if at.time > self.last.time {
            self.last = at;
        }
        if at.time < self.first.time {
            self.first = at;
        }
        self.first_index = self.first_index.min(event.index);
        self.last_index = self.last_index.max(event.index);
        self.worst_source = self.worst_source.max(at.source);
        match event.direction {
            Direction::Client => self.totals.client_events += repeat,
            Direction::Server => self.totals.server_events += repeat,
        }
        match event.body {
            Body::SessionCreated(info) => self.configure(*info, at, true),
            Body::SessionUpdated(info) => self.configure(*info, at, false),
            Body::SessionUpdate(info) => self.configure_by_client(*info, at),
            Body::SessionClosed => self.closed = true,
            Body::Conversation(id) => self.converses(&id),
            Body::SpeechStarted { item, audio_ms } => self.speech_started(&item, audio_ms, at),
            Body::SpeechStopped { item, audio_ms } => self.speech_stopped(&item, audio_ms, at),
            Body::Committed { item, .. } => return self.committed(&item, at),
            Body::IdleTimeout { item } => self.idle_timeout(&item, at),
            Body::Dtmf { digit } => self.notice(at, Notice::Dtmf(digit)),
            Body::Item { phase, item, .. } => return self.item(phase, &item, at),
            Body::ItemDeleted(id) => return self.deleted(&id, at),
            Body::Truncated { item, audio_end_ms } => {
                return self.truncated(&item, audio_end_ms, at);
            }
            Body::TranscriptionDelta { item, text } => {
                return self.transcription_delta(&item, &text);
            }
            Body::Transcription { item, text, usage } => {
                return self.transcription(&item, &text, *usage, at);
            }
            Body::TranscriptionFailed { item, error } => {
                return self.transcription_failed(&item, *error, at);
            }
            Body::Segment { item, text } => return self.segment(&item, &text),
            Body::ResponseCreated(info) => return self.response_created(*info, at),
            Body::ResponseDone(info) => return self.response_done(*info, at),
            Body::ResponseRequest(info) => self.response_request(*info, at),
            Body::ResponseCancel { response } => self.response_cancel(response.as_ref()),
            Body::RateLimits(limits) => {
                self.limits(limits, at);
            }
            Body::Playback { response, state } => {
                return self.playback(response.as_ref(), state, at);
            }
            Body::Error(fault) => {
                self.totals.errors += 1;
                self.notice(at, Notice::Error(*fault));
            }
            Body::McpListTools { item, progress } => {
                self.list_tools(&item, at, |list| list.progress = Some(progress));
            }
            Body::McpCall { item, progress, error } => {
                return self.mcp_progress(&item, progress, error.map(|e| *e), at);
            }
            Body::Append { bytes } => self.totals.input_audio_bytes += bytes.unwrap_or_default(),
            Body::TruncateRequest { .. } | Body::Noted => {}
            Body::Translation { output, text, .. } => self.translated(output, text.as_deref()),
            Body::Unknown => return false,
            content => return self.content(content, repeat, at),
        }
        true
    }

    /// Content of a response. Any of it opens a response that is not known yet.
    fn content(&mut self, body: Body, repeat: u64, at: Moment) -> bool {
        let number = match &body {
            Body::Output { response, .. }
            | Body::ContentPart { response, .. }
            | Body::AudioDelta { response, .. }
            | Body::TextDelta { response, .. }
            | Body::TextDone { response, .. }
            | Body::AudioDone { response, .. }
            | Body::ArgumentsDelta { response, .. }
            | Body::ArgumentsDone { response, .. } => self.response(response, at),
            _ => return false,
        };
        match body {
            Body::Output { index, item, done, .. } => {
                self.output_item(number, index, &item, done, at);
            }
            Body::ContentPart { item, content, part, .. } => {
                self.content_part(number, &item, content, &part);
            }
            Body::AudioDelta { item, bytes, .. } => {
                self.audio_delta(number, &item, bytes, repeat, at);
            }
            Body::TextDelta { item, content, spoken, text, .. } => {
                self.text_delta(number, &item, content, spoken, &text, at);
            }
            Body::TextDone { item, content, spoken, text, .. } => {
                self.text_done(number, &item, content, spoken, &text);
            }
            Body::ArgumentsDelta { mcp: false, .. } => {
                self.first_output(number, "arguments_delta", 0, at)
            }
            Body::ArgumentsDone { item, call, mcp, .. } => {
                self.open_tool(number, &item, &call, mcp, at);
            }
            _ => {}
        }
        self.touch_response(number, at);
        true
    }
}
