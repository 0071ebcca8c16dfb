//! A form definition as its owner wrote it: each value with its place in the text, so that a finding has line and column.
//!
//! Apart from the core's reader of JSON, which keeps no places because it stands in a customer's download. That reader decides what is
//! JSON and decodes strings; here only the structure is walked again.

use segel_core::json::{self, JsonError, Spelling, Value};

/// The text and its values.
pub(crate) struct Source {
    text: String,
    root: Node,
    value: Value,
}

/// A value and where it stands.
pub(crate) struct Node {
    at: usize,
    end: usize,
    kind: Kind,
}

enum Kind {
    Leaf(Value),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Source {
    /// # Errors
    /// The core's, if the text is not JSON.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, JsonError> {
        let value = json::parse(bytes, Spelling::Any)?;
        let text = String::from_utf8_lossy(bytes).into_owned();
        let root = Walk { text: &text, at: 0 }.node();
        Ok(Self { text, root, value })
    }

    pub(crate) const fn root(&self) -> &Node {
        &self.root
    }

    /// The definition without the keys that are for the owner's tools alone.
    pub(crate) fn definition(&self) -> Vec<u8> {
        let Some(entries) = self.value.as_object() else { return self.value.encode().into_bytes() };
        let own = |key: &str| OWN_KEYS.contains(&key);
        Value::object(entries.iter().filter(|(key, _)| !own(key)).cloned().collect()).encode().into_bytes()
    }

    /// Line and column of a node, from 1; columns in characters.
    pub(crate) fn place(&self, node: &Node) -> (usize, usize) {
        let before = &self.text[..node.at];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }

    /// Line and column behind a node's last character.
    pub(crate) fn end(&self, node: &Node) -> (usize, usize) {
        let before = &self.text[..node.end];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }

    /// The path of a node: `fields[3].label.id`, empty for the whole.
    pub(crate) fn path(&self, node: &Node) -> String {
        let mut path = String::new();
        let mut here = &self.root;
        while here.at != node.at {
            let step = match &here.kind {
                Kind::Leaf(_) => None,
                Kind::List(items) => {
                    let found = items.iter().enumerate().find(|(_, item)| item.holds(node));
                    found.map(|(index, item)| (format!("[{index}]"), item))
                }
                Kind::Object(entries) => {
                    let found = entries.iter().find(|(_, item)| item.holds(node));
                    let dot = if path.is_empty() { "" } else { "." };
                    found.map(|(key, item)| (format!("{dot}{key}"), item))
                }
            };
            let Some((piece, next)) = step else { break };
            path.push_str(&piece);
            here = next;
        }
        path
    }

    /// The node of a path of the core's, where an item of a list is named by index or id; of what is not there, the nearest node above.
    pub(crate) fn find(&self, path: &str) -> &Node {
        let mut here = &self.root;
        for step in path.split(['.', '[']).map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty()) {
            let next = match &here.kind {
                Kind::Leaf(_) => None,
                Kind::Object(_) => here.get(step),
                Kind::List(items) => match step.parse::<usize>() {
                    Ok(index) => items.get(index),
                    Err(_) => items.iter().find(|item| item.text_at("id") == step),
                },
            };
            let Some(next) = next else { break };
            here = next;
        }
        here
    }
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// The entries in the order of the text; none if this is no object.
    pub(crate) fn entries(&self) -> &[(String, Self)] {
        match &self.kind {
            Kind::Object(entries) => entries,
            _ => &[],
        }
    }

    /// The items; none if this is no list.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn items_at(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Leaf(value) => value.as_text(),
            _ => None,
        }
    }

    /// The string at a key; empty if there is none.
    pub(crate) fn text_at(&self, key: &str) -> &str {
        self.get(key).and_then(Self::text).unwrap_or_default()
    }

    pub(crate) fn is_set(&self, key: &str) -> bool {
        matches!(self.get(key).map(|node| &node.kind), Some(Kind::Leaf(Value::Bool(true))))
    }

    pub(crate) fn int_at(&self, key: &str) -> Option<i64> {
        match &self.get(key)?.kind {
            Kind::Leaf(value) => value.as_int(),
            _ => None,
        }
    }

    /// Every string below, with the key nearest above it.
    pub(crate) fn texts<'n>(&'n self, key: &'n str, take: &mut impl FnMut(&'n str, &'n str, &'n Self)) {
        match &self.kind {
            Kind::Leaf(Value::Text(text)) => take(key, text, self),
            Kind::Leaf(_) => {}
            Kind::List(items) => items.iter().for_each(|item| item.texts(key, take)),
            Kind::Object(entries) => entries.iter().for_each(|(key, item)| item.texts(key, take)),
        }
    }

    const fn holds(&self, other: &Self) -> bool {
        self.at <= other.at && other.end <= self.end
    }
}

