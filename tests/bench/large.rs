//! A large inbox from fixed seeds: the smallest form there is, so that opening it is key agreement more than anything else.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

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

/// Writes form, key and an inbox of `count` submissions into `folder`.
pub(crate) fn write(folder: &Path, count: u64, suite: Suite) {
    let at = Time::parse("2026-11-23T03:12:46Z").unwrap();
    let owner = OwnerKey::generate(suite, &mut ChaCha20Rng::from_seed([1; 32])).unwrap();
    let definition = Definition::parse(definition().as_bytes()).unwrap();
    let form = owner.sign(&definition.publish(&[owner.recipient()], suite, at, None).unwrap()).unwrap();

    let inbox = folder.join("inbox");
    fs::create_dir_all(&inbox).unwrap();
    fs::write(folder.join("form.segel"), form.bytes()).unwrap();
    let key = folder.join("owner.key");
    fs::write(&key, owner.identity().to_text().as_bytes()).unwrap();
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
    let mut file = BufWriter::new(File::create(inbox.join(format!("besar-00000001-{count:08}.segel-export"))).unwrap());
    let mut position = Position::START;
    file.write_all(&write_head(form.name(), &position)).unwrap();
    for start in (0..count).step_by(4096) {
        let numbers = start..count.min(start + 4096);
        let envelopes: Vec<Vec<u8>> = numbers.into_par_iter().map(|number| submission(&form, number, at)).collect();
        for envelope in envelopes {
            position = position.next(at, &Digest::of(&envelope));
            file.write_all(&write_line(&position, at, envelope.len() as u64)).unwrap();
            file.write_all(&envelope).unwrap();
            file.write_all(b"\n").unwrap();
        }
    }
    file.write_all(&write_end(&position)).unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
}

fn submission(form: &Form, number: u64, at: Time) -> Vec<u8> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let mut rng = ChaCha20Rng::from_seed(seed);
    let mut choices = Choices::new(form);
    choices.set("daftar", Choice::Given).unwrap();
    let mut raw = RawAnswers::new();
    raw.set_text("nama", format!("Sari Dewi {number}"));
    raw.set_text("wa", "0812-3456-7890".to_owned());
    let answers = Answers::check(form, &choices, raw).ok().unwrap();
    let consent = form.notice("id").unwrap().consent(&choices, at).unwrap();
    let prepared = Prepared::new(form, Receipt::generate(&mut rng).unwrap(), &mut rng).unwrap();
    seal(form, prepared, consent, answers, &[], at).unwrap()
}

/// The smallest form that is one: a name, a number, one purpose, no staff.
fn definition() -> String {
    r#"{"segel": "definition/1", "name": "besar", "version": 1, "languages": ["id"], "title": {"id": "Besar"},
    "controller": {"name": "Toko", "address": "Jalan", "contact": "Pemilik", "whatsapp": "+62 812 0000 0000"},
    "storage": {"country": "ID", "backup_days": 30}, "children": "block", "rights": {"contact": "WhatsApp"},
    "purposes": [{"id": "daftar", "required": true, "basis": ["consent"], "text": {"id": "mendaftar"},
      "question": {"id": "Saya setuju."}, "retention": {"max": "P99Y"}}],
    "fields": [
      {"id": "nama", "kind": "name", "label": {"id": "Nama"}, "reason": {"id": "menyapa"}, "purposes": ["daftar"], "required": true},
      {"id": "wa", "kind": "phone", "label": {"id": "WA"}, "reason": {"id": "kabar"}, "purposes": ["daftar"], "required": true}
    ]}"#
    .to_owned()
}
