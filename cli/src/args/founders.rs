//! Ending roles, and what founders sign together on several devices.

use std::path::PathBuf;

use clap::Args;

/// Whose roles end.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Their name or id, or the key of an invite
    pub(crate) person: String,
    /// Only these roles (all if none is given)
    pub(crate) roles: Vec<String>,
    /// Their key was stolen: nothing they said stays until it is accepted
    #[arg(long)]
    pub(crate) compromised: bool,
    /// Do nothing yet: write it for other founders, who sign it on their devices (baro cosign FILE)
    #[arg(long, value_name = "FILE")]
    pub(crate) propose: Option<PathBuf>,
    /// A founder who is to sign elsewhere, where not all have to; may be repeated
    #[arg(long, value_name = "FOUNDER", requires = "propose")]
    pub(crate) with: Vec<String>,
}

/// What a new community fixes for good.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What it is called
    pub(crate) name: String,
    /// How many founders together can do what no one else can
    #[arg(long, value_name = "K", default_value_t = 1)]
    pub(crate) threshold: u8,
    /// One more founder, who lives on this device
    #[arg(long = "founder", value_name = "NAME")]
    pub(crate) founders: Vec<String>,
    /// One more founder on another device, by the key made there (baro community key)
    #[arg(long = "founder-key", value_name = "KEY", requires = "propose", conflicts_with_all = ["founders", "members_only"])]
    pub(crate) founder_keys: Vec<String>,
    /// Write it for the founders on other devices, who sign it there (baro cosign FILE)
    #[arg(long, value_name = "FILE", requires = "founder_keys")]
    pub(crate) propose: Option<PathBuf>,
    /// Who may open debates, a role
    #[arg(long, value_name = "ROLE")]
    pub(crate) debates_by: Option<String>,
    /// How many others must sign a decision
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) cosignatures: u8,
    /// Only members may know that it exists: its name, who is in it, what is said
    #[arg(long)]
    pub(crate) members_only: bool,
}
