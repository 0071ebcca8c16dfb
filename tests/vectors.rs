//! Runs every file of `vectors/`, and can write them all again from their seeds. The format is told in `vectors/README.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use segel_vectors::Vector;

#[path = "vectors/guardian.rs"]
mod guardian;
#[path = "vectors/register.rs"]
mod register;
#[path = "vectors/stamp.rs"]
mod stamp;
#[path = "vectors/statement.rs"]
mod statement;
#[path = "vectors/uses.rs"]
mod uses;
#[path = "vectors/work.rs"]
mod work;
#[path = "vectors/write.rs"]
mod write;

#[test]
fn every_vector_gives_its_result() {
    let mut failures = Vec::new();
    let mut ran = 0;
    for path in files("txt") {
        let vector = Vector::parse(&fs::read_to_string(&path).unwrap()).unwrap();
        let form = vector.value("form").map(|name| fs::read(directory().join("forms").join(name)).unwrap());
        ran += 1;
        let outcome = vector.run(&form.unwrap_or_default());
        failures.extend(outcome.err().map(|why| format!("{}: {why}", path.display())));
    }
    assert!(failures.is_empty(), "{} of {ran} vectors differ:\n{}", failures.len(), failures.join("\n"));
    assert!(ran > 90, "only {ran} vectors are there");
}

#[test]
fn the_vectors_are_what_their_seeds_make() {
    let vectors = write::all();
    let mut names: Vec<&str> = vectors.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two vectors of one name");
    if std::env::var_os("SEGEL_WRITE_VECTORS").is_some() {
        files("txt").iter().for_each(|path| fs::remove_file(path).unwrap());
        vectors.iter().for_each(|(name, vector)| fs::write(directory().join(name), vector.text()).unwrap());
        write::forms()
            .iter()
            .for_each(|(name, form)| fs::write(directory().join("forms").join(name), form.bytes()).unwrap());
    }
    let there: Vec<String> =
        files("txt").iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(there, names);
    for (name, vector) in &vectors {
        let text = fs::read_to_string(directory().join(name)).unwrap();
        assert!(text == vector.text(), "{name} is not what its seed makes");
    }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn files(ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    paths.sort();
    paths
}
