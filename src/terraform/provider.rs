//! What a provider is: the traits that the wire drives and that the provider's rooms implement.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use tokio_util::sync::CancellationToken;

use super::{AttributePath, Diagnostic, Diagnostics, Identity, Schema, Severity, Type, Value, plan};

/// What every call is made under.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Cancelled when Terraform asks to stop; waits and requests end then, and what is known goes into state.
    pub stop: CancellationToken,
}

/// Bytes that Terraform keeps beside a resource's state and never shows.
pub type Private = Vec<u8>;

/// A provider: its block and what it offers.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The provider block.
    fn schema(&self) -> Schema;
    /// Checks the provider block; it may hold unknowns.
    fn validate(&self, config: &Value) -> Diagnostics;
    /// Takes the provider block in force; it may hold unknowns at plan.
    async fn configure(&self, context: &Context, terraform_version: &str, config: Value) -> Diagnostics;
    fn resources(&self) -> &[Arc<dyn Resource>];
    fn list_resources(&self) -> &[Arc<dyn ListResource>];
    fn data_sources(&self) -> &[Arc<dyn DataSource>];
    fn functions(&self) -> &[Arc<dyn Function>];
}

/// A resource type. The wire has done the generic plan rules before `plan` is called, and `create`, `update` and
/// `delete` only see changes that Terraform decided on.
#[async_trait]
pub trait Resource: Send + Sync {
    /// Full type name, provider prefix included.
    fn type_name(&self) -> &str;
    fn schema(&self) -> Schema;

    /// What tells its objects apart; nothing where it has no identity.
    fn identity(&self) -> Identity {
        Identity::default()
    }

    /// Checks a configuration without any I/O; it may hold unknowns.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    /// Fills in what only this resource can know of a planned create or update, and says what stands against it.
    async fn plan(&self, _context: &Context, _request: PlanRequest<'_>, _planned: &mut Planned) {}

    /// Says what a user should know before this resource is destroyed.
    async fn plan_destroy(&self, _context: &Context, _prior: &Value, _private: &Private) -> Diagnostics {
        Diagnostics::default()
    }

    /// Terraform shows what its state holds; it does so of every resource, before anything else is asked of it.
    fn stored(&self, _state: &Value) {}

    /// Reads the resource again; a `Read` without state says that it is gone.
    async fn read(&self, context: &Context, state: Value, private: Private) -> Read;

    async fn create(&self, context: &Context, planned: Value, private: Private) -> Applied;
    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied;
    /// `Applied` without state says that it is gone now.
    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied;

    /// Finds a resource by the id a user gave; Terraform reads it afterwards.
    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics>;

    /// The id by which `import` finds what an identity names.
    fn import_id(&self, _identity: &Value) -> Result<String, Diagnostic> {
        Err(Diagnostic::error("No import by identity", format!("{} is imported by its id.", self.type_name())))
    }

    /// Takes over the state of another resource type, without any I/O and before the provider is configured; what that
    /// state does not tell is null, and Terraform reads the resource afterwards.
    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        let (theirs, ours) = (source.type_name, self.type_name());
        let detail = format!("State of {theirs} cannot be moved to {ours}: remove the one and import the other.");
        Err(Diagnostic::error("Move between resource types is not offered", detail).into())
    }

    /// The configuration that stands for a state: what a user would write for it.
    fn config_of(&self, state: &Value) -> Value {
        plan::config_of(&self.schema().block, state)
    }

    /// Brings stored state of an older schema version to the present one; version and state as stored.
    fn upgrade(&self, _version: i64, state: serde_json::Value) -> Result<serde_json::Value, Diagnostic> {
        Ok(state)
    }
}

/// What a planned create or update starts from.
#[derive(Clone, Copy, Debug)]
pub struct PlanRequest<'a> {
    pub config: &'a Value,
    /// Absent on a create.
    pub prior: Option<&'a Value>,
}

