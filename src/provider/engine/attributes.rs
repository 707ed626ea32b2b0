//! The names of the attributes that resources share.

pub const WORKSPACE_ID: &str = "workspace_id";
pub const TENANT_ID: &str = "tenant_id";
pub const SUBSCRIPTION_ID: &str = "subscription_id";
pub const NAME: &str = "name";
pub const ID: &str = "id";
pub const TABLES: &str = "tables";
pub const MANAGED_BY_PORTAL: &str = "managed_by_portal";
pub const ADOPT_EXISTING: &str = "adopt_existing";
