//! Connections that dribble: a thousand whose header and two hundred whose body never ends, beside honest ones.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::rig::{Connection, Rig, Server, millis, thread};

/// Prints how long honest submissions take with and without them, and how long the slow ones last.
pub(crate) fn run(time: Duration) {
    let rig = Rig::new(None, 0);
    let server = rig.start();
    let next = AtomicU64::new(0);
    println!("| beside | accepted/s | p50 ms | p99 ms | tried again | last slow header s | last slow body s |");
    println!("|---|---|---|---|---|---|---|");
    let alone = AtomicBool::new(false);
    let mut without = std::thread::scope(|scope| {
        let honest: Vec<_> = (0..HONEST).map(|_| thread(scope, || client(&rig, &server, &next, &alone))).collect();
        std::thread::sleep(time);
        alone.store(true, Ordering::Relaxed);
        join(honest)
    });
    show("nobody", &mut without, time, ["", ""].map(String::from));
    let done = AtomicBool::new(false);
    let header = "GET /healthz HTTP/1.1\r\nHost: bench\r\nX-A: ";
    let body = format!("POST /forms/kecil HTTP/1.1\r\nHost: bench\r\nContent-Length: {}\r\n\r\n", rig.bytes());
    let began = Instant::now();
    let (mut beside, lasted) = std::thread::scope(|scope| {
        let honest: Vec<_> = (0..HONEST).map(|_| thread(scope, || client(&rig, &server, &next, &done))).collect();
        let slow = [(1000, header), (200, body.as_str())];
        let server = &server;
        let slow = slow.map(|(count, start)| thread(scope, move || dribble(server, count, start.as_bytes())));
        let lasted = slow.map(|slow| slow.join().unwrap());
        done.store(true, Ordering::Relaxed);
        (join(honest), lasted)
    });
    let lasted = lasted.map(|lasted| format!("{:.1}", lasted.as_secs_f64()));
    show("1000 slow headers and 200 slow bodies", &mut beside, began.elapsed(), lasted);
}

fn show(beside: &str, (times, again): &mut (Vec<Duration>, u64), time: Duration, [header, body]: [String; 2]) {
    let rate = times.len() as f64 / time.as_secs_f64();
    let (half, most) = (millis(times, 50), millis(times, 99));
    println!("| {beside} | {rate:.0} | {half:.1} | {most:.1} | {again} | {header} | {body} |");
}

fn join(honest: Vec<std::thread::ScopedJoinHandle<'_, (Vec<Duration>, u64)>>) -> (Vec<Duration>, u64) {
    let shares = honest.into_iter().map(|client| client.join().unwrap());
    shares.fold((Vec::new(), 0), |(mut times, again), share| {
        times.extend(share.0);
        (times, again + share.1)
    })
}

/// From the first attempt to the answer that it was kept, and how often it had to be tried again.
fn client(rig: &Rig, server: &Server, next: &AtomicU64, done: &AtomicBool) -> (Vec<Duration>, u64) {
    let (mut times, mut again, mut connection) = (Vec::new(), 0, None);
    while !done.load(Ordering::Relaxed) {
        let envelope = rig.envelope(next.fetch_add(1, Ordering::Relaxed));
        let began = Instant::now();
        loop {
            connection = connection.or_else(|| Connection::open(server.address));
            match connection.as_mut().and_then(|connection| connection.submit(&envelope)) {
                Some((200 | 201, _)) => break times.push(began.elapsed()),
                _ if done.load(Ordering::Relaxed) => break,
                _ => {
                    again += 1;
                    connection = None;
                }
            }
        }
    }
    (times, again)
}

/// Opens so many connections, says the start on each and then a byte a second; how long the last of them lasted.
fn dribble(server: &Server, count: usize, start: &[u8]) -> Duration {
    let mut open: Vec<(Instant, TcpStream)> = Vec::new();
    for _ in 0..count {
        let Ok(mut stream) = TcpStream::connect(server.address) else { continue };
        if stream.write_all(start).is_ok() {
            stream.set_nonblocking(true).unwrap();
            open.push((Instant::now(), stream));
        }
    }
    let mut longest = Duration::ZERO;
    while !open.is_empty() {
        std::thread::sleep(Duration::from_millis(100));
        let second = open[0].0.elapsed().subsec_millis() < 100;
        open.retain_mut(|(began, stream)| {
            let said = !second || stream.write_all(b"a").is_ok();
            let closed = match stream.read(&mut [0; 512]) {
                // An answer, or the end.
                Ok(_) => true,
                Err(error) => error.kind() != ErrorKind::WouldBlock,
            };
            if closed || !said {
                longest = longest.max(began.elapsed());
            }
            !closed && said
        });
    }
    longest
}

const HONEST: usize = 16;
