//! How fast and how small the stores are, on a debate the size of the Austrian climate assembly's:
//! 1,116 voters, 522 posts, 61,384 standing votes of 61,936 cast, 62,458 entries.
//!
//! `cargo run --release -p baro-node --example store_figures [FOLDER]` prints tab-separated
//! `figure, value, unit`: three times each, plain and sealed in turn. The folder (else a temporary one) decides which disk is measured.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use baro_crdt::entry::{Body, Choice, Cursor, Entry, PayloadRef, PostKind};
use baro_crdt::ids::{
    CommunityId, EntryId, LaneId, LogId, PayloadHash, PersonId, RecordId, WallSeconds,
};
use baro_crdt::keys::Signature;
use baro_crdt::log::{EntryIds, Header, SignedHead, Stream};
use baro_node::store::{
    CommunityRow, Database, LogNumber, LogRow, MemoryStore, PostFamily, PostRow, Read, RecordRow,
    Result, Store, VoteRow, Write,
};
use baro_node::vault::DataKey;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

const VOTERS: u32 = 1_116;
const POSTS: usize = 522;
const VOTES_STANDING: usize = 61_384;
const VOTES_CHANGED: usize = 552;
const SINGLES: usize = 400;

/// One log, ready to be written.
struct Said {
    log: LogRow,
    entries: Vec<Vec<u8>>,
    posts: Vec<(PostRow, Vec<u8>)>,
    votes: Vec<VoteRow>,
}

