//! The flags of all commands that send.

use super::CliError;
use crate::net::{Compression, Protocol, SendOptions, SignalOptions};
use crate::output::{Level, Levels};
use crate::source::parse_bytes;
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;
use std::time::Duration;

/// How records are sent. What is not given comes from `OTEL_EXPORTER_OTLP_*`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Sending")]
pub struct SendArgs {
    /// Full URL for spans, used as it is.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    traces_url: Option<String>,
    /// Full URL for log records, used as it is.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    logs_url: Option<String>,
    /// Full URL for metric points, used as it is.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    metrics_url: Option<String>,
    /// Header of every request; may repeat.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    header: Vec<(String, String)>,
    /// File with a header a line (NAME: VALUE): keeps secrets out of the shell's history.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    header_file: Option<PathBuf>,
    /// Header of requests with spans; may repeat.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, hide_short_help = true)]
    traces_header: Vec<(String, String)>,
    /// Header of requests with log records; may repeat.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, hide_short_help = true)]
    logs_header: Vec<(String, String)>,
    /// Header of requests with metric points; may repeat.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, hide_short_help = true)]
    metrics_header: Vec<(String, String)>,
    /// Encoding and transport; default http/protobuf.
    #[arg(long, value_enum, value_name = "PROTOCOL")]
    protocol: Option<ProtocolArg>,
    /// Only these signals: traces, logs, metrics, with commas between.
    #[arg(long, value_enum, value_name = "SIGNAL", value_delimiter = ',')]
    signals: Vec<SignalArg>,
    /// Which log records: one level is a threshold, several with commas are an exact list (trace,
    /// debug, info, warn, error, fatal).
    #[arg(long, value_name = "LEVEL[,…]")]
    log_level: Option<Levels>,
    /// Compression of requests; default gzip, but none within this machine.
    #[arg(long, value_enum, value_name = "HOW", hide_short_help = true)]
    compression: Option<CompressionArg>,
    /// Longest time of one attempt, such as 10s or 500ms; default 10s, 0s for no limit.
    #[arg(long, value_name = "TIME", value_parser = duration, hide_short_help = true)]
    request_timeout: Option<Duration>,
    /// How long a receiver may fail before the rest is given up.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s")]
    retry_for: Duration,
    /// PEM file of certificates to trust in place of the system's.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    ca_cert: Option<PathBuf>,
    /// PEM file of our certificate, for receivers that want one.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    client_cert: Option<PathBuf>,
    /// PEM file of the key of --client-cert.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    client_key: Option<PathBuf>,
    /// Records of a request at most.
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..), hide_short_help = true)]
    max_request_records: u32,
    /// Bytes of a request at most, before compression.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "2MiB", hide_short_help = true)]
    max_request_bytes: u64,
    /// Requests on their way at one time.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64), hide_short_help = true)]
    concurrency: u8,
}

/// Encoding and transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProtocolArg {
    /// Protobuf over HTTP.
    #[value(name = "http/protobuf")]
    HttpProtobuf,
    /// JSON over HTTP.
    #[value(name = "http/json")]
    HttpJson,
    /// gRPC.
    #[value(name = "grpc")]
    Grpc,
}

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SignalArg {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metric points.
    Metrics,
}

/// Compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CompressionArg {
    /// With gzip.
    Gzip,
    /// None.
    None,
}

impl SendArgs {
    /// The options that the flags mean, with `endpoint` as the base URL.
    ///
    /// # Errors
    /// When the file of headers cannot be read.
    pub(super) fn options(&self, endpoint: Option<&str>) -> Result<SendOptions, CliError> {
        let mut headers = self.header.clone();
        if let Some(path) = &self.header_file {
            let text = std::fs::read_to_string(path).map_err(|error| {
                CliError::usage(format!("cannot read {}: {error}", path.display()))
            })?;
            for (at, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
                headers.push(pair(line).map_err(|_| {
                    let why = "write it as NAME: VALUE";
                    // The line itself may hold a secret.
                    CliError::usage(format!("{}, line {}: {why}", path.display(), at + 1))
                })?);
            }
        }
        let signal = |which, url: &Option<String>, headers: &Vec<(String, String)>| SignalOptions {
            url: url.clone(),
            headers: headers.clone(),
            off: !self.signals.is_empty() && !self.signals.contains(&which),
        };
        Ok(SendOptions {
            endpoint: endpoint.map(str::to_owned),
            protocol: self.protocol.map(|protocol| match protocol {
                ProtocolArg::HttpProtobuf => Protocol::HttpProtobuf,
                ProtocolArg::HttpJson => Protocol::HttpJson,
                ProtocolArg::Grpc => Protocol::Grpc,
            }),
            headers,
            compression: self.compression.map(|how| match how {
                CompressionArg::Gzip => Compression::Gzip,
                CompressionArg::None => Compression::None,
            }),
            timeout: self.request_timeout,
            certificate: self.ca_cert.clone(),
            client_certificate: self.client_cert.clone(),
            client_key: self.client_key.clone(),
            retry_for: self.retry_for,
            concurrency: usize::from(self.concurrency),
            traces: signal(SignalArg::Traces, &self.traces_url, &self.traces_header),
            logs: signal(SignalArg::Logs, &self.logs_url, &self.logs_header),
            metrics: signal(SignalArg::Metrics, &self.metrics_url, &self.metrics_header),
        })
    }

    /// Whether a flag names where to send to.
    pub(super) fn names_a_receiver(&self) -> bool {
        self.traces_url.is_some() || self.logs_url.is_some() || self.metrics_url.is_some()
    }

    /// Whether the user chose which signals go out.
    pub(super) fn chooses_signals(&self) -> bool {
        !self.signals.is_empty()
    }

    /// Whether a log record of a severity goes out.
    pub(super) fn keeps_log(&self, severity: u8, text: &str) -> bool {
        let levels = self.log_level.as_ref();
        levels.is_none_or(|levels| levels.contain(Level::of_words(severity, text)))
    }

    /// Records and bytes of a request at most.
    pub(super) fn request_size(&self) -> (usize, usize) {
        let bytes = usize::try_from(self.max_request_bytes).unwrap_or(usize::MAX);
        (self.max_request_records as usize, bytes)
    }
}

/// Reads `NAME=VALUE` or `NAME: VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let at = text.find(['=', ':']).ok_or("write it as NAME=VALUE")?;
    let (name, value) = text.split_at(at);
    if name.trim().is_empty() {
        return Err("the name is missing; write it as NAME=VALUE".to_owned());
    }
    let value = value.get(1..).unwrap_or_default();
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Reads `KEY=VALUE`, where the key may hold anything but `=`.
pub(super) fn attribute(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

/// Reads a length of time such as `10s`, `1m30s` or `500ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let read: Option<jiff::SignedDuration> = text.trim().parse().ok();
    read.and_then(|read| Duration::try_from(read).ok())
        .ok_or_else(|| "write it as 10s, 1m30s or 500ms".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{duration, pair};
    use std::time::Duration;

    #[test]
    fn headers_and_times() {
        let of = |text| pair(text).map(|(k, v)| format!("{k}|{v}"));
        assert_eq!(of("Authorization=Bearer a=b"), Ok("Authorization|Bearer a=b".to_owned()));
        assert_eq!(of("Authorization: Basic x:y"), Ok("Authorization|Basic x:y".to_owned()));
        assert!(of("nothing").is_err() && of("=x").is_err());
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        assert!(duration("-1s").is_err() && duration("soon").is_err());
    }
}
