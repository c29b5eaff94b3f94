//! A small waterfall of a turn, for messages: where its time went.

use super::case::{Case, Thing, Unit};
use crate::assert::lang::words::Kind;
use crate::dialect::Op;
use crate::output::time::{length, offset};

/// Columns of the bars.
const WIDTH: f64 = 24.0;
/// Lines below the first one.
const PARTS: usize = 11;

/// Lines for a turn, the first one for the turn itself.
pub(super) fn waterfall(case: &Case<'_, '_>, turn: u32) -> Vec<String> {
    let whole = Thing::Turn(turn);
    let mut parts: Vec<Thing> = Vec::new();
    for op in [Op::Stt, Op::Eou, Op::Llm, Op::Realtime, Op::Tts, Op::Speech] {
        parts.extend(case.things(Kind::Op(op), Unit::Turn(turn)).iter());
    }
    parts.extend(case.things(Kind::Tool, Unit::Turn(turn)).iter());
    parts.sort_by_cached_key(|part| case.order(*part));
    let ms = |thing: Thing| {
        let (start, end) = case.times(thing);
        (case.session.ms(start), case.session.ms(end))
    };
    let known = || [whole].into_iter().chain(parts.iter().copied()).map(ms);
    let first = known().filter_map(|(start, _)| start).fold(f64::INFINITY, f64::min);
    let last = known().filter_map(|(start, end)| end.or(start)).fold(f64::NEG_INFINITY, f64::max);
    if !first.is_finite() || !last.is_finite() {
        return Vec::new();
    }
    let line = |thing: Thing, name: String| {
        let (start, end) = ms(thing);
        let at = start.map_or_else(|| "?".to_owned(), offset);
        let took = case.duration(thing).map_or_else(|| "?".to_owned(), length);
        let scale = WIDTH / (last - first).max(1.0);
        let from = ((start.unwrap_or(first) - first) * scale).clamp(0.0, WIDTH - 1.0) as usize;
        let to = ((end.or(start).unwrap_or(first) - first) * scale).clamp(0.0, WIDTH) as usize;
        let bar = format!("{}{}", " ".repeat(from), "▇".repeat(to.saturating_sub(from).max(1)));
        format!("{at:>8} {took:>8}  {bar:<24}  {name}")
    };
    let name = |thing: Thing| match thing {
        Thing::Tool(turn, at) => {
            case.tool(turn, at).map_or_else(String::new, |tool| format!("tool {}", tool.name))
        }
        Thing::Span(span) => {
            let name = case.world.store.span(span).map_or("", |span| span.name());
            format!("{} {name}", case.world.sessions.op(span))
        }
        other => case.label(other),
    };
    let more = parts.len().saturating_sub(PARTS);
    let kept = if more > 0 { PARTS - 1 } else { PARTS };
    let mut lines = vec![line(whole, name(whole))];
    lines.extend(parts.iter().take(kept).map(|part| line(*part, name(*part))));
    if more > 0 {
        lines.push(format!("{:>8} {} more", "…", more + 1));
    }
    lines
}
