//! The queries whose beginnings several reads share.

macro_rules! communities {
    ($tail:literal) => {
        concat!(
            "SELECT k.id, c.lthash, c.records, c.logs, c.entries
             FROM communities c JOIN community_keys k ON k.key = c.community ",
            $tail
        )
    };
}

macro_rules! logs {
    ($tail:literal) => {
        concat!(
            "SELECT l.number, l.id, k.id, p.id, l.grant_id, l.stream, l.lane, l.volume, l.length,
                 l.chain, l.lamport, l.time, l.bytes, l.authorised, l.authorised_chain
             FROM logs l JOIN community_keys k ON k.key = l.community
                 JOIN persons p ON p.key = l.author ",
            $tail
        )
    };
}

macro_rules! changes {
    ($tail:literal) => {
        concat!(
            "SELECT k.id, t.id, c.hash, c.state, c.author, c.bytes
             FROM changes c JOIN targets t ON t.key = c.text
                 JOIN community_keys k ON k.key = c.community ",
            $tail
        )
    };
}

macro_rules! posts {
    ($tail:literal) => {
        concat!(
            "SELECT t.id, k.id, p.family, u.id, a.id, p.log, p.at, p.lamport, p.declared_at,
                 p.first_seen, p.payload
             FROM posts p JOIN targets t ON t.key = p.target
                 JOIN community_keys k ON k.key = p.community
                 JOIN persons a ON a.key = p.author LEFT JOIN targets u ON u.key = p.parent ",
            $tail
        )
    };
}

/// Of the posts of a debate, by the debate's id and the family of posts.
macro_rules! in_debate {
    ($columns:literal, $joins:literal, $tail:literal) => {
        concat!(
            $columns,
            " FROM posts q ",
            $joins,
            " WHERE q.parent = (SELECT key FROM targets WHERE id = ?) AND q.family = ?
               AND q.community = coalesce(
                   (SELECT community FROM posts WHERE target = q.parent), q.community) ",
            $tail
        )
    };
}

pub(super) use {changes, communities, in_debate, logs, posts};
