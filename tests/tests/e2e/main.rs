//! End-to-end tests: everything here runs the built command.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod batch;
mod blobs;
mod budget;
mod bundles;
mod carry;
mod clocks;
mod copies;
mod courses;
mod cuts;
mod discovery;
mod doctor;
mod faults;
mod folder;
mod hostile;
mod hub;
mod kills;
mod nat;
mod officials;
mod one_device;
mod pages;
mod running;
mod square;
mod texts;
mod villages;
mod wifi;
