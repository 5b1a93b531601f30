//! What a visit needs of a stick: files in one folder, by name. A real folder is one
//! (`folder`, in the full build), and a simulation's memory another.

use std::io::{self, Read, Seek, Write};

/// A file in our folder on the stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// When it was last changed, in seconds since 1970, as the stick's file system says.
    pub modified: i64,
}

/// A file that is read.
pub trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// A file that is written.
pub trait Sink: Write {
    /// Makes what was written durable, but for the file's name.
    ///
    /// # Errors
    /// The stick's words.
    fn make_durable(&mut self) -> io::Result<()>;
    /// Closes it without writing out what is still in memory: it is going to be removed.
    fn abandon(self: Box<Self>);
}

/// Our folder on a stick. Names are plain, without a path.
pub trait Disk {
    /// The plain files in it, in order of their names; none where there is no such folder.
    ///
    /// # Errors
    /// The stick's words, as of all others here.
    fn files(&self) -> io::Result<Vec<Found>>;
    /// Opens a file.
    ///
    /// # Errors
    /// The stick's words.
    fn open(&self, file: &str) -> io::Result<Box<dyn Source>>;
    /// Makes a file that is not there yet.
    ///
    /// # Errors
    /// The stick's words.
    fn create(&self, file: &str) -> io::Result<Box<dyn Sink>>;
    /// Gives a file another name, whatever bore that before.
    ///
    /// # Errors
    /// The stick's words.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// The stick's words; [`io::ErrorKind::NotFound`] where it is not there.
    fn remove(&self, file: &str) -> io::Result<()>;
    /// Makes names durable, as far as the file system can.
    ///
    /// # Errors
    /// The stick's words.
    fn sync(&self) -> io::Result<()>;
    /// How many bytes are free; `None` where the file system does not say.
    fn free_bytes(&self) -> Option<u64>;
    /// The time that its file system gives to files, in seconds since 1970.
    fn seconds(&self) -> i64;
}
