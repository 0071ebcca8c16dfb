//! Speed on one core of this machine, each figure beside the bare primitive it cannot beat, in the same run:
//! `cargo xtask bench`, or `cargo run --release --example bench`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and one that cannot go on has failed"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit as _, Nonce};
use ml_kem::kem::Decapsulate as _;
use ml_kem::ml_kem_768;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use segel_core::age::file::{self, Prepared};
use segel_core::age::{Identity, Suite};
use segel_core::open::open;
use segel_core::{Choice, Envelope};
use x25519_dalek::{PublicKey, StaticSecret};

mod large;
#[path = "../support/mod.rs"]
mod support;

fn main() {
    println!("| what, one core | rate | beside |");
    println!("|---|---|---|");
    let curve = curve();
    let kem = kem();
    println!("| bare X25519 | {curve:.0}/s | |");
    println!("| bare X-Wing decapsulation (ML-KEM-768 + X25519) | {kem:.0}/s | |");
    for (suite, bare, name) in [(Suite::X25519, curve, "X25519"), (Suite::Hybrid, kem, "hybrid")] {
        let (seals, opens) = file_rates(suite);
        println!("| seal 1 KB, one reader, {name} | {seals:.0}/s | |");
        println!("| open 1 KB, {name} | {opens:.0}/s | {:.0} % of the bare rate |", 100.0 * opens / bare);
    }
    for (suite, name) in [(Suite::X25519, "X25519"), (Suite::Hybrid, "hybrid")] {
        println!(
            "| open a submission of the small test form (2 JSON parts, checks), {name} | {:.0}/s | |",
            submissions(suite)
        );
    }
    println!();
    parallel(curve, kem);
    println!();
    println!("| files, one core | rate | beside |");
    println!("|---|---|---|");
    let (cipher, seal, open) = (cipher(), stream(false), stream(true));
    println!("| bare ChaCha20-Poly1305, 64 KiB pieces | {cipher:.0} MiB/s | |");
    println!("| seal a 64 MiB file, streaming | {seal:.0} MiB/s | {:.0} % of the bare cipher |", 100.0 * seal / cipher);
    println!("| open a 64 MiB file, streaming | {open:.0} MiB/s | {:.0} % of the bare cipher |", 100.0 * open / cipher);
}

/// How often `act` runs in a second: the best of five half-second rounds, since the machine is shared.
fn rate(mut act: impl FnMut()) -> f64 {
    let round = |act: &mut dyn FnMut()| {
        let (start, mut count) = (Instant::now(), 0_u32);
        while start.elapsed() < Duration::from_millis(500) {
            act();
            count += 1;
        }
        f64::from(count) / start.elapsed().as_secs_f64()
    };
    (0..5).map(|_| round(&mut act)).fold(0.0, f64::max)
}

fn curve() -> f64 {
    let (secret, other) = (StaticSecret::from([7; 32]), PublicKey::from(&StaticSecret::from([9; 32])));
    rate(|| drop(black_box(secret.diffie_hellman(black_box(&other)))))
}

fn kem() -> f64 {
    let key = ml_kem_768::DecapsulationKey::from_seed(ml_kem::Seed::from([7; 64]));
    let (ciphertext, _) = key.encapsulation_key().encapsulate_deterministic(&ml_kem::B32::from([8; 32]));
    let (secret, other) = (StaticSecret::from([7; 32]), PublicKey::from(&StaticSecret::from([9; 32])));
    rate(|| {
        black_box(key.decapsulate(black_box(&ciphertext)));
        black_box(secret.diffie_hellman(black_box(&other)));
    })
}

fn file_rates(suite: Suite) -> (f64, f64) {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let key = Identity::generate(suite, &mut rng).unwrap();
    let (reader, text) = ([key.recipient()], [b'x'; 1024]);
    let sealed = Prepared::new(None, &reader, &mut rng).unwrap().seal(&text);
    let keys = [key];
    let seals = rate(|| drop(black_box(Prepared::new(None, &reader, &mut rng).unwrap().seal(&text))));
    let opens = rate(|| drop(black_box(file::open(&sealed, &keys).unwrap())));
    (seals, opens)
}

