//! What is tried, and what must hold.

use std::fs;
use std::path::Path;

use segel_core::age::file::{self, Prepared};
use segel_core::age::header::Header;
use segel_core::age::{Identity, Suite};
use segel_core::export::Reader;
use segel_core::id::PartName;
use segel_core::json::{self, Spelling};
use segel_core::key::KeyFile;
use segel_core::open::{open, open_file};
use segel_core::receipt::Receipt;
use segel_core::statement::Statement;
use segel_core::table::{Table, csv_line, unguard};
use segel_core::time::Time;
use segel_core::work::Proof;
use segel_core::{Definition, Envelope, Form, part};
use segel_vectors::Vector;

use crate::support::{Shop, rng, time};

/// A parser, good inputs to begin from, and what must hold for any input: `true` if it was read as good.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) seeds: Vec<Vec<u8>>,
    /// Pieces of the grammar.
    pub(crate) words: &'static [&'static str],
    /// Inputs of a test that everybody runs.
    pub(crate) inputs: u64,
    pub(crate) run: Run,
}

type Run = Box<dyn Fn(&[u8]) -> Outcome>;
type Outcome = Result<bool, String>;

pub(crate) fn all() -> Vec<Target> {
    let target = |name, seeds, words, inputs, run: fn(&[u8]) -> Outcome| Target {
        name,
        seeds,
        words,
        inputs,
        run: Box::new(run),
    };
    let shop = Shop::new(Suite::X25519);
    let full = shop.full(2);
    let parts: Vec<Vec<u8>> = Envelope::parse(&full).unwrap().parts().map(|(_, bytes)| bytes.to_vec()).collect();
    vec![
        target("json", vectors("json"), JSON, 8_000, json_is_itself),
        target("definition", definitions(), JSON, 600, definition_publishes),
        signed(800),
        target("envelope", vectors("envelope"), LINES, 2_500, envelope_is_its_parts),
        opened(800),
        inside(500),
        target("age header", parts, LINES, 1_500, header_is_in_front),
        target("export", vectors("export"), LINES, 800, export_in_pieces),
        target("statement", vectors("statement"), LINES, 4_000, statement_is_its_lines),
        target("receipt", vectors("receipt"), &["SEGEL-RECEIPT-1", "-", "q"], 4_000, receipt_is_its_text),
        target("work", vectors("work"), &[".", "0", "20", "-"], 4_000, proof_is_its_text),
        target("key file", key_files(), KEYS, 1_500, key_file),
        target("cells", vectors("csv"), &["=", "\"", "\r\n", ",", "'", "\u{feff}", ";"], 4_000, cells_come_back),
    ]
}

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "null",
    "true",
    "-1",
    "1e9",
    "\\u0000",
    "\\ud800",
    "\\",
    "\u{202e}",
    "\u{feff}",
    " ",
    "\"id\"",
    "\"en\"",
    "\"kind\"",
    "\"text\"",
    "\"choices\"",
    "\"file\"",
    "\"nik\"",
    "\"purposes\"",
    "\"required\"",
    "\"daftar\"",
    "\"minat\"",
    "\"P99Y\"",
    "\"P0D\"",
    "\"children\"",
    "\"guardian\"",
    "\"block\"",
    "\"max\"",
    "\"roles\"",
    "\"kasir\"",
    "[]",
    "{}",
];
const LINES: &[&str] = &[
    "\n",
    "\r\n",
    " ",
    "-> ",
    "---",
    "X25519",
    "scrypt",
    "segel-label",
    "age-encryption.org/v1",
    "segel-envelope/1",
    "segel-export/1",
    "segel-statement/1",
    "part ",
    "form ",
    "id ",
    "end ",
    "gone ",
    "resealed ",
    "said ",
    "main",
    "file-foto-1",
    "0",
    "18446744073709551616",
    "delete",
    "withdraw minat",
    "=",
];
const KEYS: &[&str] =
    &["AGE-SECRET-KEY-1", "AGE-SECRET-KEY-PQ-1", "# ", "\n", "\r\n", "\u{feff}", "# spare: ", "age1", "public key"];

/// What is canonical is written again as it stands; what is not becomes canonical.
fn json_is_itself(input: &[u8]) -> Outcome {
    let strict = json::parse(input, Spelling::Canonical);
    let Ok(value) = json::parse(input, Spelling::Any) else {
        return if strict.is_ok() { Err("canonical, but not valid".into()) } else { Ok(false) };
    };
    let text = value.encode();
    match (strict.is_ok(), text.as_bytes() == input) {
        (true, false) => return Err(format!("canonical, but written as {text}")),
        (false, true) => return Err("written as it stands, but not canonical".into()),
        _ => {}
    }
    if value.encoded_len() != text.len() {
        return Err("its length is miscounted".into());
    }
    json::parse(text.as_bytes(), Spelling::Canonical)
        .map_err(|error| format!("{error} in what was written: {text}"))?;
    Ok(true)
}

