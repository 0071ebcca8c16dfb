//! Rules about the page that embeds a form: what else runs or is fetched there, and whether the page holds the form to its owner. They see
//! the file alone; what a server adds to it, its headers above all, they cannot.

use std::borrow::Cow;
use std::collections::BTreeSet;

use segel_core::id::OwnerId;

use super::Report;
use super::html::{Attribute, Tag, tags};
use super::rule::{Finding, Look, Rule, Severity, both};
use crate::say::{Words, words};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "S03",
        name: "page-without-strangers",
        severity: Severity::Error,
        law: both("UU PDP Pasal 38-39", "GDPR Art. 5(1)(f), 32; ePrivacy Art. 5(3)"),
        says: both(
            "pihak lain ikut di halaman formulir: bisa membaca yang diketik, atau tahu siapa yang membukanya",
            "somebody else is on the form's page: able to read what is typed, or told who opens it",
        ),
        fix: both(
            "hapus dari halaman ini, atau simpan berkasnya di situs sendiri; alamat situs sendiri dikenali dari <link rel=\"canonical\">",
            "take it off this page, or keep the file on your own site; that is known by <link rel=\"canonical\">",
        ),
        look: Look::Page,
    },
    Rule {
        id: "S09",
        name: "page-pins-owner",
        severity: Severity::Error,
        law: both("UU PDP Pasal 35", "GDPR Art. 32"),
        says: both(
            "halaman tidak menyebut sidik pemilik, jadi formulir buatan siapa pun ditampilkan",
            "the page names no owner's fingerprint, so anybody's form would be drawn",
        ),
        fix: both(
            "tempel baris dari segel publish: owner=\"segel1…\" pada elemen, data-segel-owner pada formulir sendiri",
            "paste the lines of segel publish: owner=\"segel1…\" at the element, data-segel-owner at a form of your own",
        ),
        look: Look::Page,
    },
    Rule {
        id: "S10",
        name: "page-policy",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 39", "GDPR Art. 32"),
        says: both(
            "halaman tidak punya kebijakan isi: apa pun yang disisipkan ke dalamnya berjalan",
            "the page has no content policy: whatever gets into it runs",
        ),
        fix: both(
            "tulis <meta http-equiv=\"Content-Security-Policy\"> seperti di README, di atas skrip pertama; atau abaikan bila server mengirimnya",
            "write <meta http-equiv=\"Content-Security-Policy\"> as in README, above the first script; or pass over this if the server sends it",
        ),
        look: Look::Page,
    },
    Rule {
        id: "S11",
        name: "page-policy-tight",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 39", "GDPR Art. 32"),
        says: both(
            "kebijakan isi membiarkan skrip yang disisipkan berjalan",
            "the content policy lets a script run that got into the page",
        ),
        fix: both(
            "sebut alamat skrip satu per satu di script-src, tanpa 'unsafe-inline', 'unsafe-eval', * atau skema",
            "name scripts' addresses one by one in script-src, without 'unsafe-inline', 'unsafe-eval', * or schemes",
        ),
        look: Look::Page,
    },
    Rule {
        id: "S12",
        name: "page-policy-lets-it-seal",
        severity: Severity::Error,
        law: both("", ""),
        says: both(
            "kebijakan isi menghentikan penyegel, jadi formulir tidak muncul",
            "the content policy stops what seals, so no form appears",
        ),
        fix: both("tambahkan 'wasm-unsafe-eval' di script-src", "add 'wasm-unsafe-eval' to script-src"),
        look: Look::Page,
    },
    Rule {
        id: "S13",
        name: "script-integrity",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 39", "GDPR Art. 32"),
        says: both(
            "skrip dari server lain tanpa integrity: server itu dapat menggantinya",
            "a script of another server without integrity: that server can exchange it",
        ),
        fix: both(
            "tulis integrity dari `cargo xtask dist`, dan crossorigin",
            "write the integrity that `cargo xtask dist` prints, and crossorigin",
        ),
        look: Look::Page,
    },
    Rule {
        id: "S14",
        name: "sealed-input-nameless",
        severity: Severity::Error,
        law: both("UU PDP Pasal 35-36", "GDPR Art. 32"),
        says: both(
            "isian bertanda data-segel punya name: peramban mengirimnya juga tanpa disegel",
            "an input marked data-segel has a name: the browser sends it unsealed, too",
        ),
        fix: both("hapus name dari isian itu", "take name off that input"),
        look: Look::Page,
    },
    Rule {
        id: "S15",
        name: "page-over-tls",
        severity: Severity::Error,
        law: both("UU PDP Pasal 39", "GDPR Art. 32"),
        says: both(
            "diambil tanpa TLS: siapa pun di jaringan dapat menggantinya",
            "fetched without TLS: anybody on the network can exchange it",
        ),
        fix: both("tulis https://", "write https://"),
        look: Look::Page,
    },
    Rule {
        id: "F03",
        name: "page-has-form",
        severity: Severity::Warning,
        law: both("", ""),
        says: both("tidak ada formulir Segel di halaman ini", "there is no form of Segel on this page"),
        fix: both(
            "tempel baris dari segel publish; yang dipasang oleh JavaScript tidak terlihat di sini",
            "paste the lines of segel publish; what JavaScript puts there is not seen here",
        ),
        look: Look::Page,
    },
];

