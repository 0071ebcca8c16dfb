//! The server over real sockets: each route, each refusal, the attacks on a door that anybody may knock at, and what it
//! keeps when it is killed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "the whole file is a test, its helpers too")]

#[path = "server/backups.rs"]
mod backups;
#[path = "server/cluster.rs"]
mod cluster;
#[path = "server/house.rs"]
mod house;
#[path = "server/http.rs"]
mod http;
#[path = "server/process.rs"]
mod process;
#[path = "server/retention.rs"]
mod retention;
#[path = "server/stores.rs"]
#[macro_use]
mod stores;
#[path = "server/described.rs"]
mod described;
#[path = "server/operating.rs"]
mod operating;
#[path = "server/rights.rs"]
mod rights;
#[path = "server/secure.rs"]
mod secure;
#[path = "server/stamps.rs"]
mod stamps;
mod support;
#[path = "server/work.rs"]
mod work;

use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use segel_core::age::Suite;
use segel_core::export::Position;
use segel_core::id::Digest;
use segel_core::time::Time;
use segel_core::{Answers, Choice, Envelope, Form, RawAnswers};

use house::{FAR_OFF, House, LONG_AGO, TOKEN, publish, records};
use segel_server::{Config, Place, Server};
use support::{Shop, time};

use http::{Reply, connect, dribble, head, is_silent, post, post_chunked, send, send_and_finish};

const MS: Duration = Duration::from_millis(1);

// --- what it is for -----------------------------------------------------------------------------------------------

