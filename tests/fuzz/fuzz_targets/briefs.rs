//! See `baro_fuzz::briefs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::briefs::run(data));
