//! When deleting is thought of: every minute, in small steps with room between them for whoever sends.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use crate::app::App;

/// Deletes what is due until the server stops.
pub(crate) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    loop {
        // A fault is reported by the store; the next minute is the next attempt.
        let mut pause = app.limits.purge_every;
        let began = Instant::now();
        if let Ok(true) = app.store.purge().await {
            // As long as the step took, and half of the store's time belongs to whoever sends.
            pause = began.elapsed().min(pause);
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
