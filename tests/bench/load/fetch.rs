//! How often the form can be fetched: what every page does before anything else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::rig::{Rig, Server, millis, thread};

/// Prints fetches a second and how long they took.
pub(crate) fn run(time: Duration) {
    let rig = Rig::new(None, 0);
    let server = rig.start();
    println!("| the form fetched | connections | bytes | fetches/s | p50 ms | p99 ms |");
    println!("|---|---|---|---|---|---|");
    for connections in [32, 128] {
        let until = Instant::now() + time;
        let shares: Vec<(Vec<Duration>, usize)> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..connections).map(|_| thread(scope, || client(&server, until))).collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        let bytes = shares[0].1;
        let mut times: Vec<Duration> = shares.into_iter().flat_map(|share| share.0).collect();
        let rate = times.len() as f64 / time.as_secs_f64();
        let (half, most) = (millis(&mut times, 50), millis(&mut times, 99));
        println!("| | {connections} | {bytes} | {rate:.0} | {half:.1} | {most:.1} |");
    }
}

/// How long each fetch took, and the bytes of each answer. All are alike, so after the first none is looked at beyond its first line.
fn client(server: &Server, until: Instant) -> (Vec<Duration>, usize) {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut fetch = |length: Option<usize>| {
        stream.write_all(b"GET /forms/kecil.segel HTTP/1.1\r\nHost: bench\r\n\r\n").unwrap();
        let mut answer = vec![0; length.unwrap_or(0)];
        while length.is_none() && !is_whole(&answer) {
            let mut more = [0; 4096];
            let count = stream.read(&mut more).unwrap();
            assert!(count > 0, "the server is gone");
            answer.extend_from_slice(&more[..count]);
        }
        if length.is_some() {
            stream.read_exact(&mut answer).unwrap();
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 "));
        answer.len()
    };
    let length = fetch(None);
    let mut times = Vec::new();
    while Instant::now() < until {
        let began = Instant::now();
        fetch(Some(length));
        times.push(began.elapsed());
    }
    (times, length)
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    answer.len() >= end + 4 + length.unwrap()
}
