//! `segel breach`: when data got out, a letter to each customer and a sheet for the authority within 72 hours (UU PDP Art. 46). Facts come
//! from a file that the owner fills in; what was held about whom comes from the inbox.

use std::collections::BTreeMap;

use segel_core::time::Time;
use segel_core::uses::Act;
use serde_json::{Map, Value};

use crate::Exit;
use crate::args::{Breach, Lang};
use crate::escape::escape;
use crate::keygen::now;
use crate::letters::{To, contact};
use crate::paper::Paper;
use crate::people::Reader;
use crate::place::{self, For};
use crate::said::Input;
use crate::say::{Failure, Say, shown, words};

pub(crate) fn run(say: &mut Say, args: &Breach) -> Result<Exit, Failure> {
    if !args.facts.exists() {
        return begin(say, args);
    }
    let inputs = args.keys.key.iter().chain(&args.form).chain([&args.input, &args.facts]).map(AsRef::as_ref);
    place::refuse_same(&args.output, &inputs.collect::<Vec<&std::path::Path>>())?;
    let facts = Facts::read(args)?;
    let reader = Reader::new(say, &args.form, &args.keys)?;
    let input = Input::of(&args.input)?;
    let mut using = reader.begin(say, Act::Breach, &args.input, Some(&args.output))?;
    let found = reader.search(say, &input, |record, envelope| {
        let (form, opened) = reader.open(envelope, record)?;
        Ok(Some((To::new(form, &opened), contact(form))))
    })?;
    found.note(&mut using);
    let mut paper = Paper::new(say.lang(), &say.pick(words!("Surat kebocoran data", "Breach letters")));
    paper.sheet(|paper| authority(paper, &facts, &reader, &found.found, found.failed));
    for (to, contact) in &found.found {
        paper.sheet(|paper| facts.letter(paper, to, contact));
    }
    place::replace(&args.output, paper.end().as_bytes(), For::Owner)?;
    let (count, file) = (found.found.len(), shown(&args.output));
    say.note(words!(
        "{count} surat dan lembar untuk lembaga di {file}",
        "{count} letter(s) and the sheet for the authority in {file}"
    ));
    stopwatch(say, facts.noticed)?;
    using.end(say);
    Ok(found.end(say))
}

/// Writes the questions; the clock runs from now unless the owner says otherwise.
fn begin(say: &mut Say, args: &Breach) -> Result<Exit, Failure> {
    let now = now()?;
    let mut facts: Map<String, Value> =
        FACTS.iter().map(|(key, _)| ((*key).to_owned(), Value::String(String::new()))).collect();
    facts.insert("noticed".to_owned(), Value::String(now.text()));
    let text = format!("{:#}\n", Value::Object(facts));
    place::create(&args.facts, text.as_bytes(), For::Owner)?;
    let file = shown(&args.facts);
    say.note(words!("isi dahulu {file}:", "fill in {file} first:"));
    for (key, help) in FACTS {
        say.note(words!("  {key}: {}", "  {key}: {}", help.0, help.1));
    }
    stopwatch(say, now)?;
    say.hint(words!("lalu jalankan perintah ini sekali lagi", "then run this command again"));
    Ok(Exit::Nothing)
}

/// How much of the 72 hours is left.
fn stopwatch(say: &mut Say, noticed: Time) -> Result<(), Failure> {
    let end = Time::from_unix(noticed.unix() + 72 * 3600).unwrap_or(noticed);
    let (left, end) = ((end.unix() - now()?.unix()) / 3600, end.text());
    match left < 0 {
        false => say.note(words!(
            "pelanggan dan lembaga harus sudah diberi tahu pada {end}: sisa {left} jam [UU PDP Pasal 46]",
            "customers and authority must have been told by {end}: {left} hours left [UU PDP Art. 46]"
        )),
        true => say.warn(words!(
            "batas 72 jam lewat pada {end} [UU PDP Pasal 46]",
            "the 72 hours ended at {end} [UU PDP Art. 46]"
        )),
    }
    Ok(())
}

/// What happened.
struct Facts {
    noticed: Time,
    all: BTreeMap<String, String>,
}