/// A plan in the making.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planned {
    pub value: Value,
    pub requires_replace: Vec<AttributePath>,
    pub private: Private,
    pub diagnostics: Diagnostics,
}

/// The outcome of a read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    pub state: Option<Value>,
    pub private: Private,
    pub diagnostics: Diagnostics,
}

impl Read {
    /// What Terraform has stays as it is; this was found.
    pub fn kept(state: &Value, private: &Private, found: impl Into<Diagnostics>) -> Self {
        Self { state: Some(state.clone()), private: private.clone(), diagnostics: found.into() }
    }
}

/// The outcome of a create, update or delete: always the state known so far, errors or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    pub state: Option<Value>,
    pub private: Private,
    pub diagnostics: Diagnostics,
}

impl Applied {
    /// What Terraform has stays as it is; this was found.
    pub fn kept(state: &Value, private: &Private, found: impl Into<Diagnostics>) -> Self {
        Self { state: Some(state.clone()), private: private.clone(), diagnostics: found.into() }
    }

    /// There is nothing, as far as is known; this was found.
    pub fn nothing(found: impl Into<Diagnostics>) -> Self {
        Self { diagnostics: found.into(), ..Self::default() }
    }
}

/// A resource found by import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    pub state: Value,
    pub private: Private,
    pub diagnostics: Diagnostics,
}

/// State of another resource type, as the provider that it is of left it.
#[derive(Clone, Debug)]
pub struct MoveSource<'a> {
    /// Where the provider comes from: `registry.terraform.io/hashicorp/azurerm`.
    pub provider: &'a str,
    pub type_name: &'a str,
    pub schema_version: i64,
    /// The attributes as they lie in the state file.
    pub state: serde_json::Value,
}

/// The search for the objects of one resource type, which goes by the same name.
pub trait ListResource: Send + Sync {
    /// Full type name of the resource, provider prefix included.
    fn type_name(&self) -> &str;
    /// What a `list` block is configured with.
    fn schema(&self) -> Schema;

    /// Checks a configuration without any I/O; it may hold unknowns.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    /// What is there, one by one and in the same order each time. Dropping the stream ends the search, so nothing is asked
    /// for long before it is taken.
    fn list(&self, context: &Context, config: Value) -> BoxStream<'static, Listed>;
}

/// One thing that a search brings.
#[derive(Clone, Debug, PartialEq)]
pub enum Listed {
    /// An object.
    Found {
        /// What a user knows it by.
        display_name: String,
        /// What an import of it gives.
        state: Value,
    },
    /// What a user should know beside the objects.
    Told(Diagnostic),
    /// Why some of what was asked for could not be read. An error ends the search, after a warning it goes on with the rest.
    Unread(Diagnostic),
}

impl Listed {
    /// Whether nothing comes after it.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Unread(why) if why.severity == Severity::Error)
    }
}

/// A data source type.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// Full type name, provider prefix included.
    fn type_name(&self) -> &str;
    fn schema(&self) -> Schema;

    /// Checks a configuration without any I/O; it may hold unknowns.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    async fn read(&self, context: &Context, config: Value) -> SourceRead;
}

/// The outcome of reading a data source; without state there must be an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceRead {
    pub state: Option<Value>,
    pub diagnostics: Diagnostics,
}

/// A function of the provider: pure, and callable without a configured provider.
pub trait Function: Send + Sync {
    fn name(&self) -> &str;
    fn signature(&self) -> Signature;
    /// The arguments are known and of the types the signature gives.
    fn call(&self, arguments: &[Value]) -> Result<Value, ArgumentError>;
}

/// What a function takes and gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// One line.
    pub summary: String,
    /// Markdown, for the docs and for editors.
    pub description: String,
    pub parameters: Vec<Parameter>,
    pub returns: Type,
}

/// One parameter of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: &'static str,
    pub ty: Type,
    pub description: String,
}

/// Why a function refused its arguments, and which one is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentError {
    pub argument: Option<usize>,
    pub message: String,
}
