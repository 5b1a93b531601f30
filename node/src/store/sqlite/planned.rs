//! Statements are planned once and kept: the one door to a connection's cache, and, in tests, the
//! count of what had to be planned all the same.

use rusqlite::{CachedStatement, Connection, Result};

/// A connection that keeps its statements.
pub(super) trait Planned {
    /// The statement of this text out of the cache, planned where it is not there.
    fn cached(&self, sql: &str) -> Result<CachedStatement<'_>>;
}

impl Planned for Connection {
    fn cached(&self, sql: &str) -> Result<CachedStatement<'_>> {
        let statement = self.prepare_cached(sql)?;
        #[cfg(test)]
        count::add(&statement);
        Ok(statement)
    }
}

/// What SQLite itself counts of each statement, added up for the connections of one thread.
#[cfg(test)]
pub(crate) mod count {
    use std::cell::Cell;

    use rusqlite::{Statement, StatementStatus};

    thread_local! {
        static COUNTED: Cell<Counted> = const { Cell::new(Counted { asked: 0, planned: 0, anew: 0 }) };
    }

    /// How often statements were asked for, planned because they were not there, and planned anew
    /// by SQLite while they ran (as it does where bound values or the schema change what is best).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Counted {
        pub(crate) asked: u32,
        pub(crate) planned: u32,
        pub(crate) anew: u32,
    }

    pub(super) fn add(statement: &Statement<'_>) {
        let before = COUNTED.get();
        // One that never ran was planned just now.
        let planned = u32::from(statement.get_status(StatementStatus::Run) == 0);
        // What happened while it ran shows the next time it is asked for.
        let anew = statement.reset_status(StatementStatus::RePrepare);
        COUNTED.set(Counted {
            asked: before.asked + 1,
            planned: before.planned + planned,
            anew: before.anew + u32::try_from(anew).unwrap_or(0),
        });
    }

    /// What was counted on this thread since this was last called.
    pub(crate) fn take() -> Counted {
        COUNTED.replace(Counted::default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::count::{Counted, take};
    use super::*;

    #[test]
    fn what_is_planned_and_planned_anew_is_counted() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (a, b)").unwrap();
        let ask = || {
            let mut statement = conn.cached("SELECT b FROM t WHERE a = ?").unwrap();
            assert!(!statement.exists([1]).unwrap());
        };
        take();
        (0..3).for_each(|_| ask());
        assert_eq!(take(), Counted { asked: 3, planned: 1, anew: 0 });
        conn.execute_batch("CREATE INDEX i ON t (a)").unwrap();
        (0..3).for_each(|_| ask());
        assert_eq!(take(), Counted { asked: 3, planned: 0, anew: 1 });
    }
}
