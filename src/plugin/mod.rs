//! The wire between Terraform and the provider: a plugin process of protocol 5, from its handshake to its end. The only
//! room that knows gRPC, msgpack or TLS to Terraform; it knows nothing of Azure.
//!
//! [`serve`](fn@serve) is the way in. A call comes to `service`, which guards it and passes it to `resource_calls`,
//! `list_calls` or `provider_calls`; those read it by `from_wire`, ask the provider, and write the answer by `to_wire`.

mod decimal;
mod fault;
mod from_wire;
#[cfg(fuzzing)]
pub mod fuzz;
mod handshake;
mod host;
mod json;
mod lifetime;
mod list_calls;
mod listen;
mod log;
mod messages;
mod msgpack;
mod offer;
mod panic;
mod provider_calls;
mod resource_calls;
mod serve;
mod service;
mod tls;
mod to_wire;

pub use serve::{serve, serve_debug};

/// What the binary says of itself.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The binary's name.
    pub name: &'static str,
    pub version: &'static str,
    /// Where the registry has it, host included: `registry.terraform.io/sentinel-iac/defender`.
    pub address: &'static str,
}

/// The messages and services generated from `proto/`.
#[allow(missing_docs, clippy::all, clippy::pedantic, clippy::restriction)]
pub mod proto {
    tonic::include_proto!("tfplugin5");

    /// The side services of a plugin process.
    pub mod host {
        tonic::include_proto!("plugin");
    }
}
