//! JSON as the format uses it: integers, no duplicate keys, one canonical spelling. FORMAT §1.1.
//!
//! Apart from every other reader of JSON because of one rule: bytes are accepted only if encoding the parsed value gives
//! the same bytes again. And small, because it stands in the customer's download.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::limits;

/// A JSON value; objects are sorted by key when they come from [`parse`] or [`Value::object`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// `null`: read, so that a message can name it, but no key of the format takes it.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer from −(2^53−1) to 2^53−1.
    Int(i64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Object(Vec<(String, Value)>),
}

/// Which spellings [`parse`] accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spelling {
    /// Only the canonical one: for bytes that were signed or sealed.
    Canonical,
    /// Any valid one: for what a person or a server wrote.
    Any,
}

/// Where and why input is not the JSON we accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    offset: usize,
    line: usize,
    column: usize,
    fault: Fault,
}

/// What is wrong with the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A byte that cannot stand there.
    Unexpected,
    /// The input ends inside a value.
    Truncated,
    /// Something follows the value.
    TrailingBytes,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// A byte order mark in front.
    ByteOrderMark,
    /// More levels than allowed.
    TooDeep,
    /// The same key twice in one object.
    DuplicateKey,
    /// A fraction, an exponent, minus zero, or an integer beyond 2^53−1: it could not be kept exactly.
    NotAnInteger,
    /// A `\u` escape that is half a pair.
    LoneSurrogate,
    /// A control character that is not escaped.
    Control,
    /// Valid, but not the canonical spelling.
    NotCanonical,
}

impl Fault {
    /// A sentence for a person who wrote the file.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Unexpected => "unexpected character",
            Self::Truncated => "the text ends inside a value",
            Self::TrailingBytes => "bytes after the end",
            Self::NotUtf8 => "not UTF-8",
            Self::ByteOrderMark => "begins with a byte order mark",
            Self::TooDeep => "nested too deeply",
            Self::DuplicateKey => "the same key twice",
            Self::NotAnInteger => "not a whole number that can be kept exactly",
            Self::LoneSurrogate => "half of a surrogate pair",
            Self::Control => "a control character that is not escaped",
            Self::NotCanonical => "not in canonical spelling",
        }
    }
}

impl JsonError {
    /// Byte offset of the fault.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Line of the fault, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// Column of the fault in characters, from 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        self.fault
    }

    fn at(bytes: &[u8], offset: usize, fault: Fault) -> Self {
        let before = &bytes[..offset.min(bytes.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let characters = before[line_start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Self { offset, line, column: characters + 1, fault }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.fault.text())
    }
}

impl core::error::Error for JsonError {}

/// Parses one value that fills `bytes`.
///
/// # Errors
/// [`JsonError`] with the place and the [`Fault`]; under [`Spelling::Canonical`] also when encoding the value gives other bytes.
pub fn parse(bytes: &[u8], spelling: Spelling) -> Result<Value, JsonError> {
    let fault = |offset, fault| Err(JsonError::at(bytes, offset, fault));
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return fault(0, Fault::ByteOrderMark);
    }
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return fault(error.valid_up_to(), Fault::NotUtf8),
    };
    let mut parser = Parser { text, at: 0, depth: 0 };
    let value = match parser.document() {
        Ok(value) => value,
        Err(what) => return fault(parser.at, what),
    };
    if spelling == Spelling::Canonical {
        let again = value.encode();
        if again.as_bytes() != bytes {
            let same = again.bytes().zip(bytes).take_while(|(ours, theirs)| ours == *theirs).count();
            return fault(same, Fault::NotCanonical);
        }
    }
    Ok(value)
}

impl Value {
    /// An object from keys and values, sorted.
    #[must_use]
    pub fn object(entries: Vec<(String, Self)>) -> Self {
        // Insertion: objects are small, and a library sort is 5 KB in the customer's download.
        let mut sorted: Vec<(String, Self)> = Vec::with_capacity(entries.len());
        for entry in entries {
            let place = sorted.iter().position(|(key, _)| *key > entry.0).unwrap_or(sorted.len());
            sorted.insert(place, entry);
        }
        Self::Object(sorted)
    }

