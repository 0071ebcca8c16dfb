//! The sentences of the privacy notice, composed from a definition. FORMAT §6.1; UU PDP Art. 5, 20-22, 27, 40, 45, 46.
//!
//! Apart from everything else so that a lawyer can read one file. The publisher calls it; a page only shows the result.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::definition::Definition;
use crate::field::Field;
use crate::json::Value;
use crate::purpose::Purpose;
use crate::time::{Span, Unit};

/// The notice of one language as the published form carries it; `None` where no wording exists.
pub(crate) fn notice(definition: &Definition, language: &str) -> Option<Value> {
    let words = match language {
        "id" => &INDONESIAN,
        "en" => &ENGLISH,
        _ => return None,
    };
    let composer = Composer { definition, language, words };
    let sections = composer.sections().into_iter().map(|(heading, text)| {
        let entries = vec![(String::from("heading"), Value::text(heading)), (String::from("text"), Value::Text(text))];
        Value::object(entries)
    });
    let mut entries = vec![
        (String::from("sections"), Value::List(sections.collect())),
        (String::from("summary"), Value::Text(composer.summary())),
    ];
    if definition.guardian_fills() {
        entries.push((String::from("guardian"), Value::text(words.guardian)));
    }
    Some(Value::object(entries))
}

struct Composer<'d> {
    definition: &'d Definition,
    language: &'d str,
    words: &'static Words,
}

