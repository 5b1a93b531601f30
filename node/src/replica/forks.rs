//! Forks: two signed branches of one log, how far it counts, and which branch is held.
//!
//! What is known of a forked log is the branch held and the two of the proof kept. The lowest cut
//! among all that ever came together stands. Where live records pin a head beyond the cut, the
//! branch that counts is the one that [`Authority::fork_limit_among`] finds; if it is not the one
//! held, the held entries are put in its place, so that every node that knows the same branches
//! holds and shows the same.

use baro_crdt::authority::Authority;
use baro_crdt::entry::{Cursor, split_run};
use baro_crdt::fork::{Cut, ForkProof};
use baro_crdt::ids::ChainHash;
use baro_crdt::keys::Signature;
use baro_crdt::log::{EntryIds, Header, SignedHead};

use super::apply::Work;
use super::community::Element;
use super::{LogItem, Refusal, Taken};
use crate::store::{CutRow, LogNumber, LogRow, Result, StoreError};

/// One branch of a log, from its first entry to a signed head.
pub(super) struct Branch {
    entries: Vec<Vec<u8>>,
    signature: Signature,
    /// After its last entry, if each of them may follow the one before.
    cursor: Option<Cursor>,
    /// The chain hashes after 0, 1, 2… entries, where it may be held.
    chains: Vec<ChainHash>,
}

impl Branch {
    fn new(header: &Header, entries: Vec<Vec<u8>>, signature: Signature) -> Self {
        let id = header.id();
        let ids = EntryIds::of(&id);
        let mut cursor = Cursor::start(id);
        let mut chains = vec![cursor.chain];
        for entry in &entries {
            if cursor.step(entry, header.stream, &ids).is_err() {
                return Self { entries, signature, cursor: None, chains: Vec::new() };
            }
            chains.push(cursor.chain);
        }
        Self { entries, signature, cursor: Some(cursor), chains }
    }

    /// Both branches of a proof.
    fn of(proof: &ForkProof) -> Result<[Self; 2]> {
        let damaged = |error: baro_crdt::codec::CodecError| StoreError::Damaged(error.to_string());
        let read = |run: &[u8]| -> Result<Vec<Vec<u8>>> {
            Ok(split_run(run).map_err(damaged)?.into_iter().map(<[u8]>::to_vec).collect())
        };
        let prefix = read(&proof.prefix)?;
        let branch = |branch: &baro_crdt::fork::Branch| -> Result<Self> {
            let mut entries = prefix.clone();
            entries.extend(read(&branch.run)?);
            Ok(Self::new(&proof.header, entries, branch.signature))
        };
        Ok([branch(&proof.one)?, branch(&proof.other)?])
    }

    fn common(&self, other: &Self) -> usize {
        self.entries.iter().zip(&other.entries).take_while(|(a, b)| a == b).count()
    }

    /// How many entries both have, where neither goes on from the other.
    fn parts_from(&self, other: &Self) -> Option<usize> {
        let common = self.common(other);
        (common < self.entries.len().min(other.entries.len())).then_some(common)
    }
}

