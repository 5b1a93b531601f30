//! W by samod, which keeps Automerge documents in a repository and syncs them as automerge-repo
//! does.
//!
//! A debate is a document, a post one change in it by an actor of its author, as in [`crdts`]. Two
//! repositories over the store in memory are linked by a pipe, in samod's own framing for streams
//! of bytes; what is counted are all bytes on the pipe: the greeting of the repositories, what
//! each document has, and the lengths of messages. The second repository got all of the common
//! posts from the first one over such a pipe before; whatever samod keeps of that it has kept,
//! documents stay open. Nothing is signed, and samod does not encrypt.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use automerge::{ROOT, ReadDoc};
use samod::{
    AcceptorHandle, BackoffConfig, DialError, Dialer, DialerHandle, DocHandle, Repo, Transport, Url,
};
use tokio::time::timeout;

use super::Taken;
use super::pipe::{Count, pipe};
use crate::crdts;
use crate::work::Work;

/// So long a contact may take.
const LONGEST: Duration = Duration::from_secs(900);

/// Dials by a pipe in memory.
struct Piped {
    url: Url,
    acceptor: AcceptorHandle,
    count: Count,
}

impl Dialer for Piped {
    type Error = Infallible;

    fn url(&self) -> Url {
        self.url.clone()
    }

    fn connect(
        &self,
    ) -> std::pin::Pin<
        Box<dyn Future<Output = Result<Transport, DialError<Self::Error>>> + Send + 'static>,
    > {
        let (one, other) = pipe(&self.count);
        let acceptor = self.acceptor.clone();
        Box::pin(async move {
            acceptor.accept_tokio_io(other).map_err(DialError::transient)?;
            Ok(Transport::from_tokio_io(one))
        })
    }
}

/// A repository and its documents, in the order of debates.
struct Replica {
    repo: Repo,
    docs: Vec<DocHandle>,
}

/// A link between two repositories.
struct Link {
    dialer: DialerHandle,
    count: Count,
}

impl Link {
    async fn new(one: &Repo, other: &Repo, number: usize) -> Result<Self> {
        let url = Url::parse(&format!("pipe://{number}"))?;
        let acceptor = other.make_acceptor(url.clone())?;
        let count = Count::default();
        let piped = Piped { url, acceptor, count: count.clone() };
        let dialer = one.dial(BackoffConfig::default(), Arc::new(piped))?;
        dialer.established().await?;
        Ok(Self { dialer, count })
    }

    /// Waits until each of these documents of the side that dialed is on both sides, and until the
    /// pipe is silent; gives the bytes.
    async fn settle(&self, docs: &[DocHandle]) -> Result<usize> {
        let connection = self.dialer.connection_id().context("a connection")?;
        for doc in docs {
            timeout(LONGEST, doc.they_have_our_changes(connection)).await?;
            timeout(LONGEST, doc.we_have_their_changes(connection)).await?;
        }
        self.count.silent().await
    }

    async fn down(self) -> Result<()> {
        self.dialer.close();
        self.count.silent().await?;
        Ok(())
    }
}

fn same(one: &Replica, other: &Replica, posts: usize) -> Result<()> {
    let mut held = 0;
    for (ours, theirs) in one.docs.iter().zip(&other.docs) {
        let (heads, posts) = ours.with_document(|doc| (doc.get_heads(), doc.length(ROOT)));
        if heads != theirs.with_document(|doc| doc.get_heads()) {
            bail!("samod's two hold different things");
        }
        held += posts;
    }
    if held != posts {
        bail!("samod's two hold {held} posts of {posts}");
    }
    Ok(())
}

/// A contact of two repositories that hold the same documents.
async fn meet(one: &Replica, other: &Replica, number: usize) -> Result<usize> {
    let link = Link::new(&one.repo, &other.repo, number).await?;
    let bytes = link.settle(&one.docs).await?;
    link.down().await?;
    Ok(bytes)
}

/// An empty repository and what it took to fetch all from another, whose documents it knows by
/// name.
async fn fetch(from: &Replica, number: usize) -> Result<(Replica, usize)> {
    let repo = Repo::build_tokio().load().await;
    let link = Link::new(&repo, &from.repo, number).await?;
    let mut docs = Vec::new();
    for doc in &from.docs {
        let found = timeout(LONGEST, repo.find(doc.document_id().clone())).await??;
        docs.push(found.context("samod does not find a document")?);
    }
    let bytes = link.settle(&docs).await?;
    link.down().await?;
    Ok((Replica { repo, docs }, bytes))
}

async fn run(work: &Work) -> Result<Taken> {
    let mut one = Replica { repo: Repo::build_tokio().load().await, docs: Vec::new() };
    for doc in crdts::common(work)? {
        one.docs.push(one.repo.create(doc).await?);
    }
    let heard = work.posts.len() - work.apart;
    let (other, _) = fetch(&one, 0).await?;
    same(&one, &other, heard)?;
    for (at, post) in work.posts.iter().enumerate().skip(heard) {
        let side = if post.side() == 0 { &one } else { &other };
        side.docs[post.debate].with_document(|doc| crdts::say(doc, at, post))?;
    }
    let differences = meet(&one, &other, 1).await?;
    same(&one, &other, work.posts.len())?;
    let nothing = meet(&one, &other, 2).await?;
    let (fresh, empty) = fetch(&one, 3).await?;
    same(&one, &fresh, work.posts.len())?;
    for replica in [one, other, fresh] {
        replica.repo.stop().await;
    }
    Ok(Taken { differences, nothing, empty })
}

/// W by samod.
pub(super) fn measure(work: &Work) -> Result<Taken> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build()?;
    runtime.block_on(run(work))
}