#[test]
fn hands_out_the_published_form_byte_for_byte() {
    let house = House::new();
    let reply = house.get("/forms/kecil.segel");
    assert_eq!((reply.status, &reply.body[..]), (200, house.shop.form.bytes()));
    assert_eq!(reply.header("content-type"), Some("application/octet-stream"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let etag = reply.header("etag").unwrap();
    assert_eq!(etag, format!("\"{}\"", house.shop.form.digest()));
    let again = house.ask("GET", "/forms/kecil.segel", &format!("If-None-Match: {etag}\r\n"));
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[test]
fn acknowledges_a_submission_and_hands_out_the_very_bytes() {
    for suite in [Suite::X25519, Suite::Hybrid] {
        let house = House::of(suite, |_| {});
        let envelope = house.shop.full(2);
        let reply = house.submit(&envelope);
        assert_eq!(reply.status, 201, "{reply:?}");
        let receipt = reply.json();
        let id = Envelope::parse(&envelope).unwrap().head().id();
        assert_eq!(receipt["digest"], Digest::of(&envelope).to_string());
        assert_eq!(receipt["id"], id.to_string());
        assert_eq!(receipt["sequence"], 1);
        let stored = house.stored();
        assert_eq!(stored.len(), 1);
        assert_eq!(stored[0].envelope(), envelope);
        assert_eq!(receipt["received_at"], stored[0].received_at().text());
    }
}

#[test]
fn the_same_bytes_again_get_the_same_receipt_and_other_bytes_a_conflict() {
    let house = House::new();
    let envelope = house.shop.full(2);
    let first = house.submit(&envelope);
    let again = house.submit(&envelope);
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.body, again.body);
    // The same receipt, so the same id, with other answers behind it.
    let other = house.shop.minimal(2);
    assert_eq!(house.submit(&other).refusal(), (409, "conflict".into()));
    assert_eq!(house.stored().len(), 1);
}

#[test]
fn an_export_continues_where_the_reader_stands() {
    let house = House::with(|limits| limits.page = 2);
    for seed in 2..9 {
        assert_eq!(house.submit(&house.shop.minimal(seed)).status, 201);
    }
    let all = house.stored();
    assert_eq!(all.iter().map(segel_core::export::Record::sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(records(&house.export(4).body), all[4..]);
    assert_eq!(records(&house.export(7).body), []);
    assert_eq!(house.export(8).refusal(), (409, "position".into()));
    assert_eq!(house.export(0).header("content-type"), Some("application/vnd.segel.export"));
}

#[test]
fn an_export_of_a_form_without_submissions_is_whole_and_empty() {
    let house = House::new();
    assert_eq!(house.stored(), []);
}

#[test]
fn a_form_that_is_no_longer_published_can_still_be_fetched() {
    let house = House::new();
    assert_eq!(house.submit(&house.shop.minimal(2)).status, 201);
    fs::remove_file(house.folder.path().join("forms/kecil.segel")).unwrap();
    assert_eq!(house.get("/forms/kecil.segel").refusal(), (404, "unknown_form".into()));
    assert_eq!(house.submit(&house.shop.minimal(3)).refusal(), (404, "unknown_form".into()));
    assert_eq!(house.stored().len(), 1);
}

#[test]
fn the_hosted_page_names_the_form_and_allows_nothing_foreign() {
    let mut house = House::new();
    let hostile = |text: String| text.replace("Pendaftaran kecil", "</title><script>alert(1)</script>");
    house.shop.form = publish(&house.shop, LONG_AGO, hostile);
    house.publish(&house.shop.form);
    for query in ["shared", "utm_source=wa&shared", "shared=", "shared=1&x"] {
        assert!(house.get(&format!("/f/kecil?{query}")).text().contains(" worker shared>"), "{query}");
    }
    let reply = house.get("/f/kecil?utm_source=wa");
    let (html, policy) = (reply.text(), reply.header("content-security-policy").unwrap());
    assert_eq!(reply.status, 200);
    assert!(html.contains("<html lang=\"id\">"));
    assert!(html.contains("&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; · Toko Contoh"), "{html}");
    assert!(!html.contains("<script>"));
    let element = format!("<segel-form src=\"/forms/kecil.segel\" owner=\"{}\" worker>", house.shop.form.owner());
    assert!(html.contains(&element), "{html}");
    for part in
        ["default-src 'none'", "connect-src 'self';", "frame-ancestors 'none'", "trusted-types segel; worker-src blob:"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    let receipt = house.get("/r/kecil").header("content-security-policy").unwrap().to_owned();
    assert!(receipt.ends_with("require-trusted-types-for 'script'; trusted-types 'none'"), "{receipt}");
    assert!(!policy.contains("unsafe-inline"));
}

#[test]
fn the_notice_is_a_page_and_json_with_the_digest_of_consent_records() {
    let mut house = House::new();
    let hostile = |text: String| text.replace("Pendaftaran kecil", "</title><script>alert(1)</script>");
    house.shop.form = publish(&house.shop, LONG_AGO, hostile);
    house.publish(&house.shop.form);
    let (page, json) = (house.get("/f/kecil/notice"), house.get("/f/kecil/notice.json"));
    assert_eq!((page.status, json.status), (200, 200));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'; style-src 'self';"));
    assert!(!page.text().contains("<script"), "{}", page.text());
    let json: serde_json::Value = serde_json::from_str(&json.text()).unwrap();
    assert_eq!(json["form_sha256"], house.shop.form.digest().to_string());
    for language in house.shop.form.languages() {
        let notice = house.shop.form.notice(language).unwrap();
        let found = &json["notices"][language.as_str()];
        assert_eq!(found["sha256"], notice.digest().to_string());
        assert_eq!(found["summary"], notice.summary());
        assert_eq!(found["sections"].as_array().unwrap().len(), notice.sections().count());
        assert!(page.text().contains(&format!("SHA-256 {}", notice.digest())));
    }
    for path in ["/f/kecil/notice/", "/f/kecil/other", "/f/tidak/notice", "/f/kecil/notice.JSON"] {
        assert_eq!(house.get(path).status, 404, "{path}");
    }
}

#[test]
fn a_person_who_comes_for_a_form_that_is_not_here_reads_a_page_and_a_program_json() {
    let house = House::new();
    let browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n";
    let paths = ["/f/lain", "/f/lain?shared", "/f/lain/notice", "/r/lain", "/f/Kecil", "/f/kecil"];
    for (path, code) in paths.into_iter().zip(["unknown_form"; 4].into_iter().chain(["not_found", "unknown_form"])) {
        if path == "/f/kecil" {
            assert_eq!(house.ask("GET", path, browser).status, 200);
            fs::remove_file(house.folder.path().join("forms/kecil.segel")).unwrap();
        }
        let reply = house.ask("GET", path, browser);
        assert_eq!((reply.status, reply.header("content-type")), (404, Some("text/html; charset=utf-8")), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}: it may be published again");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
        let text = reply.text();
        assert!(text.contains("<html lang=\"id\">") && text.contains("<article lang=\"en\">"), "{text}");
        assert!(!text.contains("lain\"") && !text.contains("Kecil"), "no byte of the request comes back: {text}");
        for accept in ["", "Accept: */*\r\n", "Accept: application/json\r\n", "Accept: text/htmlx\r\n"] {
            assert_eq!(house.ask("GET", path, accept).refusal(), (404, code.into()), "{path} {accept}");
        }
    }
    for path in ["/f/kecil/notice.json", "/forms/kecil.segel", "/segel/x", "/f/kecil/other", "/"] {
        assert_eq!(house.ask("GET", path, browser).header("content-type"), Some("application/json"), "{path}");
    }
    let line = "route=page status=404 ms=";
    assert!(house.log.text().contains(line) && house.log.text().contains(" form=- code=unknown_form"));
}

#[test]
fn without_the_element_its_pages_are_not_here_and_the_page_that_says_so_has_its_style() {
    let mut house = House::new();
    house.stop();
    let folder = house.folder.path();
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let store = Place::parse(&house.place()).unwrap();
    let config = Config::new(folder.join("forms"), store, folder.join("token"), listen);
    let server = Server::start(config.with_log(Box::new(house.log.clone()))).unwrap();
    let ask = |path: &str| send(server.address(), &head("GET", path, "Accept: text/html\r\n")).unwrap();
    for path in ["/f/kecil", "/r/kecil"] {
        let reply = ask(path);
        assert_eq!(reply.status, 404, "{path}");
        let text = reply.text();
        assert!(text.contains("<h1>Halaman ini tidak ada di sini</h1>") && text.contains("di tempat lain"), "{text}");
        assert!(text.contains("<h1>This page is not here</h1>") && text.contains("keeps it elsewhere"), "{text}");
        for file in text.split(&['"'][..]).filter(|word| word.starts_with("/segel/")) {
            assert_eq!(ask(file).status, 200, "{file}");
        }
    }
    assert_eq!(ask("/f/kecil/notice").status, 200);
    assert_eq!(ask("/segel/element.js").status, 404);
}

#[test]
fn the_element_is_served_with_its_types_and_compressed_to_who_can_take_it() {
    let house = House::new();
    let plain = house.get("/segel/element.js");
    assert_eq!((plain.status, plain.text().as_str()), (200, "element.js"));
    assert_eq!(plain.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(plain.header("access-control-allow-origin"), Some("*"));
    assert_eq!(plain.header("access-control-expose-headers"), Some("retry-after"));
    assert_eq!(plain.header("x-content-type-options"), Some("nosniff"));
    let small = house.ask("GET", "/segel/element.js", "Accept-Encoding: gzip, br\r\n");
    assert_eq!((small.header("content-encoding"), small.text().as_str()), (Some("br"), "compressed"));
    assert_eq!(house.get("/segel/segel.wasm").header("content-type"), Some("application/wasm"));
    assert_eq!(house.get("/segel/token").refusal(), (404, "not_found".into()));
}

#[test]
fn a_page_elsewhere_may_post_here_and_is_told_so() {
    let house = House::new();
    let asked = "Origin: https://toko.example\r\nAccess-Control-Request-Method: POST\r\n";
    let reply = house.ask("OPTIONS", "/forms/kecil", asked);
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-credentials"), None);
    let export = house.export(0);
    assert_eq!(export.header("access-control-allow-origin"), None, "an export is nobody's page's business");
}

#[test]
fn head_is_answered_like_get_without_the_body() {
    let house = House::new();
    let mut stream = connect(house.address());
    stream.write_all(&head("HEAD", "/forms/kecil.segel", "Connection: close\r\n")).unwrap();
    let text = std::io::read_to_string(stream).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    assert!(text.contains(&format!("content-length: {}\r\n", house.shop.form.bytes().len())), "{text}");
    assert!(text.ends_with("\r\n\r\n"), "{text}");
}

#[test]
fn says_that_it_is_well_while_it_can_write() {
    let house = House::new();
    assert_eq!((house.get("/healthz").status, house.get("/healthz").text().as_str()), (200, "ok"));
}

// --- forms that change --------------------------------------------------------------------------------------------

#[test]
fn a_new_version_counts_from_the_next_request_on() {
    let mut house = House::new();
    let old = house.shop.minimal(2);
    house.shop.form = publish(&house.shop, LONG_AGO, |text| text.replace("\"version\": 1", "\"version\": 2"));
    house.publish(&house.shop.form);
    assert_eq!(house.get("/forms/kecil.segel").body, house.shop.form.bytes());
    assert_eq!(house.submit(&old).refusal(), (409, "form_replaced".into()));
    assert_eq!(house.submit(&house.shop.minimal(3)).status, 201);
}

#[test]
fn an_announced_version_is_served_from_its_own_first_moment_on() {
    let mut house = House::new();
    let later = |text: String| text.replace("\"version\": 1", "\"version\": 2");
    let (from, before) = (time("2026-12-10T00:00:00Z").unix(), house.shop.minimal(2));
    let hands = Arc::new(AtomicI64::new(from - 1));
    let turned = Arc::clone(&hands);
    house.set(move |config| config.with_clock(Arc::clone(&turned)));
    let announced = publish(&house.shop, "2026-12-10T00:00:00Z", later);
    house.put("kecil.segel.next", announced.bytes());
    assert_eq!(house.get("/forms/kecil.segel").body, house.shop.form.bytes());
    assert_eq!(house.submit(&before).status, 201);
    hands.store(from, Ordering::Relaxed);
    assert_eq!(house.get("/forms/kecil.segel").body, announced.bytes());
    assert_eq!(house.submit(&house.shop.minimal(3)).refusal(), (409, "form_replaced".into()));
    let old = std::mem::replace(&mut house.shop.form, announced);
    assert_eq!(house.submit(&house.shop.minimal(4)).status, 201);

    // What somebody else signed, or is no later version, never takes the place.
    let mut stranger = Shop::new(house.shop.form.suite());
    std::mem::swap(&mut stranger.owner, &mut stranger.spare);
    let other = publish(&stranger, LONG_AGO, later);
    let same = publish(&house.shop, LONG_AGO, |text| text);
    for (form, why) in [
        (&other, "announced by another owner than that of the form that is served"),
        (&same, "announced is version 1, and version 1 is served already"),
    ] {
        house.put("kecil.segel.next", form.bytes());
        for _ in 0..2 {
            assert_eq!(house.get("/forms/kecil.segel").body, old.bytes());
        }
        let event = format!("event=form_idle subject=\"kecil.segel.next\" cause=\"{why}\"\n");
        assert_eq!(house.log.text().matches(&event).count(), 1, "{}", house.log.text());
    }
    let mut broken = house.shop.form.bytes().to_vec();
    *broken.last_mut().unwrap() ^= 1;
    house.put("kecil.segel.next", &broken);
    assert_eq!(house.get("/forms/kecil.segel").body, old.bytes());
    assert!(house.log.text().contains("event=form_broken subject=\"kecil.segel.next\""), "{}", house.log.text());
}

#[test]
fn a_broken_file_is_reported_once_and_the_form_before_it_goes_on() {
    let house = House::new();
    let mut broken = house.shop.form.bytes().to_vec();
    *broken.last_mut().unwrap() ^= 1;
    house.put("kecil.segel", &broken);
    assert_eq!(house.submit(&house.shop.minimal(2)).status, 201);
    assert_eq!(house.submit(&house.shop.minimal(3)).status, 201);
    let report = "event=form_broken subject=\"kecil.segel\" cause=\"the signature does not match: the form was altered after publishing\"";
    assert_eq!(house.log.text().matches(report).count(), 1, "{}", house.log.text());
}

#[test]
fn a_form_under_another_name_is_not_served() {
    let house = House::new();
    house.put("lain.segel", house.shop.form.bytes());
    assert_eq!(house.get("/forms/lain.segel").refusal(), (404, "unknown_form".into()));
    assert!(house.log.text().contains("subject=\"lain.segel\" cause=\"the form inside is called kecil\""));
}

#[test]
fn versions_that_an_owner_kept_may_lie_beside_the_form() {
    let mut house = House::new();
    let first = house.shop.form.clone();
    house.publish(&publish(&house.shop, LONG_AGO, |text| text.replace("\"version\": 1", "\"version\": 2")));
    house.put("kecil-1.segel", first.bytes());
    house.put("kecil.segel.next", first.bytes());
    house.restart();
    assert_eq!(house.get("/forms/kecil.segel").status, 200);
    assert_eq!(house.log.text().matches("event=form_idle").count(), 1, "told at the start, and not again");
    assert_eq!(house.get("/forms/kecil-1.segel").refusal(), (404, "unknown_form".into()));
    house.put("kecil-3.segel", first.bytes());
    assert_eq!(house.get("/forms/kecil-3.segel").refusal(), (404, "unknown_form".into()));
    let log = house.log.text();
    assert_eq!(log.matches("event=form_broken").count(), 1, "{log}");
    assert!(log.contains("subject=\"kecil-3.segel\" cause=\"the form inside is called kecil\""), "{log}");
}

#[test]
fn outside_its_time_a_form_takes_nothing() {
    let mut house = House::new();
    house.shop.form = publish(&house.shop, FAR_OFF, |text| text);
    house.publish(&house.shop.form);
    assert_eq!(house.submit(&house.shop.minimal(2)).refusal(), (410, "form_expired".into()));
    let short = |text: String| text.replace("\"valid_days\": 3650", "\"valid_days\": 1");
    house.shop.form = publish(&house.shop, LONG_AGO, short);
    house.publish(&house.shop.form);
    assert_eq!(house.submit(&house.shop.minimal(2)).refusal(), (410, "form_expired".into()));
    assert_eq!(house.get("/forms/kecil.segel").status, 200, "the page says itself that it is closed");
    assert_eq!(house.stored(), []);
}

// --- refusals -----------------------------------------------------------------------------------------------------

#[test]
fn paths_are_exact() {
    let house = House::new();
    for path in [
        "/",
        "/forms",
        "/forms/",
        "/forms/kecil",
        "/forms/kecil.segel/",
        "//forms/kecil.segel",
        "/forms//kecil.segel",
        "/forms/%6becil.segel",
        "/forms/%00",
        "/forms/%2e%2e",
        "/forms/../token",
        "/forms/..%2ftoken",
        "/segel/../token",
        "/segel/%2e%2e/token",
        "/f/kecil/",
        "/F/kecil",
        "/f/Kecil",
        "/healthz/",
        "/forms/.segel",
        "/forms/kecil.segel.segel",
    ] {
        assert_eq!(house.get(path).refusal(), (404, "not_found".into()), "{path}");
    }
    assert_eq!(house.get("/forms/lain.segel").refusal(), (404, "unknown_form".into()));
    assert_eq!(house.get("/f/lain").refusal(), (404, "unknown_form".into()));
}

#[test]
fn a_method_that_is_not_there_is_named_so() {
    let house = House::new();
    for (method, path) in
        [("PUT", "/forms/kecil"), ("DELETE", "/forms/kecil.segel"), ("POST", "/f/kecil"), ("POST", "/healthz")]
    {
        let reply = house.ask(method, path, "Content-Length: 0\r\n");
        assert_eq!(reply.refusal(), (405, "method".into()), "{method} {path}");
        assert!(reply.header("allow").is_some());
    }
}

#[test]
fn an_export_needs_the_right_token_whatever_it_asks_for() {
    let house = House::new();
    let bearer = |token: &str| format!("Authorization: Bearer {token}\r\n");
    let (wrong, prefix) = (TOKEN.replace('0', "1"), &TOKEN[..TOKEN.len() - 1]);
    let mut refused = [&wrong, "", prefix, &format!("{TOKEN}x"), &TOKEN.to_uppercase()].map(bearer).to_vec();
    refused.extend([String::new(), format!("Authorization: Basic {TOKEN}\r\n")]);
    for authorization in &refused {
        for form in ["kecil", "lain"] {
            let reply = house.ask("GET", &format!("/forms/{form}/export"), authorization);
            assert_eq!(reply.refusal(), (401, "token".into()), "{authorization}");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        }
    }
    let right = format!("Authorization: Bearer {TOKEN}\r\n");
    assert_eq!(house.ask("GET", "/forms/lain/export", &right).refusal(), (404, "unknown_form".into()));
    for query in ["after=", "after=-1", "after=01", "after=1x", "after=99999999999999999999", "x=1", "after=1&after=2"]
    {
        let reply = house.ask("GET", &format!("/forms/kecil/export?{query}"), &right);
        assert_eq!(reply.refusal(), (400, "bad_request".into()), "{query}");
    }
}

#[test]
fn what_is_no_submission_of_this_form_is_refused_with_its_cause() {
    let house = House::new();
    let good = house.shop.minimal(2);
    let replaced = |from: &str, to: &str| {
        let head = good.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2;
        let text = std::str::from_utf8(&good[..head]).unwrap();
        assert!(text.contains(from));
        [text.replace(from, to).as_bytes(), &good[head..]].concat()
    };
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("empty", vec![], "the end is missing"),
        ("not_an_envelope", b"{\"nama\":\"Sari\"}".to_vec(), "not an envelope"),
        ("newer", replaced("segel-envelope/1", "segel-envelope/2"), "made by a newer kit"),
        ("cut", good[..good.len() - 1].to_vec(), "the end is missing"),
        ("trailing", [&good[..], b"\n"].concat(), "bytes after the end"),
        ("upper_case", replaced("form ", "form A"), "the head is not as it must be"),
        ("other_parts", replaced("file-foto-2", "file-foto-3"), "the parts are not those of the form"),
        ("label", other_label(&good), "the label of a part does not match the head"),
    ];
    for (name, bytes, message) in cases {
        let reply = house.submit(&bytes);
        assert_eq!(reply.refusal(), (400, "envelope".into()), "{name}");
        assert_eq!(reply.json()["message"], message, "{name}");
    }
    assert_eq!(house.stored(), []);
}

#[test]
fn a_part_for_other_readers_is_refused() {
    let mut house = House::new();
    // The same form with the spare key left out: one reader fewer in each part.
    let fewer = {
        let text = include_str!("vectors/forms/kecil.json").replace("KASIR", &house.shop.cashier.recipient().to_text());
        let text = text.replace("\"children\"", "\"valid_days\": 3650, \"children\"");
        let definition = segel_core::Definition::parse(text.as_bytes()).unwrap();
        let owner = [house.shop.owner.recipient()];
        let body = definition.publish(&owner, Suite::X25519, time(LONG_AGO), None).unwrap();
        house.shop.owner.sign(&body).unwrap()
    };
    let real = std::mem::replace(&mut house.shop.form, fewer);
    let envelope = house.shop.minimal(2);
    let forged = claim_form(&envelope, &house.shop.form, &real);
    assert_eq!(house.submit(&forged).refusal(), (422, "readers".into()));
    assert_eq!(house.stored(), []);
}

/// The envelope as if it were for `real`: head and labels name it, and lengths are those of the form (a file part may be longer).
fn claim_form(envelope: &[u8], sealed_for: &Form, real: &Form) -> Vec<u8> {
    let parsed = Envelope::parse(envelope).unwrap();
    let (from, to) = (sealed_for.digest().to_string(), real.digest().to_string());
    let mut parts = Vec::new();
    for (index, (name, bytes)) in parsed.parts().enumerate() {
        let mut bytes = replace(bytes, from.as_bytes(), to.as_bytes());
        let json = usize::try_from(real.sealed_len(index, 0)).unwrap();
        let content = real.parts()[index].content();
        let wanted = match content {
            segel_core::part::Content::Json { size } => usize::try_from(real.sealed_len(index, *size as u64)).unwrap(),
            _ => json,
        };
        bytes.resize(wanted, 0);
        parts.push((name.clone(), bytes));
    }
    let head = parsed.head();
    let lengths = parts.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect();
    let head = segel_core::envelope::Head::new(real.digest(), head.id(), head.receipt(), lengths);
    parts.into_iter().fold(head.encode(), |all, (_, bytes)| [all, bytes].concat())
}

/// The envelope with another submission's id in its head.
fn other_label(envelope: &[u8]) -> Vec<u8> {
    let parsed = Envelope::parse(envelope).unwrap();
    let other = segel_core::id::SubmissionId::from_bytes([9; 16]);
    let head = parsed.head();
    let head = segel_core::envelope::Head::new(head.form(), other, head.receipt(), head.parts().to_vec());
    parsed.parts().fold(head.encode(), |all, (_, bytes)| [&all, bytes].concat())
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let Some(at) = bytes.windows(from.len()).position(|window| window == from) else { return bytes.to_vec() };
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

// --- a door that anybody may knock at -----------------------------------------------------------------------------

#[test]
fn case_64_a_header_that_comes_byte_by_byte_is_cut_off() {
    let house = House::with(|limits| limits.header = 200 * MS);
    assert!(dribble(house.address(), b"GET /healthz HTTP/1.1\r\nHost: ").is_none());
    assert!(dribble(house.address(), b"").is_none());
    assert_eq!(house.get("/healthz").status, 200);
}

#[test]
fn case_64_an_idle_connection_is_closed() {
    let house = House::with(|limits| limits.header = 200 * MS);
    let mut stream = connect(house.address());
    stream.write_all(&head("GET", "/healthz", "")).unwrap();
    assert_eq!(Reply::read(&stream).unwrap().status, 200);
    assert!(Reply::read(&stream).is_none());
}

#[test]
fn case_65_a_body_that_comes_byte_by_byte_is_timed_out_and_not_stored() {
    let house = House::with(|limits| limits.body = 200 * MS);
    let envelope = house.shop.minimal(2);
    let mut start = head("POST", "/forms/kecil", &format!("Content-Length: {}\r\n", envelope.len()));
    start.extend_from_slice(&envelope[..100]);
    let reply = dribble(house.address(), &start).expect("an answer");
    assert_eq!(reply.refusal(), (408, "timeout".into()));
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(house.stored(), []);
}

#[test]
fn case_65_a_body_that_keeps_coming_may_take_longer_than_the_clock() {
    // At this rate two bytes buy a second, so even the slowest machine is in time.
    let house = House::with(|limits| {
        limits.body = 200 * MS;
        limits.body_rate = 2;
    });
    let envelope = house.shop.minimal(2);
    let mut start = head("POST", "/forms/kecil", &format!("Content-Length: {}\r\n", envelope.len()));
    start.extend_from_slice(&envelope[..envelope.len() - 60]);
    let mut stream = connect(house.address());
    stream.write_all(&start).unwrap();
    stream.set_read_timeout(Some(10 * MS)).unwrap();
    for byte in &envelope[envelope.len() - 60..] {
        assert!(is_silent(&stream));
        stream.write_all(&[*byte]).unwrap();
    }
    stream.set_read_timeout(Some(10_000 * MS)).unwrap();
    assert_eq!(Reply::read(&stream).unwrap().status, 201);
}

#[test]
fn case_66_a_length_over_the_limit_is_refused_before_anything_is_sent() {
    let house = House::new();
    let most = house.shop.form.max_envelope();
    for announced in [most + 1, 1 << 60] {
        let reply = house.ask("POST", "/forms/kecil", &format!("Content-Length: {announced}\r\n"));
        assert_eq!(reply.refusal(), (413, "too_large".into()), "{announced}");
    }
    let expecting = format!("Expect: 100-continue\r\nContent-Length: {}\r\n", most + 1);
    assert_eq!(house.ask("POST", "/forms/kecil", &expecting).refusal(), (413, "too_large".into()));
}

#[test]
fn case_66_chunks_without_a_length_are_refused_as_soon_as_they_pass_what_was_promised() {
    let house = House::new();
    let most = usize::try_from(house.shop.form.max_envelope()).unwrap();
    // No end: the server must not wait for one.
    let endless = |front: &[u8]| {
        let mut request = post_chunked("/forms/kecil", &[front, &vec![0; most]].concat());
        request.truncate(request.len() - 5);
        send(house.address(), &request).unwrap()
    };
    let envelope = house.shop.minimal(2);
    assert_eq!(endless(&envelope).json()["message"], "bytes after the end");
    let announced = house::stretched(&house.shop.full(3), most);
    assert_eq!(endless(&announced[..600]).refusal(), (413, "too_large".into()));
    assert_eq!(house.stored(), []);
}

#[test]
fn case_66_an_answer_reaches_a_client_that_is_still_sending() {
    let house = House::new();
    let mut request = head("POST", "/forms/kecil", "Content-Length: 50000000\r\n");
    request.resize(3_000_000, b'x');
    assert_eq!(send(house.address(), &request).unwrap().refusal(), (413, "too_large".into()));
}

#[test]
fn case_66_a_length_that_lies_stores_nothing() {
    let house = House::new();
    let envelope = house.shop.minimal(2);
    let short = format!("Content-Length: {}\r\n", envelope.len() - 10);
    let request = [&head("POST", "/forms/kecil", &short)[..], &envelope].concat();
    assert_eq!(send(house.address(), &request).unwrap().refusal(), (400, "envelope".into()));
    let long = format!("Content-Length: {}\r\n", envelope.len() + 10);
    let request = [&head("POST", "/forms/kecil", &long)[..], &envelope].concat();
    let reply = send_and_finish(house.address(), &request);
    assert!(reply.is_none_or(|reply| reply.refusal() == (400, "bad_request".into())));
    assert_eq!(house.stored(), []);
}

#[test]
fn a_wrong_head_is_refused_before_the_attachments_behind_it() {
    let house = House::new();
    let request = head("POST", "/forms/kecil", "Content-Length: 100000\r\n");
    let foreign = vec![b'x'; 5000];
    let reply = send(house.address(), &[request, foreign].concat()).unwrap();
    assert_eq!(reply.refusal(), (400, "envelope".into()));
}

#[test]
fn case_67_nothing_is_ever_inflated() {
    let house = House::new();
    let envelope = house.shop.minimal(2);
    for encoding in ["gzip", "br", "zstd", "deflate", "identity, gzip", "GZIP"] {
        let request = post("/forms/kecil", &format!("Content-Encoding: {encoding}\r\n"), &envelope);
        assert_eq!(send(house.address(), &request).unwrap().refusal(), (415, "encoding".into()), "{encoding}");
    }
    let request = post("/forms/kecil", "Content-Encoding: identity\r\n", &envelope);
    assert_eq!(send(house.address(), &request).unwrap().status, 201);
}

#[test]
fn case_69_a_second_request_smuggled_behind_a_body_never_runs() {
    let house = House::new();
    let smuggled = head("GET", "/f/kecil", "");
    let both = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n";
    let swapped = "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n";
    for headers in [both, swapped, "Content-Length: 4\r\nContent-Length: 5\r\n"] {
        let request = [&head("POST", "/forms/kecil", headers)[..], b"0\r\n\r\n", &smuggled].concat();
        let mut stream = connect(house.address());
        stream.write_all(&request).unwrap();
        assert_eq!(Reply::read(&stream).unwrap().status, 400, "{headers}");
        assert!(Reply::read(&stream).is_none(), "{headers}");
    }
    assert!(!house.log.text().contains("route=page"));
}

#[test]
fn case_69_a_lone_line_feed_ends_a_line_of_the_header_and_nothing_is_smuggled_by_it() {
    let house = House::new();
    let reply = send(house.address(), b"GET /healthz HTTP/1.1\nHost: a\n\n").unwrap();
    assert_eq!(reply.status, 200);
    let smuggled = head("GET", "/f/kecil", "");
    let (length, chunked) = ("Content-Length: 4\n", "Transfer-Encoding: chunked\n");
    for (headers, body) in [
        (format!("{length}{chunked}"), "0\n\n"),
        (format!("{length}Content-Length: 5\n"), "0\n\n"),
        // In a body it ends nothing.
        (chunked.to_owned(), "0\n\n"),
        (chunked.to_owned(), "4\nabcd\n0\n\n"),
    ] {
        let start = format!("POST /forms/kecil HTTP/1.1\nHost: a\n{headers}\n{body}");
        let mut stream = connect(house.address());
        stream.write_all(&[start.as_bytes(), &smuggled].concat()).unwrap();
        assert_eq!(Reply::read(&stream).unwrap().status, 400, "{start}");
        assert!(Reply::read(&stream).is_none(), "{start}");
    }
    assert!(!house.log.text().contains("route=page"));
}

#[test]
fn case_70_a_silent_connection_makes_room_for_one_that_speaks() {
    let house = House::with(|limits| {
        limits.connections = 4;
        limits.silence = 50 * MS;
        limits.queue_wait = 200 * MS;
    });
    let silent: Vec<_> = (0..4).map(|_| connect(house.address())).collect();
    assert_eq!(house.get("/healthz").status, 200);
    drop(silent);
}

#[test]
fn case_70_when_every_place_is_busy_a_refusal_comes_quickly() {
    let house = House::with(|limits| {
        limits.connections = 1;
        limits.queue_wait = 100 * MS;
    });
    let envelope = house.shop.minimal(2);
    let request = post("/forms/kecil", "", &envelope);
    let mut first = connect(house.address());
    first.write_all(&request[..request.len() - 1]).unwrap();
    let reply = house.get("/healthz");
    assert_eq!(reply.refusal(), (503, "busy".into()));
    assert!(reply.header("retry-after").is_some());
    first.write_all(&request[request.len() - 1..]).unwrap();
    assert_eq!(Reply::read(&first).unwrap().status, 201, "who was busy was not disturbed");
}

#[test]
fn bodies_in_memory_have_one_budget() {
    let house = House::with(|limits| limits.body_bytes = 200_000);
    let envelope = house::stretched(&house.shop.full(2), 150_000);
    let unfinished = post("/forms/kecil", "", &envelope)[..140_000].to_vec();
    let streams = [connect(house.address()), connect(house.address())];
    let (answer, answers) = std::sync::mpsc::channel();
    for stream in &streams {
        let (mut stream, answer, unfinished) = (stream.try_clone().unwrap(), answer.clone(), unfinished.clone());
        std::thread::spawn(move || {
            let _ = stream.write_all(&unfinished);
            let _ = answer.send(Reply::read(&stream));
        });
    }
    // Both cannot be held, and neither ends: whoever comes too late hears so at once.
    let first = answers.recv().unwrap().expect("an answer");
    assert_eq!(first.refusal(), (503, "busy".into()));
    streams.iter().for_each(|stream| drop(stream.shutdown(std::net::Shutdown::Both)));
}

#[test]
fn a_client_that_takes_nothing_of_its_answer_loses_its_place() {
    let house = House::with(|limits| {
        limits.connections = 1;
        limits.stall = 100 * MS;
        limits.silence = 50 * MS;
        limits.queue_wait = 100 * MS;
    });
    // More than two sockets hold between them.
    fill(&house, 30, 1_000_000);
    let mut deaf = connect(house.address());
    let authorization = format!("Authorization: Bearer {TOKEN}\r\n");
    deaf.write_all(&head("GET", "/forms/kecil/export", &authorization)).unwrap();
    assert_eq!(deaf.peek(&mut [0]).unwrap(), 1, "the answer has begun");
    assert!((0..200).any(|_| house.get("/healthz").status == 200));
    assert!(Reply::read(&deaf).is_none(), "the answer was cut off");
}

#[test]
fn an_export_that_cannot_go_on_is_cut_before_its_end() {
    let house = House::new();
    fill(&house, 3, 10);
    let store = rusqlite::Connection::open(house.store()).unwrap();
    store.execute("DELETE FROM submission WHERE sequence = 3", ()).unwrap();
    let authorization = format!("Authorization: Bearer {TOKEN}\r\n");
    assert!(send(house.address(), &head("GET", "/forms/kecil/export", &authorization)).is_none());
    assert!(house.log.text().contains("event=export_cut subject=\"kecil\""), "{}", house.log.text());
}

#[test]
fn an_export_of_rows_that_do_not_follow_from_each_other_ends_before_them() {
    let house = House::new();
    fill(&house, 3, 10);
    let store = rusqlite::Connection::open(house.store()).unwrap();
    // No line could be written that a reader would take for the next one.
    store.execute("UPDATE submission SET received_at = 1 WHERE sequence = 2", ()).unwrap();
    let authorization = format!("Authorization: Bearer {TOKEN}\r\n");
    assert!(send(house.address(), &head("GET", "/forms/kecil/export", &authorization)).is_none());
    assert!(house.log.text().contains("event=export_cut subject=\"kecil\""), "{}", house.log.text());
}

/// Rows of zeros behind the server's back, well chained.
fn fill(house: &House, rows: u32, bytes: usize) {
    let store = rusqlite::Connection::open(house.store()).unwrap();
    let (zeros, mut position) = (vec![0; bytes], Position::START);
    let digest = Digest::of(&zeros);
    store.execute("INSERT INTO form VALUES ('kecil', ?1, zeroblob(32))", (rows,)).unwrap();
    let insert = "INSERT INTO submission (form, sequence, id, received_at, version, digest, chain, envelope)
                  VALUES ('kecil', ?1, randomblob(16), 0, zeroblob(32), ?2, ?3, ?4)";
    for row in 1..=rows {
        position = position.next(Time::from_unix(0).unwrap(), &digest);
        store.execute(insert, (row, digest.as_bytes(), position.chain().as_bytes(), &zeros)).unwrap();
    }
    store.execute("UPDATE form SET chain = ?1", (position.chain().as_bytes(),)).unwrap();
}

#[test]
fn case_71_headers_and_addresses_have_limits() {
    let house = House::new();
    let many = "X-A: 1\r\n".repeat(200);
    assert_eq!(house.ask("GET", "/healthz", &many).refusal(), (431, "header_too_large".into()));
    assert_eq!(house.ask("GET", "/healthz", &"X-A: 1\r\n".repeat(5000)).status, 431);
    for length in [17 * 1024, 64 * 1024, 200 * 1024] {
        let large = format!("X-A: {}\r\n", "a".repeat(length));
        assert_eq!(house.ask("GET", "/healthz", &large).status, 431, "{length}");
    }
    assert_eq!(house.get(&format!("/{}", "a".repeat(2048))).refusal(), (414, "uri_too_long".into()));
    assert_eq!(house.get(&format!("/healthz?{}", "a".repeat(2048))).refusal(), (414, "uri_too_long".into()));
    let status = house.get(&format!("/{}", "a".repeat(64 * 1024))).status;
    assert!(matches!(status, 414 | 431), "{status}");
    assert_eq!(house.get("/healthz").status, 200);
}

#[test]
fn case_68_a_request_without_one_host_or_in_another_language_is_refused() {
    let house = House::new();
    let refused = |bytes: &[u8]| send(house.address(), bytes).map(|reply| reply.status);
    assert_eq!(refused(b"GET /healthz HTTP/1.1\r\n\r\n"), Some(400));
    assert_eq!(refused(b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), Some(400));
    assert_eq!(refused(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"), Some(400));
    assert_eq!(refused(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), None, "HTTP/2 is not spoken here");
    assert_eq!(refused(b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"), Some(400));
}

#[test]
fn case_75_rubbish_of_plausible_size_never_reaches_the_store() {
    // The first connection says nothing until the flood is over, however slow the machine is.
    let house = House::with(|limits| limits.header = 600_000 * MS);
    let good = house.shop.minimal(2);
    let front = good.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2;
    let mut noise = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |length: usize| -> Vec<u8> {
        let next = std::iter::repeat_with(|| {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            noise.to_le_bytes()[3]
        });
        next.take(length).collect()
    };
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for _ in 0..40 {
        bodies.push(random(good.len()));
        bodies.push([b"segel-envelope/1\n", &random(4000)[..]].concat());
        bodies.push([&good[..front], &random(good.len() - front)].concat());
    }
    let mut stream = connect(house.address());
    for body in &bodies {
        let reply = house.submit(body);
        assert_eq!(reply.refusal(), (400, "envelope".into()));
    }
    stream.write_all(&post("/forms/kecil", "", &good)).unwrap();
    assert_eq!(Reply::read(&stream).unwrap().status, 201, "who came before the flood is still served");
    assert_eq!(house.stored().len(), 1);
    assert_eq!(house.log.text().matches("code=envelope").count(), bodies.len());
}

#[test]
fn case_76_no_refusal_and_no_log_line_repeats_what_was_sent() {
    const MARK: &str = "rahasia7f3";
    let house = House::new();
    let cookie =
        format!("Cookie: {MARK}\r\nUser-Agent: {MARK}\r\nX-Forwarded-For: {MARK}\r\nReferer: https://{MARK}/\r\n");
    let marked = |method: &str, path: &str| head(method, &path.replace('?', &format!("?{MARK}=1&")), &cookie);
    let part = house.shop.form.parts()[0].name();
    let head_of = |line: &str| format!("segel-envelope/1\nform {}\n{line}\n", house.shop.form.digest()).into_bytes();
    let submit = |body: &[u8]| post("/forms/kecil", &cookie, body);
    let requests = [
        marked("GET", &format!("/{MARK}")),
        marked("GET", &format!("/forms/{MARK}.segel")),
        marked("GET", &format!("/f/{MARK}")),
        marked("GET", &format!("/f/kecil/%3Cscript%3E{MARK}")),
        marked("GET", "/forms/kecil/export?"),
        marked(MARK, "/healthz"),
        marked("GET", &format!("/{}", MARK.repeat(300))),
        head("GET", "/healthz", &cookie.repeat(30)),
        head("GET", "/healthz", &format!("Authorization: Bearer {MARK}\r\nHost: {MARK}\r\n")),
        head("POST", "/forms/kecil", &format!("{cookie}Content-Encoding: {MARK}\r\nContent-Length: 1\r\n")),
        head("POST", "/forms/kecil", &format!("{cookie}Content-Length: 9999999\r\n")),
        submit(MARK.as_bytes()),
        submit(&head_of(MARK)),
        submit(&head_of(&format!("part {MARK} 1\npart {MARK} 1"))),
        submit(&head_of(&format!("part {part} 9{MARK}"))),
    ];
    for request in requests {
        let reply = send(house.address(), &request).expect("an answer");
        assert!(reply.status >= 400, "{reply:?}");
        let text = [reply.head.as_bytes(), &reply.body].concat().to_ascii_lowercase();
        assert!(!text.windows(MARK.len()).any(|window| window == MARK.as_bytes()), "{reply:?}");
        if reply.header("content-length") != Some("0") {
            reply.refusal();
        }
    }
    assert!(!house.log.text().contains(MARK), "{}", house.log.text());
    assert!(!house.log.text().contains("127.0.0.1"), "no addresses");
}

#[test]
fn the_log_has_one_line_a_request_with_known_fields_only() {
    let house = House::new();
    let envelope = house.shop.minimal(2);
    house.submit(&envelope);
    house.get("/forms/kecil.segel?a=b");
    house.get("/nowhere");
    let log = house.log.text();
    let lines: Vec<Vec<&str>> = log.lines().map(|line| line.split(' ').collect()).collect();
    let expected = [
        ["method=POST", "route=form", "status=201", "form=kecil", "code=ok"],
        ["method=GET", "route=form", "status=200", "form=kecil", "code=ok"],
        ["method=GET", "route=none", "status=404", "form=-", "code=not_found"],
    ];
    assert_eq!(lines.len(), 3, "{log}");
    for (line, expected) in lines.iter().zip(expected) {
        let names: Vec<_> = line.iter().map(|field| field.split('=').next().unwrap()).collect();
        assert_eq!(names, ["time", "method", "route", "status", "ms", "form", "code"]);
        assert_eq!([line[1], line[2], line[3], line[5], line[6]], expected);
    }
}

// --- what it keeps ------------------------------------------------------------------------------------------------

#[test]
fn a_restart_keeps_everything_and_the_chain_goes_on() {
    let mut house = House::new();
    let (first, second) = (house.shop.minimal(2), house.shop.minimal(3));
    let receipt = house.submit(&first).body;
    let before = house.stored();
    house.restart();
    assert_eq!(house.stored(), before);
    let again = house.submit(&first);
    assert_eq!((again.status, again.body), (200, receipt));
    assert_eq!(house.submit(&second).json()["sequence"], 2);
    assert_eq!(house.stored()[..1], before);
}

#[test]
fn case_96_a_store_that_another_program_locks_is_busy_and_then_works_again() {
    let house = House::with(|limits| limits.store_wait = 50 * MS);
    let envelope = house.shop.minimal(2);
    let other = rusqlite::Connection::open(house.store()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let reply = house.submit(&envelope);
    assert_eq!(reply.refusal(), (503, "busy".into()));
    assert!(reply.header("retry-after").is_some());
    assert_eq!(house.get("/healthz").refusal(), (503, "busy".into()));
    assert_eq!(house.stored(), [], "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    let reply = house.submit(&envelope);
    assert_eq!(reply.status, 201, "{reply:?} {}", house.log.text());
    assert_eq!(house.get("/healthz").status, 200);
}

#[test]
fn case_97_a_second_server_on_the_same_store_does_not_start_and_names_the_first() {
    let mut house = House::new();
    let error = house.start_second().unwrap_err();
    let expected = format!("in use by another segel-server (process {})", std::process::id());
    assert!(error.to_string().ends_with(&expected), "{error}");
    house.stop();
    house.start_second().unwrap();
}

#[test]
fn a_store_of_a_later_version_or_of_something_else_is_not_touched() {
    let mut house = House::new();
    house.stop();
    let change = |sql: &str| rusqlite::Connection::open(house.store()).unwrap().execute_batch(sql).unwrap();
    change("PRAGMA user_version = 9");
    let error = house.start_second().unwrap_err().to_string();
    assert!(error.ends_with("its schema is version 9, this program knows version 5"), "{error}");
    change("PRAGMA user_version = 0");
    let error = house.start_second().unwrap_err().to_string();
    assert!(error.ends_with("a database, but not a store of segel-server"), "{error}");
}

#[test]
fn the_store_keeps_no_more_than_it_says_and_nobody_else_may_read_it() {
    let house = House::new();
    assert_eq!(house.submit(&house.shop.full(2)).status, 201);
    let reader = rusqlite::Connection::open(house.store()).unwrap();
    let settings: (String, i64) = reader
        .query_row("SELECT (SELECT * FROM pragma_journal_mode), (SELECT * FROM pragma_user_version)", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(settings, ("wal".into(), 5));
    #[cfg(unix)]
    for file in ["segel.db", "segel.db-wal", "segel.db-shm", "segel.db.lock", "segel.db.key"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(house.folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn case_136_shortest_and_longest_answers_have_one_size() {
    let house = House::new();
    let choices = house.shop.choices(Choice::Given);
    let sealed = |seed, fill: &dyn Fn(&mut RawAnswers)| {
        let mut raw = house.shop.required();
        fill(&mut raw);
        let answers = Answers::check(&house.shop.form, &choices, raw).unwrap_or_else(|problems| panic!("{problems:?}"));
        house.shop.sealed(seed, &choices, answers, &[])
    };
    let short = sealed(2, &|raw| raw.set_text("nama", "A".into()));
    let long = sealed(3, &|raw| {
        raw.set_text("nama", "\u{1f600}".repeat(30));
        raw.set_text("lahir", "2000-02-29".into());
        raw.set_many("suka", vec!["roti".into(), "kopi".into()]);
        raw.set_text("catatan", "\"\n".repeat(80));
    });
    let refused = house.shop.minimal(4);
    assert_eq!((long.len(), refused.len()), (short.len(), short.len()));
    for envelope in [short, long, refused] {
        assert_eq!(house.submit(&envelope).status, 201);
    }
    assert_eq!(house.number("SELECT count(DISTINCT length(envelope)) FROM submission"), 1);
}

#[test]
fn case_139_the_store_has_these_columns_and_no_others() {
    let house = House::new();
    let store = rusqlite::Connection::open(house.store()).unwrap();
    let sql = "SELECT m.name || ': ' || group_concat(p.name, ' ') FROM sqlite_schema AS m, pragma_table_info(m.name) AS p \
               WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' GROUP BY m.name ORDER BY m.name";
    let mut statement = store.prepare(sql).unwrap();
    let tables: Vec<String> = statement.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let expected = [
        "fetched: form sequence at",
        "form: name sequence chain",
        "piece: upload number bytes",
        "pulse: one beats highest",
        "statement: form sequence id wish received_at key digest chain bytes",
        "submission: number form sequence id received_at version digest chain envelope due_at upload length",
        "tombstone: form sequence mark received_at digest chain",
        "upload: number started_at",
        "wished: id",
    ];
    assert_eq!(tables, expected);
}
