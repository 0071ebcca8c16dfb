//! The owner's offline page.
#[allow(dead_code)]
mod ledger;
#[cfg(test)]
mod sample;
#[allow(dead_code)]
mod shelf;