/// Holds a page against them.
pub(crate) fn check(bytes: &[u8]) -> Report {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let tags = tags(text);
    let mut page = Page { lines: Lines::of(text), hosts: hosts(&tags), document: None, findings: Vec::new() };
    if !tags.iter().any(|tag| form_address(tag).is_some()) {
        page.find("F03", (0, 0), "", None);
    }
    for tag in &tags {
        page.addresses(tag);
        page.inline(tag);
        page.documents(tag);
        page.pinned(tag);
        page.sealed(tag);
    }
    page.policy(&tags);
    let mut findings = page.findings;
    findings.sort_by_key(|finding| (finding.place, finding.rule.severity, finding.rule.id));
    Report { findings, definition: None, text: Vec::new() }
}

struct Page {
    lines: Lines,
    /// Hosts that are the shop's own choice: its site, and its server.
    hosts: BTreeSet<String>,
    /// Where the document stands that is being looked at, if it is one within an attribute.
    document: Option<(usize, usize)>,
    findings: Vec<Finding>,
}

impl Page {
    fn find(&mut self, id: &str, (at, end): (usize, usize), path: &str, detail: Option<Words>) {
        let Some(rule) = RULES.iter().find(|rule| rule.id == id) else { return };
        let (at, end, path) = match self.document {
            Some((at, end)) => (at, end, "iframe[srcdoc]"),
            None => (at, end, path),
        };
        let (place, end) = (self.lines.place(at), self.lines.place(end));
        self.findings.push(Finding { rule, place, end, path: path.to_owned(), detail });
    }

    fn at(&mut self, id: &str, tag: &Tag, attribute: &Attribute, what: &str) {
        let path = format!("{}[{}]", tag.name, attribute.name);
        self.find(id, (attribute.at, attribute.end), &path, Some(same(what)));
    }

    /// What a tag fetches, and from whom.
    fn addresses(&mut self, tag: &Tag) {
        for name in fetched(tag).iter().copied().chain(["style"]) {
            let Some(attribute) = tag.attribute(name) else { continue };
            let list = attribute.value.as_str();
            let addresses: Vec<&str> = match name {
                "srcset" | "imagesrcset" => list.split(',').filter_map(|one| one.split_whitespace().next()).collect(),
                "ping" => list.split_whitespace().collect(),
                "content" => refreshed(list).into_iter().collect(),
                "style" => foreign_styles(list),
                _ => vec![list.trim()],
            };
            for address in addresses {
                self.address(tag, attribute, address);
            }
        }
        if tag.name == "style" {
            for address in foreign_styles(&tag.text) {
                if let Some(host) = host(address).filter(|host| !self.hosts.contains(host)) {
                    self.find("S03", (tag.at, tag.end), "style", Some(same(&host)));
                }
            }
        }
    }