fn submissions(suite: Suite) -> f64 {
    let shop = support::Shop::new(suite);
    let bytes = shop.submission(2, Choice::Given, |_| {});
    let keys = shop.owner_keys();
    rate(|| {
        let envelope = Envelope::parse(&bytes).unwrap();
        drop(black_box(open(&shop.form, &envelope, &keys, None).unwrap()));
    })
}

/// `segel open` over an inbox of submissions with one part, as a CSV file, beside as many bare key agreements on as many cores at once.
fn parallel(curve: f64, kem: f64) {
    let cores = std::thread::available_parallelism().unwrap().get();
    println!(
        "| `segel open` to CSV, {cores} cores | bare, all cores at once | bare, one core x {cores} | opened | of bare at once | opened in a second of one core | of bare |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (suite, one, bare, name) in [
        (Suite::X25519, curve, curve_everywhere(cores), "X25519"),
        (Suite::Hybrid, kem, kem_everywhere(cores), "hybrid"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let count = 30_000;
        large::write(folder.path(), large::Large::new(count, suite));
        let word = |name: &str| folder.path().join(name).into_os_string();
        let mut words: Vec<_> = ["segel", "open", "--purpose", "daftar", "--format", "csv"].map(Into::into).into();
        words.extend([word("inbox"), "-k".into(), word("owner.key"), "--form".into(), word("form.segel")]);
        words.extend(["-o".into(), word("all.csv")]);
        let (mut seconds, before) = (f64::MAX, processor_seconds());
        for _ in 0..5 {
            let start = Instant::now();
            let status = segel_owner::run(words.clone());
            assert_eq!(format!("{status:?}"), format!("{:?}", std::process::ExitCode::SUCCESS));
            seconds = seconds.min(start.elapsed().as_secs_f64());
        }
        let opened = count as f64 / seconds;
        // What others on the machine do takes time, and none of ours.
        let alone = 5.0 * count as f64 / (processor_seconds() - before);
        let (lone, share, part) = (one * cores as f64, 100.0 * opened / bare, 100.0 * alone / one);
        println!("| {name} | {bare:.0}/s | {lone:.0}/s | {opened:.0}/s | {share:.0} % | {alone:.0}/s | {part:.0} % |");
    }
}

/// Seconds that processors spent on this process, on Linux.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let words: Vec<&str> = text.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: f64 = words[11..13].iter().map(|word| word.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// The bare rate with every core at it: two of them may be one core's halves.
fn everywhere(cores: usize, rate: fn() -> f64) -> f64 {
    let threads: Vec<_> = (0..cores).map(|_| std::thread::spawn(rate)).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).sum()
}

fn curve_everywhere(cores: usize) -> f64 {
    everywhere(cores, curve)
}

fn kem_everywhere(cores: usize) -> f64 {
    everywhere(cores, kem)
}

fn cipher() -> f64 {
    let cipher = ChaCha20Poly1305::new(&Key::from([7; 32]));
    let mut piece = vec![0_u8; 65_536];
    rate(|| {
        let tag = cipher.encrypt_inout_detached(&Nonce::from([1; 12]), b"", piece.as_mut_slice().into());
        black_box(tag.unwrap());
    }) / 16.0
}

fn stream(opening: bool) -> f64 {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let key = Identity::generate(Suite::X25519, &mut rng).unwrap();
    let text = vec![7_u8; 1024 * 1024];
    let mut sealed = Vec::new();
    let seal = |rng: &mut ChaCha20Rng, out: &mut Vec<u8>, keep: bool| {
        let (front, mut payload) = Prepared::new(None, &[key.recipient()], rng).unwrap().start();
        out.extend_from_slice(&front);
        for _ in 0..64 {
            payload.push(&text, out);
            if !keep {
                out.clear();
            }
        }
        payload.finish(out);
    };
    seal(&mut rng, &mut sealed, true);
    let keys = [key.clone()];
    let mut out = Vec::with_capacity(2 * 1024 * 1024);
    64.0 * if opening {
        rate(|| {
            let opened = file::Opened::new(&sealed, &keys).unwrap();
            let (mut opener, chunks) = opened.payload().unwrap();
            for piece in chunks.chunks(1024 * 1024) {
                opener.push(piece, &mut out).unwrap();
                out.clear();
            }
            opener.finish(&mut out).unwrap();
        })
    } else {
        rate(|| seal(&mut rng, &mut out, false))
    }
}
