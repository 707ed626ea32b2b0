//! What every resource is driven by: the run and what it plans, who owns what, and one workspace with an object in it, read
//! and written until the service shows what was asked for. Knows no resource.

pub mod attributes;
pub mod import_id;
pub mod interlocks;
pub mod ledger;
pub mod object;
pub mod place;
pub mod plans;
pub mod requirements;
pub mod search;
pub mod session;
pub mod settle;
pub mod standing;
pub mod store;
pub mod timeouts;
