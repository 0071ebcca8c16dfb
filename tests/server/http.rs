//! A client that says exactly what it is told to, right or wrong, over a plain socket.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Reads one answer: to its length, to its last chunk, or to the end of the connection.
    pub(crate) fn read(mut stream: &TcpStream) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte).ok()? == 0 {
                return None;
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut reply = Self { status, head, body: Vec::new() };
        if let Some(length) = reply.header("content-length") {
            reply.body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut reply.body).ok()?;
        } else if reply.header("transfer-encoding") == Some("chunked") {
            reply.body = read_chunks(stream)?;
        }
        Some(reply)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Status and code of a refusal, whose shape is checked.
    pub(crate) fn refusal(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        let json = self.json();
        assert!(json["message"].as_str().is_some_and(|message| !message.is_empty()));
        (self.status, json["code"].as_str().unwrap().to_owned())
    }
}

fn read_chunks(mut stream: &TcpStream) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            line.push(byte[0]);
        }
        let length = usize::from_str_radix(std::str::from_utf8(&line).unwrap().trim(), 16).unwrap();
        let mut chunk = vec![0; length + 2];
        stream.read_exact(&mut chunk).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..length]);
    }
}

/// A connection that gives up after ten seconds, so that a server that hangs fails the test.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Sends `bytes` as they are and reads one answer. The server may well answer before it took everything.
pub(crate) fn send(address: SocketAddr, bytes: &[u8]) -> Option<Reply> {
    let mut stream = connect(address);
    let _ = stream.write_all(bytes);
    Reply::read(&stream)
}

/// The same, and says afterwards that nothing more comes.
pub(crate) fn send_and_finish(address: SocketAddr, bytes: &[u8]) -> Option<Reply> {
    let mut stream = connect(address);
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    Reply::read(&stream)
}

/// A request head: the lines of `headers` end with CR LF.
pub(crate) fn head(method: &str, path: &str, headers: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n").into_bytes()
}

/// A whole request with a body of stated length.
pub(crate) fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = head("POST", path, &format!("{headers}Content-Length: {}\r\n", body.len()));
    bytes.extend_from_slice(body);
    bytes
}

/// A whole request whose body comes in chunks, its length never stated.
pub(crate) fn post_chunked(path: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = head("POST", path, "Transfer-Encoding: chunked\r\n");
    for chunk in body.chunks(8 * 1024) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// Sends `start`, then one byte at a time for as long as the server listens; returns what it answered, if anything. The pace is
/// that of a read that finds nothing.
pub(crate) fn dribble(address: SocketAddr, start: &[u8]) -> Option<Reply> {
    let mut stream = connect(address);
    stream.write_all(start).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    while is_silent(&stream) {
        if stream.write_all(b"a").is_err() {
            return None;
        }
    }
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    Reply::read(&stream)
}

/// Whether nothing comes for as long as a read may take.
pub(crate) fn is_silent(stream: &TcpStream) -> bool {
    let waited = [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::Interrupted];
    stream.peek(&mut [0]).is_err_and(|error| waited.contains(&error.kind()))
}
