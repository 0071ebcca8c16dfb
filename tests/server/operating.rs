//! What an operator sets and sees: limits on floods, pages that may post, health and counts.

use std::io::Write as _;

use segel_core::id::FormName;
use segel_core::receipt::Receipt;
use segel_core::statement::{Statement, Wish};
use segel_server::{Config, Network, Origins};

use crate::house::{House, TOKEN};
use crate::http::{Reply, connect, head, post, send};
use crate::process::command;
use crate::support::{RECEIVED_AT, rng, time};

fn from_network(house: &House, address: &str, seed: u8) -> Reply {
    let request = post("/forms/kecil", &format!("X-Forwarded-For: {address}\r\n"), &house.shop.minimal(seed));
    send(house.address(), &request).unwrap()
}

#[test]
fn a_network_that_floods_is_asked_to_wait_and_others_are_served() {
    let mut house = House::with(|limits| limits.rate_network = 2);
    house.set(|config| config.with_proxies(vec![Network::parse("127.0.0.1").unwrap()]));
    for seed in 2..4 {
        assert_eq!(from_network(&house, "203.0.113.7", seed).status, 201);
    }
    let refused = from_network(&house, "203.0.113.99", 4);
    assert_eq!(refused.refusal(), (429, "rate".into()));
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=31).contains(&seconds), "{seconds}");
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"), "the page must be able to read it");
    assert_eq!(from_network(&house, "198.51.100.1", 5).status, 201);
    assert_eq!(house.get("/forms/kecil.segel").status, 200, "reading is not limited");
}

#[test]
fn case_74_without_a_listed_proxy_a_forged_header_changes_nothing() {
    let house = House::with(|limits| limits.rate_network = 2);
    assert_eq!(from_network(&house, "203.0.113.7", 2).status, 201);
    assert_eq!(from_network(&house, "198.51.100.1", 3).status, 201);
    assert_eq!(from_network(&house, "192.0.2.1", 4).refusal(), (429, "rate".into()));
}

#[test]
fn a_form_takes_so_many_a_minute_from_all_together() {
    let house = House::with(|limits| limits.rate_form = 3);
    for seed in 2..5 {
        assert_eq!(house.submit(&house.shop.minimal(seed)).status, 201);
    }
    assert_eq!(house.submit(&house.shop.minimal(5)).refusal(), (429, "rate".into()));
}

#[test]
fn what_is_no_submission_of_the_form_takes_none_of_its_places() {
    let house = House::with(|limits| limits.rate_form = 1);
    let good = house.shop.minimal(2);
    let end = good.windows(2).position(|pair| pair == b"\n\n").unwrap();
    for wrong in [&b""[..], b"rubbish", &good[..end], &[b'x'; 5000]] {
        assert_eq!(house.submit(wrong).refusal(), (400, "envelope".into()));
    }
    assert_eq!(house.submit(&good).status, 201);
    assert_eq!(house.submit(&house.shop.minimal(3)).refusal(), (429, "rate".into()));
}

#[test]
fn case_72_who_finds_no_place_is_refused_without_a_grant_that_no_list_gave() {
    for listed in [false, true] {
        let mut house = House::with(|limits| {
            limits.connections = 1;
            limits.queue_wait = std::time::Duration::from_millis(50);
        });
        house.set(move |config| {
            let mut origins = Origins::default();
            if listed {
                origins.list(FormName::parse("kecil").unwrap(), vec!["https://toko.example".into()]).unwrap();
            }
            config.with_origins(origins)
        });
        let request = post("/forms/kecil", "", &house.shop.minimal(2));
        let mut busy = connect(house.address());
        busy.write_all(&request[..request.len() - 1]).unwrap();
        // Nothing of it was read: nobody knows that it is for the form with the list.
        let reply = house.ask("GET", "/forms/kecil.segel", "Origin: https://lain.example\r\n");
        assert_eq!(reply.refusal(), (503, "busy".into()));
        let grant = (reply.header("access-control-allow-origin"), reply.header("access-control-expose-headers"));
        assert_eq!(grant, if listed { (None, None) } else { (Some("*"), Some("retry-after")) });
    }
}

