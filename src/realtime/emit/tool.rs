//! A tool call as a span and its log records.

use super::meter::names;
use super::parts;
use super::writer::{Draft, Note, Who, Writer};
use crate::model::SpanKind;
use crate::realtime::call::{Moment, Response, Tool, ToolEnd};
use crate::realtime::info::Fault;
use std::time::Duration;

impl Tool {
    /// The id that names the call's span: its call id, else its item.
    pub(super) fn key(&self) -> &str {
        self.call_id.as_ref().or(self.item.as_ref()).map_or("", |id| id.as_str())
    }
}

impl Writer<'_> {
    /// Writes a tool call; `last` is the last moment that is known of.
    pub(super) fn tool(
        &mut self,
        who: &Who,
        response: &Response,
        parent: u64,
        tool: &Tool,
        last: Moment,
    ) {
        let id = self.new_id(who, "tool", tool.key());
        let name = tool.name.as_deref().unwrap_or("unknown");
        let ended = tool.ended();
        let end = ended.unwrap_or(last);
        let mut span = Draft::new(id, parent, format!("execute_tool {name}"), tool.started, end);
        if tool.mcp {
            span.kind = SpanKind::Client;
        }
        let (outcome, reported) = tool.end();
        let content = self.content();
        let arguments = tool.arguments.as_deref().filter(|_| content);
        let output = tool.output.as_deref().or(tool.sent.as_ref().map(|(o, _)| o.as_str()));
        let output = output.filter(|_| content);
        let attrs = &mut span.attrs;
        attrs.str("gen_ai.operation.name", "execute_tool");
        attrs.str("gen_ai.tool.name", name);
        attrs.text("gen_ai.tool.call.id", tool.call_id.as_ref().map(|id| id.as_str()));
        attrs.str("gen_ai.tool.type", if tool.mcp { "extension" } else { "function" });
        attrs.text("gen_ai.tool.call.arguments", arguments);
        attrs.text("gen_ai.tool.call.result", output);
        attrs.str("openinference.span.kind", "TOOL");
        attrs.str("langfuse.observation.type", "tool");
        attrs.str("tool.name", name);
        if let Some(arguments) = arguments {
            attrs.str("tool.parameters", arguments);
            attrs.str("input.value", arguments);
            attrs.str("input.mime_type", "application/json");
        }
        attrs.text("output.value", output);
        attrs.str("agentobs.tool.status", outcome.as_str());
        attrs.str("agentobs.tool.kind", if tool.mcp { "mcp" } else { "function" });
        attrs.text("agentobs.item.id", tool.item.as_ref().map(|id| id.as_str()));
        attrs.str("gen_ai.response.id", response.id.as_str());
        attrs.text("agentobs.mcp.server", tool.server.as_deref());
        attrs.text("agentobs.mcp.approval_request_id", tool.approval.as_deref());
        if tool.incomplete {
            attrs.bool("agentobs.tool.incomplete", true);
        }
        match outcome {
            ToolEnd::Ok => {}
            ToolEnd::Error => {
                attrs.str(
                    "agentobs.tool.error.provenance",
                    if reported { "reported" } else { "derived" },
                );
                match &tool.error {
                    Some(fault) => parts::of_fault(attrs, fault, content),
                    None => {
                        attrs.str(
                            "error.type",
                            if tool.mcp { "mcp_call_failed" } else { "tool_error" },
                        );
                    }
                }
                let message = tool.error.as_ref().and_then(|fault| fault.message.as_deref());
                let told = message.filter(|_| content).map(str::to_owned);
                span.failed = Some(told.or_else(|| output.map(first_words)).unwrap_or_else(|| {
                    let word = tool.error.as_ref().map_or("the tool call failed", Fault::word);
                    word.to_owned()
                }));
            }
            ToolEnd::Unfinished => {
                attrs.str("error.type", "unfinished");
                span.failed = Some("no output in the log".to_owned());
            }
        }
        self.span(who, span);
        self.tool_logs(who, id, tool, name, outcome);
        let labels = [("gen_ai.tool.name", name), ("agentobs.tool.status", outcome.as_str())];
        self.measure(who, (id, end), names::TOOL_CALLS, &labels, 1.0);
        if let Some(ended) = ended {
            let seconds = ended.ms_since(tool.started) / 1e3;
            self.measure(who, (id, end), names::TOOL_DURATION, &labels, seconds);
        }
    }

    fn tool_logs(&mut self, who: &Who, id: u64, tool: &Tool, name: &str, outcome: ToolEnd) {
        let content = self.content();
        let mut called = Note {
            at: tool.started,
            span: id,
            severity: 9,
            name: "gen_ai.tool.call",
            body: format!("tool call: {name}"),
            attrs: super::attrs::AttrList::default(),
        };
        called.attrs.str("gen_ai.tool.name", name);
        called.attrs.text("gen_ai.tool.call.id", tool.call_id.as_ref().map(|id| id.as_str()));
        let mut ended = called.clone();
        if let Some(arguments) = tool.arguments.as_deref().filter(|_| content) {
            called.body = format!("tool call: {name} {arguments}");
            called.attrs.str("gen_ai.tool.call.arguments", arguments);
        }
        self.log(who, called);
        let Some(at) = tool.ended() else { return };
        ended.at = at;
        ended.name = "gen_ai.tool.result";
        ended.severity = if outcome == ToolEnd::Error { 17 } else { 9 };
        ended.attrs.str("agentobs.tool.status", outcome.as_str());
        let seconds = Duration::from_nanos(at.time.0.saturating_sub(tool.started.time.0));
        ended.attrs.double("agentobs.tool.duration_ms", Some(seconds.as_secs_f64() * 1e3));
        let output = tool.output.as_deref().or(tool.sent.as_ref().map(|(o, _)| o.as_str()));
        ended.body = format!("tool output: {name}");
        if let Some(output) = output.filter(|_| content) {
            ended.body = format!("tool output: {name} {output}");
            ended.attrs.str("gen_ai.tool.call.result", output);
        }
        if let Some(fault) = &tool.error {
            parts::of_fault(&mut ended.attrs, fault, content);
        }
        self.log(who, ended);
    }
}

/// The beginning of an output: a status message is a line, the whole output
/// has its own attribute.
fn first_words(output: &str) -> String {
    let line = output.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}
