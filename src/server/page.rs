//! The hosted page of a form: for a shop without a website, which shares a link or a QR code.
//!
//! Threat: everything in a form was written by a stranger to this server, so every text goes through one escaper, and the policy
//! allows nothing inline and nothing from elsewhere.

use segel_core::Form;

use crate::assets::Assets;

/// A page and the policy it must be sent with.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) html: String,
    pub(crate) policy: String,
}

impl Page {
    /// Builds the page of a form in the form's first language; `shared` for a device on the counter.
    pub(crate) fn new(form: &Form, assets: &Assets, shared: bool) -> Self {
        Self { html: html(form, assets, shared), policy: policy(form.definition().endpoint()) + WORKER }
    }

    /// Builds the page on which customers of a form use their receipts.
    pub(crate) fn receipt(form: &Form, assets: &Assets) -> Self {
        Self { html: receipt_html(form, assets), policy: policy(None) + NONE }
    }
}

/// For a person whose link or code leads to a form that is not here. Nothing of what was asked for stands in it.
pub(crate) const MISSING: &str = include_str!("missing.html");
/// The policy of a page without a script: it loads its style and nothing else.
pub(crate) const PLAIN: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

fn html(form: &Form, assets: &Assets, shared: bool) -> String {
    let language = language(form);
    let (name, owner) = (form.name(), form.owner());
    let script = pin(assets, "element.js");
    let links = form.languages().iter().map(|language| {
        let notice = if language == "id" { "Pemberitahuan privasi" } else { "Privacy notice" };
        format!(r#"<a href="/f/{name}/notice" lang="{}">{notice}</a>"#, escape(language))
    });
    let links = links.collect::<Vec<_>>().join(" · ");
    let fallback = fallback(language);
    let head = format!(
        r#"<link rel="preload" href="/segel/segel.wasm" as="fetch" type="application/wasm" crossorigin>
<script type="module" src="/segel/element.js"{script}></script>"#
    );
    let shared = if shared { " shared" } else { "" };
    let body = format!(
        r#"<segel-form src="/forms/{name}.segel" owner="{owner}" worker{shared}><p>{fallback}</p></segel-form>
<p>{links}</p>"#
    );
    frame(form, "", &head, &body)
}

/// The page of a receipt: what a customer can do later. The key stands behind # and is not sent to us.
fn receipt_html(form: &Form, assets: &Assets) -> String {
    let (name, owner) = (form.name(), form.owner());
    let script = pin(assets, "receipt.js");
    let (fallback, title) = match language(form) {
        "id" => (
            "Halaman bukti sedang dimuat. Kalau tidak muncul, perbarui browser Anda atau hubungi toko langsung.",
            "Bukti dan pilihan Anda · ",
        ),
        _ => (
            "The receipt's page is loading. If it does not appear, update your browser or contact the shop directly.",
            "Your receipt and choices · ",
        ),
    };
    let head = format!(r#"<script type="module" src="/segel/receipt.js"{script}></script>"#);
    let body = format!(r#"<segel-receipt src="/forms/{name}.segel" owner="{owner}"><p>{fallback}</p></segel-receipt>"#);
    frame(form, title, &head, &body)
}

/// What both have around them; `what` stands before the form's name in a tab and in the history, where both pages would look alike.
fn frame(form: &Form, what: &str, head: &str, body: &str) -> String {
    let language = language(form);
    let title = escape(form.definition().title().get(language));
    let controller = escape(form.definition().controller().name());
    let language = escape(language);
    format!(
        r#"<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{what}{title} · {controller}</title>
<link rel="icon" href="/segel/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/segel/page.css">
{head}
</head>
<body>
<main class="segel-page">
<h1>{controller}</h1>
{body}
</main>
</body>
</html>
"#
    )
}

fn language(form: &Form) -> &str {
    form.languages().first().map_or("id", String::as_str)
}

/// For large files: `element.js` starts a worker from bytes whose digest it carries, and the page's one policy gives that address.
const WORKER: &str = "segel; worker-src blob:";
/// The other page makes no address of a script at all.
const NONE: &str = "'none'";

/// Nothing inline, nothing foreign; the one connection that may leave is the one to where the form says it is posted.
fn policy(endpoint: Option<&str>) -> String {
    let elsewhere = endpoint.and_then(origin).map(|origin| format!(" {origin}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'{elsewhere}; style-src 'self'; \
         img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types "
    )
}

/// Scheme, host and port of an absolute address; nothing if a character could end the directive it stands in.
fn origin(endpoint: &str) -> Option<&str> {
    let (scheme, rest) = endpoint.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let safe = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    let known = matches!(scheme, "https" | "http");
    (known && safe && !host.is_empty()).then(|| &endpoint[..scheme.len() + 3 + host.len()])
}

fn pin(assets: &Assets, file: &str) -> String {
    assets.integrity(file).map(|value| format!(r#" integrity="{value}" crossorigin="anonymous""#)).unwrap_or_default()
}

/// What stands there until the form is drawn, and stays if it cannot be.
const fn fallback(language: &str) -> &'static str {
    match language.as_bytes() {
        b"id" => {
            "Formulir sedang dimuat. Kalau tidak muncul, perbarui browser Anda atau hubungi toko ini langsung; \
             jangan kirim data pribadi lewat halaman ini."
        }
        _ => {
            "The form is loading. If it does not appear, update your browser or contact the shop directly; do not send \
             personal data through this page."
        }
    }
}

/// Text as text, in content and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape(r#"</title><script a='"'>&"#), "&lt;/title&gt;&lt;script a=&#39;&quot;&#39;&gt;&amp;");
    }

    #[test]
    fn an_endpoint_elsewhere_is_the_only_addition_to_the_policy() {
        let own = policy(None);
        assert!(own.contains("connect-src 'self'; "), "{own}");
        assert_eq!(policy(Some("/kirim")), own);
        assert!(
            policy(Some("https://toko.example:8443/forms/x"))
                .contains("connect-src 'self' https://toko.example:8443; ")
        );
        for hostile in ["https://a b/", "https://a;script-src *", "https://a'unsafe-inline'", "data://x", "https:///x"]
        {
            assert_eq!(policy(Some(hostile)), own, "{hostile}");
        }
    }
}