    fn address(&mut self, tag: &Tag, attribute: &Attribute, address: &str) {
        // A script whose text stands in its address, where nobody reads it, or is made by another script.
        if let Some(scheme @ ("data" | "blob")) = scheme(address).filter(|_| tag.name == "script") {
            return self.at("S03", tag, attribute, &format!("{scheme}:"));
        }
        let Some(host) = host(address) else { return };
        if !self.hosts.contains(&host) {
            return self.at("S03", tag, attribute, &host);
        }
        if scheme(address) == Some("http") && !is_here(&host) {
            self.at("S15", tag, attribute, address);
        }
        if tag.name == "script" && !tag.get("integrity").is_some_and(has_digest) {
            self.at("S13", tag, attribute, address);
        }
    }

    /// Scripts that stand in the page and bring somebody else in.
    fn inline(&mut self, tag: &Tag) {
        if tag.name != "script" || tag.attribute("src").is_some() {
            return;
        }
        if let Some(tracker) = TRACKERS.iter().find(|tracker| names(&tag.text, tracker)) {
            self.find("S03", (tag.at, tag.end), "script", Some(same(tracker.trim_end_matches('('))));
        }
    }

    /// What a document written into an attribute brings in; one level deep, as nobody writes more.
    fn documents(&mut self, tag: &Tag) {
        let Some(document) = tag.attribute("srcdoc").filter(|_| tag.name == "iframe") else { return };
        self.document = Some((document.at, document.end));
        for inner in tags(&document.value) {
            self.addresses(&inner);
            self.inline(&inner);
        }
        self.document = None;
    }

    /// Whom the page takes a form from.
    fn pinned(&mut self, tag: &Tag) {
        let name = match tag.name.as_str() {
            "segel-form" | "segel-receipt" => "owner",
            _ if tag.attribute("data-segel-form").is_some() => "data-segel-owner",
            _ => return,
        };
        match tag.attribute(name) {
            None => self.find("S09", (tag.at, tag.end), &tag.name, None),
            Some(owner) if OwnerId::parse(owner.value.trim()).is_err() => {
                let detail = words!("bukan sidik pemilik", "not an owner's fingerprint");
                let path = format!("{}[{name}]", tag.name);
                self.find("S09", (owner.at, owner.end), &path, Some(detail));
            }
            Some(_) => {}
        }
    }

    fn sealed(&mut self, tag: &Tag) {
        let name = tag.attribute("name").filter(|name| !name.value.is_empty());
        if let (Some(field), Some(name)) = (tag.attribute("data-segel"), name) {
            self.at("S14", tag, name, &field.value);
        }
    }

    /// The policy in the page. Of several all hold.
    fn policy(&mut self, tags: &[Tag]) {
        let policies: Vec<(&Tag, &Attribute)> =
            tags.iter().take_while(is_before_scripts).filter_map(policy_in_force).collect();
        if policies.is_empty() {
            if let Some(idle) = tags.iter().find(|tag| is_policy(tag)) {
                let detail = words!(
                    "yang ini tidak berlaku, karena kosong, di bawah skrip pertama, atau di luar <head>",
                    "this one does not hold, being empty, below the first script, or outside <head>"
                );
                return self.find("S10", (idle.at, idle.end), "meta", Some(detail));
            }
            let head = tags.iter().find(|tag| tag.name == "head").map_or((0, 0), |tag| (tag.at, tag.end));
            return self.find("S10", head, "head", None);
        }
        let mut loose = Vec::new();
        for (tag, content) in policies.iter().copied() {
            let has = |sources: &[&str], word: &str| sources.iter().any(|source| source.eq_ignore_ascii_case(word));
            if let Some(sources) = scripts(&content.value, "script-src")
                && !has(&sources, "'wasm-unsafe-eval'")
                && !has(&sources, "'unsafe-eval'")
            {
                self.at("S12", tag, content, &sources.join(" "));
            }
            // Of scripts' elements first: what it says there holds instead of script-src.
            let kinds = ["script-src-elem", "script-src-attr", "script-src"];
            if let Some(source) = kinds.iter().find_map(|kind| loose_source(&content.value, kind)) {
                loose.push((tag, content, source));
            }
        }
        // One that is tight is enough: a browser holds a page to each of them.
        if loose.len() == policies.len() {
            for (tag, content, source) in loose {
                self.at("S11", tag, content, &source);
            }
        }
    }
}

