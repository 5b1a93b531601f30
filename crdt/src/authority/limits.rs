//! How far a log counts: all of it, or as far as every revocation that ends its grant keeps it,
//! or as far as an accept lets it in.

use super::Authority;
use super::pins::ChainAt;
use crate::ids::CommunityId;
use crate::log::{Head, Header};

impl Authority {
    /// The authorised length of a log of which `held` entries are here: at most `held`. `chain_at(n)`
    /// is the log's chain hash after `n` of them. Of a log that was `cut`, `held` are those that its
    /// fork leaves ([`Self::fork_limit_among`]), however much more of the branch is here.
    ///
    /// 0 where the grant doesn't let the author write this stream or is not live. A kept or
    /// accepted head beyond `held` can't be checked yet and reaches as far as `held`; one that
    /// contradicts what is held keeps nothing. Of a log that was cut a kept head beyond the cut that
    /// is not among `held` lies on another branch, or on what nobody has shown yet: it keeps what
    /// branches have in common. An accepted one lets nothing in.
    pub fn limit(
        &self,
        header: &Header,
        chain_at: &ChainAt<'_>,
        held: u32,
        cut: Option<u32>,
    ) -> u32 {
        let may_write = header.community == CommunityId::from_bytes(*self.founding().as_bytes())
            && self
                .role_of(&header.grant, &header.author)
                .is_some_and(|power| power.may_write(header.stream))
            && self.is_live(&header.grant);
        if !may_write {
            return 0;
        }
        let log = header.id();
        let reach = |head: &Head, beyond: u32, elsewhere: u32| -> u32 {
            if head.length > held {
                beyond
            } else if chain_at(head.length) == Some(head.chain) {
                head.length
            } else {
                elsewhere
            }
        };
        let keeps = |head: &Head| {
            let shared = cut.map(|cut| cut.min(held));
            let elsewhere = shared.filter(|shared| head.length > *shared).unwrap_or(0);
            reach(head, shared.unwrap_or(held), elsewhere)
        };
        let lets_in = |head: &Head| reach(head, if cut.is_some() { 0 } else { held }, 0);
        let kept = self
            .counted
            .hitting(&self.structure, &header.grant, &header.author)
            .map(|(_, revocation)| {
                let keep = revocation.keep_logs.binary_search_by_key(&log, |keep| keep.head.log);
                keep.ok()
                    .and_then(|at| revocation.keep_logs.get(at))
                    .map_or(0, |keep| keeps(&keep.head))
            })
            .min();
        let Some(kept) = kept else { return held };
        let accepted = self.accepted.get(&(header.author, log));
        accepted.into_iter().flatten().map(lets_in).fold(kept, u32::max)
    }
}
