//! What every route shares: the forms, the store, the element, and what they may cost.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use segel_core::stamp::ServerKey;
use tokio::sync::Semaphore;

use crate::assets::Assets;
use crate::clock::Clock;
use crate::forms::Forms;
use crate::hook::Bell;
use crate::limits::Limits;
use crate::log::Log;
use crate::metrics::{Gauge, Metrics};
use crate::origins::Origins;
use crate::rate::Rates;
use crate::store::{Backlog, Store};
use crate::tls::Tls;
use crate::token::Token;
use crate::work::Works;

/// A server's state. Made once.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) forms: Forms,
    pub(crate) store: Store,
    pub(crate) assets: Assets,
    pub(crate) token: Token,
    /// What signs times of arrival.
    pub(crate) key: ServerKey,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) log: Arc<Log>,
    /// One permit for each byte of a body in memory.
    pub(crate) budget: Arc<Semaphore>,
    /// One permit for each connection.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) rates: Rates,
    pub(crate) works: Works,
    pub(crate) origins: Origins,
    pub(crate) metrics: Metrics,
    /// Who may read the metrics; without it nobody.
    pub(crate) metrics_token: Option<Token>,
    /// Without it a proxy speaks TLS, or nobody does.
    pub(crate) tls: Option<Tls>,
    pub(crate) bell: Bell,
    pub(crate) stopping: AtomicBool,
}

impl App {
    /// What the metrics show that is not counted but looked at. What cannot be read now is left out: a value of before would hide that.
    pub(crate) async fn gauges(&self) -> Vec<Gauge> {
        let used = |all: usize, free: usize| all.saturating_sub(free) as u64;
        let gauge = |name, help, value| Gauge { name, help, kind: "gauge", value };
        let counter = |name, help, value| Gauge { name, help, kind: "counter", value };
        // A database that is away is waited for elsewhere, not by whoever watches over it.
        let backlog = tokio::time::timeout(self.limits.metrics, self.store.backlog()).await;
        let backlog = backlog.ok().and_then(Result::ok);
        let store = self.store.counts();
        let mut gauges = vec![
            gauge("segel_forms", "Forms that are served.", self.forms.len() as u64),
            gauge(
                "segel_connections",
                "Connections that are open.",
                used(self.limits.connections, self.places.available_permits()),
            ),
            gauge(
                "segel_body_bytes",
                "Bytes of submissions in memory.",
                used(self.limits.body_bytes, self.budget.available_permits()),
            ),
            gauge("segel_store_up", "1 if the last write went well.", u64::from(store.is_up())),
            gauge("segel_store_queue", "Writes that wait.", self.store.waiting()),
            counter("segel_work_asked_total", "Submissions refused until they bring work.", self.works.all_asked()),
            counter("segel_work_passed_total", "Submissions that brought work.", self.works.all_passed()),
            gauge("segel_purge_stopped", "1 if deleting waits for an operator.", u64::from(store.is_braked())),
            counter("segel_purged_total", "Submissions deleted because their time was over.", store.all_purged()),
            counter("segel_store_commits_total", "Commits.", store.commits()),
            counter("segel_store_writes_total", "Writes, several in one commit.", store.writes()),
        ];
        if let Some(Backlog { unpulled_seconds, requests, request_seconds, disk_free }) = backlog {
            gauges.extend([
                gauge(
                    "segel_unpulled_seconds",
                    "Age of the oldest submission that waits for its owner.",
                    unpulled_seconds,
                ),
                gauge("segel_requests_waiting", "Statements that wait for their owner.", requests),
                gauge(
                    "segel_request_seconds",
                    "Age of the oldest statement that waits; 259200 is 72 hours.",
                    request_seconds,
                ),
            ]);
            gauges
                .extend(disk_free.map(|free| gauge("segel_disk_free_bytes", "Free bytes of the store's disk.", free)));
        }
        gauges
    }
}
