//! Log records: what was said, what failed, each in its own span.

use super::attrs::AttrList;
use super::meter::names;
use super::parts;
use super::response::Outcome;
use super::writer::{Note, Who, Writer};
use crate::realtime::call::{Call, Moment, Notice, Response, UserItem};
use crate::realtime::info::Fault;

impl Writer<'_> {
    /// What the user said.
    pub(super) fn user_logs(&mut self, who: &Who, span: u64, item: &UserItem) {
        let mut attrs = AttrList::default();
        attrs.str("agentobs.item.id", item.id.as_str());
        if let (Some(fault), Some(at)) = (&item.failure, item.transcribed) {
            parts::of_fault(&mut attrs, fault, self.content());
            let body = format!("transcription failed: {}", self.words_of(fault));
            let name = "agentobs.transcription.failed";
            self.log(who, Note { at, span, severity: 13, name, body, attrs });
            return;
        }
        let Some(said) = item.said() else { return };
        let at = item.transcribed.or(item.added).unwrap_or(item.first);
        let body = if self.content() { said.to_owned() } else { String::new() };
        self.log(who, Note { at, span, severity: 9, name: "gen_ai.user.message", body, attrs });
    }

    /// What an error says, as far as it may be told.
    fn words_of<'f>(&self, fault: &'f Fault) -> &'f str {
        fault.message.as_deref().filter(|_| self.content()).unwrap_or(fault.word())
    }

    /// What the agent said, how a response failed, its rate limits.
    pub(super) fn response_logs(
        &mut self,
        who: &Who,
        span: u64,
        response: &Response,
        outcome: &Outcome,
    ) {
        let mut attrs = AttrList::default();
        attrs.str("gen_ai.response.id", response.id.as_str());
        let at = response.ended();
        if let Some(text) = response.generated().filter(|_| !response.out_of_band) {
            let body = if self.content() { text } else { String::new() };
            let name = "gen_ai.assistant.message";
            self.log(who, Note { at, span, severity: 9, name, body, attrs: attrs.clone() });
        }
        if let Some((kind, text)) = &outcome.failed {
            let mut attrs = attrs.clone();
            attrs.str("error.type", kind);
            let name = "agentobs.response.failed";
            self.log(who, Note { at, span, severity: 17, name, body: text.clone(), attrs });
        }
        for (at, notice) in &response.notices {
            self.notice_log(who, span, *at, notice);
        }
    }

    /// Notices of the session whose log records are not written yet.
    pub(super) fn loose_notices(&mut self, who: &Who, call: &mut Call) {
        for (at, notice) in std::mem::take(&mut call.unlogged) {
            self.notice_log(who, who.root, at, &notice);
        }
    }

    fn notice_log(&mut self, who: &Who, span: u64, at: Moment, notice: &Notice) {
        if let Notice::Error(fault) | Notice::TranscriptionFailed(_, fault) = notice {
            self.measure(who, (span, at), names::ERRORS, &[("error.type", fault.word())], 1.0);
        }
        if let Notice::RateLimits(limits) = notice {
            for limit in limits {
                if let Some(remaining) = limit.remaining {
                    let labels = [("agentobs.rate_limit.name", limit.name.as_str())];
                    self.measure(who, (span, at), names::RATE_LIMIT, &labels, remaining);
                }
            }
        }
        let (severity, name, body) = match notice {
            Notice::RateLimits(_) => (9, "agentobs.rate_limits", "rate limits".to_owned()),
            Notice::Error(fault) => (17, "agentobs.error", self.words_of(fault).to_owned()),
            Notice::TranscriptionFailed(_, fault) => {
                let text = self.words_of(fault);
                (13, "agentobs.transcription.failed", format!("transcription failed: {text}"))
            }
            Notice::LooseOutput(..) => {
                (13, "gen_ai.tool.result", "tool output without its call".to_owned())
            }
            Notice::Dtmf(_) => (9, "agentobs.dtmf", "telephone key".to_owned()),
            Notice::Handoff { to, .. } => {
                (9, "agentobs.handoff", format!("handoff to {}", to.as_deref().unwrap_or("?")))
            }
            _ => return,
        };
        for note in parts::as_notes(at, notice, self.content()) {
            let body = body.clone();
            self.log(who, Note { at, span, severity, name, body, attrs: note.attrs });
        }
    }
}
