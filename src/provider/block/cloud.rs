//! Which cloud it is: by name, or by what its metadata endpoint says.

use super::arguments::{Argument, ENVIRONMENT, METADATA_HOST};
use super::given::Given;
use crate::arm::{Cloud, DEFENDER_CLOUDS, DefenderCloud};
use crate::provider::messages;
use crate::terraform::{Attribute, AttributePath, Diagnostic, Diagnostics, Type, Value};

/// `environment` of the provider block and of `defender_api`.
const OF_DEFENDER: &str = "environment";

/// `environment` of `defender_api`
pub fn defender_attribute() -> Attribute {
    let names: Vec<_> = DEFENDER_CLOUDS.iter().map(|cloud| format!("`{}`", cloud.name)).collect();
    let description = format!(
        "Cloud of the Defender API: {}. Defaults to what goes with the cloud of `environment`; a tenant of GCC signs in to the public \
         cloud and must name it. None is known in China.",
        names.join(", ")
    );
    Attribute::optional(OF_DEFENDER, Type::String, description)
}

/// Checks what is known of both.
pub fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    if let Some(name) = config.get(ENVIRONMENT.name).as_str().filter(|name| Cloud::named(name).is_none()) {
        diagnostics.push(unknown(&ENVIRONMENT, ENVIRONMENT.name, name));
    }
    let of_defender = config.get("defender_api").get(OF_DEFENDER);
    if let Some(name) = of_defender.as_str().filter(|name| DefenderCloud::named(name).is_none()) {
        let names: Vec<_> = DEFENDER_CLOUDS.iter().map(|cloud| cloud.name).collect();
        let path = AttributePath::from("defender_api").attribute(OF_DEFENDER);
        diagnostics.push(messages::unknown_cloud(path, "defender_api.environment", name, &names));
    }
    diagnostics
}

/// The cloud, with the Defender cloud that was chosen beside it; the public one where none is named. A host's metadata is only
/// asked for where the addresses are not given (`are_given`).
pub async fn of(given: &Given<'_>, config: &Value, are_given: bool, user_agent: &str) -> Result<Cloud, Diagnostic> {
    let by_name = || match given.named(&ENVIRONMENT) {
        None => Ok(Cloud::public()),
        Some((name, value)) => Cloud::named(&value).ok_or_else(|| unknown(&ENVIRONMENT, &name, &value)),
    };
    let mut cloud = match given.named(&METADATA_HOST).filter(|_| !are_given) {
        None => by_name()?,
        Some((name, host)) => Cloud::of_metadata(host.trim(), user_agent.to_owned())
            .await
            .map_err(|error| messages::no_metadata(&name, &host, &error))?,
    };
    if let Some(name) = config.get("defender_api").get(OF_DEFENDER).as_str() {
        cloud.defender = DefenderCloud::named(name);
    }
    Ok(cloud)
}

fn unknown(argument: &Argument, name: &str, value: &str) -> Diagnostic {
    let path = if name == argument.name { AttributePath::from(name) } else { AttributePath::root() };
    messages::unknown_cloud(path, name, value, &Cloud::names().collect::<Vec<_>>())
}
