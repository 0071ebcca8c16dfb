//! `--check-config`: all that is wrong, not the first of it, and what is odd. It changes nothing.

use std::process::ExitCode;

use crate::config::Config;
use crate::tls::Tls;
use crate::{StartError, complain, hook, open_forms, read_assets, read_token, say, signing};

/// Says what it finds. 0 if nothing is wrong; what is only odd does not count.
pub(crate) fn run(config: &Config) -> ExitCode {
    let mut faults = Faults::default();
    faults.note(read_token(config.token_file.clone()));
    faults.note(config.metrics_token_file.clone().map(read_token).transpose());
    faults.note(read_assets(config.assets.clone()));
    faults.note(config.tls.clone().map(Tls::open).transpose());
    faults.note(config.store.check().map_err(|error| StartError::Store { place: config.store.clone(), error }));
    faults.note(config.hook.clone().map(hook::find).transpose());
    if let Some(path) = config.key_place().filter(|path| path.exists()) {
        faults.note(signing::read(&path).map_err(|error| StartError::Key { path, error }));
    }
    let forms = faults.note(open_forms(config.forms.clone(), &config.limits));
    if let Some((forms, broken)) = forms {
        for (file, fault) in broken {
            faults.note::<(), _>(Err(StartError::Form { file, fault }));
        }
        for name in config.origins.forms().filter(|name| !forms.has(name)) {
            say(&format!("odd: origins.{name}: there is no such form"));
        }
        for (file, idle) in forms.idle() {
            say(&format!("odd: form {file}: {idle}; it will never be served: delete it"));
        }
        if faults.count == 0 {
            let count = forms.len();
            say(&format!("good: {count} {}", if count == 1 { "form" } else { "forms" }));
        }
    }
    if faults.count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How many were told.
#[derive(Default)]
struct Faults {
    count: usize,
}

impl Faults {
    fn note<T, E: Into<StartError>>(&mut self, outcome: Result<T, E>) -> Option<T> {
        outcome
            .map_err(|error| {
                let error = error.into();
                complain(&error, error.hint());
                self.count += 1;
            })
            .ok()
    }
}