/// Walks text that is known to be JSON.
struct Walk<'t> {
    text: &'t str,
    at: usize,
}

impl Walk<'_> {
    fn node(&mut self) -> Node {
        self.space();
        let at = self.at;
        let kind = match self.peek() {
            Some(b'{') => Kind::Object(self.all(b'}', |walk| {
                walk.space();
                let key = walk.string();
                walk.skip(b':');
                (key, walk.node())
            })),
            Some(b'[') => Kind::List(self.all(b']', Self::node)),
            Some(b'"') => Kind::Leaf(Value::Text(self.string())),
            _ => Kind::Leaf(self.word()),
        };
        Node { at, end: self.at, kind }
    }

    fn all<T>(&mut self, close: u8, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.space();
            match self.peek() {
                None => return items,
                Some(byte) if byte == close => {
                    self.at += 1;
                    return items;
                }
                Some(b',') => self.at += 1,
                Some(_) => items.push(read(self)),
            }
        }
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        match self.decode(start) {
            Value::Text(text) => text,
            _ => String::new(),
        }
    }

    fn word(&mut self) -> Value {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            self.at += 1;
        }
        // Nothing that is JSON comes here without a word; going on is for text that is not.
        self.at = self.at.max(start + 1);
        self.decode(start)
    }

    fn decode(&self, start: usize) -> Value {
        let piece = self.text.get(start..self.at).unwrap_or_default();
        json::parse(piece.as_bytes(), Spelling::Any).unwrap_or(Value::Null)
    }

    fn skip(&mut self, byte: u8) {
        self.space();
        if self.peek() == Some(byte) {
            self.at += 1;
        }
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// Keys of a definition file that are never published: what an editor needs, and what the owner keeps about the rules.
pub(crate) const OWN_KEYS: [&str; 2] = ["$schema", "grounds"];

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"é\": \"x\", \"fields\": [\n    {\"id\": \"nama\", \"n\\u0061\": \"a\\\"}\"},\n    [1, {\"é\": true}]\n  ]\n}";

    #[test]
    fn each_value_knows_its_line_and_column_in_characters() {
        let source = Source::read(TEXT.as_bytes()).unwrap();
        let node = |path: &str| source.place(source.find(path));
        assert_eq!(node("fields"), (2, 23));
        assert_eq!(node("fields[0].na"), (3, 31));
        assert_eq!(node("fields.nama.na"), (3, 31));
        assert_eq!(node("fields[1][1].é"), (4, 15));
        assert_eq!(source.end(source.find("fields[0].na")), (3, 37));
        assert_eq!(source.find("fields[0].na").text(), Some("a\"}"));
    }

    #[test]
    fn a_path_leads_to_its_node_and_back() {
        let source = Source::read(TEXT.as_bytes()).unwrap();
        for path in ["", "fields", "fields[0]", "fields[0].na", "fields[1][1].é"] {
            assert_eq!(source.path(source.find(path)), path);
        }
        assert_eq!(source.path(source.find("fields[0].reason.id")), "fields[0]");
        assert_eq!(source.path(source.find("fields[9]")), "fields");
    }

    #[test]
    fn what_is_for_the_owner_alone_is_not_in_the_definition() {
        let source = Source::read(b"{\"b\": 1, \"$schema\": \"x\", \"grounds\": [], \"a\": 2}").unwrap();
        assert_eq!(source.definition(), b"{\"a\":2,\"b\":1}");
    }
}
