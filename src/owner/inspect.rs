//! `segel inspect`: what a file is, told from its content, without opening anything. No secret is ever printed.

use std::io::Read as _;
use std::path::Path;

use segel_core::age::{Identity, Recipient, header::Header};
use segel_core::export::{Entry, Mark};
use segel_core::key::KeyFile;
use segel_core::receipt::Receipt;
use segel_core::register::Register;
use segel_core::stamp::{Stamped, Taken};
use segel_core::uses::Uses;
use segel_core::{Definition, Envelope, Form};
use serde_json::{Value, json};

use crate::args::{Inspect, Lang, Plain};
use crate::cause::Cause;
use crate::escape::escape;
use crate::inbox::{Fault, Stream};
use crate::say::{Failure, Say, Words, shown};
use crate::{Exit, place};

pub(crate) fn run(say: &mut Say, args: &Inspect) -> Result<Exit, Failure> {
    let mut unknown = 0;
    for path in &args.files {
        let facts = match export(path)? {
            Some(facts) => facts,
            None => facts(&place::read(path, MAX)?),
        };
        unknown += usize::from(facts["kind"] == "unknown");
        tell(say, path, &facts, args.format)?;
    }
    Ok(match unknown {
        0 => Exit::Done,
        all if all == args.files.len() => Exit::Nothing,
        _ => Exit::Partial,
    })
}

fn tell(say: &mut Say, path: &Path, facts: &Value, format: Plain) -> Result<(), Failure> {
    if format == Plain::Json {
        let mut facts = facts.clone();
        if let Some(facts) = facts.as_object_mut() {
            facts.remove(FAULT_ID);
        }
        return say.result(&format!("{}\n", json!({"file": path, "facts": facts})));
    }
    let lang = say.lang();
    let kind = told(facts["kind"].as_str().unwrap_or_default(), lang);
    say.result(&format!("{}: {kind}\n", shown(path)))?;
    for (key, value) in
        facts.as_object().into_iter().flatten().filter(|(key, _)| !matches!(key.as_str(), "kind" | FAULT_ID))
    {
        let value = match (key.as_str(), &facts[FAULT_ID]) {
            ("fault", words @ Value::String(_)) if lang == Lang::Id => words,
            _ => value,
        };
        // A form may be called like one of our words.
        let ours = matches!(key.as_str(), "signature" | "what" | "fault");
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), |value| if ours { told(value, lang) } else { value }.to_owned());
        say.result(&format!("  {}: {}\n", told(key, lang), escape(&value)))?;
    }
    Ok(())
}

/// A word of ours in the language of the run; what is none of ours as it is.
fn told(word: &str, lang: Lang) -> &str {
    let known = INDONESIAN.iter().find(|(english, _)| *english == word).filter(|_| lang == Lang::Id);
    known.map_or(word, |(_, indonesian)| indonesian)
}

/// What is wrong with a file of a kind, in both languages: programs get the English one.
fn faulty(kind: &str, error: &impl Cause, code: Option<&str>) -> Value {
    let Words { id, en } = error.words();
    let mut facts = json!({"kind": kind, "fault": en, FAULT_ID: id});
    if let Some(code) = code {
        facts["code"] = json!(code);
    }
    facts
}

fn facts(bytes: &[u8]) -> Value {
    if bytes.starts_with(b"segel-form/") {
        return form(bytes);
    }
    if bytes.starts_with(b"segel-envelope/") {
        return envelope(bytes);
    }
    if bytes.starts_with(b"segel-export/") {
        return read_out(Stream::new(Box::new(std::io::Cursor::new(bytes.to_vec())), Path::new("-")));
    }
    if bytes.starts_with(b"age-encryption.org/") {
        return age(bytes);
    }
    if let Some(uses) = Uses::parse(bytes) {
        return json!({"kind": "record of uses", "uses": uses.uses().len(), "wrong": uses.wrong().len()});
    }
    if let Ok(register) = Register::parse(bytes) {
        return json!({"kind": "register of requests", "wishes": register.wishes().count()});
    }
    if let Some(mark) = Mark::parse(bytes) {
        return json!({"kind": "mark of an inbox", "form": mark.form.as_str(), "at": mark.at.text(), "end": mark.end});
    }
    if let Some(facts) = stamp(bytes) {
        return facts;
    }
    let text = String::from_utf8_lossy(bytes);
    if Receipt::parse(text.trim()).is_ok() {
        let number = Receipt::parse(text.trim()).map(|receipt| receipt.id().number()).unwrap_or_default();
        return json!({"kind": "receipt", "number": number});
    }
    if let Ok(file) = KeyFile::parse(bytes) {
        let recipients: Vec<String> =
            file.identities().iter().map(|identity: &Identity| short(&identity.recipient())).collect();
        return json!({"kind": "key file, not protected", "owner": file.owner().owner_id().to_string(), "keys": recipients, "spares": file.spares().len()});
    }
    let public: Vec<Recipient> = text.lines().filter_map(|line| Recipient::parse(line.trim()).ok()).collect();
    if !public.is_empty() {
        let owner = text.lines().find_map(|line| line.strip_prefix("# owner: ")).unwrap_or_default();
        return json!({"kind": "public key file", "owner": owner, "keys": public.iter().map(short).collect::<Vec<_>>()});
    }
    match Definition::parse(bytes) {
        Ok(definition) => {
            json!({"kind": "form definition", "name": definition.name().as_str(), "version": definition.version(), "fields": definition.fields().len()})
        }
        Err(_) if text.trim_start().starts_with('{') => {
            json!({"kind": "form definition, with faults", "next": "segel check"})
        }
        Err(_) => json!({"kind": "unknown"}),
    }
}

