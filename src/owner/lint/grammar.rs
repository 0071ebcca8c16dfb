//! What the grammar of the format refuses, as findings: which rule a misfit breaks, and the core's causes in both languages.

use segel_core::definition::DefinitionError;
use segel_core::json::JsonError;
use segel_core::shape::{Misfit, MisfitCause};

use super::rule::{Finding, Look, Rule, Severity, both};
use super::source::{Node, Source};
use crate::cause;
use crate::escape::escape;
use crate::say::{Words, words};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "F00",
        name: "json",
        severity: Severity::Error,
        law: both("", ""),
        says: both("berkas ini bukan JSON yang benar", "the file is not valid JSON"),
        fix: both(
            "betulkan di tempat yang ditunjuk; sering kurang koma atau kutip",
            "mend it at the place named; often a comma or quote is missing",
        ),
        look: Look::Grammar,
    },
    Rule {
        id: "F01",
        name: "format",
        severity: Severity::Error,
        law: both("", ""),
        says: both("tidak sesuai format formulir", "does not fit the format of a form"),
        fix: both("lihat bentuknya dengan `segel schema`", "see the shape with `segel schema`"),
        look: Look::Grammar,
    },
    Rule {
        id: "F02",
        name: "grounds",
        severity: Severity::Error,
        law: both("", ""),
        says: both("catatan di grounds tidak dapat dipakai", "a note in grounds cannot be used"),
        fix: both(
            "tulis {\"rule\": …, \"for\": …, \"text\": …}; for adalah id isian, id tujuan, atau nama pihak yang ada",
            "write {\"rule\": …, \"for\": …, \"text\": …}; for is a field's or purpose's id or a party's name that is there",
        ),
        look: Look::Always(|form, found| {
            let Some(node) = form.root.get("grounds") else { return };
            if node.items().is_empty() && !node.entries().is_empty() || node.text().is_some() {
                return found.at(node);
            }
            let named = |name: &str| {
                let parties = form.root.items_at("processors").iter().map(|party| party.text_at("name"));
                let ids =
                    form.fields.iter().map(|field| field.id).chain(form.purposes.iter().map(|purpose| purpose.id));
                name.is_empty() || ids.chain(parties).any(|known| known == name)
            };
            for ground in node.items() {
                let keys = ground.entries().iter().all(|(key, _)| matches!(key.as_str(), "rule" | "for" | "text"));
                let rule = super::rules().any(|rule| rule.id == ground.text_at("rule"));
                if !keys || !rule || ground.text_at("text").trim().is_empty() || !named(ground.text_at("for")) {
                    found.at(ground);
                }
            }
        }),
    },
];

/// Text that is not JSON.
pub(super) fn not_json(error: &JsonError) -> Finding {
    let place = (error.line(), error.column());
    Finding { rule: rule("F00"), place, end: place, path: String::new(), detail: Some(cause::json(error.fault())) }
}

/// Every misfit of the definition, at its place.
pub(super) fn misfits(source: &Source, error: &DefinitionError) -> Vec<Finding> {
    match error {
        DefinitionError::Misfits(misfits) => misfits.iter().map(|misfit| finding(source, misfit)).collect(),
        // The text was read as JSON before; what is left is its size.
        _ => vec![whole(source, words!("lebih besar dari 256 KiB", "larger than 256 KiB"))],
    }
}

fn whole(source: &Source, detail: Words) -> Finding {
    let node = source.root();
    Finding {
        rule: rule("F01"),
        place: source.place(node),
        end: source.place(node),
        path: String::new(),
        detail: Some(detail),
    }
}

fn finding(source: &Source, misfit: &Misfit) -> Finding {
    let node = source.find(misfit.path());
    let (path, rest) = (source.path(node), missing(source, node, misfit.path()));
    let mut detail = cause::misfit(misfit.cause());
    if let Some(key) = rest {
        let key = escape(&key);
        detail = Words { id: format!("{key}: {}", detail.id), en: format!("{key}: {}", detail.en) };
    }
    Finding {
        rule: rule(broken(misfit)),
        place: source.place(node),
        end: source.end(node),
        path: escape(&path),
        detail: Some(detail),
    }
}

/// The last step of a misfit's path where nothing stands: the key that is missing.
fn missing(source: &Source, node: &Node, path: &str) -> Option<String> {
    let last = path.rsplit(['.', '[']).next()?.trim_end_matches(']');
    let above = path.strip_suffix(last)?.trim_end_matches('.');
    let there = node.get(last).is_some() || above.is_empty() && last.is_empty();
    let stands_at_parent = source.path(source.find(above)) == source.path(node);
    (!there && stands_at_parent && last.parse::<usize>().is_err()).then(|| last.to_owned())
}

/// The rule that a misfit breaks: that of the law where there is one, else that of the format.
fn broken(misfit: &Misfit) -> &'static str {
    let path: Vec<&str> = misfit.path().split(['.', '[']).filter(|step| !step.ends_with(']')).collect();
    let first = path.first().copied().unwrap_or_default();
    let last = path.last().copied().unwrap_or_default();
    let has = |key: &str| path.contains(&key);
    let absent = matches!(misfit.cause(), MisfitCause::Missing | MisfitCause::Empty | MisfitCause::WrongType { .. });
    match misfit.cause() {
        MisfitCause::Hidden { .. } => "X03",
        MisfitCause::NoContact => "N01",
        MisfitCause::OptionalWithoutConsent => "C03",
        MisfitCause::RequiredForOptional => "M02",
        MisfitCause::NeedsLegalGround => "M04",
        MisfitCause::NoGuardian | MisfitCause::GuardianOnly | MisfitCause::RequiredForAdults => "K01",
        MisfitCause::UnknownLanguage | MisfitCause::NoWording => "L01",
        MisfitCause::Missing if matches!(last, "id" | "en") && path.len() > 1 && !is_item(&path) => "L01",
        _ if first == "controller" && absent && !has("website") => "N01",
        _ if first == "children" => "K01",
        _ if first == "rights" && absent => "N07",
        _ if first == "purposes" && has("retention") => "R01",
        _ if first == "purposes" && (has("basis") || has("text") || has("question")) => "N02",
        _ if first == "fields" && has("reason") && absent => "N05",
        _ if first == "fields" && has("purposes") => "M01",
        _ => "F01",
    }
}

/// Whether a path ends in the `id` of a purpose, field, role or option, which is no language.
fn is_item(path: &[&str]) -> bool {
    path.len() >= 2 && matches!(path[path.len() - 2], "purposes" | "fields" | "roles" | "options")
}

fn rule(id: &str) -> &'static Rule {
    super::rules().find(|rule| rule.id == id).unwrap_or(&RULES[1])
}
