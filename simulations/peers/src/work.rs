//! W, the debate that sync is measured on: posts by 1,000 authors in 50 debates, 70 of 100 of them
//! replies, the lengths of their bodies lognormal (median 120 bytes, 99 of 100 within 900).
//!
//! Two villages speak, half of the authors in each. They hear from each other after every hundred
//! posts but the last ones, which are the differences that a session has to find: each is known in
//! one village only. Every author and every debate is as likely as any other, which is the worst
//! case: almost each new post is by another author and costs a signature of its own.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::words::Speaker;

/// How many authors speak.
pub(crate) const AUTHORS: usize = 1_000;
/// In how many debates.
pub(crate) const DEBATES: usize = 50;
/// How many posts are said between two contacts of the villages.
pub(crate) const CHUNK: usize = 100;
/// A reply is to one of so many latest posts of its debate.
const REPLY_WITHIN: usize = 100;

/// One post.
pub(crate) struct Post {
    /// Who says it; in which village follows from it.
    pub(crate) author: usize,
    /// In which debate.
    pub(crate) debate: usize,
    /// The post that it replies to, by its place.
    pub(crate) reply_to: Option<usize>,
    /// The words.
    pub(crate) text: String,
}

impl Post {
    /// The village that it is said in, 0 or 1.
    pub(crate) fn side(&self) -> usize {
        self.author % 2
    }
}

/// The whole of it.
pub(crate) struct Work {
    /// In the order in which they are said.
    pub(crate) posts: Vec<Post>,
    /// How many of them, the last ones, the other village has not heard.
    pub(crate) apart: usize,
}

impl Work {
    /// So many posts, the last `apart` of them differences. One seed makes one work.
    pub(crate) fn new(count: usize, apart: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut speaker = Speaker::new(ChaCha8Rng::seed_from_u64(seed ^ 0xba60));
        let mut below = |bound: usize| (rng.next_u64() % bound.max(1) as u64) as usize;
        let mut posts: Vec<Post> = Vec::with_capacity(count);
        let mut said: Vec<Vec<usize>> = vec![Vec::new(); DEBATES];
        let round = |at: usize| at.min(count - apart) / CHUNK;
        for at in 0..count {
            let (author, debate) = (below(AUTHORS), below(DEBATES));
            let heard =
                |other: &usize| posts[*other].author % 2 == author % 2 || round(*other) < round(at);
            let latest: Vec<usize> = said[debate]
                .iter()
                .rev()
                .filter(|o| heard(o))
                .take(REPLY_WITHIN)
                .copied()
                .collect();
            let is_reply = below(10) < 7 && !latest.is_empty();
            let reply_to = is_reply.then(|| latest[below(latest.len())]);
            let length = speaker.length();
            posts.push(Post { author, debate, reply_to, text: speaker.say(length) });
            said[debate].push(at);
        }
        Self { posts, apart }
    }

    /// The posts that one village only has heard.
    pub(crate) fn differences(&self) -> &[Post] {
        &self.posts[self.posts.len() - self.apart..]
    }
}

/// The bytes of the words of posts: the novel payload.
pub(crate) fn payload(posts: &[Post]) -> usize {
    posts.iter().map(|post| post.text.len()).sum()
}