/// The attributes, beside its style, by which a tag fetches something without being asked to.
fn fetched(tag: &Tag) -> &'static [&'static str] {
    match tag.name.as_str() {
        "link" if tag.get("rel").is_some_and(|rel| rel.split_whitespace().all(is_only_named)) => &[],
        "link" => &["href", "imagesrcset"],
        "img" | "source" => &["src", "srcset"],
        "object" => &["data"],
        "video" => &["src", "poster"],
        // In a drawing a script has its address as drawings have it.
        "script" => &["src", "href", "xlink:href"],
        "iframe" | "embed" | "audio" | "track" | "frame" | "input" => &["src"],
        "use" | "image" => &["href", "xlink:href"],
        "body" | "table" | "td" => &["background"],
        // All that the page fetches by a short address comes from there.
        "base" => &["href"],
        // Told of every click.
        "a" | "area" => &["ping"],
        "meta" if tag.get("http-equiv").is_some_and(|value| value.eq_ignore_ascii_case("refresh")) => &["content"],
        _ => &[],
    }
}

/// Links that name a place and fetch nothing.
fn is_only_named(rel: &str) -> bool {
    const NAMED: [&str; 14] = [
        "canonical",
        "alternate",
        "author",
        "license",
        "next",
        "prev",
        "search",
        "help",
        "me",
        "shortlink",
        "pingback",
        "edituri",
        "https://api.w.org/",
        "privacy-policy",
    ];
    NAMED.iter().any(|named| rel.eq_ignore_ascii_case(named))
}

/// The address of the published form that a tag draws.
fn form_address(tag: &Tag) -> Option<&str> {
    match tag.name.as_str() {
        "segel-form" | "segel-receipt" => Some(tag.get("src").unwrap_or_default()),
        _ => tag.get("data-segel-form"),
    }
}

/// The page's own host, as it calls itself, and that of the shop's server.
fn hosts(tags: &[Tag]) -> BTreeSet<String> {
    let own = |tag: &Tag| match tag.name.as_str() {
        "link" if tag.get("rel")?.eq_ignore_ascii_case("canonical") => host(tag.get("href")?),
        _ => host(form_address(tag)?),
    };
    tags.iter().filter_map(own).collect()
}

/// The host of an address elsewhere, with its port if that is not the scheme's own; nothing of one on the same site, or in the page itself.
fn host(address: &str) -> Option<String> {
    let address = bare(address);
    let scheme = scheme(&address);
    let rest = match scheme {
        Some("http" | "https" | "ws" | "wss") => address.split_once(':')?.1,
        Some(_) => return None,
        None => address.as_ref(),
    };
    // A browser takes `\` for `/`, and more of them for two.
    let rest = rest.replace('\\', "/");
    let behind = rest.strip_prefix("//").or_else(|| scheme.is_some().then_some(rest.as_str()))?;
    let authority = behind.trim_start_matches('/').split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.to_lowercase();
    let port = if matches!(scheme, Some("http" | "ws")) { ":80" } else { ":443" };
    let host = host.strip_suffix(port).or_else(|| host.strip_suffix(':')).unwrap_or(&host);
    (!host.is_empty()).then(|| host.to_owned())
}

fn scheme(address: &str) -> Option<&'static str> {
    const KNOWN: [&str; 9] = ["http", "https", "ws", "wss", "data", "blob", "about", "mailto", "javascript"];
    let scheme = bare(address.split_once(':')?.0);
    KNOWN.into_iter().find(|known| scheme.eq_ignore_ascii_case(known))
}

/// An address without what a browser passes over: blanks around it, line ends and tabs anywhere.
fn bare(address: &str) -> Cow<'_, str> {
    let address = address.trim_matches(|character| character <= ' ');
    match address.bytes().any(|byte| byte < b' ') {
        true => Cow::Owned(address.replace(['\t', '\n', '\r'], "")),
        false => Cow::Borrowed(address),
    }
}

