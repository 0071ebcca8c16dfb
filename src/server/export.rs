//! The export as a body that is made while it is sent. FORMAT §12.
//!
//! Each page is read and let go of before its first byte leaves: a slow reader must not hold a transaction, which would keep
//! SQLite's log from being cut. Where the stream ends is fixed at its beginning, so it ends however much arrives meanwhile.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use http_body_util::channel::{Channel, Sender};
use segel_core::export::{Position, write_damaged, write_end, write_gone, write_head, write_line, write_statement};
use segel_core::id::{Digest, DigestBuilder, FormName};
use segel_core::stamp::Taken;
use segel_core::time::Time;

use crate::app::App;
use crate::limits::Limits;
use crate::store::{Body as Stored, Entry, Range, StoreError, Upload};

/// The submissions of a form after one position, up to the last one that is there now.
///
/// A row whose bytes are damaged is named and passed over. A failure half way cuts the stream before its `end` line, which every reader
/// notices.
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
                Err(StoreError::Damaged) if most > 1 => {
                    most = 1;
                    continue;
                }
                Err(StoreError::Damaged) => {
                    most = app.limits.page;
                    let outline = app.store.outline(&self.form, at.sequence() + 1).await.map_err(Cut::Store)?;
                    outline.into_iter().collect()
                }
                page => page.map_err(Cut::Store)?,
            };
            // A row that should be there and is not: the file is damaged.
            if page.is_empty() {
                return Err(Cut::Store(StoreError::Failed));
            }
            for entry in page {
                // A reader throws all away if a line does not follow from the one before.
                if at.next(entry.received_at, &entry.digest) != entry.position {
                    return Err(Cut::Store(StoreError::Failed));
                }
                at = entry.position;
                self.send_one(app, entry).await?;
            }
        }
        self.send(write_end(&last)).await
    }

    async fn send_one(&mut self, app: &App, entry: Entry) -> Result<(), Cut> {
        let Entry { position, received_at, digest, body } = entry;
        match body {
            Stored::Whole(mut envelope) => {
                self.send(write_line(&position, received_at, envelope.len() as u64)).await?;
                envelope.push(b'\n');
                self.send(envelope).await
            }
            Stored::Pieces(upload, length) if self.is_whole(app, upload, length, &digest).await? => {
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
            Stored::Gone => self.send(write_gone(&position, received_at, &digest)).await,
            // Its pieces go first where it was deleted since this page was read.
            Stored::Pieces(..) if self.is_gone(app, &position).await => {
                self.send(write_gone(&position, received_at, &digest)).await
            }
            Stored::Pieces(..) => self.send_damaged(app, &position, received_at, Taken::Envelope, &digest).await,
            Stored::Damaged(what) => self.send_damaged(app, &position, received_at, what, &digest).await,
            Stored::Said(mut statement) => {
                self.send(write_statement(&position, received_at, statement.len())).await?;
                statement.push(b'\n');
                self.send(statement).await
            }
        }
    }

    /// Whether the pieces are those that were taken. Read before the first leaves: behind a line that promised them it would be too late
    /// to say that they are not.
    async fn is_whole(&self, app: &App, upload: Upload, length: u64, digest: &Digest) -> Result<bool, Cut> {
        let (mut found, mut seen) = (DigestBuilder::default(), 0);
        for number in 0.. {
            match app.store.piece(upload, number).await {
                Ok(piece) => {
                    seen += piece.len() as u64;
                    found.update(&piece);
                }
                Err(StoreError::Damaged) => return Ok(false),
                Err(error) => return Err(Cut::Store(error)),
            }
            if seen >= length {
                break;
            }
        }
        Ok(seen == length && found.finish() == *digest)
    }

    /// Whether it stands as deleted now.
    async fn is_gone(&self, app: &App, position: &Position) -> bool {
        let last = position.sequence();
        let range = Range { after: last.saturating_sub(1), last, most: 1, most_bytes: app.limits.page_bytes };
        let page = app.store.page(&self.form, range).await.unwrap_or_default();
        page.iter().any(|entry| entry.position == *position && entry.body == Stored::Gone)
    }

    /// The owner is told which it is, and so is the operator.
    async fn send_damaged(
        &mut self,
        app: &App,
        position: &Position,
        received_at: Time,
        what: Taken,
        digest: &Digest,
    ) -> Result<(), Cut> {
        let (what_it_was, number) = (what.as_str(), position.sequence());
        app.log.event("export_damaged", self.form.as_str(), &format_args!("the {what_it_was} of number {number}"));
        self.send(write_damaged(position, received_at, what, digest)).await
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), Cut> {
        self.sender.send_data(Bytes::from(bytes)).await.map_err(|_| Cut::Reader)
    }
}

/// Pieces in flight between the page in memory and the socket.
const PIECES: usize = 4;
