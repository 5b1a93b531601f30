//! Real node cores on virtual time.
