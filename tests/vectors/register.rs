//! Vectors of the register of other wishes. FORMAT §4.4.

use super::write::{Case, vector};

const HEAD: &str = "segel-requests/1\n";
const ID: &str = "f2a76980dfc7a4924b326a129e9e7c7e";

pub(crate) fn cases() -> Vec<Case> {
    let case = |name: &str, comment: &str, body: &str| {
        vector(name, "register", "register", "4.4", comment, body.as_bytes().to_vec())
    };
    let line = |want: &str| format!("2026-11-25T10:00:00Z {ID} {want} whatsapp\n");
    let refused = |name: &str, comment: &str, at: usize, body: &str| {
        vector(name, "register", "refused", "4.4", comment, body.as_bytes().to_vec()).with("at", &at.to_string())
    };
    let wishes = ["delete", "withdraw:minat", "copy", "correct", "done:copy"].map(line).concat();
    vec![
        case("good", "a wish of each kind, one of them answered", &[HEAD, &wishes].concat())
            .with("open", "delete")
            .with("open", "withdraw:minat")
            .with("open", "correct"),
        case("empty", "no wish yet", HEAD),
        case(
            "edited",
            "CR LF, and no end behind the last line",
            &format!("segel-requests/1\r\n{}", line("delete").trim_end()),
        )
        .with("open", "delete"),
        refused("head", "a later version", 1, "segel-requests/2\n"),
        refused("purpose", "a purpose that is no id", 2, &[HEAD, &line("withdraw:Minat")].concat()),
        refused("want", "an unknown wish", 3, &[HEAD, &line("copy"), &line("forget")].concat()),
        refused("done_delete", "a deletion said to be answered", 2, &[HEAD, &line("done:delete")].concat()),
        refused("channel", "an unknown channel", 2, &[HEAD, &line("copy").replace("whatsapp", "pigeon")].concat()),
        refused("id", "an id in capitals", 2, &[HEAD, &line("copy").replace(ID, &ID.to_uppercase())].concat()),
        refused("time", "a day that does not exist", 2, &[HEAD, &line("copy").replace("11-25", "02-30")].concat()),
        refused("space", "two spaces", 2, &[HEAD, &line("copy").replace(" copy", "  copy")].concat()),
        refused("gap", "an empty line", 2, &[HEAD, "\n", &line("copy")].concat()),
    ]
}
