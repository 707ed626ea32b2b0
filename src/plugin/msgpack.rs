//! Values in msgpack, the form they travel in. Reading is led by the type and trusts nothing: neither a declared
//! length, nor the depth, nor the text.

mod read;
mod write;

pub use read::decode;
pub use write::{Encoded, encode};

/// Extension code of an unknown value of which nothing is known.
const PLAIN_UNKNOWN: i8 = 0;
/// Extension code of an unknown value of which something is known.
const REFINED_UNKNOWN: i8 = 12;

/// Keys of the map inside a refined unknown.
mod refinement {
    pub const NULL: u64 = 1;
    pub const STRING_PREFIX: u64 = 2;
    pub const NUMBER_MIN: u64 = 3;
    pub const NUMBER_MAX: u64 = 4;
    pub const LENGTH_MIN: u64 = 5;
    pub const LENGTH_MAX: u64 = 6;
}

#[cfg(test)]
mod tests;
