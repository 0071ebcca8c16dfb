//! `segel check`: every fault of a form definition, with its place.

use segel_core::Definition;
use segel_core::definition::DefinitionError;
use segel_core::limits;

use crate::Exit;
use crate::args::{Check, Plain};
use crate::escape::escape;
use crate::place;
use crate::say::{Failure, Say, shown, words};

pub(crate) fn run(say: &mut Say, args: &Check) -> Result<Exit, Failure> {
    let bytes = place::read(&args.definition, limits::FORM_BYTES)?;
    let faults = match Definition::parse(&bytes) {
        Ok(_) => Vec::new(),
        Err(error) => faults(&error),
    };
    match args.format {
        Plain::Json => {
            let list: Vec<_> =
                faults.iter().map(|(place, what)| serde_json::json!({"place": place, "message": what})).collect();
            say.result(&format!("{}\n", serde_json::json!({"file": args.definition, "faults": list})))?;
        }
        Plain::Text => tell(say, &shown(&args.definition), &faults)?,
    }
    Ok(if faults.is_empty() { Exit::Done } else { Exit::Nothing })
}

/// Place and message of each fault.
pub(crate) fn faults(error: &DefinitionError) -> Vec<(String, String)> {
    match error {
        DefinitionError::Json(error) => {
            vec![(format!("{}:{}", error.line(), error.column()), error.fault().text().to_owned())]
        }
        DefinitionError::Misfits(misfits) => {
            misfits.iter().map(|misfit| (escape(misfit.path()), escape(&misfit.cause().to_string()))).collect()
        }
        _ => vec![(String::new(), "larger than 256 KiB".to_owned())],
    }
}

fn tell(say: &mut Say, name: &str, faults: &[(String, String)]) -> Result<(), Failure> {
    for (place, what) in faults {
        let gap = if place.is_empty() { "" } else { ":" };
        say.result(&format!("{name}:{place}{gap} {what}\n"))?;
    }
    let count = faults.len();
    match count {
        0 => say.note(words!("{name}: tidak ada kesalahan", "{name}: no faults")),
        _ => say.note(words!("{name}: {count} kesalahan", "{name}: {count} fault(s)")),
    }
    Ok(())
}
