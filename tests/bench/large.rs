//! A large inbox from fixed seeds: the smallest form there is, so that opening it is key agreement more than anything else.

use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rayon::prelude::*;
use segel_core::age::Suite;
use segel_core::export::{Position, write_end, write_head, write_line};
use segel_core::id::Digest;
use segel_core::key::OwnerKey;
use segel_core::receipt::Receipt;
use segel_core::time::Time;
use segel_core::{Answers, Choice, Choices, Definition, Form, Prepared, RawAnswers, seal};

/// What to make.
#[derive(Clone, Copy)]
pub(crate) struct Large {
    pub(crate) count: u64,
    pub(crate) suite: Suite,
    /// Fields besides a name and a number.
    pub(crate) columns: usize,
    /// The sequence of a submission that is not whole, as a customer's page might send it.
    pub(crate) spoiled: Option<u64>,
}

impl Large {
    pub(crate) const fn new(count: u64, suite: Suite) -> Self {
        Self { count, suite, columns: 0, spoiled: None }
    }
}

/// Writes form, key and inbox into `folder`.
pub(crate) fn write(folder: &Path, Large { count, suite, columns, spoiled }: Large) {
    let at = Time::parse("2026-11-23T03:12:46Z").unwrap();
    let owner = OwnerKey::generate(suite, &mut ChaCha20Rng::from_seed([1; 32])).unwrap();
    let definition = Definition::parse(definition(columns).as_bytes()).unwrap();
    let form = owner.sign(&definition.publish(&[owner.recipient()], suite, at, None).unwrap()).unwrap();

    let inbox = folder.join("inbox");
    fs::create_dir_all(&inbox).unwrap();
    fs::write(folder.join("form.segel"), form.bytes()).unwrap();
    let key = folder.join("owner.key");
    fs::write(&key, owner.identity().to_text().as_bytes()).unwrap();
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
    let mut file =
        BufWriter::new(File::create(inbox.join(format!("besar-00000001-{count:08}.own.segel-export"))).unwrap());
    let mut position = Position::START;
    file.write_all(&write_head(form.name(), &position)).unwrap();
    for start in (0..count).step_by(4096) {
        let numbers = start..count.min(start + 4096);
        let envelopes: Vec<Vec<u8>> =
            numbers.into_par_iter().map(|number| submission(&form, number, columns, at)).collect();
        for mut envelope in envelopes {
            if spoiled == Some(position.sequence() + 1) {
                envelope.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
            }
            position = position.next(at, &Digest::of(&envelope));
            file.write_all(&write_line(&position, at, envelope.len() as u64)).unwrap();
            file.write_all(&envelope).unwrap();
            file.write_all(b"\n").unwrap();
        }
    }
    file.write_all(&write_end(&position)).unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
}

/// Runs a command to its end and throws its output away; the most memory that it ever had, in KiB. The system says so while it runs, and it
/// cannot be further ahead than a pipe is long.
#[allow(dead_code, reason = "not everybody who makes an inbox opens it")]
pub(crate) fn peak(command: &mut Command) -> u64 {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (mut output, mut piece, mut most) = (child.stdout.take().unwrap(), vec![0; 64 * 1024], 0);
    while output.read(&mut piece).unwrap() > 0 {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok());
        most = most.max(peak.unwrap_or(0));
    }
    assert!(child.wait().unwrap().success());
    most
}

fn submission(form: &Form, number: u64, columns: usize, at: Time) -> Vec<u8> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let mut rng = ChaCha20Rng::from_seed(seed);
    let mut choices = Choices::new(form);
    choices.set("daftar", Choice::Given).unwrap();
    let mut raw = RawAnswers::new();
    raw.set_text("nama", format!("Sari Dewi {number}"));
    raw.set_text("wa", "0812-3456-7890".to_owned());
    for column in 0..columns {
        raw.set_text(&format!("kolom_{column}"), format!("jawaban {column} dari {number}"));
    }
    let answers = Answers::check(form, &choices, raw).ok().unwrap();
    let consent = form.notice("id").unwrap().consent(&choices, at).unwrap();
    let prepared = Prepared::new(form, Receipt::generate(&mut rng).unwrap(), &mut rng).unwrap();
    seal(form, prepared, consent, answers, &[], at).unwrap()
}

/// The smallest form that is one: a name, a number, one purpose, no staff.
fn definition(columns: usize) -> String {
    let more: String = (0..columns)
        .map(|column| {
            format!(
                r#",{{"id": "kolom_{column}", "kind": "text", "max": 40, "label": {{"id": "Kolom {column}"}},
                "reason": {{"id": "ukur"}}, "purposes": ["daftar"], "required": false}}"#
            )
        })
        .collect();
    r#"{"segel": "definition/1", "name": "besar", "version": 1, "languages": ["id"], "title": {"id": "Besar"},
    "controller": {"name": "Toko", "address": "Jalan", "contact": "Pemilik", "whatsapp": "+62 812 0000 0000"},
    "storage": {"country": "ID", "backup_days": 30}, "children": "block", "rights": {"contact": "WhatsApp"},
    "purposes": [{"id": "daftar", "required": true, "basis": ["consent"], "text": {"id": "mendaftar"},
      "question": {"id": "Saya setuju."}, "retention": {"max": "P99Y"}}],
    "fields": [
      {"id": "nama", "kind": "name", "label": {"id": "Nama"}, "reason": {"id": "menyapa"}, "purposes": ["daftar"], "required": true},
      {"id": "wa", "kind": "phone", "label": {"id": "WA"}, "reason": {"id": "kabar"}, "purposes": ["daftar"], "required": true}MORE
    ]}"#
    .replace("MORE", &more)
}
