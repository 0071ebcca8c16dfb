//! One question after another, each until it has an answer that can be used.

use segel_core::shape::hidden;
use segel_core::time::Span;

use crate::escape::escape;
use crate::say::{Failure, Say, Words, words};

pub(super) struct Ask<'s> {
    say: &'s mut Say,
    asked: usize,
}

impl<'s> Ask<'s> {
    pub(super) const fn new(say: &'s mut Say) -> Self {
        Self { say, asked: 0 }
    }

    /// Asks until `read` takes the answer; an empty one is `default`.
    pub(super) fn until<T>(
        &mut self,
        question: impl Fn() -> Words,
        default: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Failure> {
        loop {
            let answer = self.line(&question(), default)?;
            if hidden(&answer).is_some() {
                self.say.note(words!(
                    "  ada huruf tersembunyi; ketik ulang, jangan ditempel",
                    "  there is a hidden character; type it, do not paste it"
                ));
                continue;
            }
            match read(&answer) {
                Some(value) => return Ok(value),
                None => self.refused(&answer),
            }
        }
    }

    /// Text on one line; an empty answer only where `default` is not.
    pub(super) fn text(&mut self, question: impl Fn() -> Words, default: &str) -> Result<String, Failure> {
        self.until(question, default, |answer| (!answer.is_empty()).then(|| answer.to_owned()))
    }

    /// Text, or nothing for an empty answer.
    pub(super) fn maybe(&mut self, question: impl Fn() -> Words) -> Result<Option<String>, Failure> {
        self.maybe_of(question, |_| true)
    }

    /// Text that is good, or nothing for an empty answer.
    pub(super) fn maybe_of(
        &mut self,
        question: impl Fn() -> Words,
        good: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, Failure> {
        self.until(question, "", |answer| match answer.is_empty() {
            true => Some(None),
            false => good(answer).then(|| Some(answer.to_owned())),
        })
    }

    pub(super) fn yes(&mut self, question: impl Fn() -> Words, default: bool) -> Result<bool, Failure> {
        let word = match (default, self.say.lang()) {
            (true, crate::args::Lang::Id) => "ya",
            (true, crate::args::Lang::En) => "yes",
            (false, crate::args::Lang::Id) => "tidak",
            (false, crate::args::Lang::En) => "no",
        };
        self.until(question, word, |answer| match answer.to_lowercase().as_str() {
            "y" | "ya" | "yes" => Some(true),
            "t" | "tidak" | "n" | "no" => Some(false),
            _ => None,
        })
    }

    /// A duration in words or as the format writes it.
    pub(super) fn lasting(&mut self, question: impl Fn() -> Words, default: &str) -> Result<String, Failure> {
        self.until(question, default, span)
    }

    /// Says something between two questions.
    pub(super) fn tell(&mut self, words: Words) {
        self.say.note(words);
    }

    fn line(&mut self, question: &Words, default: &str) -> Result<String, Failure> {
        self.asked += 1;
        let shown = if default.is_empty() { String::new() } else { format!(" [{}]", escape(default)) };
        let (id, en) = (escape(&question.id), escape(&question.en));
        let answer = self.say.ask_line(words!("{id}{shown}", "{en}{shown}"))?;
        let Some(answer) = answer else {
            return Err(Failure::hinted(
                words!("jawaban berakhir pada pertanyaan: {id}", "the answers ended at the question: {en}"),
                words!(
                    "tidak ada yang ditulis; jawab semua pertanyaan, satu baris satu jawaban",
                    "nothing was written; answer every question, a line each"
                ),
            ));
        };
        Ok(if answer.is_empty() { default.to_owned() } else { answer })
    }

    fn refused(&mut self, answer: &str) {
        let answer = escape(answer);
        self.say.note(match answer.is_empty() {
            true => words!("  ini perlu dijawab", "  this needs an answer"),
            false => words!("  “{answer}” tidak dapat dipakai di sini", "  “{answer}” cannot be used here"),
        });
    }
}

/// `2 tahun`, `18 months`, `P90D`.
fn span(answer: &str) -> Option<String> {
    if let Some(span) = Span::parse(answer) {
        return Some(span.text());
    }
    let lower = answer.to_lowercase();
    let (count, unit) = lower.split_once(' ')?;
    let unit = match unit.trim() {
        "tahun" | "year" | "years" => 'Y',
        "bulan" | "month" | "months" => 'M',
        "minggu" | "week" | "weeks" => 'W',
        "hari" | "day" | "days" => 'D',
        _ => return None,
    };
    Span::parse(&format!("P{count}{unit}")).map(Span::text)
}

/// An id made of a label: `Jenis kopi` gives `jenis_kopi`.
pub(super) fn id(label: &str) -> String {
    let mut id = String::new();
    for character in label.to_lowercase().chars() {
        if character.is_ascii_lowercase() || character.is_ascii_digit() && !id.is_empty() {
            id.push(character);
        } else if !id.is_empty() && !id.ends_with('_') {
            id.push('_');
        }
    }
    id.truncate(28);
    id.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (answer, wanted) in [("2 tahun", Some("P2Y")), ("18 Months", Some("P18M")), ("P90D", Some("P90D"))] {
            assert_eq!(span(answer).as_deref(), wanted);
        }
        for answer in ["selamanya", "2", "0 tahun", "dua tahun", "P1Y6M", ""] {
            assert_eq!(span(answer), None, "{answer}");
        }
    }

    #[test]
    fn an_id_follows_from_a_label() {
        for (label, wanted) in [("Jenis kopi", "jenis_kopi"), ("2. Ukuran (baju)?", "ukuran_baju"), ("咖啡", "")] {
            assert_eq!(id(label), wanted);
        }
        assert!(segel_core::id::is_id(&id(&"panjang ".repeat(9))));
    }
}
