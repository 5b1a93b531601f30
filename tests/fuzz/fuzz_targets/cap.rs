//! See `baro_fuzz::cap`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::cap::run(data));
