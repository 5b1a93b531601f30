//! Reading through: what holds a readable thing reads like it.

/// Implements [`Read`](super::Read) for a type by passing every call on to what it holds:
/// `forward_read!(Store, me => me.tables)`.
macro_rules! forward_read {
    (@each $type:ty, $me:ident => $inner:expr, {
        $($name:ident($($arg:ident: $arg_type:ty),*) -> $answer:ty;)*
    }) => {
        impl $crate::store::Read for $type {
            $(fn $name(&self, $($arg: $arg_type),*) -> $crate::store::Result<$answer> {
                let $me = self;
                $crate::store::Read::$name(&$inner, $($arg),*)
            })*
        }
    };
    ($type:ty, $me:ident => $inner:expr) => {
        $crate::store::forward::forward_read!(@each $type, $me => $inner, {
            communities() -> Vec<$crate::store::CommunityRow>;
            community(id: &baro_crdt::ids::CommunityId) -> Option<$crate::store::CommunityRow>;
            records(community: &baro_crdt::ids::CommunityId) -> Vec<$crate::store::RecordRow>;
            record(id: &baro_crdt::ids::RecordId) -> Option<$crate::store::RecordRow>;
            logs(community: &baro_crdt::ids::CommunityId) -> Vec<$crate::store::LogRow>;
            logs_of(
                community: &baro_crdt::ids::CommunityId,
                author: &baro_crdt::ids::PersonId
            ) -> Vec<$crate::store::LogRow>;
            log(id: &baro_crdt::ids::LogId) -> Option<$crate::store::LogRow>;
            logs_named(first: &[u8; 8]) -> Vec<$crate::store::LogRow>;
            log_by_number(number: $crate::store::LogNumber) -> Option<$crate::store::LogRow>;
            entries(
                log: $crate::store::LogNumber,
                range: std::ops::Range<u32>
            ) -> Vec<Vec<u8>>;
            heads(log: $crate::store::LogNumber) -> Vec<baro_crdt::log::SignedHead>;
            payload(hash: &baro_crdt::ids::PayloadHash) -> Option<Vec<u8>>;
            wanted(community: &baro_crdt::ids::CommunityId) -> Vec<$crate::store::WantedRow>;
            cuts(community: &baro_crdt::ids::CommunityId) -> Vec<$crate::store::CutRow>;
            cut(log: &baro_crdt::ids::LogId) -> Option<$crate::store::CutRow>;
            change(
                text: &baro_crdt::ids::EntryId,
                hash: &baro_crdt::ids::ChangeHash
            ) -> Option<$crate::store::ChangeRow>;
            changes_carried(
                community: &baro_crdt::ids::CommunityId
            ) -> Vec<$crate::store::ChangeRow>;
            changes_wanted(
                community: &baro_crdt::ids::CommunityId
            ) -> Vec<(baro_crdt::ids::EntryId, baro_crdt::ids::ChangeHash)>;
            names(community: &baro_crdt::ids::CommunityId) -> Vec<$crate::store::NameRow>;
            post(id: &baro_crdt::ids::EntryId) -> Option<$crate::store::PostRow>;
            posts_named(first: &[u8]) -> Vec<$crate::store::PostRow>;
            posts(
                community: &baro_crdt::ids::CommunityId,
                family: $crate::store::PostFamily
            ) -> Vec<$crate::store::PostRow>;
            posts_in(
                parent: &baro_crdt::ids::EntryId,
                family: $crate::store::PostFamily
            ) -> Vec<$crate::store::PostRow>;
            posts_count(
                parent: &baro_crdt::ids::EntryId,
                family: $crate::store::PostFamily
            ) -> u32;
            edit(
                target: &baro_crdt::ids::EntryId,
                author: &baro_crdt::ids::PersonId
            ) -> Option<$crate::store::EditRow>;
            hide(post: &baro_crdt::ids::EntryId) -> Option<$crate::store::HideRow>;
            questions(
                community: &baro_crdt::ids::CommunityId
            ) -> Vec<$crate::store::PostRow>;
            receipts(
                target: &baro_crdt::ids::EntryId
            ) -> Vec<$crate::store::ReceiptRow>;
            tally(post: &baro_crdt::ids::EntryId) -> $crate::store::Tally;
            votes(post: &baro_crdt::ids::EntryId) -> Vec<$crate::store::VoteRow>;
            votes_in(debate: &baro_crdt::ids::EntryId) -> Vec<$crate::store::StandingVote>;
            gone_in(debate: &baro_crdt::ids::EntryId) -> Vec<baro_crdt::ids::EntryId>;
            answers_in(debate: &baro_crdt::ids::EntryId) -> Vec<$crate::store::PostRow>;
            blob(hash: &baro_crdt::ids::BlobHash) -> Option<$crate::store::BlobRow>;
            blobs() -> Vec<$crate::store::BlobRow>;
            blobs_of(community: &baro_crdt::ids::CommunityId)
                -> Vec<$crate::store::BlobNameRow>;
            blob_names(hash: &baro_crdt::ids::BlobHash) -> Vec<$crate::store::BlobNameRow>;
            blobs_wanted(community: &baro_crdt::ids::CommunityId)
                -> Vec<$crate::store::BlobRow>;
            blob_slice(
                hash: &baro_crdt::ids::BlobHash,
                first: u32,
                groups: u32
            ) -> Option<Vec<u8>>;
            blob_bytes() -> u64;
            blob_room() -> u64;
            parcels(community: &baro_crdt::ids::CommunityId) -> Vec<$crate::store::ParcelRow>;
            parcel(
                community: &baro_crdt::ids::CommunityId,
                prefix: &[u8]
            ) -> Option<$crate::store::ParcelRow>;
            parcel_bytes(
                community: &baro_crdt::ids::CommunityId,
                id: &baro_crdt::ids::ParcelId
            ) -> Option<Vec<u8>>;
            local_persons() -> Vec<$crate::store::LocalPerson>;
            local(key: &str) -> Option<Vec<u8>>;
            local_prefix(prefix: &str) -> Vec<(String, Vec<u8>)>;
            stored_bytes() -> u64;
        });
    };
}

pub(crate) use forward_read;
