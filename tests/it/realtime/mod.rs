//! Realtime event logs against the facts that are known of each recording.

mod recording;
mod reading;
