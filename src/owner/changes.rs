//! What differs between a published form and the definition that is to replace it, purpose by purpose and field by field, and where
//! customers must agree again: a consent covers what was told when it was given (UU PDP Art. 21(2), 22).
//!
//! A machine sees what is new, more, longer or further away. Whether other words mean another thing it cannot see; those are shown.

mod field;
mod purpose;

use std::collections::BTreeSet;

use segel_core::Definition;
use segel_core::time::{Span, Unit};
use serde_json::{Value, json};

use crate::args::Lang;
use crate::escape::escape;
use crate::say::{Words, words};

/// Every difference, in the order of the definition.
#[derive(Default)]
pub(crate) struct Changes {
    all: Vec<Change>,
}

/// One difference.
pub(crate) struct Change {
    /// `purposes.penawaran.retention.max`
    place: String,
    /// The purpose, field or part of the form, as a person knows it.
    about: Words,
    what: Words,
    weight: Weight,
    /// The purposes that need consent again.
    again: Vec<String>,
}

/// What a difference asks of the owner.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// A purpose reaches further: customers agree again.
    Wider,
    /// Other words or another order; the owner judges whether they mean the same.
    Words,
    /// Less is done, or something else than the use of data: customers are told.
    Other,
}

impl Changes {
    /// From the body of a published form to a definition; both passed the grammar.
    pub(crate) fn between(old: &Value, new: &Value) -> Self {
        let mut changes = Self::default();
        purpose::compare(&mut changes, old, new);
        field::compare(&mut changes, old, new);
        whole(&mut changes, old, new);
        changes
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The purposes for which customers must agree again.
    pub(crate) fn again(&self) -> BTreeSet<&str> {
        self.all.iter().flat_map(|change| change.again.iter().map(String::as_str)).collect()
    }

    /// A line a change.
    pub(crate) fn text(&self, lang: Lang) -> String {
        let pick = |words: &Words| escape(if lang == Lang::Id { &words.id } else { &words.en });
        let lines = self.all.iter().map(|change| {
            let mark = match (change.weight, lang) {
                (Weight::Wider, Lang::Id) => " [minta persetujuan lagi]",
                (Weight::Wider, Lang::En) => " [ask consent again]",
                (Weight::Words, Lang::Id) => " [lain artinya? minta persetujuan lagi]",
                (Weight::Words, Lang::En) => " [another meaning? ask consent again]",
                (Weight::Other, _) => "",
            };
            format!("  {}: {}{mark}\n", pick(&change.about), pick(&change.what))
        });
        lines.collect()
    }

    /// A line a change that customers are told of, with what a purpose is for in place of its id.
    pub(crate) fn for_customers(&self, definition: &Definition, lang: Lang) -> Vec<String> {
        let pick = |words: &Words| if lang == Lang::Id { words.id.clone() } else { words.en.clone() };
        let code = if lang == Lang::Id { "id" } else { "en" };
        let told = self.all.iter().filter(|change| change.weight == Weight::Wider || !is_untold(&change.place));
        let line = |change: &Change| {
            let id = change.place.strip_prefix("purposes.").and_then(|rest| rest.split('.').next());
            let purpose = id.and_then(|id| definition.purpose(id)).map(|purpose| purpose.text().get(code).to_owned());
            format!("{}: {}", purpose.unwrap_or_else(|| pick(&change.about)), pick(&change.what))
        };
        told.map(line).collect()
    }

    pub(crate) fn json(&self) -> Value {
        let entries = self.all.iter().map(|change| {
            let weight = match change.weight {
                Weight::Wider => "wider",
                Weight::Words => "words",
                Weight::Other => "other",
            };
            json!({
                "place": change.place, "weight": weight, "reconsent": change.again,
                "about": {"id": change.about.id, "en": change.about.en},
                "message": {"id": change.what.id, "en": change.what.en},
            })
        });
        entries.collect()
    }

    fn other(&mut self, place: &str, about: Words, what: Words) {
        self.push(place, about, what, Weight::Other, Vec::new());
    }

    fn words(&mut self, place: &str, about: Words, what: Words) {
        self.push(place, about, what, Weight::Words, Vec::new());
    }

    fn wider(&mut self, place: &str, about: Words, what: Words, again: Vec<String>) {
        self.push(place, about, what, Weight::Wider, again);
    }

    fn push(&mut self, place: &str, about: Words, what: Words, weight: Weight, again: Vec<String>) {
        self.all.push(Change { place: place.to_owned(), about, what, weight, again });
    }
}

/// What concerns every purpose: who asks, who receives, where it lies, children.
fn whole(changes: &mut Changes, old: &Value, new: &Value) {
    let form = || words!("formulir", "the form");
    let everybody = || ids(new, "purposes");
    for country in countries(new).difference(&countries(old)) {
        let what = words!("data juga ke negara {country}", "data goes to another country too: {country}");
        changes.wider("storage", form(), what, everybody());
    }
    for (key, id, en) in [("recipients", "penerima", "recipient"), ("processors", "pemroses", "processor")] {
        let names = |value: &Value| -> BTreeSet<String> {
            list(&value[key]).iter().filter_map(|party| party["name"].as_str().map(str::to_owned)).collect()
        };
        for name in names(new).difference(&names(old)) {
            let what = words!("{id} baru: {name}", "a new {en}: {name}");
            match key {
                "recipients" => changes.wider(key, form(), what, everybody()),
                _ => changes.other(key, form(), what),
            }
        }
        for name in names(old).difference(&names(new)) {
            changes.other(key, form(), words!("tidak lagi {id}: {name}", "no longer a {en}: {name}"));
        }
        let same_names = names(old) == names(new);
        if same_names && list(&old[key]) != list(&new[key]) {
            changes.words(key, form(), words!("keterangan {id} berubah", "what is said of a {en} changed"));
        }
    }
    let backup = |value: &Value| value["storage"]["backup_days"].as_i64().unwrap_or_default();
    let (before, after) = (backup(old), backup(new));
    if before != after {
        let what = words!(
            "cadangan dihapus setelah {after} hari, dulu {before}",
            "backups are gone after {after} days, before {before}"
        );
        match after > before {
            true => changes.wider("storage.backup_days", form(), what, everybody()),
            false => changes.other("storage.backup_days", form(), what),
        }
    }
    if old["controller"]["name"] != new["controller"]["name"] {
        let (before, after) = (told(&old["controller"]["name"]), told(&new["controller"]["name"]));
        let what = words!("yang meminta sekarang {after}, dulu {before}", "who asks is now {after}, before {before}");
        changes.words("controller.name", form(), what);
    }
    for (key, id, en) in PLAIN {
        if without_name(&old[key], key) != without_name(&new[key], key) {
            changes.other(key, form(), words!("{id} berubah", "{en} changed"));
        }
    }
    let staff = |value: &Value| -> Vec<Value> {
        list(&value["roles"]).iter().filter(|role| role["id"] != "owner").cloned().collect()
    };
    if staff(old) != staff(new) {
        changes.other("roles", form(), words!("peran atau kunci staf berubah", "roles or staff keys changed"));
    }
}

/// Whether a change at a place is no customer's matter. An id may be any of these words.
fn is_untold(place: &str) -> bool {
    match place.split('.').collect::<Vec<_>>()[..] {
        [key] => matches!(key, "title" | "languages" | "endpoint" | "roles"),
        ["fields", _, key] => {
            matches!(key, "roles" | "hint" | "max_bytes" | "accept" | "image" | "files" | "label" | "of")
        }
        ["purposes", _, key] => key == "type",
        _ => false,
    }
}

/// Keys of the form that say nothing about the use of data.
const PLAIN: [(&str, &str, &str); 9] = [
    ("title", "judul", "the title"),
    ("languages", "bahasa", "the languages"),
    ("controller", "alamat atau kontak", "address or contact"),
    ("rights", "tempat memakai hak", "where rights are used"),
    ("children", "cara menangani anak", "how children are treated"),
    ("customer_reads", "apakah bukti membuka kiriman", "whether the receipt opens the submission"),
    (
        "draft",
        "apakah jawaban yang belum selesai disimpan di perangkat",
        "whether unfinished answers are kept on the device",
    ),
    ("endpoint", "alamat kirim", "where submissions go"),
    ("name", "nama formulir", "the form's name"),
];

/// The controller's name is told apart from its contacts.
fn without_name(value: &Value, key: &str) -> Value {
    // A switch that was never touched is off.
    let mut value = if matches!(key, "customer_reads" | "draft") { Value::Bool(*value == true) } else { value.clone() };
    if let Some(entries) = value.as_object_mut().filter(|_| key == "controller") {
        entries.remove("name");
    }
    value
}

fn countries(form: &Value) -> BTreeSet<String> {
    let storage = std::iter::once(&form["storage"]);
    let places = storage.chain(list(&form["processors"]));
    places.filter_map(|place| place["country"].as_str().map(str::to_owned)).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn ids(form: &Value, key: &str) -> Vec<String> {
    list(&form[key]).iter().filter_map(|item| item["id"].as_str().map(str::to_owned)).collect()
}

fn find<'v>(form: &'v Value, key: &str, id: &str) -> Option<&'v Value> {
    list(&form[key]).iter().find(|item| item["id"] == id)
}