impl Composer<'_> {
    fn summary(&self) -> String {
        let form = self.definition;
        let labels: Vec<String> = form.fields().iter().map(|field| lower(field.label().get(self.language))).collect();
        let longest = form.purposes().iter().filter(|purpose| purpose.required()).map(Purpose::retention);
        let longest = longest.max_by_key(|span| days(*span)).map(|span| self.span(span)).unwrap_or_default();
        let required = form.purposes().iter().filter(|purpose| purpose.required());
        let what: Vec<&str> = required.map(|purpose| purpose.text().get(self.language)).collect();
        let mut sentences = vec![
            fill(
                self.words.asks,
                &[form.controller().name(), form.controller().address(), &self.contact(), &self.and(&what)],
            ),
            fill(self.words.asked, &[&labels.join(", ")]),
            fill(self.words.kept, &[&longest]),
        ];
        if form.recipients().next().is_none() {
            sentences.push(String::from(self.words.not_sold));
        }
        if form.purposes().iter().any(|purpose| !purpose.required()) {
            sentences.push(String::from(self.words.may_refuse));
        }
        sentences.push(fill(self.words.rights_short, &[form.rights_contact()]));
        sentences.join("\n")
    }

    /// Who asks; then the seven items of Art. 21(1), a to g; then security, other receivers and children.
    fn sections(&self) -> Vec<(&'static str, String)> {
        let words = self.words;
        vec![
            (words.who, self.who()),
            (words.legality, self.each_purpose(|purpose| self.grounds(purpose))),
            (words.purposes, self.each_purpose(|purpose| self.purpose(purpose))),
            (words.relevance, self.each_field(|field| String::from(field.reason().get(self.language)))),
            (words.retention, self.retention()),
            (words.details, self.each_field(|field| self.serves(field))),
            (words.period, String::from(words.period_text)),
            (words.rights, fill(words.rights_text, &[self.definition.rights_contact()])),
            (words.security, self.security()),
        ]
    }

    fn who(&self) -> String {
        let controller = self.definition.controller();
        let mut lines = vec![
            String::from(controller.name()),
            String::from(controller.address()),
            fill(self.words.contact_person, &[controller.contact(), &self.contact()]),
        ];
        if let Some(site) = controller.website() {
            lines.push(String::from(site));
        }
        lines.join("\n")
    }

    fn contact(&self) -> String {
        let controller = self.definition.controller();
        let named = [
            ("WhatsApp", controller.whatsapp()),
            (self.words.phone, controller.phone()),
            ("e-mail", controller.email()),
        ];
        let found = named.iter().filter_map(|(name, value)| value.map(|value| [name, " ", value].concat()));
        found.collect::<Vec<_>>().join(", ")
    }

    fn grounds(&self, purpose: &Purpose) -> String {
        let names: Vec<&str> = purpose.basis().map(|basis| self.words.bases[basis as usize]).collect();
        self.and(&names)
    }

    fn purpose(&self, purpose: &Purpose) -> String {
        let choice = if purpose.required() { self.words.needed } else { self.words.optional };
        let profiling = if purpose.profiling() { self.words.profiling } else { "" };
        let adults = self.definition.guardian_fills() && purpose.adults_only();
        [choice, profiling, if adults { self.words.not_for_children } else { "" }].concat()
    }

    fn serves(&self, field: &Field) -> String {
        let purposes = self.definition.purposes().iter().filter(|purpose| field.serves(purpose.id()));
        let names: Vec<&str> = purposes.map(|purpose| purpose.text().get(self.language)).collect();
        fill(self.words.serves, &[&names.join("; ")])
    }

    fn retention(&self) -> String {
        let lines = self.each_purpose(|purpose| {
            let until = purpose.until().map(|until| fill(self.words.or_until, &[until.get(self.language)]));
            [fill(self.words.at_most, &[&self.span(purpose.retention())]), until.unwrap_or_default()].concat()
        });
        let mut days = String::new();
        crate::time::push_decimal(&mut days, self.definition.backup_days());
        [lines, fill(self.words.deletion, &[&days])].join("\n")
    }

    fn security(&self) -> String {
        let mut lines =
            vec![fill(self.words.locked, &[self.definition.controller().name(), self.definition.country()])];
        for processor in self.definition.processors() {
            lines.push(fill(
                self.words.processor,
                &[processor.name(), processor.country(), processor.task().get(self.language)],
            ));
        }
        for recipient in self.definition.recipients() {
            lines.push(fill(self.words.recipient, &[recipient.name(), recipient.reason().get(self.language)]));
        }
        let guardian = self.definition.guardian_fills();
        lines.push(String::from(if guardian { self.words.children_by_guardian } else { self.words.children }));
        lines.push(String::from(self.words.breach));
        lines.join("\n")
    }

    fn each_purpose(&self, tell: impl Fn(&Purpose) -> String) -> String {
        let lines = self
            .definition
            .purposes()
            .iter()
            .map(|purpose| [&capital(purpose.text().get(self.language)), ": ", &tell(purpose)].concat());
        lines.collect::<Vec<_>>().join("\n")
    }

    fn each_field(&self, tell: impl Fn(&Field) -> String) -> String {
        let lines = self
            .definition
            .fields()
            .iter()
            .map(|field| [field.label().get(self.language), ": ", &tell(field)].concat());
        lines.collect::<Vec<_>>().join("\n")
    }

    fn span(&self, span: Span) -> String {
        let (one, many) = self.words.units[span.unit() as usize];
        let mut text = String::new();
        crate::time::push_decimal(&mut text, u64::from(span.count()));
        [text.as_str(), " ", if span.count() == 1 { one } else { many }].concat()
    }

    fn and(&self, names: &[&str]) -> String {
        match names {
            [] => String::new(),
            [only] => String::from(*only),
            [first @ .., last] => [&first.join(", "), self.words.and, last].concat(),
        }
    }
}

