//! A receiver on loopback that answers HTTP/1.1 requests by a script.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What to do with a request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// 200 with an empty body.
    Take,
    /// A status, header lines and a body; the type is the request's.
    Answer(u16, &'static str, &'static [u8]),
    /// Close without an answer.
    Drop,
    /// Never answer (until the test ends).
    Hang,
    /// A whole status line and head, and then the connection is cut.
    CutBody(u16),
    /// The connection is cut within the head.
    CutHead,
    /// Read slowly, then take.
    Slow,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub at: Instant,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body, unpacked.
    pub(crate) fn plain(&self) -> Vec<u8> {
        if self.header("content-encoding") != Some("gzip") {
            return self.body.clone();
        }
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(self.body.as_slice()).read_to_end(&mut plain).unwrap();
        plain
    }
}

/// A receiver; its thread ends with the test's process.
pub(crate) struct Server {
    pub port: u16,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers requests as listed, and then takes all.
    pub(crate) fn start(script: impl IntoIterator<Item = Step>) -> Self {
        Self::with_tls(script, None)
    }

    pub(crate) fn with_tls(
        script: impl IntoIterator<Item = Step>,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), script, tls)
    }

    /// One that takes everything, on a port that is known before.
    pub(crate) fn at(port: u16) -> Self {
        Self::on(TcpListener::bind(("127.0.0.1", port)).unwrap(), [], None)
    }

    fn on(
        listener: TcpListener,
        script: impl IntoIterator<Item = Step>,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        let port = listener.local_addr().unwrap().port();
        let script: Arc<Mutex<VecDeque<Step>>> = Arc::new(Mutex::new(script.into_iter().collect()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let for_threads = Arc::clone(&seen);
        let scheme = if tls.is_some() { "https" } else { "http" };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, seen) = (Arc::clone(&script), Arc::clone(&for_threads));
                let tls = tls.clone();
                std::thread::spawn(move || match tls {
                    None => serve(stream, &script, &seen),
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(connection, stream), &script, &seen);
                    }
                });
            }
        });
        Self { port, scheme, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A port that nobody listens on.
pub(crate) fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn serve(stream: impl Read + Write, script: &Mutex<VecDeque<Step>>, seen: &Mutex<Vec<Seen>>) {
    let mut stream = BufReader::new(stream);
    while let Some((path, headers)) = head(&mut stream) {
        let step = script.lock().unwrap().pop_front().unwrap_or(Step::Take);
        let of = |name: &str| {
            headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone())
        };
        let length = of("content-length").and_then(|n| n.parse().ok()).unwrap_or(0usize);
        let kind = of("content-type").unwrap_or_default();
        let mut body = vec![0; length];
        if matches!(step, Step::Slow) {
            for piece in body.chunks_mut(16 << 10) {
                std::thread::sleep(Duration::from_millis(3));
                if stream.read_exact(piece).is_err() {
                    return;
                }
            }
        } else if stream.read_exact(&mut body).is_err() {
            return;
        }
        seen.lock().unwrap().push(Seen { path, headers, body, at: Instant::now() });
        let out = stream.get_mut();
        let written = match step {
            Step::Take | Step::Slow => answer(out, 200, "", b"", &kind),
            Step::Answer(status, more, body) => answer(out, status, more, body, &kind),
            Step::Drop => return,
            Step::Hang => {
                std::thread::sleep(Duration::from_secs(60));
                return;
            }
            Step::CutBody(status) => {
                let _ = write!(out, "HTTP/1.1 {status} x\r\nContent-Length: 100\r\n\r\nabc");
                let _ = out.flush();
                return;
            }
            Step::CutHead => {
                let _ = out.write_all(b"HTTP/1.1 200 OK\r\nContent-Le");
                let _ = out.flush();
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}

fn answer(
    out: &mut impl Write,
    status: u16,
    more: &str,
    body: &[u8],
    kind: &str,
) -> std::io::Result<()> {
    write!(
        out,
        "HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\n{more}Content-Length: {}\r\n\r\n",
        body.len()
    )?;
    out.write_all(body)?;
    out.flush()
}

fn head(stream: &mut impl BufRead) -> Option<(String, Vec<(String, String)>)> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            return Some((path, headers));
        };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}