/// A definition that is accepted can be published and read, or is refused with a cause.
fn definition_publishes(input: &[u8]) -> Outcome {
    let Ok(definition) = Definition::parse(input) else { return Ok(false) };
    let shop = Shop::new(Suite::X25519);
    let owners = [shop.owner.recipient(), shop.spare.recipient()];
    let Ok(body) = definition.publish(&owners, Suite::X25519, time(NOW), None) else { return Ok(true) };
    let signed = shop.owner.sign_bytes(&body);
    Form::parse(&signed).map_err(|error| format!("published, but not read: {error}"))?;
    Ok(true)
}

/// A form whose owner signs anything: what a page is asked to draw by a malicious shop.
fn signed(inputs: u64) -> Target {
    let shop = Shop::new(Suite::X25519);
    let body = |form: &Form| {
        let text = String::from_utf8(form.bytes().to_vec()).unwrap();
        text.split_once("\n\n").unwrap().1.as_bytes().to_vec()
    };
    let run = move |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return Ok(false) };
        let bytes = shop.owner.sign_bytes(text);
        let Ok(form) = Form::parse(&bytes) else { return Ok(false) };
        if form.bytes() != bytes {
            return Err("kept as other bytes".into());
        }
        if form.languages().iter().any(|language| form.notice(language).is_none()) {
            return Err("a language without a notice".into());
        }
        if form.parts().first().map(|plan| plan.name().as_str()) != Some("main") {
            return Err("no main part".into());
        }
        Ok(true)
    };
    let seeds = vec![body(&Shop::new(Suite::X25519).form)];
    Target { name: "form", seeds, words: JSON, inputs, run: Box::new(run) }
}

/// The head and the parts are all there is.
fn envelope_is_its_parts(input: &[u8]) -> Outcome {
    let Ok(envelope) = Envelope::parse(input) else { return Ok(false) };
    let mut again = envelope.head().encode();
    envelope.parts().for_each(|(_, bytes)| again.extend_from_slice(bytes));
    if again == input { Ok(true) } else { Err("head and parts are not the bytes".into()) }
}

/// Opening hostile bytes with the right keys.
fn opened(inputs: u64) -> Target {
    let shop = Shop::new(Suite::X25519);
    let seeds = vec![shop.full(2), shop.minimal(3), shop.full(4)];
    let run = move |input: &[u8]| {
        let Ok(envelope) = Envelope::parse(input) else { return Ok(false) };
        read(&shop, &envelope)
    };
    Target { name: "opening", seeds, words: LINES, inputs, run: Box::new(run) }
}

/// What anybody can do who has the public key: seal what no page would.
fn inside(inputs: u64) -> Target {
    let shop = Shop::new(Suite::X25519);
    let envelopes = [shop.full(2), shop.minimal(2)];
    let seeds = envelopes.iter().map(|bytes| {
        let envelope = Envelope::parse(bytes).unwrap();
        let text = file::open(envelope.part(&PartName::main()).unwrap(), &shop.owner_keys()).unwrap();
        text.trim_ascii_end().to_vec()
    });
    let seeds = seeds.collect();
    let whole = envelopes[0].clone();
    let run = move |input: &[u8]| {
        let envelope = Envelope::parse(&whole).unwrap();
        let size = file::open(envelope.part(&PartName::main()).unwrap(), &shop.owner_keys()).unwrap().len();
        let mut text = input.to_vec();
        text.resize(size.max(text.len()), b' ');
        let head = envelope.head();
        let label = part::label(&head.form(), &head.id(), &PartName::main(), 0, head.parts().len());
        let sealed = Prepared::new(Some(("segel-label", &label)), &shop.readers(), &mut rng(7)).unwrap().seal(&text);
        let parts = envelope.parts().map(|(name, bytes)| (name.clone(), bytes.to_vec()));
        let parts: Vec<(PartName, Vec<u8>)> = [(PartName::main(), sealed)].into_iter().chain(parts.skip(1)).collect();
        let lengths = parts.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect();
        let mut bytes = segel_core::envelope::Head::new(head.form(), head.id(), head.receipt(), lengths).encode();
        parts.iter().for_each(|(_, part)| bytes.extend_from_slice(part));
        read(&shop, &Envelope::parse(&bytes).map_err(|error| error.to_string())?)
    };
    Target { name: "inside", seeds, words: JSON, inputs, run: Box::new(run) }
}

/// Opens everything and lays it out as a table, as an owner would.
fn read(shop: &Shop, envelope: &Envelope<'_>) -> Outcome {
    let keys = shop.owner_keys();
    let Ok(opened) = open(&shop.form, envelope, &keys, Time::parse(NOW)) else { return Ok(false) };
    for (name, _) in opened.parts() {
        drop(open_file(&shop.form, envelope, &opened, name, &keys));
    }
    let forms = std::slice::from_ref(&shop.form);
    let row = Table::new(forms, "daftar").row(&shop.form, &opened, time(NOW));
    same_cells(&row.iter().map(|cell| cell.clone().unwrap_or_default()).collect::<Vec<_>>())?;
    Ok(true)
}