impl Facts {
    fn read(args: &Breach) -> Result<Self, Failure> {
        let name = shown(&args.facts);
        let text = place::read(&args.facts, MAX)?;
        let all: BTreeMap<String, String> = serde_json::from_slice(&text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Failure::hinted(
                words!("{name}:{line}:{column}: bukan JSON dari teks", "{name}:{line}:{column}: not JSON of texts"),
                words!("hapus berkasnya untuk mulai dari contoh baru", "remove the file to begin from a new example"),
            )
        })?;
        for (key, help) in FACTS {
            if all.get(*key).is_none_or(|value| value.trim().is_empty()) {
                return Err(Failure::hinted(
                    words!("{name}: {key} belum diisi", "{name}: {key} is not filled in"),
                    words!("{}", "{}", help.0, help.1),
                ));
            }
        }
        if let Some(key) = all.keys().find(|key| FACTS.iter().all(|(known, _)| known != key)) {
            let key = escape(key);
            return Err(Failure::new(words!("{name}: {key} tidak dikenal", "{name}: {key} is not known")));
        }
        let noticed = all.get("noticed").and_then(|time| Time::parse(time)).ok_or_else(|| {
            Failure::hinted(
                words!("{name}: noticed: bukan waktu", "{name}: noticed: not a time"),
                words!("seperti 2026-11-26T08:00:00Z (UTC)", "like 2026-11-26T08:00:00Z (UTC)"),
            )
        })?;
        Ok(Self { noticed, all })
    }

    fn of(&self, key: &str) -> &str {
        self.all.get(key).map_or("", String::as_str)
    }

    fn letter(&self, paper: &mut Paper, to: &To, contact: &str) {
        let (called, data, noticed) = (to.called(), to.data(), self.noticed);
        let [happened, safe, state, cause, done, advice, next, signed] =
            ["happened", "not_affected", "state", "cause", "done", "advice", "next_news", "signed"]
                .map(|key| self.of(key));
        to.head(paper);
        match to.lang {
            Lang::Id => paper.text(&format!(
                "Perihal: Pemberitahuan kegagalan pelindungan data pribadi (Pasal 46 UU 27/2022)\nKepada {called}.\n\
                 Kami menyampaikan dengan jujur bahwa data Anda terdampak suatu kejadian.\n\
                 1. Data yang terungkap: {data}. Yang tidak terdampak: {safe}. Keadaan data: {state}.\n\
                 2. Kapan dan bagaimana: diketahui {noticed}, diperkirakan terjadi {happened}; {cause}.\n\
                 3. Yang sudah dan sedang kami lakukan: {done}.\n4. Yang bisa Anda lakukan: {advice}.\n\
                 5. Hubungi: {contact}. Kabar berikutnya paling lambat {next}.\nKami mohon maaf.\n{signed}"
            )),
            Lang::En => paper.text(&format!(
                "Subject: Notice of a personal data protection failure (Art. 46, Law 27/2022)\nTo {called}.\n\
                 We must tell you that your data was affected.\n\
                 1. Data exposed: {data}. Not affected: {safe}. State of the data: {state}.\n\
                 2. When and how: noticed {noticed}, likely happened {happened}; {cause}.\n\
                 3. What we did and do: {done}.\n4. What you can do: {advice}.\n\
                 5. Contact: {contact}. Next news by {next}.\nWe apologise.\n{signed}"
            )),
        }
    }
}

/// The copy for the authority: no person's data, but how many they are and whose form it is.
fn authority(paper: &mut Paper, facts: &Facts, reader: &Reader, people: &[(To, String)], failed: u64) {
    paper.heading("Pemberitahuan kegagalan pelindungan data pribadi (Pasal 46 UU 27/2022)");
    let form = reader.forms.first();
    let controller = form.map(|form| form.definition().controller());
    let mut kinds: Vec<&str> = people.iter().flat_map(|(to, _)| to.data.iter().map(String::as_str)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let count = match failed {
        0 => people.len().to_string(),
        failed => format!("{} dan {failed} yang tidak dapat dibuka", people.len()),
    };
    let rows = [
        ("Pengendali data", controller.map_or_else(String::new, |it| format!("{}, {}", it.name(), it.address()))),
        ("Narahubung", form.map_or_else(String::new, contact)),
        ("Jumlah orang", count),
        ("Jenis data", kinds.join(", ")),
        ("Tidak terdampak", facts.of("not_affected").to_owned()),
        ("Keadaan data", facts.of("state").to_owned()),
        ("Diketahui", facts.noticed.text()),
        ("Diperkirakan terjadi", facts.of("happened").to_owned()),
        ("Sebab", facts.of("cause").to_owned()),
        ("Penanganan", facts.of("done").to_owned()),
        ("Penanda tangan", facts.of("signed").to_owned()),
    ];
    paper.list(&rows.map(|(name, value)| (name.to_owned(), value)));
}

/// What only the owner knows, and how to say it.
const FACTS: &[(&str, (&str, &str))] = &[
    ("noticed", ("kapan diketahui, UTC", "when it was noticed, UTC")),
    ("happened", ("kapan kira-kira terjadi", "when it happened, as far as known")),
    ("cause", ("bagaimana terjadi, dengan singkat", "how it happened, in short")),
    ("state", ("terkunci atau terbaca", "locked or readable")),
    ("not_affected", ("yang tidak terdampak, misalnya kata sandi", "what was not affected, such as passwords")),
    (
        "done",
        (
            "yang dilakukan: akses dihentikan, kunci diganti, lapor ke siapa",
            "what is done: access stopped, keys replaced, reported to whom",
        ),
    ),
    (
        "advice",
        (
            "yang bisa dilakukan pelanggan, misalnya waspada pesan palsu",
            "what customers can do, such as beware of false messages",
        ),
    ),
    ("next_news", ("tanggal kabar berikutnya", "day of the next news")),
    ("signed", ("nama pemilik, tanggal", "name of the owner, day")),
];

/// Bytes of a file of facts.
const MAX: usize = 64 * 1024;
