//! W and texts by Automerge, over its own sync protocol.
//!
//! W is a document a debate; each post is a map of author, words and the post replied to, in one
//! change by an actor of its author with the time it was said, as each of ours has. Nothing is
//! signed. The two replicas have met before: Automerge's sync states are written out and read
//! again, as its documentation says for peers that meet again.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use automerge::sync::{State, SyncDoc};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjType, ROOT, ReadDoc};

use crate::print::{n, row};
use crate::work::{DEBATES, Post, Work, payload};

/// Appends a post, as one change of its author.
pub(crate) fn say(doc: &mut Automerge, at: usize, post: &Post) -> Result<()> {
    let hash = blake3::hash(&post.author.to_le_bytes());
    doc.set_actor(ActorId::from(&hash.as_bytes()[..16]));
    let mut tx = doc.transaction();
    let entry = tx.put_object(ROOT, format!("p{at}"), ObjType::Map)?;
    tx.put(&entry, "author", format!("auteur-{}", post.author))?;
    tx.put(&entry, "text", post.text.as_str())?;
    if let Some(to) = post.reply_to {
        tx.put(&entry, "reply", format!("p{to}"))?;
    }
    tx.commit_with(CommitOptions::default().with_time(1_700_000_000 + 40 * at as i64));
    Ok(())
}

/// The debates with the posts that both have heard.
pub(crate) fn common(work: &Work) -> Result<Vec<Automerge>> {
    let mut docs: Vec<Automerge> = (0..DEBATES).map(|_| Automerge::new()).collect();
    let heard = work.posts.len() - work.apart;
    for (at, post) in work.posts.iter().enumerate().take(heard) {
        say(&mut docs[post.debate], at, post)?;
    }
    Ok(docs)
}

/// Runs Automerge's sync of one document to its end and gives the bytes of its messages.
pub(crate) fn sync(
    one: (&mut Automerge, &mut State),
    other: (&mut Automerge, &mut State),
) -> Result<usize> {
    let mut bytes = 0;
    loop {
        let question = one.0.generate_sync_message(one.1);
        let answer = other.0.generate_sync_message(other.1);
        if question.is_none() && answer.is_none() {
            return Ok(bytes);
        }
        for (message, to) in
            [(question, (&mut *other.0, &mut *other.1)), (answer, (&mut *one.0, &mut *one.1))]
        {
            if let Some(message) = message {
                let sent = message.encode();
                bytes += sent.len();
                to.0.receive_sync_message(to.1, automerge::sync::Message::decode(&sent)?)?;
            }
        }
    }
}

fn again(state: &State) -> Result<State> {
    Ok(State::decode(&state.encode())?)
}

/// W by Automerge's sync protocol.
pub(crate) fn automerge(work: &Work) -> Result<()> {
    let name = format!("W {}, {} apart", work.posts.len(), work.apart);
    let mut one = common(work)?;
    let mut other: Vec<Automerge> = one.iter().map(Automerge::fork).collect();
    let mut states: BTreeMap<usize, (State, State)> = BTreeMap::new();
    for debate in 0..DEBATES {
        let mut pair = (State::new(), State::new());
        sync((&mut one[debate], &mut pair.0), (&mut other[debate], &mut pair.1))?;
        states.insert(debate, pair);
    }
    let heard = work.posts.len() - work.apart;
    for (at, post) in work.posts.iter().enumerate().skip(heard) {
        let side = if post.side() == 0 { &mut one } else { &mut other };
        say(&mut side[post.debate], at, post)?;
    }
    let mut meet = |one: &mut Vec<Automerge>, other: &mut Vec<Automerge>| -> Result<usize> {
        let mut bytes = 0;
        for (debate, (a, b)) in &mut states {
            (*a, *b) = (again(a)?, again(b)?);
            bytes += sync((&mut one[*debate], a), (&mut other[*debate], b))?;
            if one[*debate].get_heads() != other[*debate].get_heads() {
                bail!("automerge's two hold different things");
            }
        }
        Ok(bytes)
    };
    let bytes = meet(&mut one, &mut other)?;
    let novel = payload(work.differences());
    row(&name, "automerge", "bytes", n(bytes), "B", "-");
    row(&name, "automerge", "bytes a byte said", n(bytes) / n(novel), "", "-");
    row(&name, "automerge", "nothing new", n(meet(&mut one, &mut other)?), "B", "-");
    let mut fetched = 0;
    for doc in &mut one {
        let mut fresh = Automerge::new();
        fetched += sync((&mut fresh, &mut State::new()), (doc, &mut State::new()))?;
        if fresh.get_heads() != doc.get_heads() {
            bail!("automerge's newcomer holds something else");
        }
    }
    let all = payload(&work.posts);
    row(&name, "automerge", "empty node: bytes", n(fetched), "B", "-");
    row(&name, "automerge", "empty node: bytes a byte said", n(fetched) / n(all), "", "-");
    Ok(())
}

/// The bytes and the text where an empty document fetches one, and the memory that it takes.
pub(crate) fn fetch(doc: &mut Automerge) -> Result<(usize, Automerge)> {
    let mut fresh = Automerge::new();
    let bytes = sync((&mut fresh, &mut State::new()), (doc, &mut State::new()))?;
    Ok((bytes, fresh))
}

/// The text of a document whose root has it as `text`.
pub(crate) fn text(doc: &Automerge) -> Result<String> {
    let (_, text) = doc.get(ROOT, "text")?.context("a text")?;
    Ok(doc.text(text)?)
}
