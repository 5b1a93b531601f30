//! See `baro_fuzz::proofs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::proofs::run(data));
