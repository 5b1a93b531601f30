//! Readers: nodes that only read, beside the store thread, each over a connection of its own.
//!
//! Whoever asks takes one that is free, or waits for one in the order of asking. It answers out of
//! one state of the database, the last commit's, and never waits for the writer. What the readers
//! keep in memory (who may do what, what counts of a debate) the writer tells them to forget
//! ([`Node::beside`]).

use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::Semaphore;

use super::wall_seconds;
use crate::api::{ApiError, Context, Live, Node, Request};
use crate::store::{Database, StoreError};

/// The most readers. Each keeps up to eight debates counted: some 10 MB for one of 60,000 votes and
/// 10,000 posts.
const READERS_MAX: usize = 3;

/// The readers of a running node.
pub(super) struct Readers {
    /// Those that nobody uses.
    free: Mutex<Vec<Node>>,
    /// One permit for each that is free.
    room: Arc<Semaphore>,
}

impl Readers {
    /// As many as the machine has processors, within the bound, beside `node`, whose database is
    /// `database`.
    pub(super) fn open(node: &mut Node, database: &Database) -> Result<Self, StoreError> {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let mut free = Vec::new();
        for _ in 0..processors.min(READERS_MAX) {
            free.push(node.beside(Box::new(database.reader()?)));
        }
        let room = Arc::new(Semaphore::new(free.len()));
        Ok(Self { free: Mutex::new(free), room })
    }

    /// Answers a request that only reads.
    pub(super) async fn answer(
        self: &Arc<Self>,
        context: Context,
        request: Request,
        live: Option<Box<Live>>,
    ) -> Result<Value, ApiError> {
        let gone = |_| ApiError::Stopping;
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(gone)?;
        let readers = Arc::clone(self);
        let work = move || {
            let mut reader = readers.take().ok_or(ApiError::Stopping)?;
            if let Some(live) = live {
                *reader.live() = *live;
            }
            let answer = reader.look(wall_seconds(), &context, request);
            readers.free.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            drop(permit);
            answer
        };
        // Whoever asked may go away: the reader comes back all the same.
        tokio::task::spawn_blocking(work).await.map_err(|_| ApiError::Stopping)?
    }

    fn take(&self) -> Option<Node> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Answers nobody any more.
    pub(super) fn close(&self) {
        self.room.close();
    }
}
