//! A small part of KQL, as far as the queries that show ingestion go. What is not in it is refused by name, never answered.

mod evaluate;
mod parse;
mod tokens;
mod value;

pub use evaluate::{Answered, Database, Row};
pub use value::{Cell, span};

/// Why a query is not answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The service would not answer it either.
    Wrong(String),
    /// The service may well answer it.
    NotKnown(String),
}

/// Answers a query from what a database holds.
pub fn answer(query: &str, database: &dyn Database) -> Result<Answered, Refusal> {
    let query = parse::query(tokens::of(query)?)?;
    evaluate::run(&query, database)
}
