//! Speed and size, measured now on this machine.

use crate::run::{Outcome, sh};

pub(crate) fn run() -> Outcome {
    crate::dist::run(&crate::root().join("dist"))?;
    sh("cargo", &["run", "--quiet", "--release", "--package", "segel", "--example", "bench"])
}
