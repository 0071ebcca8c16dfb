//! Rules about the page that embeds a form: what else runs or is fetched there, and whether the page holds the form to its owner. They see
//! the file alone; what a server adds to it, its headers above all, they cannot.

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
    let mut page = Page { lines: Lines::of(text), hosts: hosts(&tags), findings: Vec::new() };
    if !tags.iter().any(|tag| form_address(tag).is_some()) {
        page.find("F03", (0, 0), "", None);
    }
    for tag in &tags {
        page.addresses(tag);
        page.inline(tag);
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
    hosts: Vec<String>,
    findings: Vec<Finding>,
}

impl Page {
    fn find(&mut self, id: &str, (at, end): (usize, usize), path: &str, detail: Option<Words>) {
        let Some(rule) = RULES.iter().find(|rule| rule.id == id) else { return };
        let (place, end) = (self.lines.place(at), self.lines.place(end));
        self.findings.push(Finding { rule, place, end, path: path.to_owned(), detail });
    }

    fn at(&mut self, id: &str, tag: &Tag, attribute: &Attribute, what: &str) {
        let path = format!("{}[{}]", tag.name, attribute.name);
        self.find(id, (attribute.at, attribute.end), &path, Some(same(what)));
    }

    /// What a tag fetches, and from whom.
    fn addresses(&mut self, tag: &Tag) {
        for name in fetched(tag).iter().copied() {
            let Some(attribute) = tag.attribute(name) else { continue };
            let list = attribute.value.as_str();
            let addresses: Vec<&str> = match name {
                "srcset" | "imagesrcset" => list.split(',').filter_map(|one| one.split_whitespace().next()).collect(),
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
        let Some(host) = host(address) else { return };
        if !self.hosts.contains(&host) {
            return self.at("S03", tag, attribute, &host);
        }
        if scheme(address) == Some("http") && !is_here(&host) {
            self.at("S15", tag, attribute, address);
        }
        if tag.name == "script" && tag.get("integrity").is_none_or(|value| !value.starts_with("sha")) {
            self.at("S13", tag, attribute, address);
        }
    }

    /// Scripts that stand in the page and bring somebody else in.
    fn inline(&mut self, tag: &Tag) {
        if tag.name != "script" || tag.attribute("src").is_some() {
            return;
        }
        if let Some(tracker) = TRACKERS.iter().find(|tracker| tag.text.contains(**tracker)) {
            self.find("S03", (tag.at, tag.end), "script", Some(same(tracker.trim_end_matches('('))));
        }
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
        if let (Some(field), Some(name)) = (tag.attribute("data-segel"), tag.attribute("name")) {
            self.at("S14", tag, name, &field.value);
        }
    }

    /// The policy in the page. Of several all hold.
    fn policy(&mut self, tags: &[Tag]) {
        let is_policy = |tag: &&Tag| {
            tag.name == "meta"
                && tag.get("http-equiv").is_some_and(|value| value.eq_ignore_ascii_case("content-security-policy"))
        };
        let policies: Vec<&Tag> = tags.iter().filter(is_policy).collect();
        if policies.is_empty() {
            let head = tags.iter().find(|tag| tag.name == "head").map_or((0, 0), |tag| (tag.at, tag.end));
            return self.find("S10", head, "head", None);
        }
        let mut loose = Vec::new();
        for tag in &policies {
            let Some(content) = tag.attribute("content") else { continue };
            match scripts(&content.value) {
                None => loose.push((*tag, content, "script-src".to_owned())),
                Some(sources) => {
                    let has = |word: &str| sources.iter().any(|source| source.eq_ignore_ascii_case(word));
                    if !has("'wasm-unsafe-eval'") && !has("'unsafe-eval'") {
                        self.at("S12", tag, content, &sources.join(" "));
                    }
                    if let Some(source) = sources.iter().find(|source| is_loose(source, &sources)) {
                        loose.push((*tag, content, (*source).to_owned()));
                    }
                }
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

/// The attributes by which a tag fetches something without being asked to.
fn fetched(tag: &Tag) -> &'static [&'static str] {
    match tag.name.as_str() {
        "link" if tag.get("rel").is_some_and(|rel| rel.split_whitespace().all(is_only_named)) => &[],
        "link" => &["href", "imagesrcset"],
        "img" | "source" => &["src", "srcset", "style"],
        "object" => &["data"],
        "video" => &["src", "poster"],
        "script" | "iframe" | "embed" | "audio" | "track" | "frame" | "input" => &["src"],
        "use" | "image" => &["href", "xlink:href"],
        "body" | "table" | "td" => &["background", "style"],
        _ => &["style"],
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
fn hosts(tags: &[Tag]) -> Vec<String> {
    let own = |tag: &Tag| match tag.name.as_str() {
        "base" => host(tag.get("href")?),
        "link" if tag.get("rel")?.eq_ignore_ascii_case("canonical") => host(tag.get("href")?),
        _ => host(form_address(tag)?),
    };
    tags.iter().filter_map(own).collect()
}

/// The host of an address elsewhere, with its port; nothing of one on the same site, or in the page itself.
fn host(address: &str) -> Option<String> {
    let rest = match scheme(address) {
        Some("http" | "https" | "ws" | "wss") => address.split_once(':')?.1,
        Some(_) => return None,
        None => address,
    };
    // A browser takes `\` for `/`, and more of them for two.
    let rest = rest.replace('\\', "/");
    let behind = rest.strip_prefix("//").or_else(|| scheme(address).is_some().then_some(rest.as_str()))?;
    let authority = behind.trim_start_matches('/').split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.to_lowercase();
    (!host.is_empty()).then_some(host)
}

fn scheme(address: &str) -> Option<&'static str> {
    const KNOWN: [&str; 9] = ["http", "https", "ws", "wss", "data", "blob", "about", "mailto", "javascript"];
    let (scheme, _) = address.split_once(':')?;
    KNOWN.into_iter().find(|known| scheme.trim().eq_ignore_ascii_case(known))
}

/// This very machine, where a developer tries a page.
fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Addresses elsewhere that a style fetches: `url(…)` and `@import "…"`.
fn foreign_styles(style: &str) -> Vec<&str> {
    let strip = |text: &'_ str| text.trim_start().trim_start_matches(['"', '\'']).len();
    let mut found = Vec::new();
    for mark in ["url(", "@import"] {
        let mut rest = style;
        while let Some(at) = find_word(rest, mark) {
            rest = &rest[at + mark.len()..];
            let text = &rest[rest.len() - strip(rest)..];
            let end = text.find(['"', '\'', ')', ';', ' ', '\n']).unwrap_or(text.len());
            if host(&text[..end]).is_some() {
                found.push(&text[..end]);
            }
        }
    }
    found
}

/// Where a word of ASCII stands, in any case.
fn find_word(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|here| here.eq_ignore_ascii_case(word.as_bytes()))
}

/// The sources of scripts in a policy, if it says anything about them.
fn scripts(policy: &str) -> Option<Vec<&str>> {
    let sources = |wanted: &str| {
        let mut directives = policy.split(';').map(str::split_whitespace);
        let mut own = directives
            .find_map(|mut words| words.next().filter(|name| name.eq_ignore_ascii_case(wanted)).map(|_| words))?;
        Some(own.by_ref().collect::<Vec<&str>>())
    };
    sources("script-src").or_else(|| sources("default-src"))
}

/// Whether a source lets in what nobody named. Beside a nonce or digest browsers pass over 'unsafe-inline'.
fn is_loose(source: &str, all: &[&str]) -> bool {
    let source = source.to_lowercase();
    let named = all.iter().any(|other| other.starts_with("'nonce-") || other.starts_with("'sha"));
    match source.as_str() {
        "'unsafe-inline'" => !named,
        "'unsafe-eval'" | "*" | "http:" | "https:" | "data:" | "blob:" | "http://*" | "https://*" => true,
        _ => false,
    }
}

fn same(what: &str) -> Words {
    Words { id: what.to_owned(), en: what.to_owned() }
}

/// Lines of a text, by where they begin.
struct Lines {
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let starts = core::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text: text.to_owned(), starts }
    }

    /// Line and column, from 1; columns in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        (line, self.text[self.starts[line - 1]..at].chars().count() + 1)
    }
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
        ];
        for address in elsewhere {
            assert!(host(address).is_some_and(|host| host.starts_with("x.example")), "{address}");
        }
        for address in ["/a.js", "a.js", "", "#x", "data:image/png;base64,//x.example", "?//x.example", "a//x.example"]
        {
            assert_eq!(host(address), None, "{address}");
        }
    }

    #[test]
    fn styles_are_read_for_what_they_fetch() {
        let style =
            "a{background:URL( 'https://x.example/a.png')} @import \"//y.example/b.css\"; b{background:url(own.png)}";
        assert_eq!(foreign_styles(style), ["https://x.example/a.png", "//y.example/b.css"]);
    }

    #[test]
    fn a_policy_speaks_of_scripts_or_by_its_default() {
        assert_eq!(scripts("default-src 'none'; Script-Src 'self' x.example"), Some(vec!["'self'", "x.example"]));
        assert_eq!(scripts("default-src *"), Some(vec!["*"]));
        assert_eq!(scripts("img-src 'self'"), None);
        assert!(is_loose("'unsafe-inline'", &["'unsafe-inline'"]));
        assert!(!is_loose("'unsafe-inline'", &["'unsafe-inline'", "'nonce-x'"]));
    }
}
