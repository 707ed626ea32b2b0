//! A small Microsoft Sentinel on loopback: ARM, the ways to sign in to Entra and the Defender export settings, over
//! https.
//! It knows the API from Microsoft's specification and the project's fact sheet, never from another room of this crate:
//! a wrong row in the provider's catalogue must meet a server that disagrees. Each surface is a file that turns one
//! request into one reply on plain data; only `server` touches sockets, only `exchange_log` and `tls` touch files.
//!
//! Doc comments mark what is known: \[spec\] Microsoft's OpenAPI, \[doc\] Microsoft's pages, \[seen\] reported by people
//! who called the real service, \[inferred\] our guess at what nobody has written down.

mod api_version;
mod assertions;
mod client_certificate;
mod collection;
mod connector_kinds;
mod cutover;
mod edits;
mod entra_refusals;
mod exchange;
mod exchange_log;
mod export_categories;
mod faults;
mod identities;
mod issuers;
mod kql;
mod logs;
mod refusals;
mod resource_group;
mod scenario;
mod server;
mod solutions;
mod surfaces;
mod table;
mod throttle;
mod tls;
mod tokens;
mod workspace;
mod world;

pub use exchange_log::ExchangeLog;
pub use scenario::{REFERENCE, Scenario};
pub use server::run;
pub use tls::Certificates;
pub use world::World;