impl Work<'_> {
    /// Takes in a verified proof of two branches.
    pub(super) fn cut(&mut self, proof: &ForkProof) -> Result<Taken> {
        let Ok(cut) = proof.verify() else {
            return Ok(Taken::Refused(Refusal::BadRecord));
        };
        let Some(touched) = self.touched.get(&proof.header.community) else {
            return Ok(Taken::Refused(Refusal::UnknownCommunity));
        };
        if touched.authority.role_of(&proof.header.grant, &proof.header.author).is_none() {
            return Ok(Taken::Refused(Refusal::UnknownKey));
        }
        let mut row = match self.write.log(&cut.log)? {
            Some(row) => row,
            None => {
                let mut row = LogRow {
                    number: LogNumber::default(),
                    id: cut.log,
                    header: proof.header.clone(),
                    cursor: Cursor::start(cut.log),
                    authorised: 0,
                    authorised_chain: cut.log.start(),
                };
                row.number = self.write.add_log(&row)?;
                row
            }
        };
        self.fork(&mut row, Branch::of(proof)?.into())
    }

    /// Takes in verified entries that contradict those held.
    pub(super) fn other_branch(&mut self, mut row: LogRow, item: &LogItem) -> Result<Taken> {
        let mut entries = self.write.entries(row.number, 0..item.from)?;
        entries.extend(item.entries.iter().cloned());
        let came = Branch::new(&row.header, entries, item.signature);
        if came.cursor.is_none() {
            return Ok(Taken::Refused(Refusal::BadEntry("on another branch".into())));
        }
        self.fork(&mut row, vec![came])
    }

    /// Finds the lowest cut among all branches known and the branch that counts.
    fn fork(&mut self, row: &mut LogRow, came: Vec<Branch>) -> Result<Taken> {
        let known = self.write.cut(&row.id)?;
        let mut all = came;
        if let Some(known) = &known {
            all.extend(kept(known)?);
        }
        if let Some(head) = self.write.heads(row.number)?.pop() {
            let entries = self.write.entries(row.number, 0..head.head.length)?;
            all.push(Branch::new(&row.header, entries, head.signature));
        }
        let mut lowest: Option<(usize, &Branch, &Branch)> = None;
        for (n, one) in all.iter().enumerate() {
            for other in all.iter().skip(n + 1) {
                if let Some(cut) = one.parts_from(other)
                    && lowest.is_none_or(|(least, _, _)| cut < least)
                {
                    lowest = Some((cut, one, other));
                }
            }
        }
        let Some((cut, one, other)) = lowest else {
            return Ok(Taken::Refused(Refusal::OtherBranch));
        };
        let length = u32::try_from(cut).unwrap_or(u32::MAX);
        let lower = known.as_ref().is_none_or(|known| length < known.cut);
        let before = (row.cursor, row.authorised);
        if lower {
            let built = ForkProof::build(
                row.header.clone(),
                (&one.entries, one.signature),
                (&other.entries, other.signature),
            );
            let Ok(proof) = built else { return Ok(Taken::Refused(Refusal::OtherBranch)) };
            let community = row.header.community;
            if let Some(touched) = self.touched.get_mut(&community) {
                if let Some(old) = &known {
                    touched.remove(&Element::Cut(Cut { log: old.log, length: old.cut }));
                }
                touched.add(&Element::Cut(Cut { log: row.id, length }));
            }
            self.outcome.changed.insert(community);
            self.outcome.news.compare.insert(community);
            let proof = proof.to_bytes();
            self.write.put_cut(&CutRow { community, log: row.id, cut: length, proof })?;
        }
        if row.cursor.length < length {
            // What the branches have in common counts, and is held, as far as it keeps to the rules.
            let from = row.cursor.length;
            let new = one.entries.get(from as usize..cut).unwrap_or_default();
            let ids = EntryIds::of(&row.id);
            let fits = |entry: &&Vec<u8>| row.cursor.step(entry, row.header.stream, &ids).is_ok();
            let fit = new.iter().take_while(fits).count();
            self.write.append(row.number, from, new.get(..fit).unwrap_or_default())?;
        }
        self.settle_among(row, all)?;
        self.write.put_log(row)?;
        self.changes_open.insert(row.header.community);
        // A forked lane is written no more.
        self.close_lane(&row.header)?;
        let changed = lower || before != (row.cursor, row.authorised);
        Ok(if changed { Taken::New } else { Taken::Held })
    }

    /// How far a forked log counts as far as the fork is concerned. Holds the branch that counts
    /// from then on.
    pub(super) fn stand(
        &mut self,
        authority: &Authority,
        row: &mut LogRow,
        known: &CutRow,
        mut others: Vec<Branch>,
    ) -> Result<u32> {
        if authority.pins(&row.id).is_empty() {
            return Ok(known.cut);
        }
        others.extend(kept(known)?);
        let mut held = vec![row.id.start()];
        for entry in self.write.entries(row.number, 0..row.cursor.length)? {
            let before = held.last().copied().unwrap_or(row.id.start());
            held.push(baro_crdt::log::chain(&before, &entry));
        }
        let at = |chains: &[ChainHash], length: u32| chains.get(length as usize).copied();
        let lookups: Vec<Box<dyn Fn(u32) -> Option<ChainHash> + '_>> =
            std::iter::once(held.as_slice())
                .chain(others.iter().map(|branch| branch.chains.as_slice()))
                .map(|chains| Box::new(move |length| at(chains, length)) as Box<_>)
                .collect();
        let lookups: Vec<&dyn Fn(u32) -> Option<ChainHash>> =
            lookups.iter().map(|lookup| &**lookup).collect();
        let limit = authority.fork_limit_among(&row.id, known.cut, &lookups);
        if limit.branch > 0
            && let Some(branch) = others.get(limit.branch - 1)
        {
            self.hold(row, branch)?;
        }
        Ok(limit.length)
    }

    /// Puts a branch in the place of the one held.
    fn hold(&mut self, row: &mut LogRow, branch: &Branch) -> Result<()> {
        let Some(cursor) = branch.cursor else { return Ok(()) };
        let held = self.write.entries(row.number, 0..row.cursor.length)?;
        let common = held.iter().zip(&branch.entries).take_while(|(a, b)| a == b).count();
        let length = u32::try_from(common).unwrap_or(u32::MAX);
        for head in self.write.heads(row.number)? {
            if head.head.length > length {
                self.write.drop_head(row.number, head.head.length)?;
            }
        }
        self.write.truncate(row.number, length)?;
        let new = branch.entries.get(common..).unwrap_or_default();
        self.write.append(row.number, length, new)?;
        row.cursor = cursor;
        let head = SignedHead { head: cursor.head(row.id), signature: branch.signature };
        self.write.put_head(row.number, &head)
    }
}

fn kept(row: &CutRow) -> Result<[Branch; 2]> {
    let proof = ForkProof::from_bytes(&row.proof)
        .map_err(|error| StoreError::Damaged(error.to_string()))?;
    Branch::of(&proof)
}
