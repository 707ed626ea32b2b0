//! The rooms of the provider. `docs/ARCHITECTURE.md` draws which may use which.

pub mod arm;
pub mod catalog;
pub mod defenderctl;
pub mod docgen;
pub mod emulator;
pub mod plugin;
pub mod provider;
pub mod terraform;
