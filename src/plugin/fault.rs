//! What is wrong with a value that came over the wire or is to go over it, and where.

use std::fmt;

use crate::terraform::{AttributePath, Step};

/// A value that does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub path: AttributePath,
    pub message: String,
}

/// How deep a value or a type may nest; Terraform's own values stay far below.
pub const MAX_DEPTH: usize = 128;

impl Fault {
    /// A fault at the value itself; callers on the way out add where that is.
    pub fn here(message: impl Into<String>) -> Self {
        Self { path: AttributePath::root(), message: message.into() }
    }

    /// The same fault seen from one step further out.
    pub fn under(mut self, step: Step) -> Self {
        self.path.0.insert(0, step);
        self
    }

    /// What is said where values nest deeper than [`MAX_DEPTH`].
    pub fn too_deep() -> Self {
        Self::here(format!("nested more than {MAX_DEPTH} levels deep"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.0.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.path, self.message)
    }
}