    /// A string.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(String::from(text))
    }

    /// The canonical spelling.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = String::new();
        self.push_to(&mut out);
        out
    }

    /// Length of the canonical spelling in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.encode().len()
    }

    /// The value under `key`, if this is an object that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The entries, if this is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if this is an array.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The string, if this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if this is one.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The string under `key`; empty where there is none.
    #[must_use]
    pub(crate) fn text_at(&self, key: &str) -> &str {
        self.get(key).and_then(Self::as_text).unwrap_or_default()
    }

    /// The items under `key`; none where there is no list.
    #[must_use]
    pub(crate) fn list_at(&self, key: &str) -> &[Self] {
        self.get(key).and_then(Self::as_list).unwrap_or_default()
    }

    /// The whole number under `key`.
    #[must_use]
    pub(crate) fn int_at(&self, key: &str) -> Option<i64> {
        self.get(key).and_then(Self::as_int)
    }

    /// Whether `true` stands under `key`.
    #[must_use]
    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.get(key).and_then(Self::as_bool) == Some(true)
    }

    fn push_to(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Int(value) => {
                if *value < 0 {
                    out.push('-');
                }
                crate::time::push_decimal(out, value.unsigned_abs());
            }
            Self::Text(text) => push_string(out, text),
            Self::List(items) => {
                let mut mark = '[';
                for item in items {
                    out.push(mark);
                    item.push_to(out);
                    mark = ',';
                }
                out.push_str(if mark == '[' { "[]" } else { "]" });
            }
            Self::Object(entries) => {
                let mut mark = '{';
                for (key, value) in entries {
                    out.push(mark);
                    push_string(out, key);
                    out.push(':');
                    value.push_to(out);
                    mark = ',';
                }
                out.push_str(if mark == '{' { "{}" } else { "}" });
            }
        }
    }
}

/// Writes canonical JSON piece by piece, without a tree in between. Whoever writes an object gives its keys in order.
#[derive(Debug, Default)]
pub struct Writer(String);

impl Writer {
    /// Opens an object (`{`) or a list (`[`).
    pub fn open(&mut self, bracket: char) {
        self.part();
        self.0.push(bracket);
    }

    /// Closes it (`}` or `]`).
    pub fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// A key of an object; its value is written next.
    pub fn key(&mut self, key: &str) {
        self.text(key);
        self.0.push(':');
    }

    /// A string.
    pub fn text(&mut self, text: &str) {
        self.part();
        push_string(&mut self.0, text);
    }

    /// A whole number.
    pub fn number(&mut self, value: u64) {
        self.part();
        crate::time::push_decimal(&mut self.0, value);
    }

    /// A key and a string.
    pub fn entry(&mut self, key: &str, text: &str) {
        self.key(key);
        self.text(text);
    }

    /// A key and bytes in hexadecimal.
    pub fn hex(&mut self, key: &str, bytes: &[u8]) {
        self.entry(key, &crate::id::hex(bytes));
    }

    /// A value that was written apart.
    #[cfg(feature = "seal")]
    pub fn append(&mut self, value: Self) {
        self.part();
        self.0.push_str(&value.0);
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }

    /// A comma behind a value that stands before this one.
    fn part(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
    }
}

fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        let short = match character {
            '"' => '"',
            '\\' => '\\',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\0'..='\u{1f}' => {
                out.push_str("\\u00");
                out.push(if character < '\u{10}' { '0' } else { '1' });
                out.push(char::from_digit(character as u32 & 15, 16).unwrap_or('0'));
                continue;
            }
            _ => {
                out.push(character);
                continue;
            }
        };
        out.push('\\');
        out.push(short);
    }
    out.push('"');
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Value, Fault> {
        self.space();
        let value = self.value()?;
        self.space();
        if self.at == self.text.len() { Ok(value) } else { Err(Fault::TrailingBytes) }
    }

    fn value(&mut self) -> Result<Value, Fault> {
        match self.peek().ok_or(Fault::Truncated)? {
            bracket @ (b'{' | b'[') => self.nested(bracket),
            b'"' => self.string().map(Value::Text),
            b'-' | b'0'..=b'9' => self.integer(),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => Err(Fault::Unexpected),
        }
    }

    /// The bracket is counted before it is read, so that depth is bounded before the stack grows.
    fn nested(&mut self, bracket: u8) -> Result<Value, Fault> {
        if self.depth == limits::JSON_DEPTH {
            return Err(Fault::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        self.space();
        let value = if bracket == b'{' { self.object() } else { self.list() };
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value, Fault> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        if self.eat(b'}') {
            return Ok(Value::Object(entries));
        }
        loop {
            let key_at = self.at;
            let key = self.string()?;
            self.space();
            self.expect(b':')?;
            self.space();
            let value = self.value()?;
            // Sorted insertion finds a second use of a key without comparing all pairs.
            match entries.binary_search_by(|(name, _)| name.as_str().cmp(&key)) {
                Ok(_) => {
                    self.at = key_at;
                    return Err(Fault::DuplicateKey);
                }
                Err(place) => entries.insert(place, (key, value)),
            }
            self.space();
            if self.eat(b'}') {
                return Ok(Value::Object(entries));
            }
            self.expect(b',')?;
            self.space();
        }
    }

    fn list(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        if self.eat(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            if self.eat(b']') {
                return Ok(Value::List(items));
            }
            self.expect(b',')?;
            self.space();
        }
    }

    fn integer(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        let negative = self.eat(b'-');
        let mut value = 0_i64;
        let first = self.at;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value * 10 + i64::from(digit - b'0');
            self.at += 1;
            if value > MAX_INTEGER {
                self.at = start;
                return Err(Fault::NotAnInteger);
            }
        }
        let padded = self.at - first > 1 && self.text.as_bytes()[first] == b'0';
        let minus_zero = negative && value == 0;
        if self.at == first || padded || minus_zero || matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            self.at = start;
            return Err(Fault::NotAnInteger);
        }
        Ok(Value::Int(if negative { -value } else { value }))
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.expect(b'"')?;
        let mut out = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let special = |byte: &u8| matches!(*byte, b'"' | b'\\') || *byte < 0x20;
            let plain = rest.iter().position(special).ok_or(Fault::Truncated)?;
            // The bytes end before an ASCII character, so they are whole characters.
            out.push_str(self.text.get(self.at..self.at + plain).unwrap_or_default());
            self.at += plain;
            match rest[plain] {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => out.push(self.escape()?),
                _ => return Err(Fault::Control),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        self.at += 1;
        let letter = self.peek().ok_or(Fault::Truncated)?;
        let plain = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b't' => '\t',
            b'n' => '\n',
            b'f' => '\u{c}',
            b'r' => '\r',
            b'u' => return self.unicode(),
            _ => return Err(Fault::Unexpected),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(Fault::LoneSurrogate);
        }
        if !(self.eat(b'\\') && self.peek() == Some(b'u')) {
            return Err(Fault::LoneSurrogate);
        }
        let second = self.four_digits()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(Fault::LoneSurrogate);
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(Fault::LoneSurrogate)
    }

    fn four_digits(&mut self) -> Result<u32, Fault> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5).ok_or(Fault::Truncated)?;
        let value =
            digits.iter().try_fold(0, |value, digit| char::from(*digit).to_digit(16).map(|digit| value * 16 + digit));
        let value = value.ok_or(Fault::Unexpected)?;
        self.at += 5;
        Ok(value)
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Fault> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(Fault::Unexpected)
        }
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        match self.peek() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(Fault::Unexpected),
            None => Err(Fault::Truncated),
        }
    }
}

