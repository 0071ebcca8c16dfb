//! When deleting is thought of: every minute, in small steps with room between them for whoever sends.

use std::sync::Arc;

use tokio::sync::watch;

use crate::app::App;

/// Deletes what is due until the server stops.
pub(crate) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    loop {
        // A fault is reported by the store; the next minute is the next attempt.
        while let Ok(true) = app.store.purge().await {
            if *stop.borrow() {
                return;
            }
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(app.limits.purge_every) => {}
        }
    }
}
