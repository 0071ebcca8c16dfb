//! What every route shares: the forms, the store, the element, and what they may cost.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::assets::Assets;
use crate::clock::Clock;
use crate::forms::Forms;
use crate::limits::Limits;
use crate::log::Log;
use crate::store::Store;
use crate::token::Token;

/// A server's state. Made once; nothing in it is ever replaced.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) forms: Forms,
    pub(crate) store: Store,
    pub(crate) assets: Assets,
    pub(crate) token: Token,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) log: Arc<Log>,
    /// One permit for each byte of a body in memory.
    pub(crate) budget: Arc<Semaphore>,
}