/// A value as a person reads it.
fn told(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A duration in words.
fn lasting(span: Span) -> Words {
    let count = span.count();
    let (id, en) = match span.unit() {
        Unit::Days => ("hari", "day"),
        Unit::Weeks => ("minggu", "week"),
        Unit::Months => ("bulan", "month"),
        _ => ("tahun", "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    words!("{count} {id}", "{count} {en}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_does_not_differ_from_itself() {
        let form =
            json!({"purposes": [{"id": "a", "retention": {"max": "P1Y"}}], "fields": [{"id": "f"}], "title": {}});
        assert!(Changes::between(&form, &form).is_empty());
    }

    #[test]
    fn a_switch_that_is_written_as_off_was_off() {
        let form = json!({"purposes": [], "fields": []});
        let written = json!({"purposes": [], "fields": [], "draft": false, "customer_reads": false});
        assert!(Changes::between(&form, &written).is_empty() && Changes::between(&written, &form).is_empty());
    }

    #[test]
    fn customers_hear_of_what_is_theirs_whatever_its_id() {
        for (place, told) in [
            ("title", false),
            ("roles", false),
            ("fields.nama.hint", false),
            ("fields.nama.roles", false),
            ("purposes.a.type", false),
            ("fields.nickname_of", true),
            ("fields.judul_title", true),
            ("fields.roles", true),
            ("fields.roles.purposes", true),
            ("purposes.endpoint", true),
            ("purposes.title.retention.max", true),
        ] {
            assert_eq!(!is_untold(place), told, "{place}");
        }
        let mut changes = Changes::default();
        changes.wider("fields.nama.of", words!("isian", "field"), words!("lebih", "more"), Vec::new());
        let text = include_bytes!("../../www/forms/daftar.json");
        let definition = crate::lint::check(text, crate::args::Profile::Id).definition.unwrap();
        assert_eq!(changes.for_customers(&definition, Lang::En), ["field: more"]);
    }

    #[test]
    fn what_reaches_further_everywhere_asks_every_purpose_again() {
        let form = |country: &str, days: u32, recipients: Value| json!({"purposes": [{"id": "a"}, {"id": "b"}], "storage": {"country": country, "backup_days": days}, "recipients": recipients});
        let old = form("ID", 30, json!([]));
        for new in [form("SG", 30, json!([])), form("ID", 31, json!([])), form("ID", 30, json!([{"name": "Kurir"}]))] {
            let changes = Changes::between(&old, &new);
            assert_eq!(changes.again().into_iter().collect::<Vec<_>>(), ["a", "b"]);
            assert!(
                Changes::between(&new, &old)
                    .all
                    .iter()
                    .all(|change| change.weight != Weight::Wider || new["storage"]["country"] == "SG")
            );
        }
    }

    #[test]
    fn each_change_has_its_weight_both_ways() {
        use Weight::{Other, Wider, Words};
        let form = json!({
            "title": {"id": "Daftar"}, "controller": {"name": "Toko", "contact": "Ibu"}, "children": "block",
            "storage": {"country": "ID", "backup_days": 30}, "processors": [{"name": "Server", "country": "ID"}],
            "purposes": [
                {"id": "a", "required": true, "basis": ["consent"], "retention": {"max": "P12M"}, "text": {"id": "satu"}},
                {"id": "b", "required": false, "basis": ["consent"], "retention": {"max": "P2Y"}, "adults": true},
            ],
            "fields": [{"id": "f", "kind": "text", "purposes": ["a"], "required": true, "roles": ["kasir"], "label": {"id": "Nama"}}],
        });
        let again_a: &[&str] = &["a"];
        let again_b: &[&str] = &["b"];
        let nobody: &[&str] = &[];
        // Pointer, the new value, what it asks there and who agrees again, what it asks on the way back and who does then.
        let cases = [
            ("/purposes/0/retention/max", json!("P13M"), (Wider, again_a), (Other, nobody)),
            ("/purposes/0/retention/max", json!("P2Y"), (Wider, again_a), (Other, nobody)),
            ("/purposes/0/basis", json!(["legal"]), (Wider, again_a), (Wider, again_a)),
            ("/purposes/0/text/id", json!("dua"), (Words, nobody), (Words, nobody)),
            ("/purposes/1/required", json!(true), (Wider, again_b), (Other, nobody)),
            ("/purposes/1/profiling", json!(true), (Wider, again_b), (Other, nobody)),
            ("/purposes/1/adults", json!(false), (Wider, again_b), (Other, nobody)),
            ("/purposes/1/consent_valid", json!("P3Y"), (Wider, again_b), (Other, nobody)),
            ("/fields/0/purposes", json!(["a", "b"]), (Wider, again_b), (Other, nobody)),
            ("/fields/0/kind", json!("nik"), (Wider, again_a), (Wider, again_a)),
            ("/fields/0/roles", json!(["kasir", "kurir"]), (Other, nobody), (Other, nobody)),
            ("/fields/0/required", json!(false), (Other, nobody), (Other, nobody)),
            ("/fields/0/label/id", json!("Nama lengkap"), (Words, nobody), (Words, nobody)),
            ("/fields/0/max", json!(9), (Other, nobody), (Other, nobody)),
            ("/controller/name", json!("Warung"), (Words, nobody), (Words, nobody)),
            ("/controller/contact", json!("Bapak"), (Other, nobody), (Other, nobody)),
            ("/children", json!("guardian"), (Other, nobody), (Other, nobody)),
            ("/title/id", json!("Gabung"), (Other, nobody), (Other, nobody)),
            ("/draft", json!(true), (Other, nobody), (Other, nobody)),
        ];
        for (pointer, value, there, back) in cases {
            let mut changed = form.clone();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            changed.pointer_mut(parent).unwrap()[key] = value;
            for (old, new, (weight, again)) in [(&form, &changed, there), (&changed, &form, back)] {
                let changes = Changes::between(old, new);
                let [change] = changes.all.as_slice() else { panic!("{pointer}: {}", changes.text(Lang::En)) };
                assert!(change.weight == weight, "{pointer}: {}", changes.text(Lang::En));
                assert_eq!(changes.again().into_iter().collect::<Vec<_>>(), again, "{pointer}");
            }
        }
    }
}
