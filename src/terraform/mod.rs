//! The words Terraform speaks: values, types, schemas, paths, diagnostics, plan rules, and the traits that a
//! provider implements. No I/O, no Azure, no protobuf.

mod diagnostic;
mod identity;
mod path;
pub mod plan;
mod provider;
mod schema;
mod value;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use identity::{Identity, IdentityAttribute};
pub use path::{AttributePath, Step};
pub use provider::{
    Applied, ArgumentError, Context, DataSource, Function, Imported, ListResource, Listed, MoveSource, Parameter,
    PlanRequest, Planned, Private, Provider, Read, Resource, Signature, SourceRead,
};
pub use schema::{Attribute, Block, Equality, Mode, NestedBlock, Nesting, Schema, Type};
pub use value::{Number, Object, Refinement, Value};