fn header_is_in_front(input: &[u8]) -> Outcome {
    let keys = Shop::new(Suite::X25519).owner_keys();
    let opened = file::open(input, &keys).is_ok();
    let Ok(header) = Header::parse(input) else {
        return if opened { Err("opened without a header".into()) } else { Ok(false) };
    };
    if header.len() > input.len() { Err("longer than the file".into()) } else { Ok(true) }
}

/// In pieces of any size it reads as in one.
fn export_in_pieces(input: &[u8]) -> Outcome {
    let read = |piece: usize| {
        let (mut reader, mut entries) = (Reader::default(), Vec::new());
        let mut pieces = input.chunks(piece);
        loop {
            match reader.next_entry() {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => match pieces.next() {
                    Some(piece) => reader.feed(piece),
                    None => return (entries, reader.finish()),
                },
                Err(error) => return (entries, Err(error)),
            }
        }
    };
    let (whole, end) = read(input.len().max(1));
    for piece in [1, 17, 4096] {
        let (entries, other) = read(piece);
        if entries != whole || other != end {
            return Err(format!("in pieces of {piece}: {other:?}; whole: {end:?}"));
        }
    }
    Ok(end.is_ok())
}

fn statement_is_its_lines(input: &[u8]) -> Outcome {
    let Ok(statement) = Statement::parse(input) else { return Ok(false) };
    let lines = String::from_utf8(input.to_vec()).map_err(|_| "not text")?;
    let [form, id, time] = [statement.form().to_string(), statement.id().to_string(), statement.time().text()];
    let front = format!("segel-statement/1\nform {form}\nid {id}\ntime {time}\n{}\nsignature ", statement.wish());
    if lines.starts_with(&front) && lines.len() == front.len() + 129 { Ok(true) } else { Err("not its lines".into()) }
}

fn proof_is_its_text(input: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(input) else { return Ok(false) };
    let Ok(proof) = Proof::parse(text) else { return Ok(false) };
    if proof.to_string() == text { Ok(true) } else { Err("another spelling of the same proof".into()) }
}

fn receipt_is_its_text(input: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(input) else { return Ok(false) };
    let Ok(receipt) = Receipt::parse(text) else { return Ok(false) };
    let again = Receipt::parse(&receipt.to_text()).map_err(|_| "its own text is refused")?;
    if again.id() == receipt.id() { Ok(true) } else { Err("another receipt from its own text".into()) }
}

fn key_file(input: &[u8]) -> Outcome {
    let Ok(keys) = KeyFile::parse(input) else { return Ok(false) };
    for identity in keys.identities() {
        let again = Identity::parse(&identity.to_text()).map_err(|_| "its own text is refused")?;
        if again.recipient() != identity.recipient() {
            return Err("another key from its own text".into());
        }
    }
    if keys.identities().is_empty() { Err("a key file without a key".into()) } else { Ok(true) }
}

fn cells_come_back(input: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(input) else { return Ok(false) };
    same_cells(&[String::from("x"), text.to_owned(), text.to_owned()])?;
    Ok(true)
}

/// A strict reader finds the cells again, and no spreadsheet a formula.
fn same_cells(cells: &[String]) -> Result<(), String> {
    let line = csv_line(cells.iter().map(|cell| Some(cell.as_str())));
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).terminator(csv::Terminator::CRLF).from_reader(line.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let [row] = &rows[..] else { return Err(format!("{} rows: {line:?}", rows.len())) };
    if row.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])) {
        return Err(format!("a formula: {line:?}"));
    }
    // Nor does one that takes other characters for the comma and keeps nothing together.
    let mut pieces = line.split([';', '\t', '\r', '\n']).map(|piece| piece.trim_start_matches(['"', ' ']));
    if pieces.any(|piece| piece.starts_with(['=', '+', '-', '@'])) {
        return Err(format!("a formula after a break: {line:?}"));
    }
    if row.iter().map(unguard).eq(cells.iter().cloned()) { Ok(()) } else { Err(format!("other cells: {line:?}")) }
}

fn definitions() -> Vec<Vec<u8>> {
    let shop = Shop::new(Suite::X25519);
    let key = shop.cashier.recipient().to_text();
    let small = include_str!("../vectors/forms/kecil.json").replace("KASIR", &key);
    let others = ["daftar.json", "les.json"].map(|name| fs::read(Path::new("www/forms").join(name)).unwrap());
    [small.into_bytes()].into_iter().chain(others).collect()
}

fn key_files() -> Vec<Vec<u8>> {
    let (classic, hybrid) = (Shop::new(Suite::X25519), Shop::new(Suite::Hybrid));
    let write = |shop: &Shop| KeyFile::write(&shop.owner, &[shop.spare.recipient()], time(NOW)).as_bytes().to_vec();
    vec![write(&classic), write(&hybrid), classic.spare.identity().to_text().as_bytes().to_vec()]
}

fn vectors(kind: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = fs::read_dir("tests/vectors").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts = paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "txt"));
    let vectors = texts.map(|path| Vector::parse(&fs::read_to_string(path).unwrap()).unwrap());
    vectors.filter(|vector| vector.value("kind") == Some(kind)).map(|vector| vector.body).collect()
}

const NOW: &str = "2026-11-23T03:12:50Z";