#[test]
fn case_72_only_pages_on_a_forms_list_are_granted() {
    let mut house = House::new();
    house.set(|config| {
        let mut origins = Origins::default();
        origins.list(FormName::parse("kecil").unwrap(), vec!["https://toko.example".into()]).unwrap();
        config.with_origins(origins)
    });
    for (method, path, body) in [
        ("GET", "/forms/kecil.segel", vec![]),
        ("OPTIONS", "/forms/kecil", vec![]),
        ("POST", "/forms/kecil", house.shop.minimal(2)),
        ("POST", "/forms/kecil", b"rubbish".to_vec()),
    ] {
        let ask = |origin: &str| {
            let length = if method == "POST" { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };
            let head = head(method, path, &format!("{origin}{length}"));
            send(house.address(), &[&head[..], &body].concat()).unwrap()
        };
        let granted = |reply: &Reply| reply.header("access-control-allow-origin").map(str::to_owned);
        let listed = ask("Origin: https://toko.example\r\n");
        assert_eq!(granted(&listed), Some("https://toko.example".into()), "{method}");
        assert!(listed.header("vary").is_some_and(|vary| vary.contains("origin")), "{listed:?}");
        for other in
            ["Origin: https://lain.example\r\n", "Origin: null\r\n", "Origin: https://toko.example.evil\r\n", ""]
        {
            let reply = ask(other);
            assert_eq!(granted(&reply), None, "{method} {other}");
            assert_eq!(reply.header("access-control-allow-credentials"), None);
            assert!(reply.header("vary").is_some_and(|vary| vary.contains("origin")), "a cache must know");
        }
    }
}

#[test]
fn metrics_are_for_who_has_their_token_and_every_one_is_in_the_published_table() {
    let mut house = House::new();
    assert_eq!(house.get("/metrics").refusal(), (404, "not_found".into()), "nobody set them up");
    let token = house.folder.path().join("metrics");
    std::fs::write(&token, "metrics-metrics-metrics\n").unwrap();
    house.set(move |config: Config| config.with_metrics(token.clone()));
    house.submit(&house.shop.minimal(2));
    house.submit(b"rubbish");
    assert_eq!(house.get("/metrics").refusal(), (401, "token".into()));
    let wrong = format!("Authorization: Bearer {TOKEN}\r\n");
    assert_eq!(house.ask("GET", "/metrics", &wrong).refusal(), (401, "token".into()), "the export's token is another");
    let reply = house.ask("GET", "/metrics", "Authorization: Bearer metrics-metrics-metrics\r\n");
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = reply.text();
    for line in [
        "segel_submissions_total{form=\"kecil\",code=\"ok\"} 1",
        "segel_submissions_total{form=\"kecil\",code=\"envelope\"} 1",
        "segel_requests_total{route=\"form\",code=\"ok\"} 1",
        "segel_store_up 1",
        "segel_forms 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let table = include_str!("../../src/server/OPERATING.md");
    let types: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    assert!(types.len() > 9, "{text}");
    for (name, kind) in &types {
        assert!(table.contains(&format!("| `{name}` | {kind} | ")), "{name} {kind}");
    }
    assert_eq!(table.matches("\n| `segel_").count(), types.len(), "and no more");
}

#[test]
fn every_event_of_the_log_is_in_the_published_table() {
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/server"))];
    let mut events = std::collections::BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                let calls = text.split(".event(").skip(1).filter_map(|call| call.trim_start().strip_prefix('"'));
                events.extend(calls.map(|name| name.split('"').next().unwrap().to_owned()));
            }
        }
    }
    assert!(events.contains("store") && events.contains("deleted_again"), "{events:?}");
    let text = include_str!("../../src/server/OPERATING.md");
    let table = text.split("\n| event | means | what to do |\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.map(str::to_owned).collect::<std::collections::BTreeSet<_>>(), events);
}

