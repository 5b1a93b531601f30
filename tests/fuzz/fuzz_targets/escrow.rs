//! See `baro_fuzz::escrow`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::escrow::run(data));
