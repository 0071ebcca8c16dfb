//! A large export while submissions arrive: how fast it goes, what senders notice, how much the log of the database grows.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::rig::{Connection, Rig, Server, TOKEN, millis, thread};

/// Prints it for an export of a hundred thousand submissions.
pub(crate) fn run(_time: Duration) {
    let rig = Rig::new(None, 0);
    let server = rig.start();
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        (0..64).for_each(|_| drop(thread(scope, || fill(&rig, &server, &next))));
    });
    let done = AtomicBool::new(false);
    let (bytes, took, mut times, log) = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..SENDERS).map(|_| thread(scope, || pace(&rig, &server, &next, &done))).collect();
        let log = scope.spawn(|| largest_log(&rig, &done));
        let began = Instant::now();
        let bytes = read(&server);
        let took = began.elapsed();
        done.store(true, Ordering::Relaxed);
        let times: Vec<Duration> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
        (bytes, took, times, log.join().unwrap())
    });
    let (speed, rate) = (bytes as f64 / 1e6 / took.as_secs_f64(), times.len() as f64 / took.as_secs_f64());
    let (half, most) = (millis(&mut times, 50), millis(&mut times, 99));
    println!("| exported | MB | MB/s | arriving/s meanwhile | p50 ms | p99 ms | largest log MiB | peak memory MiB |");
    println!("|---|---|---|---|---|---|---|---|");
    println!(
        "| {ROWS} | {} | {speed:.0} | {rate:.0} | {half:.1} | {most:.1} | {} | {} |",
        bytes / 1_000_000,
        log >> 20,
        server.memory() / 1024
    );
}

fn fill(rig: &Rig, server: &Server, next: &AtomicU64) {
    let mut connection = Connection::open(server.address).unwrap();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= ROWS {
            return;
        }
        assert_eq!(connection.submit(&rig.envelope(number)).unwrap().0, 201);
    }
}

/// One submission each time its turn comes, late or not; how long each took from its turn on.
fn pace(rig: &Rig, server: &Server, next: &AtomicU64, done: &AtomicBool) -> Vec<Duration> {
    let mut connection = Connection::open(server.address).unwrap();
    let (mut times, mut turn) = (Vec::new(), Instant::now());
    while !done.load(Ordering::Relaxed) {
        std::thread::sleep(turn.saturating_duration_since(Instant::now()));
        assert_eq!(connection.submit(&rig.envelope(next.fetch_add(1, Ordering::Relaxed))).unwrap().0, 201);
        times.push(turn.elapsed());
        turn += Duration::from_secs(1) * SENDERS / RATE;
    }
    times
}

fn largest_log(rig: &Rig, done: &AtomicBool) -> u64 {
    let mut path = rig.database().into_os_string();
    path.push("-wal");
    let mut largest = 0;
    while !done.load(Ordering::Relaxed) {
        largest = largest.max(std::fs::metadata(&path).map_or(0, |file| file.len()));
        std::thread::sleep(Duration::from_millis(20));
    }
    largest
}

/// Bytes of the whole answer, of which the end must be one.
fn read(server: &Server) -> u64 {
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head = "GET /forms/kecil/export HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n";
    stream.write_all(format!("{head}Authorization: Bearer {TOKEN}\r\n\r\n").as_bytes()).unwrap();
    let (mut bytes, mut piece, mut last) = (0, vec![0; 256 * 1024], Vec::new());
    loop {
        let count = stream.read(&mut piece).unwrap();
        if count == 0 {
            break;
        }
        bytes += count as u64;
        last.extend_from_slice(&piece[..count]);
        last.drain(..last.len().saturating_sub(200));
    }
    assert!(last.ends_with(b"\r\n0\r\n\r\n") && last.windows(4).any(|four| four == b"end "), "the export was cut");
    bytes
}

/// Submissions that are exported.
const ROWS: u64 = 100_000;
/// That arrive meanwhile, a second.
const RATE: u32 = 200;
const SENDERS: u32 = 8;
