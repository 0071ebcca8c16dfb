//! Makes a large inbox, to measure what opening one costs:
//! `cargo run --release --example inbox -- FOLDER COUNT [COLUMNS] [hybrid]`, then the command that it prints under `/usr/bin/time -v`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool for measuring prints, and ends where it cannot go on"
)]

use segel_core::age::Suite;

mod large;

use large::Large;

fn main() {
    let mut words = std::env::args().skip(1);
    let folder = words.next().unwrap();
    let count = words.next().unwrap().parse().unwrap();
    let more: Vec<String> = words.collect();
    let suite = if more.iter().any(|word| word == "hybrid") { Suite::Hybrid } else { Suite::X25519 };
    let columns = more.iter().find_map(|word| word.parse().ok()).unwrap_or(0);
    large::write(folder.as_ref(), Large { columns, ..Large::new(count, suite) });
    println!(
        "segel open {folder}/inbox -k {folder}/owner.key --form {folder}/form.segel --purpose daftar --format csv -o {folder}/all.csv"
    );
}
