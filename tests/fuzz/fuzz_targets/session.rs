//! See `baro_fuzz::session`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::session::run(data));