/// This very machine, where a developer tries a page.
fn is_here(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        // The last part of an address of IPv6 is no port.
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Whether an integrity has a digest; a browser passes over what it does not know as one.
fn has_digest(integrity: &str) -> bool {
    let known = |digest: &str| ["sha256-", "sha384-", "sha512-"].iter().any(|name| digest.starts_with(name));
    integrity.split_whitespace().any(known)
}

/// Whether a script names a tracker. What is called begins where no other name goes on.
fn names(script: &str, tracker: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$');
    let is_called = tracker.ends_with(['(', '.']);
    script.match_indices(tracker).any(|(at, _)| !is_called || !script[..at].ends_with(is_part))
}

/// Where a page sends its reader by itself: `0; url=…`.
fn refreshed(content: &str) -> Option<&str> {
    let behind =
        content.trim_start().trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    let address = behind.trim_start().trim_start_matches([';', ',']).trim_start();
    let named = address.get(..3).filter(|name| name.eq_ignore_ascii_case("url"));
    let address = named.and_then(|_| address[3..].trim_start().strip_prefix('=')).unwrap_or(address).trim();
    let quote = address.chars().next().filter(|first| matches!(first, '"' | '\''));
    match quote {
        Some(quote) => address[1..].split(quote).next(),
        None => Some(address).filter(|address| !address.is_empty()),
    }
}

/// Addresses elsewhere that a style fetches: `url(…)`, `@import "…"` and `image-set("…" 1x)`.
fn foreign_styles(style: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for mark in ["url(", "@import", "image-set("] {
        let mut rest = style;
        while let Some(at) = find_word(rest, mark) {
            rest = &rest[at + mark.len()..];
            let text = near(rest);
            match mark {
                "url(" => found.push(first_address(text)),
                "@import" => found.push(first_address(behind_comments(text))),
                _ => found.extend(quoted(text)),
            }
        }
    }
    found.retain(|address| host(address).is_some());
    found
}

/// As much of a text as an address may take: without a bound a style of beginnings would be read once for each.
fn near(text: &str) -> &str {
    let mut end = text.len().min(2048);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Up to where an address ends that a text begins with.
fn first_address(text: &str) -> &str {
    let text = text.trim_start().trim_start_matches(['"', '\'']);
    let ends = |byte| matches!(byte, b'"' | b'\'' | b')' | b';' | b' ' | b'\n');
    &text[..text.bytes().position(ends).unwrap_or(text.len())]
}

fn behind_comments(text: &str) -> &str {
    let mut text = text.trim_start();
    while let Some((_, behind)) = text.strip_prefix("/*").and_then(|comment| comment.split_once("*/")) {
        text = behind.trim_start();
    }
    text
}

/// What stands in quotes up to a closing parenthesis; not what does so in parentheses of its own, as a type.
fn quoted(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut depth = 0_usize;
    while let Some(at) = rest.find(['"', '\'', '(', ')']) {
        let mark = &rest[at..=at];
        rest = &rest[at + 1..];
        match mark {
            "(" => depth += 1,
            ")" if depth == 0 => break,
            ")" => depth -= 1,
            quote => {
                let (inside, behind) = rest.split_once(quote).unwrap_or((rest, ""));
                if depth == 0 {
                    found.push(inside);
                }
                rest = behind;
            }
        }
    }
    found
}

/// Where a word of ASCII stands, in any case.
fn find_word(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|here| here.eq_ignore_ascii_case(word.as_bytes()))
}

fn is_policy(tag: &Tag) -> bool {
    let named = tag.attribute("http-equiv").filter(|_| tag.name == "meta");
    named.is_some_and(|named| named.value.eq_ignore_ascii_case("content-security-policy"))
}

/// Whether the head goes on behind a tag, and no script has run yet: a policy further down does not hold, or too late.
fn is_before_scripts(tag: &&Tag) -> bool {
    tag.unscripted
        || matches!(tag.name.as_str(), "html" | "head" | "meta" | "title" | "link" | "base" | "style" | "noscript")
}

/// A policy, and what it says; none where it says nothing.
fn policy_in_force(tag: &Tag) -> Option<(&Tag, &Attribute)> {
    let content = tag.attribute("content").filter(|_| is_policy(tag) && !tag.unscripted)?;
    let says = content.value.split(';').any(|directive| !directive.trim().is_empty());
    says.then_some((tag, content))
}

/// The sources of a kind of scripts in a policy, if it says anything about them: by its own name, that of scripts, or the default.
fn scripts<'p>(policy: &'p str, kind: &str) -> Option<Vec<&'p str>> {
    let sources = |wanted: &str| {
        let mut directives = policy.split(';').map(str::split_whitespace);
        let mut own = directives
            .find_map(|mut words| words.next().filter(|name| name.eq_ignore_ascii_case(wanted)).map(|_| words))?;
        Some(own.by_ref().collect::<Vec<&str>>())
    };
    [kind, "script-src", "default-src"].into_iter().find_map(sources)
}

