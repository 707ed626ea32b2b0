//! What Sentinel has, as data: connector kinds, advanced-hunting tables, products with incident rules, settings. Rows hold
//! facts and closed enums; what is done with them is said elsewhere.

mod connector;
mod connectors;
mod hunting_queries;
mod hunting_tables;
mod incident_products;
mod nearest;
mod settings;

pub use connector::{Connector, DataType, Line, Portal, Scope, Solution, XdrPart};
pub use connectors::{CONNECTORS, SECURITY_ADMINISTRATOR};
pub use hunting_queries::HuntingQuery;
pub use hunting_tables::{Acceptance, Category, HUNTING_TABLES, HuntingTable};
pub use incident_products::{INCIDENT_PRODUCTS, INCIDENT_RULE_KIND, IncidentProduct};
pub use nearest::nearest;
pub use settings::{Choice, SETTINGS, Setting};

/// The stable api-version of Microsoft.SecurityInsights that connectors and rules are written with, where they have one.
pub const STABLE_API_VERSION: &str = "2025-09-01";

/// The preview api-version that lists every connector kind, and the only home of some of them.
pub const PREVIEW_API_VERSION: &str = "2025-10-01-preview";
