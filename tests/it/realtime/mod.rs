//! Realtime event logs against the facts that are known of each recording.

mod correlating;
mod damage;
mod facts;
mod odd;
mod reading;
mod recording;
mod rules;
mod script;
mod sessions;
mod times;
