//! The description for programs, held against HTTP.md and, by a program that tries what it says, against a running server.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use segel_core::receipt::Receipt;

use crate::house::{House, TOKEN};
use crate::support::rng;

const DESCRIPTION: &str = include_str!("../../src/server/openapi.yaml");
const PAGE: &str = include_str!("../../src/server/HTTP.md");

/// Rows of HTTP.md's tables, by cells.
fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    PAGE.lines().filter(|line| line.starts_with("| ")).map(|line| line.split('|').map(str::trim).collect())
}

#[test]
fn it_lists_the_codes_and_paths_that_the_page_lists_and_no_others() {
    let line = DESCRIPTION.lines().find_map(|line| line.trim().strip_prefix("code: { type: string, enum: [")).unwrap();
    let described: BTreeSet<&str> = line.trim_end_matches("] }").split(", ").collect();
    let status = |cell: &str| cell.split(", ").all(|status| status.len() == 3 && status.parse::<u16>().is_ok());
    let listed: BTreeSet<&str> = rows()
        .filter(|cells| status(cells[1]))
        .flat_map(|cells| cells[2].split(", ").map(|code| code.trim_matches('`')).collect::<Vec<_>>())
        .collect();
    assert_eq!(described, listed);
    let statuses: BTreeSet<&str> =
        rows().filter(|cells| status(cells[1])).flat_map(|cells| cells[1].split(", ").collect::<Vec<_>>()).collect();
    for status in statuses {
        assert!(DESCRIPTION.contains(&format!("        '{status}': {{ $ref")), "no path answers {status}");
    }
    let paths: BTreeSet<String> = DESCRIPTION
        .lines()
        .filter_map(|line| line.strip_prefix("  /")?.strip_suffix(':'))
        .map(|path| format!("/{path}").replace("{form}", "NAME").replace("{id}", "ID").replace("{file}", "FILE"))
        .collect();
    let told: BTreeSet<String> = rows()
        .filter_map(|cells| cells[1].strip_prefix('`')?.split([' ', '?', '`']).nth(1).map(str::to_owned))
        .filter(|path| path.starts_with('/'))
        .collect();
    assert_eq!(paths, told);
}

#[test]
fn each_path_and_file_that_it_names_is_there_and_the_log_knows_its_route() {
    let house = House::new();
    let paths = DESCRIPTION.lines().filter_map(|line| line.strip_prefix("  /")?.strip_suffix(':'));
    for path in paths {
        house.get(
            &format!("/{path}").replace("{form}", "kecil").replace("{id}", &"0".repeat(32)).replace("{file}", "x"),
        );
    }
    assert!(house.log.text().contains(" route=notice "), "{}", house.log.text());
    assert!(!house.log.text().contains(" route=none "), "{}", house.log.text());
    let files = DESCRIPTION.split("enum: [element.js, ").nth(1).unwrap().split(']').next().unwrap();
    for file in files.split(", ") {
        assert_eq!(house.get(&format!("/segel/{file}")).status, 200, "{file}");
    }
    for file in std::fs::read_dir(house.folder.path().join("assets")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(name == "element.js" || name.ends_with(".br") || files.split(", ").any(|file| file == name), "{name}");
    }
}

#[test]
fn it_is_served_as_it_stands() {
    let house = House::new();
    let reply = house.get("/openapi.yaml");
    assert_eq!((reply.status, reply.text().as_str()), (200, DESCRIPTION));
    assert_eq!(reply.header("content-type"), Some("application/yaml"));
}

/// Where `cargo xtask test` puts it; on a machine without it this is passed over, but not where everything must be tested.
fn program() -> Option<String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/schemathesis/bin/schemathesis");
    let program = std::env::var("SEGEL_SCHEMATHESIS").unwrap_or_else(|_| own.display().to_string());
    if Path::new(&program).is_file() {
        return Some(program);
    }
    assert!(std::env::var_os("CI").is_none(), "schemathesis is needed to test here: cargo xtask test installs it");
    let _ = writeln!(std::io::stderr(), "SKIPPED: no schemathesis on this machine; cargo xtask test installs it");
    None
}

#[test]
fn a_running_server_answers_as_it_says() {
    let Some(program) = program() else { return };
    let mut house = House::with(|limits| limits.rate_network = 0);
    let metrics = house.folder.path().join("metrics");
    std::fs::write(&metrics, TOKEN).unwrap();
    house.set(move |config| config.with_metrics(metrics.clone()));
    assert_eq!(house.submit(&house.shop.full(2)).status, 201);
    let id = Receipt::generate(&mut rng(2)).unwrap().id();
    // What is there beside what is not, so that both are tried.
    let known = DESCRIPTION
        .replace("pattern: '^[a-z][a-z0-9-]{0,39}$' }", "enum: [kecil, tiada] }")
        .replace("in: path, required: true, schema: { type: string, pattern: '^[0-9a-f]{32}$' }", &{
            format!("in: path, required: true, schema: {{ type: string, enum: ['{id}', '{}'] }}", "f".repeat(32))
        });
    let description = house.folder.path().join("openapi.yaml");
    std::fs::write(&description, known).unwrap();
    let mut tries = Command::new(program);
    tries.current_dir(house.folder.path()).arg("run").arg(&description);
    tries.args([
        "--url",
        &format!("http://{}", house.address()),
        "--header",
        &format!("Authorization: Bearer {TOKEN}"),
    ]);
    tries.args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance"]);
    tries.args(["--checks", "response_schema_conformance,response_headers_conformance"]);
    tries.args(["--max-examples", "20", "--seed", "1", "--request-timeout", "10", "--suppress-health-check", "all"]);
    tries.args(["--generation-database", "none", "--no-color"]);
    let output = tries.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(house.log.text().matches("method=").count() > 500, "{said}");
}
