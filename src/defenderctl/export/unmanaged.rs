//! Connectors of kinds that no resource here is for, counted. The data source of connectors reads them from the lists that
//! the search had fetched, so nothing more is asked of the service.

use std::collections::BTreeMap;

use super::search::Found;
use crate::defenderctl::provider_block;
use crate::provider::attributes::{TENANT_ID, WORKSPACE_ID};
use crate::terraform::{Context, Provider};

const SOURCE: &str = "defender_connectors";
/// What the types have in common that are found in those lists.
const CONNECTOR: &str = "_connector";

/// How many there are of each kind, by the place of the workspace. Of a workspace without a connector of ours nothing is
/// known to be fetched; what it holds besides is in the search's own words.
pub async fn count(provider: &dyn Provider, context: &Context, found: &[Found]) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    let Some(source) = provider.data_sources().iter().find(|source| source.type_name() == SOURCE) else {
        return counts;
    };
    let connectors = found.iter().filter(|found| found.resource.type_name().ends_with(CONNECTOR));
    let workspaces: BTreeMap<_, _> = connectors.map(|found| (found.place().to_lowercase(), &found.state)).collect();
    for (place, state) in workspaces {
        let mut config = provider_block::blank(&source.schema().block);
        for name in [WORKSPACE_ID, TENANT_ID] {
            config.set(name, state.get(name).clone());
        }
        // A refusal was told of when it was searched.
        let read = source.read(context, config).await.state.unwrap_or_default();
        let connectors = read.get("connectors").as_list().unwrap_or_default();
        for connector in connectors.iter().filter(|connector| connector.get("resource_type").is_null()) {
            let kind = connector.get("kind").as_str().unwrap_or_default();
            *counts.entry((place.clone(), kind.to_owned())).or_default() += 1;
        }
    }
    counts
}