fn form(bytes: &[u8]) -> Value {
    match Form::parse(bytes) {
        Ok(form) => {
            let purposes: Vec<&str> = form.purposes().iter().map(segel_core::purpose::Purpose::id).collect();
            let parts: Vec<&str> = form.parts().iter().map(|part| part.name().as_str()).collect();
            json!({
                "kind": "published form", "signature": "good", "owner": form.owner().to_string(), "name": form.name().as_str(),
                "version": form.version(), "digest": form.digest().to_string(), "suite": form.suite().as_str(),
                "not_before": form.not_before().text(), "not_after": form.not_after().text(), "purposes": purposes,
                "fields": form.fields().len(), "parts": parts, "largest_submission": form.max_envelope(),
            })
        }
        Err(error) => faulty("published form", &error, Some(error.code())),
    }
}

fn envelope(bytes: &[u8]) -> Value {
    match Envelope::parse(bytes) {
        Ok(envelope) => {
            let head = envelope.head();
            let parts: Vec<Value> =
                head.parts().iter().map(|(name, length)| json!({"name": name.as_str(), "length": length})).collect();
            json!({"kind": "sealed submission", "form": head.form().to_string(), "id": head.id().to_string(), "number": head.id().number(), "digest": envelope.digest().to_string(), "parts": parts})
        }
        Err(error) => faulty("sealed submission", &error, Some(error.code())),
    }
}

/// A server's answer, alone in a file or on a line of a receipt that a customer saved.
fn stamp(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= 64 * 1024)?;
    let line = text.lines().find_map(|line| line.find(STAMP).map(|at| &line[at..]))?;
    Some(match Stamped::parse(line.trim_end().as_bytes()) {
        Ok(stamped) => {
            let stamp = stamped.stamp();
            let what = if stamp.what == Taken::Statement { "statement" } else { "submission" };
            json!({
                "kind": "server's stamp", "signature": if stamped.is_signed() { "good" } else { "does not match: altered, or not this server's" },
                "what": what, "received_at": stamp.received_at.text(), "number": stamp.id.number(), "sequence": stamp.sequence,
                "id": stamp.id.to_string(), "form": stamp.form.to_string(), "digest": stamp.digest.to_string(),
                "server_key": stamped.key().to_string(),
            })
        }
        Err(error) => json!({"kind": "server's stamp", "fault": error.to_string()}),
    })
}

/// An export of any size, read through; `None` for another file, or standard input.
fn export(path: &Path) -> Result<Option<Value>, Failure> {
    if place::is_dash(path) {
        return Ok(None);
    }
    let mut start = [0; 13];
    let count = place::open_regular(path)?.read(&mut start).map_err(|error| Failure::file(path, &error))?;
    if !start[..count].starts_with(b"segel-export/") {
        return Ok(None);
    }
    Ok(Some(read_out(Stream::open(path)?)))
}

