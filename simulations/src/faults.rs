//! What goes wrong: one profile of faults per run, and the dice that say when.
//!
//! Nothing in here looks at what the devices make of it; that is [`crate::judges`]'.

use crate::dice::Dice;
use crate::sticks::Stick;

/// How likely each fault is, per thousand, and the dice.
#[derive(Clone, Debug)]
pub struct Faults {
    dice: Dice,
    /// A frame is lost.
    pub lose_permille: u64,
    /// A frame comes twice.
    pub repeat_permille: u64,
    /// A frame is overtaken.
    pub reorder_permille: u64,
    /// A link is cut at a frame.
    pub cut_permille: u64,
    /// A commit finds the disk full.
    pub full_permille: u64,
    /// A commit fails when all but its end is written.
    pub torn_permille: u64,
    /// The longest that a commit takes, in milliseconds.
    pub write_ms_max: u64,
    /// In a step of village life, a device loses power.
    pub crash_permille: u64,
    /// In a step of village life, a device's folder is copied over another's.
    pub clone_permille: u64,
    /// In a step of village life, a device's disk is as it was some time ago.
    pub restore_permille: u64,
    /// In a step of village life, somebody visits a stick.
    pub stick_permille: u64,
    /// A stick is pulled out in the middle of a visit.
    pub pull_permille: u64,
    /// Between two visits, something happens to a file on a stick.
    pub damage_permille: u64,
    /// Words do not come along with what names them.
    pub withhold_permille: u64,
    /// Somebody writes on under a grant that was taken from them.
    pub stubborn_permille: u64,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed, "faults"),
            lose_permille: 0,
            repeat_permille: 0,
            reorder_permille: 0,
            cut_permille: 0,
            full_permille: 0,
            torn_permille: 0,
            write_ms_max: 20,
            crash_permille: 0,
            clone_permille: 0,
            restore_permille: 0,
            stick_permille: 0,
            pull_permille: 0,
            damage_permille: 0,
            withhold_permille: 0,
            stubborn_permille: 0,
        }
    }

    /// The profile of a seed: each kind of fault is there in half the runs, rare or frequent.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "profile");
        let mut often = |most: u64| if dice.chance(500) { dice.between(1, most) } else { 0 };
        Self {
            lose_permille: often(30),
            repeat_permille: often(30),
            reorder_permille: often(30),
            cut_permille: often(60),
            full_permille: often(80),
            torn_permille: often(80),
            write_ms_max: 20 + often(2_000),
            crash_permille: often(60),
            clone_permille: often(20),
            restore_permille: often(15),
            stick_permille: often(400),
            pull_permille: often(400),
            damage_permille: often(300),
            withhold_permille: often(200),
            stubborn_permille: often(150),
            dice: Dice::new(seed, "faults"),
        }
    }

    /// Everything that was going wrong stops.
    pub fn stop(&mut self) {
        *self = Self { dice: self.dice.clone(), ..Self::none(0) };
    }

    /// What becomes of a frame: each copy that arrives with how much later, or a cut link.
    pub fn frame(&mut self) -> Option<Vec<u64>> {
        if self.dice.chance(self.cut_permille) {
            return None;
        }
        if self.dice.chance(self.lose_permille) {
            return Some(Vec::new());
        }
        let late = if self.dice.chance(self.reorder_permille) { self.dice.below(500) } else { 0 };
        let mut copies = vec![late];
        if self.dice.chance(self.repeat_permille) {
            copies.push(late + self.dice.below(500));
        }
        Some(copies)
    }

    /// How long a commit takes, in milliseconds.
    pub fn write_ms(&mut self) -> u64 {
        self.dice.between(1, self.write_ms_max)
    }

    /// Whether a commit finds the disk full.
    pub fn disk_full(&mut self) -> bool {
        self.dice.chance(self.full_permille)
    }

    /// Whether a commit is torn.
    pub fn torn(&mut self) -> bool {
        self.dice.chance(self.torn_permille)
    }

    /// After how many steps a stick is pulled out, where it is.
    pub fn pulled(&mut self) -> Option<u64> {
        self.dice.chance(self.pull_permille).then(|| self.dice.below(60))
    }

    /// Something happens to a stick between two visits, or nothing.
    pub fn damage(&mut self, stick: &Stick) {
        if self.dice.chance(self.damage_permille) {
            stick.damage(&mut self.dice);
        }
    }

    /// What a stick that is pulled out keeps; true where that was in the middle of something.
    pub fn pull_out(&mut self, stick: &Stick) -> bool {
        stick.pull_out(&mut self.dice)
    }

    /// Whether something of this likelihood happens now.
    pub fn now(&mut self, permille: u64) -> bool {
        self.dice.chance(permille)
    }
}
