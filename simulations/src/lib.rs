//! Real node cores on virtual time.
//!
//! A run is one seed: it says how many devices there are, who lives on them, what they say, whom
//! they meet, and what goes wrong. [`world`] is the queue of what happens when; [`village`] and
//! [`author`] are the people; [`faults`] says what goes wrong and [`judges`] what is right, and
//! neither knows of the other. The devices are the production code: `baro_node::core` over
//! `baro_node::replica` and the store in memory.

pub mod author;
pub mod command;
pub mod dice;
pub mod explore;
pub mod faults;
pub mod foremost;
pub mod judges;
pub mod liars;
pub mod life;
pub mod memo;
pub mod node;
pub mod plot;
pub mod policies;
pub mod reach;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod sticks;
#[cfg(test)]
mod tests;
pub mod village;
pub mod watch;
pub mod world;
