//! A definition as the rules look at it: purposes and fields with their places. Read leniently, so that one fault of grammar does not
//! hide the others.

use segel_core::limits;

use super::source::{Node, Source};
use super::words;
use crate::args::Profile;

pub(crate) struct Form<'s> {
    pub(super) source: &'s Source,
    pub(super) profile: Profile,
    pub(super) root: &'s Node,
    pub(super) purposes: Vec<Purpose<'s>>,
    pub(super) fields: Vec<Field<'s>>,
}

pub(super) struct Purpose<'s> {
    pub(super) node: &'s Node,
    pub(super) id: &'s str,
    pub(super) required: bool,
    pub(super) basis: Vec<&'s str>,
    pub(super) profiling: bool,
    pub(super) adults: bool,
}

pub(super) struct Field<'s> {
    pub(super) node: &'s Node,
    pub(super) id: &'s str,
    pub(super) kind: &'s str,
    pub(super) required: bool,
    purposes: Vec<&'s str>,
}

impl<'s> Form<'s> {
    pub(super) fn new(source: &'s Source, profile: Profile) -> Self {
        let root = source.root();
        // More than the format allows is one misfit; rules that compare each with each would take minutes over the rest.
        let purposes = root.items_at("purposes").iter().take(limits::PURPOSES).map(Purpose::new).collect();
        let fields = root.items_at("fields").iter().take(limits::FIELDS).map(Field::new).collect();
        Self { source, profile, root, purposes, fields }
    }

    /// The purposes that a field serves.
    pub(super) fn purposes_of(&self, field: &Field<'s>) -> impl Iterator<Item = &Purpose<'s>> {
        self.purposes.iter().filter(|purpose| field.serves(purpose.id))
    }

    /// The fields that serve a purpose.
    pub(super) fn fields_of(&self, purpose: &Purpose<'s>) -> impl Iterator<Item = &Field<'s>> {
        self.fields.iter().filter(|field| field.serves(purpose.id))
    }

    /// Whether a field is asked of everybody, not only behind a yes.
    pub(super) fn asked_of_all(&self, field: &Field<'s>) -> bool {
        self.purposes_of(field).any(|purpose| purpose.required)
    }

    /// Whether the form may hold a child's data.
    pub(super) fn reaches_children(&self) -> bool {
        !matches!(self.root.text_at("children"), "" | "block")
    }

    /// The languages; the first is authoritative.
    pub(super) fn languages(&self) -> Vec<&'s str> {
        self.root.items_at("languages").iter().filter_map(Node::text).collect()
    }

    /// Whether the owner states a ground that a rule asks for, for a field, purpose, party or, with an empty name, the form.
    pub(super) fn grounded(&self, rule: &str, name: &str) -> bool {
        self.root.items_at("grounds").iter().any(|ground| {
            ground.text_at("rule") == rule && ground.text_at("for") == name && !ground.text_at("text").trim().is_empty()
        })
    }
}

impl<'s> Purpose<'s> {
    fn new(node: &'s Node) -> Self {
        Self {
            node,
            id: node.text_at("id"),
            required: node.is_set("required"),
            basis: node.items_at("basis").iter().filter_map(Node::text).collect(),
            profiling: node.is_set("profiling"),
            adults: node.is_set("adults") || node.is_set("profiling"),
        }
    }

    /// Its words in every language: what for, and the question.
    pub(super) fn says(&self, list: &[&'static str]) -> bool {
        self.sentences().any(|(_, text, _)| words::found(text, list).is_some())
    }

    pub(super) fn sentences(&self) -> impl Iterator<Item = (&'s str, &'s str, &'s Node)> + use<'s> {
        let node = self.node;
        ["text", "question"].into_iter().flat_map(move |key| texts(node, key))
    }

    pub(super) fn question(&self) -> impl Iterator<Item = (&'s str, &'s str, &'s Node)> + use<'s> {
        texts(self.node, "question")
    }

    /// Whether it is to send offers.
    pub(super) fn offers(&self) -> bool {
        self.node.text_at("type") == "DirectMarketing" || self.says(words::OFFERS)
    }

    /// Whether it is to learn about people, whatever `profiling` says.
    pub(super) fn learns(&self) -> bool {
        matches!(self.node.text_at("type"), "Personalisation" | "Profiling" | "BehaviourAnalysis")
            || self.says(words::PROFILING)
    }
}

impl<'s> Field<'s> {
    fn new(node: &'s Node) -> Self {
        Self {
            node,
            id: node.text_at("id"),
            kind: node.text_at("kind"),
            required: node.is_set("required"),
            purposes: node.items_at("purposes").iter().filter_map(Node::text).collect(),
        }
    }

    pub(super) fn serves(&self, purpose: &str) -> bool {
        self.purposes.contains(&purpose)
    }

    /// Language, text and place of its label, reason or hint.
    pub(super) fn texts(&self, key: &str) -> impl Iterator<Item = (&'s str, &'s str, &'s Node)> + use<'s> {
        texts(self.node, key)
    }

    /// The place where the label or id has a word of the list, and the word.
    pub(super) fn named(&self, list: &[&'static str]) -> Option<(&'s Node, &'static str)> {
        let label = texts(self.node, "label").find_map(|(_, text, node)| Some((node, words::found(text, list)?)));
        label.or_else(|| Some((self.node.get("id")?, words::found(self.id, list)?)))
    }

    pub(super) fn reason_has(&self, list: &[&'static str]) -> bool {
        texts(self.node, "reason").any(|(_, text, _)| words::found(text, list).is_some())
    }

    /// Whether its reason names the law that asks for it.
    pub(super) fn cites_a_law(&self) -> bool {
        texts(self.node, "reason").any(|(_, text, _)| words::names_a_law(text))
    }
}

/// Language, text and place of each sentence of a Text.
pub(super) fn texts<'s>(node: &'s Node, key: &str) -> impl Iterator<Item = (&'s str, &'s str, &'s Node)> + use<'s> {
    let entries = node.get(key).map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|(language, node)| Some((language.as_str(), node.text()?, node)))
}