/// By which source a policy lets in scripts of a kind that nobody named; `script-src` where it says nothing of them.
fn loose_source(policy: &str, kind: &str) -> Option<String> {
    let Some(sources) = scripts(policy, kind) else { return Some("script-src".to_owned()) };
    sources.iter().find(|source| is_loose(source, &sources)).map(|source| (*source).to_owned())
}

/// Whether a source lets in what nobody named. Beside a nonce or digest browsers pass over 'unsafe-inline'.
fn is_loose(source: &str, all: &[&str]) -> bool {
    let source = source.to_lowercase();
    let named = all.iter().any(|other| other.starts_with("'nonce-") || other.starts_with("'sha"));
    match source.as_str() {
        "'unsafe-inline'" => !named,
        "'unsafe-eval'" | "http:" | "https:" | "data:" | "blob:" => true,
        source => source.contains('*'),
    }
}

fn same(what: &str) -> Words {
    Words { id: what.to_owned(), en: what.to_owned() }
}

/// Lines of a text, by where they begin.
struct Lines {
    text: String,
    starts: Vec<usize>,
    /// How many characters have begun before each step of bytes, for pages whose whole text is one line.
    begun: Vec<usize>,
}

impl Lines {
    const STEP: usize = 1024;

    fn of(text: &str) -> Self {
        let starts = core::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut begun = vec![0];
        for step in text.as_bytes().chunks(Self::STEP) {
            begun.push(begun.last().unwrap_or(&0) + characters(step));
        }
        Self { text: text.to_owned(), starts, begun }
    }

    /// Line and column, from 1; columns in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        (line, self.before(at) - self.before(self.starts[line - 1]) + 1)
    }

    /// How many characters begin before a byte.
    fn before(&self, at: usize) -> usize {
        let step = at / Self::STEP;
        self.begun[step] + characters(&self.text.as_bytes()[step * Self::STEP..at])
    }
}

