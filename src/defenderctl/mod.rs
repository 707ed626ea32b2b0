//! The companion's subcommands, a file or folder each: what people do with many workspaces besides plans. They ask through
//! the traits that Terraform's calls come in by, and so with the provider's own code and words.

pub mod doctor;
pub mod export;
mod forms;
mod hcl;
mod output;
mod provider_block;
pub mod report;
mod state;
mod terminal;

pub use terminal::{Code, Terminal};
