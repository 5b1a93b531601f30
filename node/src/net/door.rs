//! Where the frames of one place wait for the node: one is let in at a time, of the link that took
//! least of the node's time lately.
//!
//! So whoever comes by waits for one frame of somebody else's and not for a queue of them, though
//! they share an address with one who never stops.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::event::LinkId;
use super::turns::Place;

/// What a link took counts half after this time.
const HALVED: Duration = Duration::from_secs(1);

/// That a frame is being handled, or waits for it: of its link there is no more than one, and as
/// long as it stands at the door, none of its place.
#[derive(Debug)]
pub struct InTurn {
    door: Option<AtDoor>,
    _link: OwnedSemaphorePermit,
}

impl InTurn {
    pub(super) const fn new(door: AtDoor, link: OwnedSemaphorePermit) -> InTurn {
        InTurn { door: Some(door), _link: link }
    }

    /// Lets the other links of the place go on; this one waits until the turn is dropped.
    pub fn step_aside(&mut self) {
        self.door = None;
    }
}

/// The one frame of a place; when this is dropped, the next is let in.
#[derive(Debug)]
pub(super) struct AtDoor(Door);

impl Drop for AtDoor {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// Where the frames of one place, or of one link over a relay, wait for their turn.
#[derive(Clone, Debug, Default)]
pub(super) struct Door(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    taken: bool,
    /// In the order in which they came.
    waiting: Vec<(LinkId, oneshot::Sender<AtDoor>)>,
    /// What each link took lately of the node's time. At most as many as links stand.
    spent: BTreeMap<LinkId, Duration>,
    halved_at: Option<Instant>,
}

impl Inside {
    fn most(&self) -> Duration {
        self.spent.values().max().copied().unwrap_or_default()
    }

    /// What a link is taken to have spent that was not heard yet: a part of what the greediest has,
    /// so that coming anew all the time is no way past those who stay.
    fn newcomer(&self) -> Duration {
        self.most() / 4
    }
}

impl Door {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        // Only small steps run under this lock; what a poisoned one guards is whole.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Waits for the turn of a link's next frame; `None` only where all is being dropped.
    pub(super) async fn turn(&self, link: LinkId) -> Option<AtDoor> {
        let (let_in, wait) = oneshot::channel();
        {
            let mut inside = self.inside();
            if !std::mem::replace(&mut inside.taken, true) {
                drop(inside);
                return Some(AtDoor(self.clone()));
            }
            inside.waiting.push((link, let_in));
        }
        wait.await.ok()
    }

    /// Lets in the next.
    fn open(&self) {
        let next = {
            let mut inside = self.inside();
            let newcomer = inside.newcomer();
            let Inside { waiting, spent, .. } = &mut *inside;
            let least = |(_, (link, _)): &(usize, &(LinkId, _))| {
                spent.get(link).copied().unwrap_or(newcomer)
            };
            let Some((at, _)) = waiting.iter().enumerate().min_by_key(least) else {
                inside.taken = false;
                return;
            };
            inside.waiting.remove(at).1
        };
        // Whoever waits no more hands it on as this is dropped.
        drop(next.send(AtDoor(self.clone())));
    }

    /// A frame of this link took so long. Tells whether the link has taken lately half as much as the
    /// one of its place that took most, or more.
    pub(super) fn spend(&self, link: LinkId, cost: Duration, now: Instant) -> bool {
        let mut inside = self.inside();
        let halved_at = *inside.halved_at.get_or_insert(now);
        let halvings = now.duration_since(halved_at).as_millis() / HALVED.as_millis();
        if let Some(halvings) = u32::try_from(halvings).ok().filter(|halvings| *halvings > 0) {
            inside.halved_at = Some(halved_at + HALVED * halvings);
            for spent in inside.spent.values_mut() {
                *spent = spent.checked_div(1 << halvings.min(31)).unwrap_or_default();
            }
        }
        let begin = inside.newcomer();
        let spent = inside.spent.entry(link).or_insert(begin);
        *spent += cost;
        *spent * 2 >= inside.most()
    }

    /// A link has ended.
    pub(super) fn forget(&self, link: LinkId) {
        self.inside().spent.remove(&link);
    }
}

/// The doors of all places from which there are links.
#[derive(Debug, Default)]
pub(super) struct Doors(BTreeMap<Place, Weak<Mutex<Inside>>>);

impl Doors {
    /// The one that all links from this place share.
    pub(super) fn of(&mut self, place: Option<Place>) -> Door {
        self.0.retain(|_, door| door.strong_count() > 0);
        let Some(place) = place else { return Door::default() };
        if let Some(door) = self.0.get(&place).and_then(Weak::upgrade) {
            return Door(door);
        }
        let door = Door::default();
        self.0.insert(place, Arc::downgrade(&door.0));
        door
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn place(text: &str) -> Place {
        Place::of(&text.parse().unwrap()).unwrap()
    }

    async fn waits_not(door: &Door, link: u64) -> bool {
        tokio::time::timeout(Duration::from_millis(20), door.turn(LinkId(link))).await.is_ok()
    }

    #[tokio::test]
    async fn no_more_than_one_frame_of_a_place_is_in() {
        let mut doors = Doors::default();
        let (here, there) = (place("/ip4/10.0.0.1/tcp/1"), place("/ip4/10.0.0.2/tcp/1"));
        let (one, other) = (doors.of(Some(here)), doors.of(Some(here)));
        let first = one.turn(LinkId(1)).await.unwrap();
        assert!(!waits_not(&other, 2).await, "a second");
        assert!(waits_not(&doors.of(Some(there)), 3).await, "from elsewhere");
        assert!(waits_not(&doors.of(None), 4).await && waits_not(&doors.of(None), 5).await);
        drop(first);
        assert!(waits_not(&other, 2).await, "those who gave up are passed over");
        drop((one, other));
        doors.of(None);
        assert!(doors.0.is_empty(), "places without links are forgotten");
    }

    #[tokio::test]
    async fn who_took_least_is_let_in_next() {
        let (door, now) = (Door::default(), Instant::now());
        let [greedy, modest] = [LinkId(1), LinkId(2)];
        assert!(door.spend(greedy, Duration::from_millis(50), now));
        let inside = door.turn(greedy).await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for link in [greedy, greedy, modest] {
            let (door, order) = (door.clone(), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let turn = door.turn(link).await.unwrap();
                order.lock().unwrap().push(link);
                drop(turn);
            }));
            // Each waits before the next one comes.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(inside);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [modest, greedy, greedy]);
    }

    #[test]
    fn who_takes_less_than_the_others_is_told_apart_and_old_times_count_less() {
        let (door, mut now) = (Door::default(), Instant::now());
        let [greedy, modest] = [LinkId(1), LinkId(2)];
        for _ in 0..10 {
            assert!(door.spend(greedy, Duration::from_millis(10), now));
        }
        // It is taken to have a quarter of that.
        for _ in 0..20 {
            assert!(!door.spend(modest, Duration::from_millis(1), now));
        }
        now += HALVED * 40;
        assert!(door.spend(modest, Duration::from_millis(1), now), "long ago");
        door.forget(modest);
        assert!(door.spend(greedy, Duration::from_millis(1), now));
        assert_eq!(door.inside().spent.len(), 1);
    }
}
