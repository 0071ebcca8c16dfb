//! What the page around is told: counts, never content. A script that drives the opener, such as a shop's own start page or a test, waits for
//! it in place of reading the screen.

use serde::Serialize;
use web_sys::{CustomEvent, CustomEventInit};

use crate::ledger::Ledger;

/// Every export was read to its end.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    total: u64,
    opened: usize,
    failed: usize,
    repeated: u64,
}

/// Tells the window that reading is over: the event `segel-read`.
pub(crate) fn read(ledger: &Ledger) {
    let (opened, failed) = (ledger.entries().len(), ledger.failures().len());
    let told = Read { total: ledger.total(), opened, failed, repeated: ledger.repeated() };
    let init = CustomEventInit::new();
    // Values cross as plain objects; a failure to build one leaves the event without its detail.
    init.set_detail(&serde_wasm_bindgen::to_value(&told).unwrap_or_default());
    if let (Some(window), Ok(event)) = (web_sys::window(), CustomEvent::new_with_event_init_dict("segel-read", &init)) {
        let _ = window.dispatch_event(&event);
    }
}
