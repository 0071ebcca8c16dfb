//! Makes the vectors: a good one of each kind from a seed, and the broken ones by changing it in exactly one place.

use segel_core::age::file::{self, Prepared};
use segel_core::age::{Identity, Recipient, Suite, header};
use segel_core::envelope::{Envelope, Head};
use segel_core::export::{
    Position, Resealed, write_damaged, write_end, write_gone, write_head, write_line, write_resealed,
};
use segel_core::id::{Digest, FormDigest, PartName};
use segel_core::part::label;
use segel_core::receipt::Receipt;
use segel_core::reseal::reseal;
use segel_core::stamp::Taken;
use segel_core::table::csv_line;
use segel_core::{Choice, Definition, Form};

use segel_vectors::{Vector, base64};

use super::support::{RECEIVED_AT, SEALED_AT, Shop, rng, time};

/// The published forms that go with the vectors.
pub(crate) fn forms() -> Vec<(&'static str, Form)> {
    let other = Shop::with(Suite::X25519, |text| text.replace("\"kecil\"", "\"lain\""));
    vec![
        ("anak.segel", super::guardian::shop().form),
        ("kecil-x25519.segel", Shop::new(Suite::X25519).form),
        ("kecil-hybrid.segel", Shop::new(Suite::Hybrid).form),
        ("lain.segel", other.form),
        ("kecil-x25519-2.segel", later()),
    ]
}

/// The next version of the small form: another cashier.
fn later() -> Form {
    let shop = Shop::new(Suite::X25519);
    let text = include_str!("forms/kecil.json").replace("KASIR", &new_cashier().recipient().to_text());
    let definition = Definition::parse(text.replace("\"version\": 1", "\"version\": 2").as_bytes()).unwrap();
    let (owners, from) = ([shop.owner.recipient(), shop.spare.recipient()], time("2026-12-01T00:00:00Z"));
    let body = definition.publish(&owners, Suite::X25519, from, Some(shop.form.digest())).unwrap();
    shop.owner.sign(&body).unwrap()
}

fn new_cashier() -> Identity {
    Identity::generate(Suite::X25519, &mut rng(40)).unwrap()
}

/// A submission sealed anew to the keys of the next version.
fn resealed(bytes: &[u8]) -> Vec<u8> {
    let shop = Shop::new(Suite::X25519);
    let envelope = Envelope::parse(bytes).unwrap();
    reseal(&shop.form, &later(), &envelope, &shop.owner_keys(), &mut rng(41)).unwrap()
}

/// Every vector under its file name.
pub(crate) fn all() -> Vec<(String, Vector)> {
    let mut vectors = json();
    vectors.extend(csv());
    vectors.extend(receipts());
    vectors.extend(published());
    vectors.extend(exports());
    vectors.extend(good_envelopes());
    vectors.extend(broken_fronts());
    vectors.extend(broken_parts());
    vectors.extend(broken_headers());
    vectors.extend(broken_mains());
    vectors.extend(super::guardian::cases());
    vectors.extend(super::statement::cases());
    vectors.extend(super::register::cases());
    vectors.extend(super::stamp::cases());
    vectors.extend(super::work::cases());
    vectors.extend(super::uses::cases());
    vectors.into_iter().map(|case| (case.name, case.vector)).collect()
}

pub(crate) fn vector(name: &str, kind: &str, expect: &str, section: &str, comment: &str, body: Vec<u8>) -> Case {
    let head = [("kind", kind), ("expect", expect), ("section", section), ("comment", comment)];
    let head = head.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    Case { name: format!("{kind}_{name}.txt"), vector: Vector { head, body } }
}

/// A vector and its file name.
pub(crate) struct Case {
    name: String,
    vector: Vector,
}

impl Case {
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.vector.head.push((key.to_owned(), value.to_owned()));
        self
    }
}

