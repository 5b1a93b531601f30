//! Which requests only read, and how nodes beside the one that writes answer them.

use baro_crdt::ids::WallSeconds;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;

use super::stale::Told;
use super::{ApiError, Context, Node, Request, Result};
use crate::replica::Replica;
use crate::store::Store;
use crate::words::why;

impl Request {
    /// Whether the answer shows what only a running node knows.
    pub const fn shows_live(&self) -> bool {
        matches!(self, Self::Status | Self::Peers | Self::Invite { .. })
    }

    /// Whether it changes nothing and signs nothing, so that a node that only reads can answer.
    pub const fn reads(&self) -> bool {
        matches!(
            self,
            Self::PersonShow
                | Self::PersonList
                | Self::CommunityList
                | Self::CommunityShow { .. }
                | Self::Members
                | Self::Deeds { .. }
                | Self::Announcements
                | Self::AnnouncementPage { .. }
                | Self::AnnouncementShow { .. }
                | Self::Register { .. }
                | Self::AlertExport { .. }
                | Self::AlertFeed { .. }
                | Self::QuestionPage { .. }
                | Self::QuestionShow { .. }
                | Self::Questions
                | Self::Responsiveness { .. }
                | Self::DebateList
                | Self::DebateShow { .. }
                | Self::DebatePage { .. }
                | Self::DebateNext { .. }
                | Self::DebateGroups { .. }
                | Self::BallotList { .. }
                | Self::ProposalList { .. }
                | Self::ProposalShow { .. }
                | Self::ModerationShow { .. }
                | Self::ModerationList { .. }
                | Self::BlockList
                | Self::BlobShow { .. }
                | Self::BlobList
                | Self::TextShow { .. }
                | Self::TextList
                | Self::CourseList
                | Self::CourseShow { .. }
                | Self::ExportPolis { .. }
                | Self::Status
                | Self::Peers
        )
    }
}

impl Node {
    /// A node that answers what only reads ([`Node::look`]) over a store of its own, which shows
    /// the commits of this one's. From now on this one tells it what they change.
    #[must_use]
    pub fn beside(&mut self, store: Box<dyn Store + Send>) -> Node {
        let told = Told::default();
        self.beside.push(told.clone());
        // It signs nothing, so it draws nothing.
        let rng = ChaCha20Rng::from_seed([0; 32]);
        Node { told: Some(told), ..Node::new(store, rng, None) }
    }

    /// As [`Node::handle`], for requests that only read, out of one state of the store.
    ///
    /// # Errors
    /// [`ApiError`] in words; also for requests that do not only read.
    pub fn look(&mut self, now: WallSeconds, context: &Context, request: Request) -> Result<Value> {
        if !request.reads() {
            return Err(ApiError::refused(why::only_reads()));
        }
        // First what was told, then the state: see `stale`.
        if let Some(told) = &self.told {
            let stale = told.take();
            if stale.records() {
                self.replica = Replica::default();
            }
            self.known.forget(&stale);
        }
        self.now = now;
        self.store.hold()?;
        let answer = self.answer(context, request);
        self.store.release();
        answer
    }
}