const MAX_INTEGER: i64 = (1 << 53) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(input: &[u8], spelling: Spelling) -> Fault {
        parse(input, spelling).unwrap_err().fault()
    }

    #[test]
    fn canonical_input_comes_back_byte_for_byte() {
        for text in ["null", "[]", "{}", "-9007199254740991", r#"{"a":[1,true,"\"\\\n\u001f😀é"],"b":{}}"#] {
            assert_eq!(parse(text.as_bytes(), Spelling::Canonical).unwrap().encode(), text);
        }
    }

    #[test]
    fn refuses_a_second_spelling_of_the_same_value() {
        let spellings: [&[u8]; 8] =
            [b" 1", b"1 ", b"{\"b\":1,\"a\":2}", b"\"\\u0061\"", b"\"\\/\"", b"\"\\u001F\"", b"[1, 2]", b"\"\\u000a\""];
        for other in spellings {
            assert!(parse(other, Spelling::Any).is_ok());
            assert_eq!(fault(other, Spelling::Canonical), Fault::NotCanonical);
        }
    }

    #[test]
    fn refuses_duplicate_keys_under_either_spelling() {
        for spelling in [Spelling::Any, Spelling::Canonical] {
            assert_eq!(fault(br#"{"consent":1,"consent":2}"#, spelling), Fault::DuplicateKey);
            assert_eq!(fault(br#"{"a":1,"\u0061":2}"#, spelling), Fault::DuplicateKey);
        }
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        assert_eq!(parse(b"9007199254740991", Spelling::Any).unwrap().as_int(), Some(9_007_199_254_740_991));
        for text in [
            "9007199254740992",
            "9007199254740993",
            "1e400",
            "-0",
            "1e-400",
            "1.0",
            "01",
            "-",
            "99999999999999999999999",
        ] {
            assert_eq!(fault(text.as_bytes(), Spelling::Any), Fault::NotAnInteger, "{text}");
        }
    }

    #[test]
    fn refuses_bytes_that_are_not_utf8_with_their_offset() {
        let cases: [(&[u8], usize); 3] = [(b"\"\xc0\xaf\"", 1), (b"\"a\xed\xa0\x80\"", 2), (b"\"\x80\"", 1)];
        for (bytes, offset) in cases {
            let error = parse(bytes, Spelling::Any).unwrap_err();
            assert_eq!((error.fault(), error.offset()), (Fault::NotUtf8, offset));
        }
        assert_eq!(fault(b"\xef\xbb\xbf{}", Spelling::Any), Fault::ByteOrderMark);
        assert_eq!(fault(br#""\ud800""#, Spelling::Any), Fault::LoneSurrogate);
        assert_eq!(fault(br#""\udc00""#, Spelling::Any), Fault::LoneSurrogate);
    }

    #[test]
    fn refuses_depth_before_it_costs_stack() {
        assert_eq!(fault(&[b'['; 10_000], Spelling::Any), Fault::TooDeep);
        assert!(parse(b"[[[[[[[[1]]]]]]]]", Spelling::Any).is_ok());
        assert_eq!(fault(b"[[[[[[[[[1]]]]]]]]]", Spelling::Any), Fault::TooDeep);
    }

    #[test]
    fn names_line_and_column_in_characters() {
        let error = parse("{\n  \"é\": ?\n}".as_bytes(), Spelling::Any).unwrap_err();
        assert_eq!((error.line(), error.column(), error.fault()), (2, 8, Fault::Unexpected));
        assert_eq!(error.to_string(), "line 2, column 8: unexpected character");
    }

    #[test]
    fn refuses_anything_after_the_value() {
        assert_eq!(fault(b"{}{}", Spelling::Any), Fault::TrailingBytes);
        assert_eq!(fault(b"{}\0", Spelling::Canonical), Fault::TrailingBytes);
    }

    #[test]
    fn every_cut_of_a_value_is_refused() {
        let text = br#"{"a":[1,true,null,"\u00e9\n"],"b":-7}"#;
        for end in 0..text.len() {
            assert!(
                matches!(
                    fault(&text[..end], Spelling::Any),
                    Fault::Truncated | Fault::Unexpected | Fault::NotAnInteger
                ),
                "{end}"
            );
        }
    }
}