#[test]
fn every_field_of_a_requests_line_is_in_the_published_table() {
    let house = House::new();
    house.submit(&house.shop.minimal(2));
    let log = house.log.text();
    let line = log.lines().find(|line| line.contains("method=POST")).unwrap();
    let fields: Vec<&str> = line.split(' ').map(|field| field.split('=').next().unwrap()).collect();
    let text = include_str!("../../src/server/OPERATING.md");
    let table = text.split("\n| field | means |\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let rows: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(rows, fields);
    let routes =
        include_str!("../../src/server/routes.rs").split("const ROUTES").nth(1).unwrap().split("];").next().unwrap();
    let routes: Vec<&str> = routes.split('"').skip(1).step_by(2).collect();
    assert!(routes.len() > 12, "{routes:?}");
    let row = table.lines().find(|line| line.starts_with("| `route` |")).unwrap();
    assert!(routes.iter().all(|route| row.contains(&format!("`{route}`"))), "{row}");
}

#[test]
fn says_that_it_is_ready_while_it_can_write() {
    let house = House::with(|limits| limits.store_wait = std::time::Duration::from_millis(50));
    assert_eq!((house.get("/readyz").status, house.get("/readyz").text().as_str()), (200, "ready"));
    let other = rusqlite::Connection::open(house.store()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(house.get("/readyz").refusal(), (503, "busy".into()));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(house.get("/readyz").status, 200);
}

on_each! {
    fn an_operator_sees_what_waits_and_for_how_long_and_no_contents(house: &mut House) {
        let envelope = house.shop.full(2);
        for bytes in [&envelope, &house.shop.minimal(3), &house.shop.minimal(4)] {
            assert_eq!(house.submit(bytes).status, 201);
        }
        let receipt = Receipt::generate(&mut rng(2)).unwrap();
        let wish = Wish::Withdraw { purpose: "minat".into() };
        let statement = Statement::sign(&receipt, house.shop.form.digest(), time(RECEIVED_AT), &wish);
        send(house.address(), &post("/forms/kecil/statements", "", &statement)).unwrap();
        let status = |house: &House| {
            let mut command = command(house.folder.path());
            let output = command.env("SEGEL_STORE", house.place()).arg("--status").output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        let bytes = envelope.len() + house.shop.minimal(3).len() + house.shop.minimal(4).len();
        let disk = house.place().starts_with("sqlite:");
        let said = status(house);
        let (line, rest) = said.split_once('\n').unwrap();
        // The disk is the database's: of one elsewhere nobody knows here.
        match rest.strip_prefix("disk_free=") {
            Some(bytes) => assert!(disk && bytes.trim_end().parse::<u64>().unwrap() > 0, "{said}"),
            None => assert!(!disk && rest.is_empty(), "{said}"),
        }
        let start = format!(
            "form=kecil submissions=3 bytes={bytes} deleted=0 statements=1 last=4 pulled=0 pulled_at=- unpulled=3 oldest_unpulled=20"
        );
        assert!(line.starts_with(&start), "{line}");
        assert!(line.contains(" unpulled_hours=0 requests=1 oldest_request=20"), "{line}");
        assert!(["71", "72"].contains(&line.split(" hours_left=").last().unwrap()), "{line}");
        let age = |sign| format!("UPDATE submission SET received_at = received_at {sign} 7300; UPDATE statement SET received_at = received_at {sign} 265000");
        house.run(&age('-'));
        assert!(status(house).contains(" unpulled_hours=2 requests=1 "), "{}", status(house));
        assert!(status(house).contains(" hours_left=-2\n"), "{}", status(house));
        house.run(&age('+'));
        assert_eq!(house.export(2).status, 200);
        // The note stands in the writer's queue before this is asked.
        house.get("/healthz");
        let line = status(house);
        assert!(line.contains(" pulled=2 pulled_at=20") && line.contains(" unpulled=1 "), "{line}");
        house.export(4);
        house.get("/healthz");
        let line = status(house);
        assert!(line.contains(" unpulled=0 oldest_unpulled=- unpulled_hours=- requests=0 oldest_request=- hours_left=-\n"), "{line}");
        house.export(1);
        house.get("/healthz");
        assert!(status(house).contains(" pulled=4 "), "who reads again has not lost it");
    }

    fn metrics_tell_how_long_the_oldest_waits_and_how_much_of_the_disk_is_free(house: &mut House) {
        let token = house.folder.path().join("metrics");
        std::fs::write(&token, TOKEN).unwrap();
        house.set(move |config| config.with_metrics(token.clone()));
        let gauges = |house: &House| {
            let reply = house.ask("GET", "/metrics", &format!("Authorization: Bearer {TOKEN}\r\n"));
            let text = reply.text();
            let value = |name: &str| {
                let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
                line.map(|value| value.parse::<u64>().unwrap())
            };
            let names = ["segel_unpulled_seconds", "segel_requests_waiting", "segel_request_seconds", "segel_disk_free_bytes"];
            names.map(value)
        };
        let disk = house.place().starts_with("sqlite:");
        let found = gauges(house);
        assert_eq!((&found[..3], found[3].is_some_and(|free| free > 0)), (&[Some(0); 3][..], disk));
        for seed in [2, 3] {
            house.submit(&house.shop.full(seed));
            let receipt = Receipt::generate(&mut rng(seed)).unwrap();
            let wish = Wish::Withdraw { purpose: "minat".into() };
            let statement = Statement::sign(&receipt, house.shop.form.digest(), time(RECEIVED_AT), &wish);
            send(house.address(), &post("/forms/kecil/statements", "", &statement)).unwrap();
        }
        // Numbers 1 and 3 are submissions, 2 and 4 statements about them.
        house.run(
            "UPDATE submission SET received_at = received_at - 5000 * (4 - sequence); \
             UPDATE statement SET received_at = received_at - 90000 * (6 - sequence)",
        );
        let about = |seconds: u64| move |found: Option<u64>| found.is_some_and(|found| (seconds..seconds + 60).contains(&found));
        let found = gauges(house);
        assert!(about(15_000)(found[0]) && found[1] == Some(2) && about(360_000)(found[2]), "{found:?}");
        // Its owner has the first two. An export would find that these times are not in the chain.
        house.run("INSERT INTO fetched (form, sequence, at) VALUES ('kecil', 2, 7)");
        let found = gauges(house);
        assert!(about(5_000)(found[0]) && found[1] == Some(1) && about(180_000)(found[2]), "{found:?}");
        house.run("UPDATE fetched SET sequence = 4");
        assert_eq!(gauges(house)[..3], [Some(0); 3]);
    }
}

#[cfg(unix)]
#[test]
fn a_program_is_told_that_something_arrived_and_nothing_of_it_and_nobody_waits_for_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut house = House::with(|limits| limits.hook_every = std::time::Duration::from_millis(1));
    let [program, told, go] = ["hook", "told", "go"].map(|name| house.folder.path().join(name));
    // It does not end before it is let go.
    let text = format!(
        "#!/bin/sh\nenv | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^PATH= >> {}\nwhile ! test -e {}; do sleep 0.01; done\n",
        told.display(),
        go.display()
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    house.set(move |config| config.with_hook(program.clone()));
    for seed in 2..12 {
        assert_eq!(house.submit(&house.shop.minimal(seed)).status, 201, "answered while the program hangs");
    }
    std::fs::write(&go, "").unwrap();
    let lines = || {
        let text = std::fs::read_to_string(&told).unwrap_or_default();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert!((0..5000).any(|_| (lines().len() >= 4, house.get("/healthz")).0), "{:?}", lines());
    let mut found = lines();
    found.dedup();
    assert_eq!(found, ["SEGEL_FORM=kecil", "SEGEL_WHAT=submission"], "and not once for each of ten");
    assert!(lines().len() <= 6, "{:?}", lines());
}
