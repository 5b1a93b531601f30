//! A SQLite VFS that passes every call on to the system's and writes down what changes a disk.
//!
//! The only unsafe code of the project. What it rests on: SQLite calls a VFS and its files as its
//! manual says (<https://sqlite.org/vfs.html>): a file's memory is `szOsFile` bytes, ours from
//! `xOpen` until `xClose`, and one thread at a time uses it; pointers handed to a call are good
//! during that call. A file of ours is a `File` with the system's file right behind it.

#![expect(unsafe_code, reason = "SQLite takes a VFS as a table of C functions")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::ffi::{
    SQLITE_ERROR, SQLITE_OK, SQLITE_OPEN_CREATE, SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_MAIN_JOURNAL,
    SQLITE_OPEN_WAL, sqlite3_file, sqlite3_filename, sqlite3_int64, sqlite3_io_methods,
    sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};

use crate::disk::{FileId, Image, Op, Trace};

/// A VFS of its own for one folder, registered with SQLite under [`Disk::name`]. It stays
/// registered as long as the process runs, for SQLite may keep what points to it.
pub struct Disk {
    name: CString,
    /// The system's VFS.
    system: *mut sqlite3_vfs,
    trace: Mutex<Trace>,
}

// SAFETY: the pointer is to the system's VFS, which SQLite itself calls from every thread and which
// stays as long as the process; the rest is Send and Sync by itself.
unsafe impl Send for Disk {}
// SAFETY: as above.
unsafe impl Sync for Disk {}

/// A file as SQLite holds it.
#[repr(C)]
struct File {
    base: sqlite3_file,
    disk: &'static Disk,
    /// None for files that no cut is worked out for.
    id: Option<FileId>,
    /// Whether the next synchronisation is of the folder too, as the system's VFS does it once for
    /// each journal and WAL that it was asked to make.
    folder: bool,
}

impl Disk {
    /// A disk on whose folder `before` stands, all synchronised.
    ///
    /// # Panics
    /// Where SQLite has no VFS or takes no other: then nothing can be tested.
    pub fn new(before: Image) -> &'static Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = CString::new(format!("baro-power-{number}")).unwrap_or_default();
        // SAFETY: no name asks for the default one, which stays as long as the process.
        let system = unsafe { sqlite3_vfs_find(std::ptr::null()) };
        assert!(!system.is_null(), "SQLite has a default VFS");
        let disk: &'static Self =
            Box::leak(Box::new(Self { name, system, trace: Mutex::new(Trace::of(before)) }));
        // SAFETY: `system` is not null and points to a VFS that is only read here.
        let (file_bytes, path_bytes) = unsafe { ((*system).szOsFile, (*system).mxPathname) };
        let ours = c_int::try_from(size_of::<File>()).unwrap_or(c_int::MAX);
        let vfs = Box::leak(Box::new(sqlite3_vfs {
            iVersion: 2,
            szOsFile: ours + file_bytes,
            mxPathname: path_bytes,
            pNext: null_mut(),
            zName: disk.name.as_ptr(),
            pAppData: std::ptr::from_ref(disk).cast_mut().cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            // Extensions are not loaded.
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: Some(current_time_int64),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        }));
        // SAFETY: `vfs` is complete, never moved and never freed.
        let code = unsafe { sqlite3_vfs_register(vfs, 0) };
        assert_eq!(code, SQLITE_OK, "SQLite takes the VFS");
        disk
    }

    /// The VFS's name.
    pub fn name(&self) -> &str {
        self.name.to_str().unwrap_or_default()
    }

    /// How many things were done so far.
    pub fn done(&self) -> usize {
        self.trace(|trace| trace.len())
    }

    /// All that was done so far; the list begins anew, empty.
    pub fn take(&self) -> Trace {
        self.trace(std::mem::take)
    }

    fn trace<T>(&self, ask: impl FnOnce(&mut Trace) -> T) -> T {
        ask(&mut self.trace.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The last part of a path that SQLite names.
///
/// # Safety
/// `path` is null or a C string that lives as long as the answer.
unsafe fn file_name<'a>(path: *const c_char) -> Option<&'a str> {
    if path.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_str().ok()?;
    path.rsplit('/').next()
}

/// Ours, of what SQLite calls us with.
///
/// # Safety
/// `vfs` is one that [`Disk::new`] registered.
unsafe fn disk_of(vfs: *mut sqlite3_vfs) -> &'static Disk {
    // SAFETY: `pAppData` was set to a leaked `Disk` there and is never changed.
    unsafe { &*(*vfs).pAppData.cast::<Disk>() }
}

/// The system's file behind ours.
///
/// # Safety
/// `file` is memory that SQLite gave to [`open`], `szOsFile` bytes of it.
unsafe fn inner(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: the memory is `size_of::<File>()` longer than what the system asks for.
    unsafe { file.byte_add(size_of::<File>()) }
}

/// Calls the system's VFS, or answers with an error where it lacks the function.
macro_rules! system {
    ($vfs:ident, $function:ident($($arg:expr),*)) => {{
        // SAFETY: SQLite called us with a VFS of ours; the system's is called as we were.
        unsafe {
            let system = disk_of($vfs).system;
            (*system).$function.map_or(SQLITE_ERROR, |call| call(system, $($arg),*))
        }
    }};
}

/// Calls the system's file, likewise.
macro_rules! passed {
    ($file:ident, $function:ident($($arg:expr),*)) => {{
        // SAFETY: SQLite called us with an open file of ours, so the one behind it is open too and
        // its table is good; it is called as we were.
        unsafe {
            let inner = inner($file);
            (*(*inner).pMethods).$function.map(|call| call(inner, $($arg),*))
        }
    }};
}

/// Ours, of an open file that SQLite calls us with.
macro_rules! ours {
    ($file:ident) => {
        // SAFETY: it was made a `File` in `open`, and no other reference to it lives.
        unsafe { &mut *$file.cast::<File>() }
    };
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Without xFetch: memory-mapped reading would go past us.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    path: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives us `szOsFile` bytes, not initialised; those behind ours are zeroed for
    // the system's VFS as SQLite does it, so that a failed opening leaves no table there.
    let behind = unsafe {
        let behind = inner(file);
        (*behind).pMethods = std::ptr::null();
        behind
    };
    let code = system!(vfs, xOpen(path, behind, flags, out));
    // SAFETY: as above; `behind` was set before or by the system's VFS.
    let is_open = unsafe { !(*behind).pMethods.is_null() };
    // SAFETY: a VFS of ours, and SQLite's path, which lives until the file is closed.
    let (disk, name) = unsafe { (disk_of(vfs), file_name(path)) };
    let recorded = flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL) != 0;
    let id = match name {
        Some(name) if code == SQLITE_OK && recorded => Some(disk.trace(|trace| trace.open(name))),
        _ => None,
    };
    let is_journal = flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL) != 0;
    let folder = flags & SQLITE_OPEN_CREATE != 0 && is_journal;
    let methods = if is_open { &raw const METHODS } else { std::ptr::null() };
    let ours = File { base: sqlite3_file { pMethods: methods }, disk, id, folder };
    // SAFETY: the memory is ours, large enough, and aligned for pointers as SQLite allocates it.
    unsafe { file.cast::<File>().write(ours) };
    code
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, path: *const c_char, folder: c_int) -> c_int {
    let code = system!(vfs, xDelete(path, folder));
    // SAFETY: a VFS of ours, and a path that is good during this call.
    let (disk, name) = unsafe { (disk_of(vfs), file_name(path)) };
    if let Some(name) = name
        && code == SQLITE_OK
    {
        disk.trace(|trace| trace.delete(name, folder & 1 != 0));
    }
    code
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    let code = passed!(file, xWrite(bytes, length, at)).unwrap_or(SQLITE_ERROR);
    let ours = ours!(file);
    if let (Some(id), Ok(at), Ok(length)) = (ours.id, usize::try_from(at), usize::try_from(length))
        && code == SQLITE_OK
    {
        // SAFETY: SQLite gives `length` bytes to be written.
        let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length) }.to_vec();
        ours.disk.trace(|trace| trace.push(Op::Write(id, at, bytes)));
    }
    code
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    let code = passed!(file, xTruncate(size)).unwrap_or(SQLITE_ERROR);
    let ours = ours!(file);
    if let (Some(id), Ok(size)) = (ours.id, usize::try_from(size))
        && code == SQLITE_OK
    {
        ours.disk.trace(|trace| trace.push(Op::Truncate(id, size)));
    }
    code
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let code = passed!(file, xSync(flags)).unwrap_or(SQLITE_ERROR);
    let ours = ours!(file);
    if let Some(id) = ours.id
        && code == SQLITE_OK
    {
        let folder = std::mem::take(&mut ours.folder);
        ours.disk.trace(|trace| trace.push(Op::Sync(id, folder)));
    }
    code
}