fn bytes<const N: usize>(rng: &mut dyn Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

impl Said {
    fn nothing(rng: &mut dyn Rng, community: CommunityId) -> Self {
        let header = Header {
            community,
            author: PersonId::from_bytes(bytes(rng)),
            grant: RecordId::from_bytes(bytes(rng)),
            stream: Stream::Debate,
            lane: LaneId::from_bytes(bytes(rng)),
            volume: 0,
        };
        let id = header.id();
        let cursor = Cursor::start(id);
        let (number, chain) = (LogNumber::default(), id.start());
        let log = LogRow { number, id, header, cursor, authorised: 0, authorised_chain: chain };
        Self { log, entries: Vec::new(), posts: Vec::new(), votes: Vec::new() }
    }

    /// Says one thing more and gives its id and Lamport number.
    fn say(&mut self, body: Body, payload: Option<PayloadRef>, cited: u64) -> (EntryId, u64) {
        let lamport_step = self.log.cursor.lamport_step(cited);
        let time_step = if self.entries.is_empty() { 1_700_000_000 } else { 9 };
        let entry = Entry { lamport_step, time_step, body, payload }.to_bytes();
        let ids = EntryIds::of(&self.log.id);
        match self.log.cursor.step(&entry, self.log.header.stream, &ids) {
            Ok(step) => {
                self.entries.push(entry);
                (step.id, step.lamport)
            }
            Err(error) => unreachable!("the debate is well-formed: {error}"),
        }
    }

    fn post(&mut self, rng: &mut dyn Rng, debate: Option<EntryId>) -> EntryId {
        let words = vec![b'w'; 120];
        let hash = PayloadHash::from_bytes(bytes(rng));
        let (family, body) = match debate {
            None => (PostFamily::Debate, Body::Debate { closes: None }),
            Some(debate) => {
                let kind = PostKind::Statement;
                (PostFamily::Post, Body::Post { debate, kind, reply_to: None, to: None })
            }
        };
        let index = self.log.cursor.length;
        let (id, lamport) = self.say(body, Some(PayloadRef { size: 120, hash }), 0);
        let row = PostRow {
            id,
            community: self.log.header.community,
            family,
            parent: debate,
            author: self.log.header.author,
            log: LogNumber::default(),
            index,
            lamport,
            declared_at: WallSeconds(1_700_000_000),
            first_seen: WallSeconds(1_700_000_000),
            payload: Some(hash),
        };
        self.posts.push((row, words));
        id
    }

    fn vote(&mut self, rng: &mut dyn Rng, post: EntryId, cited: u64) {
        let choice = match rng.next_u32() % 3 {
            0 => Choice::Agree,
            1 => Choice::Disagree,
            _ => Choice::Pass,
        };
        let (entry, lamport) = self.say(Body::Vote { post, choice }, None, cited);
        let (community, person) = (self.log.header.community, self.log.header.author);
        self.votes.push(VoteRow { community, post, person, choice, lamport, entry });
    }

    fn write(&self, tx: &mut dyn Write, signature: Signature) -> Result<()> {
        let number = tx.add_log(&self.log)?;
        tx.append(number, 0, &self.entries)?;
        for (post, words) in &self.posts {
            tx.put_post(&PostRow { log: number, ..post.clone() })?;
            if let Some(hash) = &post.payload {
                tx.put_payload(hash, words)?;
            }
        }
        for vote in &self.votes {
            tx.put_vote(vote)?;
        }
        let head = self.log.cursor.head(self.log.id);
        tx.put_head(number, &SignedHead { head, signature })?;
        let (authorised, authorised_chain) = (self.log.cursor.length, self.log.cursor.chain);
        tx.put_log(&LogRow { number, authorised, authorised_chain, ..self.log.clone() })
    }
}

/// The logs of the debate: the first holds the posts, the others votes.
fn debate(rng: &mut dyn Rng, community: CommunityId) -> Vec<Said> {
    let mut opener = Said::nothing(rng, community);
    let debate = opener.post(rng, None);
    let posts: Vec<EntryId> = (1..POSTS).map(|_| opener.post(rng, Some(debate))).collect();
    let mut logs: Vec<Said> = (0..VOTERS).map(|_| Said::nothing(rng, community)).collect();
    let (mut pairs, mut cast) = (BTreeSet::new(), Vec::new());
    while pairs.len() < VOTES_STANDING {
        let pair = (rng.next_u32() % VOTERS, rng.next_u32() as usize % posts.len());
        if pairs.insert(pair) {
            cast.push(pair);
        }
    }
    cast.extend_from_within(..VOTES_CHANGED);
    for (voter, post) in cast {
        let post = posts.get(post).copied().unwrap_or(debate);
        if let Some(said) = logs.get_mut(voter as usize) {
            said.vote(rng, post, POSTS as u64 + 1);
        }
    }
    logs.insert(0, opener);
    logs
}

fn tell(figure: &str, value: f64, unit: &str) {
    println!("{figure}\t{value:.1}\t{unit}");
}

/// How long this process has had a processor, in seconds: what other work on the machine changes
/// little.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Loads the debate in transactions of `logs_each` logs.
fn load(name: &str, store: &mut dyn Store, said: &[Said], logs_each: usize) -> Result<()> {
    let (start, processor) = (Instant::now(), processor_seconds());
    for group in said.chunks(logs_each) {
        store.transaction(&mut |tx| {
            group.iter().try_for_each(|said| said.write(tx, Signature::from_bytes([7; 64])))
        })?;
    }
    let entries: usize = said.iter().map(|said| said.entries.len()).sum();
    let seconds = start.elapsed().as_secs_f64();
    tell(&format!("{name}: load"), entries as f64 / seconds, "entries/s");
    let processor = processor_seconds() - processor;
    tell(&format!("{name}: load"), entries as f64 / processor, "entries a processor second");
    Ok(())
}

fn read(name: &str, store: &dyn Store, said: &[Said], community: &CommunityId) -> Result<()> {
    let start = Instant::now();
    let posts = store.posts(community, PostFamily::Post)?;
    let mut votes = 0;
    for post in &posts {
        let tally = store.tally(&post.id)?;
        votes += tally.agree + tally.disagree + tally.pass;
    }
    assert!(votes as usize == VOTES_STANDING, "every standing vote is counted once");
    tell(&format!("{name}: tally of all posts"), start.elapsed().as_secs_f64() * 1e3, "ms");
    let start = Instant::now();
    let mut entries = 0;
    for log in store.logs(community)? {
        entries += store.entries(log.number, 0..log.cursor.length)?.len();
    }
    let seconds = start.elapsed().as_secs_f64();
    assert!(
        entries == said.iter().map(|said| said.entries.len()).sum::<usize>(),
        "all entries come back"
    );
    tell(&format!("{name}: read of all logs"), entries as f64 / seconds, "entries/s");
    Ok(())
}

/// One vote a transaction: an append, a vote, a head and the log's row each.
fn singles(name: &str, store: &mut dyn Store, said: &[Said]) -> Result<()> {
    let mut last: Option<LogId> = None;
    let start = Instant::now();
    for said in said.iter().skip(1).take(SINGLES) {
        let Some(row) = store.log(&said.log.id)? else { continue };
        let Some((entry, vote)) = said.entries.last().zip(said.votes.last()) else { continue };
        let mut row = row;
        store.transaction(&mut |tx| {
            tx.append(row.number, row.cursor.length, std::slice::from_ref(entry))?;
            tx.put_vote(&VoteRow { lamport: vote.lamport + 1, ..vote.clone() })?;
            row.cursor.length += 1;
            let signature = Signature::from_bytes([9; 64]);
            tx.put_head(row.number, &SignedHead { head: row.cursor.head(row.id), signature })?;
            tx.put_log(&row)
        })?;
        last = Some(row.id);
    }
    assert!(last.is_some(), "something was written");
    tell(&format!("{name}: single commits"), SINGLES as f64 / start.elapsed().as_secs_f64(), "/s");
    Ok(())
}

fn community(tx: &mut dyn Write, rng: &mut dyn Rng, id: CommunityId) -> Result<()> {
    tx.put_community(&CommunityRow {
        id,
        lthash: [1; 2048].into(),
        records: 0,
        logs: 0,
        entries: 0,
    })?;
    for _ in 0..=VOTERS {
        let id_of_record = RecordId::from_bytes(bytes(rng));
        let (bytes, first_seen) = (bytes::<330>(rng).to_vec(), WallSeconds(1_700_000_000));
        tx.put_record(&RecordRow { id: id_of_record, community: id, bytes, first_seen })?;
    }
    Ok(())
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let temporary = tempfile::tempdir()?;
    let given = std::env::args_os().nth(1);
    let folder = given.as_ref().map_or(temporary.path(), Path::new);
    let (mut rng, mut turn) = (ChaCha8Rng::seed_from_u64(1), 0);
    let id = CommunityId::from_bytes(bytes(&mut rng));
    let said = debate(&mut rng, id);
    let all: usize = said.iter().flat_map(|said| &said.entries).map(Vec::len).sum();
    println!("figure\tvalue\tunit");
    tell("entries", said.iter().map(|said| said.entries.len()).sum::<usize>() as f64, "");
    tell("bytes of entries", all as f64 / 1e6, "MB");

    let key = DataKey::from_bytes([7; 32]);
    let ways = [("one transaction", said.len()), ("20 logs each", 20)];
    for (way, logs_each) in ways.into_iter().cycle().take(6 * ways.len()) {
        turn += 1;
        let sealed = turn % 4 > 1;
        let name = &format!("{}, {way}", if sealed { "sealed" } else { "plain" });
        let path = folder.join(format!("figures-{turn}.db"));
        let database = match sealed {
            true => Database::sealed(&path, &key),
            false => Database::plain(&path),
        };
        let mut store = database.store()?;
        store.transaction(&mut |tx| community(tx, &mut rng, id))?;
        load(name, &mut store, &said, logs_each)?;
        tell(&format!("{name}: with WAL"), store.stored_bytes()? as f64 / 1e6, "MB");
        read(name, &store, &said, &id)?;
        drop(store);
        let mut store = database.store()?;
        tell(&format!("{name}: after a restart"), store.stored_bytes()? as f64 / 1e6, "MB");
        singles(name, &mut store, &said)?;
        tell(&format!("{name}: after those"), store.stored_bytes()? as f64 / 1e6, "MB");
    }
    let mut store = MemoryStore::new();
    store.transaction(&mut |tx| community(tx, &mut rng, id))?;
    load("memory, one transaction", &mut store, &said, said.len())?;
    read("memory, one transaction", &store, &said, &id)?;
    singles("memory, one transaction", &mut store, &said)?;
    Ok(())
}
