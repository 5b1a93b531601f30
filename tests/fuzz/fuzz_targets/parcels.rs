//! See `baro_fuzz::parcels`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::parcels::run(data));