/// Functions of a file that are only passed on; what they answer where the system lacks one.
macro_rules! pass_on {
    ($($name:ident = $function:ident($($arg:ident: $type:ty),*) or $lacking:expr;)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $arg: $type)*) -> c_int {
            passed!(file, $function($($arg),*)).unwrap_or($lacking)
        }
    )*};
}

pass_on! {
    close = xClose() or SQLITE_ERROR;
    read = xRead(bytes: *mut c_void, length: c_int, at: sqlite3_int64) or SQLITE_ERROR;
    file_size = xFileSize(size: *mut sqlite3_int64) or SQLITE_ERROR;
    lock = xLock(level: c_int) or SQLITE_ERROR;
    unlock = xUnlock(level: c_int) or SQLITE_ERROR;
    check_reserved_lock = xCheckReservedLock(out: *mut c_int) or SQLITE_ERROR;
    file_control = xFileControl(what: c_int, argument: *mut c_void) or SQLITE_ERROR;
    sector_size = xSectorSize() or 0;
    device_characteristics = xDeviceCharacteristics() or 0;
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void)
        or SQLITE_ERROR;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) or SQLITE_ERROR;
    shm_unmap = xShmUnmap(delete: c_int) or SQLITE_ERROR;
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    passed!(file, xShmBarrier());
}

/// Functions of a VFS that are only passed on.
macro_rules! pass_on_vfs {
    ($($name:ident = $function:ident($($arg:ident: $type:ty),*);)*) => {$(
        unsafe extern "C" fn $name(vfs: *mut sqlite3_vfs $(, $arg: $type)*) -> c_int {
            system!(vfs, $function($($arg),*))
        }
    )*};
}

pass_on_vfs! {
    access = xAccess(path: *const c_char, flags: c_int, out: *mut c_int);
    full_pathname = xFullPathname(path: *const c_char, length: c_int, out: *mut c_char);
    randomness = xRandomness(length: c_int, out: *mut c_char);
    sleep = xSleep(microseconds: c_int);
    current_time = xCurrentTime(out: *mut f64);
    current_time_int64 = xCurrentTimeInt64(out: *mut sqlite3_int64);
    last_error = xGetLastError(length: c_int, out: *mut c_char);
}
