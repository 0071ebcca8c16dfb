//! The export as a body that is made while it is sent. FORMAT §12.
//!
//! Each page is read and let go of before its first byte leaves: a slow reader must not hold a transaction, which would keep
//! SQLite's log from being cut. Where the stream ends is fixed at its beginning, so it ends however much arrives meanwhile.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use http_body_util::channel::{Channel, Sender};
use segel_core::export::{Position, write_end, write_gone, write_head, write_line, write_statement};
use segel_core::id::FormName;

use crate::app::App;
use crate::limits::Limits;
use crate::store::{Body as Stored, Entry, Range, StoreError};

/// The submissions of a form after one position, up to the last one that is there now.
///
/// A failure half way cuts the stream before its `end` line, which every reader notices.
pub(crate) fn body(app: Arc<App>, form: FormName, after: Position, last: Position) -> Body {
    let (sender, channel) = Channel::new(PIECES);
    tokio::spawn(async move {
        let mut stream = Stream { sender, form };
        match stream.run(&app, after, last).await {
            Ok(()) | Err(Cut::Reader) => {}
            Err(Cut::Store(error)) => {
                app.log.event("export_cut", stream.form.as_str(), &error);
                stream.sender.abort(error);
            }
        }
    });
    Body::new(channel)
}

struct Stream {
    sender: Sender<Bytes, StoreError>,
    form: FormName,
}

/// Why a stream ended early.
enum Cut {
    /// The reader is gone.
    Reader,
    /// The store cannot go on.
    Store(StoreError),
}

impl Stream {
    async fn run(&mut self, app: &App, after: Position, last: Position) -> Result<(), Cut> {
        self.send(write_head(&self.form, &after)).await?;
        let (mut at, mut most) = (after, app.limits.page);
        while at.sequence() < last.sequence() {
            let Limits { page_bytes: most_bytes, .. } = app.limits;
            let range = Range { after: at.sequence(), last: last.sequence(), most, most_bytes };
            let page = match app.store.page(&self.form, range).await {
                // One that is damaged must not take those in front of it with it.
                Err(StoreError::Failed) if most > 1 => {
                    most = 1;
                    continue;
                }
                page => page.map_err(Cut::Store)?,
            };
            // A row that should be there and is not: the file is damaged.
            at = page.last().ok_or(Cut::Store(StoreError::Failed))?.position;
            for entry in page {
                self.send_one(app, entry).await?;
            }
        }
        self.send(write_end(&last)).await
    }

    async fn send_one(&mut self, app: &App, entry: Entry) -> Result<(), Cut> {
        let Entry { position, received_at, body } = entry;
        match body {
            Stored::Whole(mut envelope) => {
                self.send(write_line(&position, received_at, envelope.len() as u64)).await?;
                envelope.push(b'\n');
                self.send(envelope).await
            }
            Stored::Pieces(upload, length) => {
                self.send(write_line(&position, received_at, length)).await?;
                let mut sent = 0;
                for number in 0.. {
                    let piece = app.store.piece(upload, number).await.map_err(Cut::Store)?;
                    sent += piece.len() as u64;
                    self.send(piece).await?;
                    if sent >= length {
                        break;
                    }
                }
                self.send(vec![b'\n']).await
            }
            Stored::Gone(digest) => self.send(write_gone(&position, received_at, &digest)).await,
            Stored::Said(mut statement) => {
                self.send(write_statement(&position, received_at, statement.len())).await?;
                statement.push(b'\n');
                self.send(statement).await
            }
        }
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), Cut> {
        self.sender.send_data(Bytes::from(bytes)).await.map_err(|_| Cut::Reader)
    }
}

/// Pieces in flight between the page in memory and the socket.
const PIECES: usize = 4;