fn read_out(mut stream: Stream) -> Value {
    let [mut submissions, mut resealed, mut deleted, mut statements, mut damaged] = [0_u64; 5];
    let fault = loop {
        match stream.next() {
            Ok(Some(Entry::Record(record))) => {
                submissions += 1;
                resealed += u64::from(record.resealed().is_some());
            }
            Ok(Some(Entry::Said(_))) => statements += 1,
            Ok(Some(Entry::Damaged(_))) => damaged += 1,
            Ok(Some(_)) => deleted += 1,
            Ok(None) => break None,
            Err(Fault::Export(error)) => break Some(error),
            Err(Fault::File(_)) => return json!({"kind": "export", "fault": "cannot be read to its end"}),
        }
    };
    let form = stream.form().map(|form| form.as_str().to_owned());
    let mut facts = json!({"kind": "export", "form": form, "submissions": submissions, "chain": "good"});
    if let (Some((start, end)), None, true) = (stream.positions(), &fault, submissions + deleted + damaged > 0) {
        facts["from"] = json!(start.sequence() + 1);
        facts["to"] = json!(end.sequence());
    }
    if damaged > 0 {
        facts["damaged"] = json!(damaged);
    }
    if resealed > 0 {
        facts["resealed"] = json!(resealed);
    }
    if statements > 0 {
        facts["statements"] = json!(statements);
    }
    if deleted > 0 {
        facts["deleted"] = json!(deleted);
    }
    if let Some(error) = fault.or_else(|| stream.finish().err()) {
        facts = faulty("export", &error, Some(error.code()));
        facts["form"] = json!(form);
        facts["submissions"] = json!(submissions);
    }
    facts
}

fn age(bytes: &[u8]) -> Value {
    if let Some(work) = KeyFile::work_factor(bytes) {
        return json!({"kind": "age file with a passphrase (a key file?)", "work_factor": work});
    }
    match Header::parse(bytes) {
        Ok(header) => {
            let stanzas: Vec<&str> = header.stanzas().iter().map(segel_core::age::header::Stanza::kind).collect();
            json!({"kind": "age file", "stanzas": stanzas})
        }
        Err(error) => faulty("age file", &error, None),
    }
}

fn short(recipient: &Recipient) -> String {
    let text = recipient.to_text();
    format!("{}… ({})", &text[..text.len().min(20)], recipient.suite().as_str())
}

/// Where the Indonesian words for a fault wait to be printed.
const FAULT_ID: &str = "fault_id";

/// Our words in Indonesian: kinds, names of facts, and those of their values that are words.
const INDONESIAN: &[(&str, &str)] = &[
    ("age file with a passphrase (a key file?)", "berkas age berkata sandi (berkas kunci?)"),
    ("age file", "berkas age"),
    ("key file, not protected", "berkas kunci, tidak dilindungi"),
    ("public key file", "berkas kunci publik"),
    ("published form", "formulir terbit"),
    ("form definition", "definisi formulir"),
    ("form definition, with faults", "definisi formulir, ada yang salah"),
    ("sealed submission", "kiriman tersegel"),
    ("server's stamp", "tanda terima server"),
    ("export", "ekspor"),
    ("receipt", "bukti pelanggan"),
    ("record of uses", "catatan pemakaian"),
    ("register of requests", "catatan permintaan"),
    ("mark of an inbox", "tanda kotak masuk"),
    ("unknown", "tidak dikenal"),
    ("good", "cocok"),
    ("does not match: altered, or not this server's", "tidak cocok: diubah, atau bukan dari server ini"),
    ("statement", "pernyataan"),
    ("submission", "kiriman"),
    ("cannot be read to its end", "tidak dapat dibaca sampai akhir"),
    ("at", "pada"),
    ("chain", "rantai"),
    ("code", "kode"),
    ("damaged", "rusak"),
    ("deleted", "dihapus"),
    ("digest", "sidik"),
    ("end", "sampai"),
    ("fault", "kesalahan"),
    ("fields", "isian"),
    ("form", "formulir"),
    ("from", "dari"),
    ("keys", "kunci"),
    ("largest_submission", "kiriman_terbesar"),
    ("name", "nama"),
    ("next", "selanjutnya"),
    ("not_after", "berlaku_sampai"),
    ("not_before", "berlaku_mulai"),
    ("number", "nomor"),
    ("owner", "pemilik"),
    ("parts", "bagian"),
    ("purposes", "tujuan"),
    ("received_at", "diterima"),
    ("resealed", "disegel_ulang"),
    ("sequence", "urutan"),
    ("server_key", "kunci_server"),
    ("signature", "tanda_tangan"),
    ("spares", "cadangan"),
    ("stanzas", "pembaca"),
    ("statements", "pernyataan"),
    ("submissions", "kiriman"),
    ("suite", "jenis_kunci"),
    ("to", "sampai"),
    ("uses", "pemakaian"),
    ("version", "versi"),
    ("what", "tentang"),
    ("wishes", "permintaan"),
    ("work_factor", "kerja_kata_sandi"),
    ("wrong", "salah"),
];

/// How a stamp begins.
const STAMP: &str = "{\"digest\":\"";
const MAX: usize = 256 * 1024 * 1024;