fn json() -> Vec<Case> {
    let case = |name: &str, expect: &str, comment: &str, body: &[u8]| {
        vector(name, "json", expect, "1.1", comment, body.to_vec())
    };
    let deep = |levels: usize| ["[".repeat(levels), "]".repeat(levels)].concat().into_bytes();
    vec![
        case("good", "canonical", "every kind of value", br#"{"a":[1,-2,true,false,null],"b":{"c":"x"}}"#),
        case("escapes", "canonical", "the shortest escapes", b"\"\\b\\t\\n\\f\\r\\\"\\\\\\u001f/\xc3\xa9\""),
        case("largest_integer", "canonical", "2^53 - 1", b"9007199254740991"),
        case("too_large_integer", "refused", "2^53", b"9007199254740992"),
        case("float", "refused", "1.0 for 1", b"1.0"),
        case("exponent", "refused", "1e400", b"1e400"),
        case("minus_zero", "refused", "-0", b"-0"),
        case("leading_zero", "refused", "01", b"01"),
        case("space", "valid", "a space after a colon", br#"{"a": 1}"#),
        case("key_order", "valid", "keys not sorted", br#"{"b":1,"a":2}"#),
        case("needless_escape", "valid", "a letter as \\u0061", br#""\u0061""#),
        case("upper_case_escape", "valid", "\\u001F for \\u001f", br#""\u001F""#),
        case("duplicate_key", "refused", "the same key twice", br#"{"consent":1,"consent":2}"#),
        case("duplicate_key_escaped", "refused", "the same key in two spellings", br#"{"a":1,"\u0061":2}"#),
        case("bom", "refused", "a byte order mark in front", b"\xef\xbb\xbf{}"),
        case("overlong_utf8", "refused", "overlong encoding of a slash", b"\"\xc0\xaf\""),
        case("surrogate_utf8", "refused", "an encoded surrogate", b"\"\xed\xa0\x80\""),
        case("lone_surrogate", "refused", "half a pair as an escape", br#""\ud800""#),
        case("control", "refused", "a raw LF in a string", b"\"a\nb\""),
        case("nesting_8", "canonical", "as deep as allowed", &deep(8)),
        case("nesting_9", "refused", "one level too deep", &deep(9)),
        case("nesting_10000", "refused", "very deep", &deep(10_000)),
        case("trailing", "refused", "something after the value", b"{}{}"),
        case("truncated", "refused", "ends inside", br#"{"a":"#),
    ]
}

fn csv() -> Vec<Case> {
    let case = |name: &str, expect: &str, body: &str| {
        let line = base64(csv_line([Some(body)]).as_bytes()).replace('\n', "");
        vector(name, "csv", expect, "13", "one cell", body.as_bytes().to_vec()).with("line", &line)
    };
    vec![
        case("plain", "plain", "Sari, \"Dewi\""),
        case("formula", "guarded", "=HYPERLINK(\"https://x.example\",\"x\")"),
        case("phone", "guarded", "+6281234567890"),
        case("minus", "guarded", "-1+1"),
        case("at", "guarded", "@SUM(1)"),
        case("tab", "guarded", "\tx"),
        case("newline_and_quote", "guarded", "\n\"x\""),
        case("apostrophe", "guarded", "'quoted'"),
        case("inside", "plain", "a=1"),
        case("after_semicolon", "guarded", "x;=1+1"),
        case("after_tab", "guarded", "x\t@SUM(1)"),
        case("after_newline", "guarded", "- roti\r\n- susu"),
        case("after_semicolon_and_quote", "guarded", "x; \"=1+1&\""),
        case("apostrophe_after_semicolon", "guarded", "x;'y'"),
        case("semicolons", "plain", "Kopi; Teh;; 1-2"),
        case("lines", "plain", "satu\r\n\r\n\tdua"),
    ]
}

fn receipts() -> Vec<Case> {
    let receipt = Receipt::generate(&mut rng(9)).unwrap();
    let text = receipt.to_text().to_string();
    let flipped = format!("{}{}", &text[..text.len() - 1], if text.ends_with('Q') { 'P' } else { 'Q' });
    let case = |name: &str, expect: &str, comment: &str, body: &str| {
        vector(name, "receipt", expect, "4.1", comment, body.as_bytes().to_vec())
    };
    vec![
        case("good", "receipt", "id, verifying key and number follow from the text", &text)
            .with("seed", "09 x 32")
            .with("id", &receipt.id().to_string())
            .with("verifying_key", &receipt.verifying_key().to_string())
            .with("number", &receipt.id().number()),
        case("checksum", "refused", "the last character is another", &flipped),
        case("lower_case", "refused", "in lower case", &text.to_lowercase()),
        case("other_key", "refused", "an age identity", &receipt.identity(Suite::X25519).to_text()),
        case("trailing", "refused", "a space behind it", &format!("{text} ")),
    ]
}

fn published() -> Vec<Case> {
    let shop = Shop::new(Suite::X25519);
    let bytes = shop.form.bytes().to_vec();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let body = text.split_once("\n\n").unwrap().1.to_owned();
    let case =
        |name: &str, expect: &str, comment: &str, body: Vec<u8>| vector(name, "form", expect, "5.4", comment, body);
    let edited = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into_bytes()
    };
    let signed = |body: String| sign(&shop, &body);
    let resigned = |from: &str, to: &str| {
        assert!(body.contains(from), "{from}");
        signed(body.replacen(from, to, 1))
    };
    let mut vectors = vec![
        case("good", "form", "a published form", bytes.clone()),
        case("hybrid", "form", "with post-quantum readers", Shop::new(Suite::Hybrid).form.bytes().to_vec()),
        case("pinned", "form", "pinned to its owner", bytes.clone()).with("pin", &shop.owner.owner_id().to_string()),
        case("other_owner", "other_owner", "pinned to another owner", bytes.clone())
            .with("pin", &shop.spare.owner_id().to_string()),
        case("one_space_more", "form_signature", "a space after the body", [&bytes[..], b" "].concat()),
        case(
            "notice_changed",
            "form_signature",
            "one letter of the notice",
            edited("mendaftar Anda", "mendaftar anda"),
        ),
        case("reader_changed", "form_signature", "one letter of a reader", edited("age1", "age2")),
        case("signature_flipped", "form_signature", "one bit of the signature", flip_signature(&text)),
        case("newer", "newer_kit", "version 2", edited("segel-form/1", "segel-form/2")),
        case("not_a_form", "not_a_form", "another file", b"hello".to_vec()),
        case("head_order", "form_head", "the owner's line twice", edited("signature ", "owner ")),
        case("head_crlf", "not_a_form", "lines end with CR LF", text.replacen('\n', "\r\n", 4).into_bytes()),
        case("truncated_head", "form_head", "ends inside the head", bytes[..60].to_vec()),
        case("too_large", "form_too_large", "more than 256 KiB", vec![b' '; 262_145]),
        case("body_not_canonical", "form_json", "signed, with a space", signed(body.replacen(':', ": ", 1))),
        case("body_trailing", "form_json", "signed, with an LF behind the body", signed(format!("{body}\n"))),
    ];
    vectors.extend([
        case(
            "unknown_key",
            "form_misfit",
            "signed, with a key nobody knows",
            resigned("{\"children\"", "{\"caption\":1,\"children\""),
        ),
        case(
            "nik_without_law",
            "form_misfit",
            "signed, an identity number without a legal duty",
            resigned("\"kind\":\"phone\"", "\"kind\":\"nik\""),
        ),
        case(
            "language_twice",
            "form_misfit",
            "signed, a language named twice",
            resigned("\"languages\":[\"id\"", "\"languages\":[\"id\",\"id\""),
        ),
        case("parts_differ", "form_misfit", "signed, another size", resigned("\"size\":", "\"size\":1")),
        case(
            "no_owner_role",
            "form_misfit",
            "signed, no owner among the roles",
            resigned("{\"id\":\"owner\"", "{\"id\":\"bukan\""),
        ),
        case(
            "mixed_suites",
            "form_misfit",
            "signed, another suite than the keys'",
            resigned("\"suite\":\"X25519\"", "\"suite\":\"mlkem768x25519\""),
        ),
        case(
            "hidden_character",
            "form_misfit",
            "signed, U+202E in a label",
            resigned("Nama lengkap", "Nama \u{202e}lengkap"),
        ),
        case(
            "link_javascript",
            "form_misfit",
            "signed, a script as a link",
            resigned("https://toko.example/hak", "javascript:alert(1)"),
        ),
        case(
            "link_user",
            "form_misfit",
            "signed, user information in a link",
            resigned("https://toko.example/hak", "https://bank@evil.example"),
        ),
        case(
            "required_for_optional",
            "form_misfit",
            "signed, a required field that serves only an optional purpose",
            required_for_optional(&shop, &body),
        ),
    ]);
    vectors
}

/// Any body under the owner's signature, whether it parses or not.
pub(crate) fn sign(shop: &Shop, body: &str) -> Vec<u8> {
    shop.owner.sign_bytes(body)
}

fn required_for_optional(shop: &Shop, body: &str) -> Vec<u8> {
    let from = body.find("\"id\":\"lahir\"").unwrap();
    let at = from + body[from..].find("\"required\":false").unwrap();
    sign(shop, &format!("{}\"required\":true{}", &body[..at], &body[at + 16..]))
}

fn flip_signature(text: &str) -> Vec<u8> {
    let at = text.find("signature ").unwrap() + 10;
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    bytes
}

fn exports() -> Vec<Case> {
    let shop = Shop::new(Suite::X25519);
    let envelopes: Vec<Vec<u8>> = (20..23).map(|seed| shop.minimal(seed)).collect();
    let mut position = Position::START;
    let head = write_head(shop.form.name(), &position);
    let mut pieces = Vec::new();
    for envelope in &envelopes {
        position = position.next(time(RECEIVED_AT), &Digest::of(envelope));
        let line = write_line(&position, time(RECEIVED_AT), envelope.len() as u64);
        pieces.push([&line[..], envelope, b"\n"].concat());
    }
    let end = write_end(&position);
    let join = |parts: &[&[u8]]| parts.concat();
    let whole = join(&[&head, &pieces[0], &pieces[1], &pieces[2], &end]);
    let changed = {
        let mut bytes = whole.clone();
        let at = head.len() + pieces[0].len() + pieces[1].len() - 50;
        bytes[at] ^= 1;
        bytes
    };
    let case = |name: &str, expect: &str, records: u32, comment: &str, body: Vec<u8>| {
        vector(name, "export", expect, "12", comment, body).with("records", &records.to_string())
    };
    let second = {
        let first = Position::START.next(time(RECEIVED_AT), &Digest::of(&envelopes[0]));
        first.next(time(RECEIVED_AT), &Digest::of(&envelopes[1]))
    };
    let gone = write_gone(&second, time(RECEIVED_AT), &Digest::of(&envelopes[1]));
    let wrong = write_gone(&second, time(RECEIVED_AT), &Digest::of(&envelopes[2]));
    let lost = |what, digest: &Digest| write_damaged(&second, time(RECEIVED_AT), what, digest);
    let (lost, lost_other) =
        (lost(Taken::Envelope, &Digest::of(&envelopes[1])), lost(Taken::Statement, &Digest::of(&envelopes[2])));
    let lost_unknown = String::from_utf8(lost.clone()).unwrap().replace("envelope", "letter").into_bytes();
    let again = {
        let (bytes, readers) = (resealed(&envelopes[1]), later().digest());
        let line = Resealed { readers, origin: Digest::of(&envelopes[1]) };
        let line = write_resealed(&second, time(RECEIVED_AT), bytes.len() as u64, &line);
        [&line[..], &bytes, b"\n"].concat()
    };
    let empty = join(&[&write_head(shop.form.name(), &Position::START), &write_end(&Position::START)]);
    let large = write_line(&Position::new(1, Digest::ZERO), time(RECEIVED_AT), 900_000_000_000);
    vec![
        case("empty", "complete", 0, "nothing was received", empty),
        case("three", "complete", 3, "three submissions", whole.clone()),
        case("cut_between", "cut", 2, "ends between two submissions", join(&[&head, &pieces[0], &pieces[1]])),
        case("cut_inside", "cut", 1, "ends inside a submission", join(&[&head, &pieces[0], &pieces[1][..900]])),
        case("cut_in_head", "cut", 0, "ends inside the head", head[..20].to_vec()),
        case("gap", "gap", 1, "the second is missing", join(&[&head, &pieces[0], &pieces[2], &end])),
        case("gap_at_end", "gap", 2, "the last is missing", join(&[&head, &pieces[0], &pieces[1], &end])),
        case(
            "repeated",
            "gap",
            1,
            "the first stands twice",
            join(&[&head, &pieces[0], &pieces[0], &pieces[1], &pieces[2], &end]),
        ),
        case("exchanged", "gap", 0, "two are exchanged", join(&[&head, &pieces[1], &pieces[0], &pieces[2], &end])),
        case("changed", "chain", 1, "one bit of the second is flipped", changed),
        case("trailing", "decode", 3, "something after the end", [&whole[..], b"\n"].concat()),
        case("gone", "complete", 2, "the second was deleted", join(&[&head, &pieces[0], &gone, &pieces[2], &end])),
        case(
            "gone_other",
            "chain",
            1,
            "the second was deleted, it says, but another than was there",
            join(&[&head, &pieces[0], &wrong, &pieces[2], &end]),
        ),
        case(
            "damaged",
            "complete",
            2,
            "the second is damaged at the server",
            join(&[&head, &pieces[0], &lost, &pieces[2], &end]),
        )
        .with("damaged", "2 envelope"),
        case(
            "damaged_other",
            "chain",
            1,
            "the second is damaged, it says, but another than was there",
            join(&[&head, &pieces[0], &lost_other, &pieces[2], &end]),
        ),
        case(
            "damaged_unknown",
            "decode",
            1,
            "something damaged that the format does not have",
            join(&[&head, &pieces[0], &lost_unknown, &pieces[2], &end]),
        ),
        case("damaged_gap", "gap", 0, "a place too far", join(&[&head, &lost, &pieces[2], &end])),
        case(
            "resealed",
            "complete",
            3,
            "the second was re-sealed",
            join(&[&head, &pieces[0], &again, &pieces[2], &end]),
        ),
        case("newer", "newer", 0, "version 2", [b"segel-export/2\n", &whole[15..]].concat()),
        case("not_an_export", "decode", 0, "another file", b"hello, this is no export\n".to_vec()),
        case("too_large", "limit", 0, "claims 900 GB", join(&[&head, &large])),
    ]
}

fn envelope(name: &str, expect: &str, section: &str, comment: &str, body: Vec<u8>) -> Case {
    let owner = Shop::new(Suite::X25519).owner;
    vector(name, "envelope", expect, section, comment, body)
        .with("form", "kecil-x25519.segel")
        .with("identity", &owner.identity().to_text())
        .with("received", RECEIVED_AT)
}

pub(crate) fn parts(mut vector: Case, verdicts: &[(&str, &str)]) -> Case {
    for (name, verdict) in verdicts {
        vector = vector.with(&format!("part {name}"), verdict);
    }
    vector
}

pub(crate) const OPENED: [(&str, &str); 4] =
    [("main", "opened"), ("for-owner", "opened"), ("file-foto-1", "opened"), ("file-foto-2", "opened")];

fn good_envelopes() -> Vec<Case> {
    let shop = Shop::new(Suite::X25519);
    let hybrid = Shop::new(Suite::Hybrid);
    let photo = Digest::of(super::support::PHOTO).to_string();
    let staff = vector("staff", "envelope", "opened", "10", "a cashier opens what cashiers may read", shop.full(2))
        .with("form", "kecil-x25519.segel")
        .with("identity", &shop.cashier.to_text());
    let staff = parts(
        staff,
        &[("main", "opened"), ("for-owner", "no key"), ("file-foto-1", "no key"), ("file-foto-2", "no key")],
    );
    let spare = vector("spare", "envelope", "opened", "10", "the spare key opens everything", shop.full(2))
        .with("form", "kecil-x25519.segel")
        .with("identity", &shop.spare.identity().to_text());
    let quantum = vector("hybrid", "envelope", "opened", "9", "post-quantum readers", hybrid.full(2))
        .with("form", "kecil-hybrid.segel")
        .with("identity", &hybrid.owner.identity().to_text());
    let emoji = shop.submission(4, Choice::Given, |raw| raw.set_text("nama", "Sári 😀 \u{200d} مرحبا".into()));
    let bidi = shop.submission(5, Choice::Given, |raw| raw.set_text("nama", "a\u{202e}b".into()));
    vec![
        parts(
            envelope("minimal", "opened", "9", "required fields only, the optional purpose refused", shop.minimal(3)),
            &OPENED,
        ),
        parts(envelope("full", "opened", "9", "everything answered, one photo", shop.full(2)), &OPENED)
            .with("sha256 file-foto-1", &photo),
        staff,
        parts(spare, &OPENED),
        parts(quantum, &OPENED).with("sha256 file-foto-1", &photo),
        parts(envelope("resealed", "opened", "12.1", "re-sealed to a new cashier", resealed(&shop.full(2))), &OPENED)
            .with("sha256 file-foto-1", &photo),
        resealed_for(&new_cashier(), "resealed_new", "opened", "the new cashier opens what cashiers may read"),
        resealed_for(&shop.cashier, "resealed_old", "no key", "the old cashier opens nothing"),
        parts(envelope("text_emoji", "opened", "7", "a name beyond ASCII", emoji), &OPENED),
        parts(envelope("text_bidi", "opened", "7", "a direction mark in an answer is kept", bidi), &OPENED),
    ]
}

fn resealed_for(key: &Identity, name: &str, expect: &str, comment: &str) -> Case {
    let case = vector(name, "envelope", expect, "12.1", comment, resealed(&Shop::new(Suite::X25519).full(2)))
        .with("form", "kecil-x25519.segel")
        .with("identity", &key.to_text());
    let opened = [("main", "opened"), ("for-owner", "no key"), ("file-foto-1", "no key"), ("file-foto-2", "no key")];
    if expect == "opened" { parts(case, &opened) } else { case }
}

fn broken_fronts() -> Vec<Case> {
    let bytes = Shop::new(Suite::X25519).full(2);
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let case = |name: &str, expect: &str, comment: &str, body: Vec<u8>| envelope(name, expect, "11", comment, body);
    let edited = |from: &str, to: &str| {
        assert!(head.contains(from), "{from}");
        [head.replacen(from, to, 1).as_bytes(), &bytes[end..]].concat()
    };
    let main = head.lines().find(|line| line.starts_with("part main ")).unwrap();
    let many: String = (0..17).map(|index| format!("part p{index} 0\n")).collect();
    vec![
        case("truncated_head", "decode", "ends inside the head", bytes[..100].to_vec()),
        case("truncated_part", "decode", "the last byte is missing", bytes[..bytes.len() - 1].to_vec()),
        case("empty", "decode", "no byte at all", Vec::new()),
        case("trailing_byte", "decode", "one byte after the end", [&bytes[..], b"\0"].concat()),
        case("twice", "decode", "a second envelope behind the first", [&bytes[..], &bytes].concat()),
        case("newer", "newer", "version 2", edited("segel-envelope/1", "segel-envelope/2")),
        case("length_not_minimal", "decode", "a leading zero", edited("part main ", "part main 0")),
        case("length_huge", "decode", "a length far beyond the bytes", edited(main, "part main 999999999999999")),
        case("part_named_twice", "decode", "one name twice", edited("file-foto-2", "file-foto-1")),
        case("name_upper_case", "decode", "a part name in capitals", edited("part main", "part Main")),
        case("id_upper_case", "decode", "a digit of the id in capitals", upper_case_id(&head, &bytes[end..])),
        case(
            "head_crlf",
            "decode",
            "lines end with CR LF",
            [head.replace('\n', "\r\n").as_bytes(), &bytes[end..]].concat(),
        ),
        case(
            "too_many_parts",
            "limit",
            "17 parts",
            [head.replacen("part main", &format!("{many}part main"), 1).as_bytes(), &bytes[end..]].concat(),
        ),
        case("head_too_large", "limit", "a head without end", [head.trim_end().as_bytes(), &vec![b'x'; 5000]].concat()),
        case(
            "head_other_form",
            "other form",
            "the head names another form",
            edited(&head[22..86], &forms()[3].1.digest().to_string()),
        ),
    ]
}

fn upper_case_id(head: &str, rest: &[u8]) -> Vec<u8> {
    let id = head.lines().nth(2).unwrap();
    [head.replacen(id, &id.to_uppercase().replace("ID ", "id "), 1).as_bytes(), rest].concat()
}

/// A good envelope taken apart, to be changed in one place and put together again.
pub(crate) struct Pieces {
    shop: Shop,
    head: Head,
    parts: Vec<(PartName, Vec<u8>)>,
}

impl Pieces {
    fn new(seed: u8) -> Self {
        let shop = Shop::new(Suite::X25519);
        let bytes = shop.full(seed);
        Self::of(shop, &bytes)
    }

    pub(crate) fn of(shop: Shop, bytes: &[u8]) -> Self {
        let envelope = Envelope::parse(bytes).unwrap();
        let parts = envelope.parts().map(|(name, bytes)| (name.clone(), bytes.to_vec())).collect();
        let head = envelope.head().clone();
        Self { shop, head, parts }
    }

    fn join(&self) -> Vec<u8> {
        let lengths = self.parts.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect();
        let mut out = Head::new(self.head.form(), self.head.id(), self.head.receipt(), lengths).encode();
        self.parts.iter().for_each(|(_, bytes)| out.extend_from_slice(bytes));
        out
    }

    fn readers(&self, index: usize) -> Vec<Recipient> {
        let mut readers = self.shop.readers();
        if index > 0 {
            readers.truncate(2);
        }
        readers
    }

    fn plaintext(&self, index: usize) -> Vec<u8> {
        file::open(&self.parts[index].1, &self.shop.owner_keys()).unwrap().to_vec()
    }

    fn label(&self, index: usize) -> Vec<String> {
        label(&self.head.form(), &self.head.id(), &self.parts[index].0, index, self.parts.len()).to_vec()
    }

    /// Seals a part anew.
    fn reseal(mut self, index: usize, label: &[String], readers: &[Recipient], plaintext: &[u8]) -> Self {
        let prepared = Prepared::new(Some(("segel-label", label)), readers, &mut rng(77)).unwrap();
        self.parts[index].1 = prepared.seal(plaintext);
        self
    }

    /// Seals the main part anew with another text, padded to the same size.
    pub(crate) fn main(self, edit: impl FnOnce(String) -> String) -> Vec<u8> {
        let size = self.plaintext(0).len();
        let text = String::from_utf8(self.plaintext(0)).unwrap();
        let mut text = edit(text.trim_end_matches(' ').to_owned()).into_bytes();
        text.resize(size.max(text.len()), b' ');
        let (label, readers) = (self.label(0), self.readers(0));
        self.reseal(0, &label, &readers, &text).join()
    }

    /// The main part names the other parts as they are now.
    fn manifest(self) -> Vec<u8> {
        let old = Self::new(2);
        let digests: Vec<(String, String)> = old
            .parts
            .iter()
            .zip(&self.parts)
            .skip(1)
            .map(|((_, old), (_, new))| {
                let entry = |bytes: &[u8]| (bytes.len(), Digest::of(bytes).to_string());
                (entry(old), entry(new))
            })
            .flat_map(|(old, new)| [(old.1, new.1), (format!("\"length\":{}", old.0), format!("\"length\":{}", new.0))])
            .collect();
        self.main(|text| digests.iter().fold(text, |text, (old, new)| text.replacen(old, new, 1)))
    }

    /// A group part with another text, and a manifest that agrees.
    fn group(self, edit: impl FnOnce(String) -> String) -> Vec<u8> {
        let size = self.plaintext(1).len();
        let text = String::from_utf8(self.plaintext(1)).unwrap();
        let mut text = edit(text.trim_end_matches(' ').to_owned()).into_bytes();
        text.resize(size.max(text.len()), b' ');
        let (label, readers) = (self.label(1), self.readers(1));
        self.reseal(1, &label, &readers, &text).manifest()
    }
}

fn broken_parts() -> Vec<Case> {
    let other = Pieces::new(6).parts;
    let change = |edit: &dyn Fn(&mut Pieces)| {
        let mut pieces = Pieces::new(2);
        edit(&mut pieces);
        pieces.join()
    };
    let group =
        |verdict| [("main", "opened"), ("for-owner", verdict), ("file-foto-1", "opened"), ("file-foto-2", "opened")];
    let case = |name: &str, expect: &str, comment: &str, body: Vec<u8>| envelope(name, expect, "10", comment, body);
    let swapped = change(&|pieces| {
        let (left, right) = (pieces.parts[1].1.clone(), pieces.parts[2].1.clone());
        (pieces.parts[1].1, pieces.parts[2].1) = (right, left);
    });
    vec![
        case(
            "main_from_other_submission",
            "other submission",
            "the main part of another submission",
            change(&|pieces| pieces.parts[0].1 = other[0].1.clone()),
        ),
        parts(
            case(
                "part_from_other_submission",
                "opened",
                "a group part of another submission",
                change(&|pieces| pieces.parts[1].1 = other[1].1.clone()),
            ),
            &group("other submission"),
        ),
        parts(
            case("parts_exchanged", "opened", "two parts under each other's name", swapped),
            &[
                ("main", "opened"),
                ("for-owner", "other part"),
                ("file-foto-1", "other part"),
                ("file-foto-2", "opened"),
            ],
        ),
        parts(
            case(
                "part_missing",
                "opened",
                "the group part is not there",
                change(&|pieces| drop(pieces.parts.remove(1))),
            ),
            &group("missing"),
        ),
        parts(
            case("parts_reordered", "opened", "parts in another order", change(&|pieces| pieces.parts.swap(2, 3))),
            &OPENED,
        ),
        parts(
            case(
                "part_unknown",
                "opened",
                "a part that the form does not name",
                change(&|pieces| pieces.parts.push((PartName::parse("tambahan").unwrap(), b"x".to_vec()))),
            ),
            &OPENED,
        ),
        case("main_missing", "missing", "no main part", change(&|pieces| drop(pieces.parts.remove(0)))),
        parts(
            case("part_not_in_manifest", "opened", "a group part sealed again, with the same label and text", {
                let pieces = Pieces::new(2);
                let (label, readers, text) = (pieces.label(1), pieces.readers(1), pieces.plaintext(1));
                pieces.reseal(1, &label, &readers, &text).join()
            }),
            &group("altered"),
        ),
        parts(
            case(
                "file_flipped",
                "opened",
                "one bit of a file's ciphertext",
                change(&|pieces| *pieces.parts[2].1.last_mut().unwrap() ^= 1),
            ),
            &[("main", "opened"), ("for-owner", "opened"), ("file-foto-1", "altered"), ("file-foto-2", "opened")],
        ),
        case(
            "payload_flipped",
            "altered",
            "one bit of the main part's payload",
            change(&|pieces| *pieces.parts[0].1.last_mut().unwrap() ^= 1),
        ),
        case(
            "payload_truncated",
            "altered",
            "the main part is a byte short",
            change(&|pieces| {
                pieces.parts[0].1.pop();
            }),
        ),
        case(
            "payload_longer",
            "altered",
            "the main part is a byte longer",
            change(&|pieces| pieces.parts[0].1.push(0)),
        ),
        case(
            "mac_flipped",
            "altered",
            "one character of the header's code",
            change(&|pieces| {
                let at = pieces.parts[0].1.windows(4).position(|four| four == b"--- ").unwrap() + 5;
                pieces.parts[0].1[at] = if pieces.parts[0].1[at] == b'A' { b'B' } else { b'A' };
            }),
        ),
        vector("key_other", "envelope", "no key", "10", "a key that no part is sealed to", Pieces::new(2).join())
            .with("form", "kecil-x25519.segel")
            .with("identity", &Identity::generate(Suite::X25519, &mut rng(200)).unwrap().to_text()),
    ]
}

fn broken_headers() -> Vec<Case> {
    let case = |name: &str, expect: &str, comment: &str, body: Vec<u8>| envelope(name, expect, "9", comment, body);
    let labelled = |edit: &dyn Fn(&mut Vec<String>)| {
        let pieces = Pieces::new(2);
        let (mut label, readers, text) = (pieces.label(0), pieces.readers(0), pieces.plaintext(0));
        edit(&mut label);
        pieces.reseal(0, &label, &readers, &text).join()
    };
    let header = |fill: &dyn Fn(&mut Vec<u8>)| {
        let mut pieces = Pieces::new(2);
        let mut bytes = header::start();
        let label = pieces.label(0);
        header::push_stanza(&mut bytes, "segel-label", label.iter().map(String::as_str), &[]);
        fill(&mut bytes);
        bytes.extend_from_slice(b"--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
        bytes.extend_from_slice(&[0; 48]);
        pieces.parts[0].1 = bytes;
        pieces.join()
    };
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let unlabelled = {
        let mut pieces = Pieces::new(2);
        let prepared = Prepared::new(None, &pieces.readers(0), &mut rng(77)).unwrap();
        pieces.parts[0].1 = prepared.seal(&pieces.plaintext(0));
        pieces.join()
    };
    let fewer = {
        let pieces = Pieces::new(2);
        let (label, readers, text) = (pieces.label(0), pieces.readers(0), pieces.plaintext(0));
        pieces.reseal(0, &label, &readers[..1], &text).join()
    };
    vec![
        case("label_missing", "decode", "no label stanza", unlabelled),
        case("label_newer", "newer", "label version 2", labelled(&|label| label[0] = "2".into())),
        case(
            "label_other_form",
            "other form",
            "sealed for another form",
            labelled(&|label| label[1] = FormDigest::of(b"x").to_string()),
        ),
        case(
            "label_other_id",
            "other submission",
            "sealed in another submission",
            labelled(&|label| label[2] = "00".repeat(16)),
        ),
        case(
            "label_other_name",
            "other part",
            "sealed as another part",
            labelled(&|label| label[3] = "for-owner".into()),
        ),
        case("label_other_index", "other part", "sealed in another place", labelled(&|label| label[4] = "1".into())),
        case(
            "label_other_count",
            "other part",
            "sealed among another number of parts",
            labelled(&|label| label[5] = "5".into()),
        ),
        case("label_spare_argument", "decode", "a seventh argument", labelled(&|label| label.push("x".into()))),
        case("reader_missing", "opened", "fewer readers than the form names are flagged", fewer),
        case(
            "share_low_order",
            "decode",
            "a share of small order",
            header(&|bytes| header::push_stanza(bytes, "X25519", [zeros], &[0; 32])),
        ),
        case(
            "scrypt_stanza",
            "decode",
            "a passphrase stanza beside the label",
            header(&|bytes| header::push_stanza(bytes, "scrypt", ["AAAAAAAAAAAAAAAAAAAAAA", "30"], &[0; 32])),
        ),
        case(
            "stanza_without_last_line",
            "decode",
            "a body that ends with a full line",
            header(&|bytes| {
                bytes.extend_from_slice(b"-> grease\n");
                bytes.extend_from_slice(&[b'A'; 64]);
                bytes.push(b'\n');
            }),
        ),
        case(
            "base64_not_canonical",
            "decode",
            "spare bits set in a share",
            header(&|bytes| {
                header::push_stanza(bytes, "X25519", ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"], &[0; 32])
            }),
        ),
        case(
            "header_too_large",
            "limit",
            "a header of more than 48 KiB",
            header(&|bytes| header::push_stanza(bytes, "grease", [], &vec![0; 49_000])),
        ),
        case(
            "too_many_readers",
            "limit",
            "a thousand readers",
            header(&|bytes| (0..400).for_each(|_| header::push_stanza(bytes, "X25519", [zeros], &[0; 32]))),
        ),
    ]
}

fn broken_mains() -> Vec<Case> {
    let case = |name: &str, expect: &str, section: &str, comment: &str, body: Vec<u8>| {
        envelope(name, expect, section, comment, body)
    };
    let edit = |from: &str, to: &str| {
        Pieces::new(2).main(|text| {
            assert!(text.contains(from), "{from} in {text}");
            text.replacen(from, to, 1)
        })
    };
    let group = |from: &str, to: &str| {
        Pieces::new(2).group(|text| {
            assert!(text.contains(from), "{from} in {text}");
            text.replacen(from, to, 1)
        })
    };
    let padded = |fill: &dyn Fn(&mut Vec<u8>)| {
        let pieces = Pieces::new(2);
        let (label, readers, mut text) = (pieces.label(0), pieces.readers(0), pieces.plaintext(0));
        fill(&mut text);
        pieces.reseal(0, &label, &readers, &text).join()
    };
    let refused = Shop::new(Suite::X25519).submission(8, Choice::Refused, |_| {});
    let wrong_group = |vector| {
        parts(
            vector,
            &[("main", "opened"), ("for-owner", "decode"), ("file-foto-1", "opened"), ("file-foto-2", "opened")],
        )
    };
    let given = "\"event_state\":\"ConsentGiven\"";
    vec![
        case(
            "padding_not_spaces",
            "decode",
            "8.3",
            "the last byte is a zero",
            padded(&|text| *text.last_mut().unwrap() = 0),
        ),
        case(
            "padding_short",
            "decode",
            "8.3",
            "a byte less than the form's size",
            padded(&|text| {
                text.pop();
            }),
        ),
        case("padding_long", "decode", "8.3", "a byte more than the form's size", padded(&|text| text.push(b' '))),
        case("main_duplicate_key", "decode", "1.1", "a key twice", edit("\"answers\":", "\"answers\":{},\"answers\":")),
        case("main_unknown_key", "decode", "8.1", "a key that nobody knows", edit("\"form\":", "\"farm\":1,\"form\":")),
        case("main_space", "decode", "1.1", "a space between tokens", edit(":{", ": {")),
        case("main_escape", "decode", "1.1", "a needless escape", edit("Sari", "S\\u0061ri")),
        case("main_newer", "newer", "8.1", "text version 2", edit("main/1", "main/2")),
        case(
            "main_other_id",
            "other submission",
            "8.1",
            "another id inside than outside",
            Pieces::new(2).main(|text| other_hex(&text, "\"id\":\"")),
        ),
        case(
            "main_other_form",
            "other form",
            "8.1",
            "another form inside than outside",
            Pieces::new(2).main(|text| other_hex(&text, "\"form\":\"")),
        ),
        case(
            "main_other_receipt",
            "decode",
            "8.1",
            "another receipt key inside than outside",
            Pieces::new(2).main(|text| other_hex(&text, "\"receipt\":\"")),
        ),
        case(
            "main_time_impossible",
            "decode",
            "8.1",
            "30 February",
            edit(&format!("\"sealed_at\":\"{SEALED_AT}\""), "\"sealed_at\":\"2026-02-30T03:12:46Z\""),
        ),
        case(
            "clock_ahead",
            "opened",
            "10",
            "sealed three days after it was received: flagged",
            edit(&format!("\"sealed_at\":\"{SEALED_AT}\""), "\"sealed_at\":\"2026-11-26T03:12:51Z\""),
        ),
        case(
            "manifest_missing_entry",
            "decode",
            "8.1",
            "the manifest is empty",
            Pieces::new(2).main(|text| empty_list(&text, "\"parts\":[")),
        ),
        case(
            "consent_required_missing",
            "decode",
            "6.2",
            "the required purpose refused",
            edit(given, "\"event_state\":\"ConsentRefused\""),
        ),
        case(
            "consent_unknown_state",
            "decode",
            "6.2",
            "a state that is none",
            edit(given, "\"event_state\":\"ConsentMaybe\""),
        ),
        case(
            "consent_other_notice",
            "decode",
            "6.2",
            "the digest of another notice",
            Pieces::new(2).main(|text| other_hex(&text, "\"notice_sha256\":{\"en\":\"")),
        ),
        case(
            "consent_other_label",
            "decode",
            "6.2",
            "the digest of another sentence",
            Pieces::new(2).main(|text| other_hex(&text, "\"label_sha256\":\"")),
        ),
        case(
            "consent_unknown_purpose",
            "decode",
            "6.2",
            "a purpose that the form does not have",
            edit("\"purpose_id\":\"minat\"", "\"purpose_id\":\"minum\""),
        ),
        case(
            "consent_other_validity",
            "decode",
            "6.2",
            "valid for longer than the form says",
            edit("\"validity_duration\":\"P12M\"", "\"validity_duration\":\"P99Y\""),
        ),
        case(
            "consent_twice_missing",
            "decode",
            "6.2",
            "one purpose is not there",
            Pieces::new(2).main(|text| empty_list(&text, "\"purposes\":[")),
        ),
        parts(case("refused", "opened", "6.2", "the optional purpose refused, its fields left out", refused), &OPENED),
        wrong_group(case(
            "answer_refused_purpose",
            "opened",
            "7",
            "an answer that serves only a refused purpose",
            answer_to_refused(),
        )),
        case(
            "answer_unknown_field",
            "decode",
            "7",
            "a field that the form does not have",
            edit("\"nama\":", "\"alamat\":"),
        ),
        case(
            "answer_in_other_part",
            "decode",
            "8",
            "a field of the owner's part in the main part",
            edit("{\"nama\":", "{\"catatan\":\"x\",\"nama\":"),
        ),
        case("answer_control", "decode", "7", "a NUL in a name", edit("Sari", "Sa\\u0000ri")),
        case("answer_too_long", "decode", "7", "a name of 121 bytes", edit("Sari Dewi", &"é".repeat(61)[..])),
        case("answer_option_unknown", "decode", "7", "an option that was not offered", edit("\"kopi\"", "\"kopra\"")),
        case(
            "answer_options_unordered",
            "decode",
            "7",
            "options not in the form's order",
            edit("[\"kopi\",\"roti\"]", "[\"roti\",\"kopi\"]"),
        ),
        case("answer_empty", "decode", "7", "an empty answer", edit("Sari Dewi", "")),
        case("answer_wrong_type", "decode", "7", "a number where text belongs", edit("\"Sari Dewi\"", "1")),
        wrong_group(case(
            "phone_not_e164",
            "opened",
            "7",
            "a phone number as it was typed",
            group("+6281234567890", "081234567890"),
        )),
        wrong_group(case("date_impossible", "opened", "7", "29 February 2001", group("2000-02-29", "2001-02-29"))),
        wrong_group(case(
            "file_type_refused",
            "opened",
            "7",
            "a file of a type the form does not take",
            group("image/jpeg", "image/svgx"),
        )),
        wrong_group(case("file_name_path", "opened", "7", "a slash in a file's name", group("saya.jpg", "../a.jpg"))),
        parts(
            case(
                "file_length_differs",
                "opened",
                "7",
                "a file of another length than announced",
                group("\"length\":27", "\"length\":28"),
            ),
            &[("main", "opened"), ("for-owner", "opened"), ("file-foto-1", "decode"), ("file-foto-2", "opened")],
        ),
        parts(
            case("group_newer", "opened", "8.2", "group text version 2", group("group/1", "group/2")),
            &[("main", "opened"), ("for-owner", "newer"), ("file-foto-1", "opened"), ("file-foto-2", "opened")],
        ),
    ]
}

/// The last hexadecimal value behind `key`, with its first digit changed.
fn other_hex(text: &str, key: &str) -> String {
    let at = text.rfind(key).unwrap() + key.len();
    let digit = if text.as_bytes()[at] == b'0' { '1' } else { '0' };
    format!("{}{digit}{}", &text[..at], &text[at + 1..])
}

fn empty_list(text: &str, key: &str) -> String {
    let at = text.find(key).unwrap() + key.len();
    let end = at + text[at..].find(']').unwrap();
    format!("{}{}", &text[..at], &text[end..])
}

/// The optional purpose is refused in the consent record, but the group part answers a question that serves only it.
fn answer_to_refused() -> Vec<u8> {
    Pieces::new(2).main(|text| {
        let at = text.rfind("ConsentGiven").unwrap();
        let text = format!("{}ConsentRefused{}", &text[..at], &text[at + 12..]);
        let from = text.find(",\"suka\":[").unwrap();
        let end = from + text[from..].find(']').unwrap() + 1;
        format!("{}{}", &text[..from], &text[end..])
    })
}
