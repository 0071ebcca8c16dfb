//! What a rule is, and what it finds. UU PDP articles are of Law 27/2022; PP 71 is PP 71/2019, PM 20 is Permenkominfo 20/2016.

use super::form::Form;
use super::source::Node;
use crate::args::{Lang, Profile};
use crate::say::Words;

/// A sentence in both languages, fixed.
#[derive(Clone, Copy)]
pub(crate) struct Both {
    pub(crate) id: &'static str,
    pub(crate) en: &'static str,
}

pub(super) const fn both(id: &'static str, en: &'static str) -> Both {
    Both { id, en }
}

impl Both {
    pub(crate) const fn pick(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Id => self.id,
            Lang::En => self.en,
        }
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Severity {
    /// Stops publishing.
    Error,
    Warning,
    Note,
}

/// One rule. Its id never changes and is never used again for another.
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) severity: Severity,
    /// Articles by profile; the other's are given where one has none.
    pub(crate) law: Both,
    /// What is wrong.
    pub(crate) says: Both,
    /// What to do about it, in one sentence.
    pub(crate) fix: Both,
    pub(crate) look: Look,
}

/// How a rule is held.
pub(crate) enum Look {
    /// By the grammar of the format: `grammar.rs` tells which misfit breaks which rule.
    Grammar,
    /// In both profiles.
    Always(fn(&Form<'_>, &mut Found<'_>)),
    /// In one profile.
    In(Profile, fn(&Form<'_>, &mut Found<'_>)),
    /// On the page that embeds a form, by `page.rs`.
    Page,
    /// Where a version replaces another, by `segel publish`.
    Publish,
    /// By how the form, the notice and the program are made; the fix says how.
    Built,
}

impl Look {
    /// What the rule is held against, for programs.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Grammar | Self::Always(_) | Self::In(..) => "definition",
            Self::Page => "page",
            Self::Publish => "publish",
            Self::Built => "construction",
        }
    }
}

/// One place that breaks a rule.
pub(crate) struct Finding {
    pub(crate) rule: &'static Rule,
    pub(crate) place: (usize, usize),
    pub(crate) end: (usize, usize),
    pub(crate) path: String,
    /// What exactly, if the rule's sentence does not say it.
    pub(crate) detail: Option<Words>,
}

/// Takes what a rule finds.
pub(crate) struct Found<'f> {
    pub(super) rule: &'static Rule,
    pub(super) form: &'f Form<'f>,
    pub(super) findings: &'f mut Vec<Finding>,
}

impl Found<'_> {
    pub(super) fn at(&mut self, node: &Node) {
        self.push(node, None);
    }

    /// The same, with what exactly is meant: a name or words of the form, the same in both languages.
    pub(super) fn naming(&mut self, node: &Node, what: &str) {
        let what = what.to_owned();
        self.push(node, Some(Words { id: what.clone(), en: what }));
    }

    fn push(&mut self, node: &Node, detail: Option<Words>) {
        let source = self.form.source;
        self.findings.push(Finding {
            rule: self.rule,
            place: source.place(node),
            end: source.end(node),
            path: source.path(node),
            detail,
        });
    }
}

impl Rule {
    /// The article that asks for it under a profile; empty where it is the format's own rule.
    pub(crate) const fn article(&self, profile: Profile) -> &'static str {
        match profile {
            Profile::Eu if !self.law.en.is_empty() => self.law.en,
            Profile::Id if self.law.id.is_empty() => self.law.en,
            _ => self.law.id,
        }
    }
}