/// Puts the values where `{}` stands, in order.
fn fill(pattern: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut pieces = pattern.split("{}");
    let mut text = String::from(pieces.next().unwrap_or_default());
    for piece in pieces {
        text.push_str(values.next().copied().unwrap_or_default());
        text.push_str(piece);
    }
    text
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// Lower case for use inside a sentence, unless the word is an abbreviation or a brand ("WhatsApp", "NIK").
fn lower(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if first.chars().skip(1).any(char::is_uppercase) {
        return String::from(text);
    }
    let mut rest = text.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

fn days(span: Span) -> u32 {
    u32::from(span.count())
        * match span.unit() {
            Unit::Years => 365,
            Unit::Months => 30,
            Unit::Weeks => 7,
            Unit::Days => 1,
        }
}

struct Words {
    asks: &'static str,
    asked: &'static str,
    kept: &'static str,
    not_sold: &'static str,
    may_refuse: &'static str,
    rights_short: &'static str,
    who: &'static str,
    legality: &'static str,
    purposes: &'static str,
    relevance: &'static str,
    retention: &'static str,
    details: &'static str,
    period: &'static str,
    period_text: &'static str,
    rights: &'static str,
    rights_text: &'static str,
    security: &'static str,
    contact_person: &'static str,
    phone: &'static str,
    bases: [&'static str; 6],
    needed: &'static str,
    optional: &'static str,
    profiling: &'static str,
    serves: &'static str,
    at_most: &'static str,
    or_until: &'static str,
    deletion: &'static str,
    locked: &'static str,
    processor: &'static str,
    recipient: &'static str,
    children: &'static str,
    children_by_guardian: &'static str,
    guardian: &'static str,
    not_for_children: &'static str,
    breach: &'static str,
    units: [(&'static str, &'static str); 4],
    and: &'static str,
}

const INDONESIAN: Words = Words {
    asks: "{} ({}, {}) meminta data ini untuk {}.",
    asked: "Yang kami minta: {}.",
    kept: "Kami simpan paling lama {}, lalu kami hapus dan Anda kami beri tahu.",
    not_sold: "Data tidak kami jual.",
    may_refuse: "Pilihan di bawah boleh Anda tolak; pendaftaran tetap jalan.",
    rights_short: "Anda boleh melihat, membetulkan, menghapus data, atau menarik persetujuan kapan saja lewat {}; kami proses paling lambat 3x24 jam.",
    who: "Siapa kami",
    legality: "Dasar hukum",
    purposes: "Tujuan",
    relevance: "Mengapa data ini diminta",
    retention: "Berapa lama disimpan",
    details: "Data yang diminta dan kegunaannya",
    period: "Jangka waktu pemrosesan",
    period_text: "Mulai saat Anda mengirim formulir ini sampai data dihapus menurut masa simpan di atas, atau lebih awal bila Anda menarik persetujuan.",
    rights: "Hak Anda",
    rights_text: "Anda berhak tahu siapa yang meminta data dan untuk apa, melengkapi dan membetulkan data, melihat dan mendapat salinannya tanpa biaya, mengakhiri pemrosesan dan menghapus data, menarik kembali persetujuan, berkeberatan atas keputusan otomatis, menunda atau membatasi pemrosesan, menggugat dan menerima ganti rugi, serta memindahkan data (UU 27/2022 Pasal 5-13). Hubungi {}. Kami bertindak paling lambat 3x24 jam sejak permintaan diterima.",
    security: "Keamanan dan pihak lain",
    contact_person: "Penanggung jawab: {} ({})",
    phone: "telepon",
    bases: [
        "persetujuan Anda (Pasal 20 ayat 2 huruf a)",
        "perjanjian dengan Anda (huruf b)",
        "kewajiban hukum kami (huruf c)",
        "kepentingan vital Anda (huruf d)",
        "tugas kepentingan umum (huruf e)",
        "kepentingan yang sah (huruf f)",
    ],
    needed: "diperlukan; tanpa ini formulir tidak dapat dikirim.",
    optional: "pilihan; boleh Anda tolak. Kalau tidak, pendaftaran tetap jalan dan data Anda tidak kami pakai untuk ini.",
    profiling: " Ini pemrofilan: kami menilai minat Anda dari data tersebut.",
    serves: "untuk {}",
    at_most: "paling lama {} sejak kami terima",
    or_until: ", atau sampai {}",
    deletion: "Setelah itu data kami hapus dan Anda kami beri tahu. Salinan cadangan yang terkunci hilang paling lambat {} hari kemudian.",
    locked: "Jawaban Anda dikunci (dienkripsi) di perangkat ini sebelum dikirim. Server hanya menyimpan data yang terkunci; yang bisa membukanya hanya {}. Tempat penyimpanan: {}.",
    processor: "Prosesor: {} ({}), {}.",
    recipient: "Penerima: {}, {}.",
    children: "Formulir ini untuk orang berusia 18 tahun ke atas.",
    children_by_guardian: "Untuk anak di bawah 18 tahun, formulir ini diisi dan disetujui oleh orang tua atau walinya. Data anak tidak dipakai untuk pemrofilan atau untuk pilihan yang hanya bagi orang dewasa.",
    guardian: "Saya orang tua atau wali dari anak yang datanya saya isi di sini, dan saya menyetujui hal di atas untuknya.",
    not_for_children: " Ini tidak ditanyakan untuk anak.",
    breach: "Kalau pelindungan data gagal, kami memberi tahu Anda secara tertulis paling lambat 3x24 jam.",
    units: [("tahun", "tahun"), ("bulan", "bulan"), ("minggu", "minggu"), ("hari", "hari")],
    and: " dan ",
};

const ENGLISH: Words = Words {
    asks: "{} ({}, {}) asks for this data to {}.",
    asked: "We ask for: {}.",
    kept: "We keep it for at most {}, then delete it and tell you.",
    not_sold: "We do not sell it.",
    may_refuse: "You may refuse the choices below and still register.",
    rights_short: "You may see, correct or delete your data, or withdraw consent, at any time at {}; we act within 72 hours.",
    who: "Who we are",
    legality: "Legal ground",
    purposes: "Purposes",
    relevance: "Why this data is asked for",
    retention: "How long it is kept",
    details: "The data and what it is used for",
    period: "Period of processing",
    period_text: "From the moment you send this form until the data is deleted as stated above, or earlier if you withdraw consent.",
    rights: "Your rights",
    rights_text: "You have the right to know who asks and why, to complete and correct your data, to see it and get a copy free of charge, to end the processing and have the data deleted, to withdraw consent, to object to automated decisions, to suspend or restrict processing, to sue and receive compensation, and to move your data (Law 27/2022, Articles 5-13). Contact {}. We act within 72 hours of receiving your request.",
    security: "Security and others involved",
    contact_person: "Person responsible: {} ({})",
    phone: "phone",
    bases: [
        "your consent (Article 20(2)(a))",
        "a contract with you (b)",
        "our legal duty (c)",
        "your vital interest (d)",
        "a public task (e)",
        "a legitimate interest (f)",
    ],
    needed: "needed; without it the form cannot be sent.",
    optional: "optional; you may refuse. If no, you still register and we do not use your data for this.",
    profiling: " This is profiling: we work out what you like from this data.",
    serves: "to {}",
    at_most: "at most {} from when we receive it",
    or_until: ", or until {}",
    deletion: "Then we delete the data and tell you. Locked backup copies disappear at most {} days later.",
    locked: "Your answers are locked (encrypted) on this device before they are sent. The server stores only locked data; only {} can open it. Place of storage: {}.",
    processor: "Processor: {} ({}), {}.",
    recipient: "Recipient: {}, {}.",
    children: "This form is for people of 18 or older.",
    children_by_guardian: "For a child under 18, a parent or guardian fills in this form and agrees to it. A child's data is used neither for profiling nor for choices that are for adults only.",
    guardian: "I am a parent or guardian of the child whose data I fill in here, and I agree to the above on the child's behalf.",
    not_for_children: " This is not asked for a child.",
    breach: "If data protection fails, we tell you in writing within 72 hours.",
    units: [("year", "years"), ("month", "months"), ("week", "weeks"), ("day", "days")],
    and: " and ",
};
