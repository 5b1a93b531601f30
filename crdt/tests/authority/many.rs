//! As many random histories as are asked for, each from a number of its own, so that one that fails
//! is made again from its number alone.
//!
//! ```text
//! BARO_HISTORIES=100000 cargo test --release -p baro-crdt --test authority many -- --nocapture
//! BARO_HISTORY=4711 cargo test -p baro-crdt --test authority many -- --nocapture
//! ```

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope};
use std::time::Instant;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::against_oracle::{in_any_order, same, same_in, valid_stays_valid};
use crate::reach::Reached;

const STEPS: usize = 60;
/// How many, where nobody asks for another number.
const FEW: u64 = 200;
/// After how many a line is printed.
const PROGRESS: u64 = 2_000;
/// One of so many is looked over for what it reaches.
const LOOKED_OVER: u64 = 20;

fn asked(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value} is no number")))
}

/// Says which history it was, whatever panics in it.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("history {0}: BARO_HISTORY={0} makes it again", self.0);
        }
    }
}

/// Makes history `number` and asks both everything, in any order, with some records missing.
fn agree(number: u64, reached: &mut Reached) {
    let _named = Named(number);
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let all = (in_any_order(STEPS), 0usize..20, any::<u64>());
    let ((history, order), repeated, held) = all.new_tree(&mut runner).unwrap().current();
    let agreed = same(&history)
        .and_then(|()| same_in(&history, &order, repeated))
        .and_then(|()| valid_stays_valid(&history, held));
    if let Err(why) = agreed {
        panic!("{why}\n{history:?}");
    }
    if number.is_multiple_of(LOOKED_OVER) {
        reached.count(&history);
    }
}

#[test]
fn many_histories_agree_with_the_oracle() {
    if let Some(number) = asked("BARO_HISTORY") {
        return agree(number, &mut Reached::default());
    }
    let count = asked("BARO_HISTORIES").unwrap_or(FEW);
    let (next, began) = (AtomicU64::new(0), Instant::now());
    let work = || {
        let mut reached = Reached::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return reached;
            }
            agree(number, &mut reached);
            if number > 0 && number.is_multiple_of(PROGRESS) {
                println!("{number} of {count} histories, {:.0?}", began.elapsed());
            }
        }
    };
    let reached = scope(|scope| {
        let threads = available_parallelism().map_or(1, usize::from);
        let tasks: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Reached::default();
        for task in tasks {
            all.join(task.join().unwrap());
        }
        all
    });
    println!("{count} histories agree, {:.0?}", began.elapsed());
    if count >= FEW * LOOKED_OVER {
        reached.is_enough();
    }
}