/// How many characters begin in these bytes of a text.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// What the usual recorders call themselves in a page.
const TRACKERS: [&str; 16] = [
    "googletagmanager",
    "google-analytics",
    "gtag(",
    "dataLayer",
    "fbq(",
    "connect.facebook",
    "ttq.",
    "clarity(",
    "hotjar",
    "_hmt",
    "ym(",
    "mixpanel",
    "_paq",
    "posthog",
    "smartlook",
    "fullstory",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_elsewhere_is_told_by_its_host_however_it_is_written() {
        let elsewhere = [
            "https://x.example/a.js",
            "//x.example",
            "HTTPS://X.example:443/",
            "https:\\\\x.example/",
            "https:x.example/a",
            "\\\\x.example/a",
            "https://u:p@x.example/",
            "https:///x.example",
            "ht\ntps:/\t/x.exa\r\nmple/",
            " \u{1}https://x.example",
            "//x.example:443/a",
            "http://x.example:80",
            "https://x.example:/",
        ];
        for address in elsewhere {
            assert_eq!(host(address).as_deref(), Some("x.example"), "{address}");
        }
        assert_eq!(host("http://x.example:443/").as_deref(), Some("x.example:443"));
        assert_eq!(host("https://[::443]/").as_deref(), Some("[::443]"));
        for address in ["/a.js", "a.js", "", "#x", "data:image/png;base64,//x.example", "?//x.example", "a//x.example"]
        {
            assert_eq!(host(address), None, "{address}");
        }
    }

    #[test]
    fn places_are_counted_in_characters_however_long_a_line_is() {
        let text = format!("é\n{}x\n", "é".repeat(3000));
        let lines = Lines::of(&text);
        assert_eq!(lines.place(0), (1, 1));
        assert_eq!(lines.place(2), (1, 2));
        assert_eq!(lines.place(3 + 6000), (2, 3001));
        assert_eq!(lines.place(text.len()), (3, 1));
        let full = "x".repeat(2 * Lines::STEP);
        assert_eq!(Lines::of(&full).place(full.len()), (1, full.len() + 1));
    }

    #[test]
    fn styles_are_read_for_what_they_fetch() {
        let cases: [(&str, &[&str]); 6] = [
            ("a{background:URL( 'https://x.example/a.png')} b{background:url(own.png)}", &["https://x.example/a.png"]),
            ("@import \"//y.example/b.css\";", &["//y.example/b.css"]),
            ("@import/**/ /* ; */'//y.example/b.css'; @import/*", &["//y.example/b.css"]),
            (
                "-webkit-Image-Set('own.png' 1x, \"//x.example/a\" 2x type('//t.example'), '//x.example/(' 3x) '//z.example'",
                &["//x.example/a", "//x.example/("],
            ),
            ("a{content:'https://x.example/'}", &[]),
            ("image-set('//x.example", &["//x.example"]),
        ];
        for (style, expected) in cases {
            assert_eq!(foreign_styles(style), expected, "{style}");
        }
    }

    #[test]
    fn of_a_style_only_what_an_address_may_take_is_read_at_each_beginning() {
        let style = format!("@import{}", "é".repeat(2000));
        assert_eq!(near(&style).len(), 2047);
        let far = format!("image-set({}'//x.example/')", " ".repeat(3000));
        assert_eq!(foreign_styles(&far), [""; 0]);
    }

    #[test]
    fn a_page_goes_on_by_itself_to_where_a_browser_takes_it() {
        for content in [
            "0;url=//x.example/",
            " 1.5 , URL = '//x.example/' z",
            "0 //x.example/",
            "0;//x.example/",
            ";url=\"//x.example/",
        ] {
            assert_eq!(refreshed(content), Some("//x.example/"), "{content}");
        }
        for content in ["5", "", "0;"] {
            assert_eq!(refreshed(content), None, "{content}");
        }
        assert_eq!(refreshed("0;urgent"), Some("urgent"));
    }

    #[test]
    fn this_machine_is_known_with_and_without_a_port() {
        assert!(["localhost", "localhost:1", "127.0.0.1:80", "[::1]", "[::1]:8080"].into_iter().all(is_here));
        assert!(!["[::1", "x.example", "[fe80::1]", "localhost.example"].into_iter().any(is_here));
    }

    #[test]
    fn a_tracker_is_known_by_its_whole_name() {
        assert!(!names("parseSym(1); _gtag(); $fbq()", "ym("));
        assert!(names("parseSym(1); window.ym(2)", "ym("));
        assert!(names("ym(2)", "ym("));
        assert!(names("load_hotjar()", "hotjar"));
    }

    #[test]
    fn a_policy_speaks_of_scripts_or_by_its_default() {
        let named = "default-src 'none'; Script-Src 'self' x.example; script-src-elem y.example";
        assert_eq!(scripts(named, "script-src"), Some(vec!["'self'", "x.example"]));
        assert_eq!(scripts(named, "script-src-elem"), Some(vec!["y.example"]));
        assert_eq!(scripts(named, "script-src-attr"), Some(vec!["'self'", "x.example"]));
        assert_eq!(scripts("default-src *", "script-src-elem"), Some(vec!["*"]));
        assert_eq!(scripts("img-src 'self'", "script-src"), None);
        assert!(is_loose("'unsafe-inline'", &["'unsafe-inline'"]));
        assert!(!is_loose("'unsafe-inline'", &["'unsafe-inline'", "'nonce-x'"]));
        assert!(["*", "https://*.example", "*:443", "https://*"].into_iter().all(|source| is_loose(source, &[])));
        assert!(!is_loose("https://x.example", &[]));
    }
}
