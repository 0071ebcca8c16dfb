//! The rules that a form definition is held against, and what they find. One file a chapter of rules; `source.rs` gives each value its
//! place in the text, `form.rs` is what the rules look at.
//!
//! A rule here is what a machine can tell from the definition, or from the page that embeds the form (`page.rs`). What the notice and the
//! program do for every form is in the widget and the core and has its tests there; `built.rs` lists it.

mod built;
mod consent;
mod data;
mod form;
mod grammar;
mod html;
mod keeping;
mod notice;
mod page;
mod rule;
mod shown;
mod source;
mod words;

pub(crate) use page::check as check_page;
pub(crate) use rule::{Finding, Look, Rule, Severity};

use form::Form;
use rule::Found;
use segel_core::Definition;
use source::Source;

use crate::args::Profile;

/// What was found, and the definition if it is one.
pub(crate) struct Report {
    /// In the order of the text.
    pub(crate) findings: Vec<Finding>,
    pub(crate) definition: Option<Definition>,
    /// The definition in canonical JSON, without the owner's own keys.
    pub(crate) text: Vec<u8>,
}

impl Report {
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.rule.severity == severity).count()
    }
}

/// Holds a definition against every rule of a profile.
pub(crate) fn check(bytes: &[u8], profile: Profile) -> Report {
    let source = match Source::read(bytes) {
        Ok(source) => source,
        Err(error) => return Report { findings: vec![grammar::not_json(&error)], definition: None, text: Vec::new() },
    };
    let text = source.definition();
    let (mut findings, definition) = match Definition::parse(&text) {
        Ok(definition) => (Vec::new(), Some(definition)),
        Err(error) => (grammar::misfits(&source, &error), None),
    };
    let form = Form::new(&source, profile);
    for rule in rules() {
        let mut found = Found { rule, form: &form, findings: &mut findings };
        match rule.look {
            Look::Always(look) => look(&form, &mut found),
            Look::In(own, look) if own == profile => look(&form, &mut found),
            _ => {}
        }
    }
    findings.sort_by_key(|finding| (finding.place, finding.rule.severity, finding.rule.id));
    findings.dedup_by(|one, other| one.rule.id == other.rule.id && one.place == other.place && same(one, other));
    Report { findings, definition, text }
}

/// Every rule, in the order of the documentation.
pub(crate) fn rules() -> impl Iterator<Item = &'static Rule> {
    let definition = [grammar::RULES, notice::RULES, consent::RULES, data::RULES, keeping::RULES, shown::RULES];
    definition.into_iter().chain([page::RULES, built::RULES]).flatten()
}

fn same(one: &Finding, other: &Finding) -> bool {
    one.detail.as_ref().map(|words| &words.en) == other.detail.as_ref().map(|words| &words.en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_own_id_and_speaks_both_languages() {
        let rules: Vec<&Rule> = rules().collect();
        for (index, rule) in rules.iter().enumerate() {
            assert!(rules[..index].iter().all(|other| other.id != rule.id && other.name != rule.name), "{}", rule.id);
            for text in [rule.says.id, rule.says.en, rule.fix.id, rule.fix.en] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text}", rule.id);
            }
            assert!(rule.says.id != rule.says.en && rule.fix.id != rule.fix.en || rule.id == "L02", "{}", rule.id);
        }
    }
}
