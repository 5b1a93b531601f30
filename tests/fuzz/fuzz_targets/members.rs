//! See `baro_fuzz::members`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::members::run(data));
