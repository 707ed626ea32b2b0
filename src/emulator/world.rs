//! Everything that lives: tenants, workspaces, tokens, buckets, faults. Made from a scenario, shown as one JSON
//! document; the rules that change it live in the surfaces.

use serde_json::{Value, json};

use super::collection::Resource;
use super::connector_kinds;
use super::faults::{Fault, Faults};
use super::identities::{Ci, Machine};
use super::issuers::Issuers;
use super::resource_group::{ResourceGroup, Subscription};
use super::scenario::{Behaviour, Client, Scenario, Tenant, WorkspaceSeed};
use super::throttle::Buckets;
use super::tokens::TokenStore;
use super::workspace::{Workspace, derived_uuid};

/// The whole state.
#[derive(Debug, Default)]
pub struct World {
    /// The Entra tenants.
    pub tenants: Vec<Tenant>,
    /// The subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// The resource groups.
    pub groups: Vec<ResourceGroup>,
    /// The workspaces.
    pub workspaces: Vec<Workspace>,
    /// How the service behaves.
    pub behaviour: Behaviour,
    /// Faults that wait.
    pub faults: Faults,
    /// What there was when a fault that answers from the past was last added.
    remembered: Option<Past>,
    /// Requests whose work is put off until their clients may be gone.
    pub late: u32,
    /// Tokens that were issued.
    pub tokens: TokenStore,
    /// Request limits in use.
    pub buckets: Buckets,
    /// The machine that the client runs on.
    pub machine: Machine,
    /// The CI systems.
    pub ci: Ci,
    /// The issuers of OpenID Connect that are stood in for.
    pub issuers: Issuers,
    /// The addresses that the emulator itself is reached at, without a trailing slash.
    pub own_urls: Vec<String>,
}

/// Tenants, and what is in their subscriptions, at one moment.
type Past = (Vec<Tenant>, Vec<Subscription>, Vec<ResourceGroup>, Vec<Workspace>);

impl World {
    /// Brings a scenario to life; the error names what is wrong in it.
    pub fn new(scenario: Scenario) -> Result<Self, String> {
        let mut world = Self { behaviour: scenario.behaviour, ci: scenario.ci, ..Self::default() };
        for tenant in scenario.tenants {
            world.put_tenant(tenant)?;
        }
        for seed in scenario.workspaces {
            world.put_workspace(seed)?;
        }
        world.put_machine(scenario.machine)?;
        world.add_faults(scenario.faults);
        Ok(world)
    }

    /// Adds faults behind those that wait.
    pub fn add_faults(&mut self, faults: Vec<Fault>) {
        if faults.iter().any(|fault| fault.action.is_stale()) {
            self.remembered =
                Some((self.tenants.clone(), self.subscriptions.clone(), self.groups.clone(), self.workspaces.clone()));
        }
        self.faults.add(faults);
    }

    /// What is asked, answered from what is remembered; whatever it changes is forgotten.
    pub fn as_remembered<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> T {
        let Some(mut past) = self.remembered.clone() else { return ask(self) };
        self.swap(&mut past);
        let answer = ask(self);
        self.swap(&mut past);
        answer
    }

    fn swap(&mut self, (tenants, subscriptions, groups, workspaces): &mut Past) {
        std::mem::swap(&mut self.tenants, tenants);
        std::mem::swap(&mut self.subscriptions, subscriptions);
        std::mem::swap(&mut self.groups, groups);
        std::mem::swap(&mut self.workspaces, workspaces);
    }

    /// Adds a workspace, or replaces the one at its path.
    pub fn put_workspace(&mut self, mut seed: WorkspaceSeed) -> Result<(), String> {
        let workbooks = std::mem::take(&mut seed.workbooks);
        let unregistered = std::mem::take(&mut seed.unregistered_providers);
        let workspace = Workspace::new(seed)?;
        if self.tenant(&workspace.tenant_id).is_none() {
            return Err(format!("workspace '{}' names the unknown tenant '{}'", workspace.name, workspace.tenant_id));
        }
        let Workspace { subscription_id, resource_group, location, tenant_id, .. } = &workspace;
        match self.subscription_tenant(subscription_id) {
            Some(home) if !home.eq_ignore_ascii_case(tenant_id) => {
                let name = &workspace.name;
                return Err(format!("workspace '{name}' is in tenant '{tenant_id}', its subscription in '{home}'"));
            }
            Some(_) => {}
            None => {
                let (id, tenant_id) = (subscription_id.clone(), tenant_id.clone());
                self.subscriptions.push(Subscription { id, tenant_id, unregistered: Vec::new() });
            }
        }
        for known in self.subscriptions.iter_mut().filter(|known| known.id.eq_ignore_ascii_case(subscription_id)) {
            known.unregistered.extend(unregistered.iter().map(|namespace| namespace.to_lowercase()));
        }
        if !self.groups.iter().any(|group| group.is(subscription_id, resource_group)) {
            self.groups.push(ResourceGroup::new(subscription_id, resource_group, location));
        }
        for group in self.groups.iter_mut().filter(|group| group.is(subscription_id, resource_group)) {
            for body in &workbooks {
                let name = body.get("name").and_then(Value::as_str);
                let name = name.ok_or_else(|| format!("a workbook of workspace '{}' has no name", workspace.name))?;
                group.workbooks.put(Resource::from_body(name, body)?, 0);
            }
        }
        match self.workspaces.iter_mut().find(|other| other.id().eq_ignore_ascii_case(&workspace.id())) {
            Some(other) => *other = workspace,
            None => self.workspaces.push(workspace),
        }
        Ok(())
    }

    /// Takes a workspace away, and its group and subscription if nothing is left in them; false if there is none.
    pub fn take_workspace(&mut self, id: &str) -> bool {
        let Some(at) = self.workspaces.iter().position(|workspace| workspace.id().eq_ignore_ascii_case(id)) else {
            return false;
        };
        let Workspace { subscription_id, resource_group, .. } = self.workspaces.remove(at);
        let is_empty = !self.workspaces.iter().any(|other| other.is_in(&subscription_id, &resource_group));
        let is_left = |group: &ResourceGroup| !is_empty || group.workbooks.all().next().is_some();
        self.groups.retain(|group| !group.is(&subscription_id, &resource_group) || is_left(group));
        let in_use = self.groups.iter().any(|group| group.subscription_id.eq_ignore_ascii_case(&subscription_id));
        self.subscriptions.retain(|known| in_use || !known.id.eq_ignore_ascii_case(&subscription_id));
        true
    }

    /// Adds a tenant, or replaces the one of its id.
    pub fn put_tenant(&mut self, tenant: Tenant) -> Result<(), String> {
        // A misspelt kind would be licensed without a word.
        if let Some(kind) = tenant.licences.keys().find(|kind| connector_kinds::find(kind).is_none()) {
            return Err(format!("tenant '{}' has a licence for the unknown kind '{kind}'", tenant.tenant_id));
        }
        match self.tenants.iter_mut().find(|other| other.tenant_id.eq_ignore_ascii_case(&tenant.tenant_id)) {
            Some(other) => *other = tenant,
            None => self.tenants.push(tenant),
        }
        Ok(())
    }

    /// Puts the client on a machine; its identities are clients.
    fn put_machine(&mut self, machine: Machine) -> Result<(), String> {
        for identity in &machine.identities {
            let client = self.tenant(&identity.tenant_id).and_then(|tenant| tenant.client(&identity.client_id));
            if client.is_none() {
                let (client_id, tenant_id) = (&identity.client_id, &identity.tenant_id);
                return Err(format!(
                    "the machine has the identity '{client_id}', and tenant '{tenant_id}' no such client"
                ));
            }
        }
        if machine.identities.iter().filter(|identity| identity.system_assigned).count() > 1 {
            return Err("the machine has more than one identity of its own (system_assigned)".to_owned());
        }
        self.machine = machine;
        Ok(())
    }

    /// The tenant of this id.
    pub fn tenant(&self, tenant_id: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.tenant_id.eq_ignore_ascii_case(tenant_id))
    }

    /// The tenant of this id, to change it.
    pub fn tenant_mut(&mut self, tenant_id: &str) -> Option<&mut Tenant> {
        self.tenants.iter_mut().find(|tenant| tenant.tenant_id.eq_ignore_ascii_case(tenant_id))
    }

    /// The workspace of this ARM id.
    pub fn workspace(&self, id: &str) -> Option<&Workspace> {
        self.workspaces.iter().find(|workspace| workspace.id().eq_ignore_ascii_case(id.trim_end_matches('/')))
    }

    /// The tenant that a subscription belongs to.
    pub fn subscription_tenant(&self, subscription_id: &str) -> Option<&str> {
        let known = |known: &&Subscription| known.id.eq_ignore_ascii_case(subscription_id);
        self.subscriptions.iter().find(known).map(|known| known.tenant_id.as_str())
    }

    /// The audiences that ARM takes.
    pub fn arm_audiences(&self) -> Vec<String> {
        let mut audiences = self.own_urls.clone();
        audiences.extend(self.behaviour.arm_audiences.iter().cloned());
        audiences
    }

    /// The audiences that the Defender API takes.
    pub fn defender_audiences(&self) -> Vec<String> {
        let mut audiences = self.own("/defender");
        audiences.extend(self.behaviour.defender_audiences.iter().cloned());
        audiences
    }

    /// The audiences that the query API takes.
    pub fn log_analytics_audiences(&self) -> Vec<String> {
        let mut audiences = self.own("/log-analytics");
        audiences.extend(self.behaviour.log_analytics_audiences.iter().cloned());
        audiences
    }

    /// Every resource that tokens are issued for.
    pub fn known_audiences(&self) -> Vec<String> {
        let mut audiences = self.arm_audiences();
        audiences.extend(self.defender_audiences());
        audiences.extend(self.own("/graph"));
        audiences.extend(self.log_analytics_audiences());
        audiences.extend(self.behaviour.other_audiences.iter().cloned());
        audiences
    }

    fn own(&self, path: &str) -> Vec<String> {
        self.own_urls.iter().map(|url| format!("{url}{path}")).collect()
    }

    /// Everything but secrets and tokens, in a stable order.
    pub fn state(&self) -> Value {
        let mut workspaces: Vec<&Workspace> = self.workspaces.iter().collect();
        workspaces.sort_by_key(|workspace| workspace.id().to_lowercase());
        let mut tenants: Vec<&Tenant> = self.tenants.iter().collect();
        tenants.sort_by_key(|tenant| tenant.tenant_id.to_lowercase());
        let mut groups: Vec<String> = self.groups.iter().map(ResourceGroup::id).collect();
        groups.sort_by_key(|id| id.to_lowercase());
        let workbooks: Vec<Value> = self
            .groups
            .iter()
            .flat_map(|group| {
                group.workbooks.all().map(|workbook| {
                    let mut state = workbook.state();
                    state["resource_group"] = json!(group.id());
                    state
                })
            })
            .collect();
        json!({
            "tenants": tenants,
            "resource_groups": groups,
            "workbooks": workbooks,
            "workspaces": workspaces.iter().map(|workspace| workspace.state()).collect::<Vec<_>>(),
            "behaviour": self.behaviour,
            "faults": self.faults.waiting(),
            "late": self.late,
            "machine": self.machine,
            "ci": self.ci,
        })
    }
}

impl Tenant {
    /// The service principal of this application.
    pub fn client(&self, app_id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.client_id.eq_ignore_ascii_case(app_id))
    }
}

impl Client {
    /// The object id of its service principal.
    pub fn object_id(&self) -> String {
        self.object_id.clone().unwrap_or_else(|| derived_uuid(&self.client_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_needs_a_tenant_that_exists() -> Result<(), serde_json::Error> {
        let scenario = Scenario::parse(
            r#"{"workspaces": [{"subscription_id": "s", "resource_group": "g", "name": "w", "tenant_id": "t"}]}"#,
        )?;
        assert!(World::new(scenario).is_err_and(|error| error.contains("unknown tenant 't'")));
        Ok(())
    }

    #[test]
    fn an_identity_of_the_machine_is_a_client() -> Result<(), serde_json::Error> {
        let made = |identities: &str| {
            let scenario = format!(
                r#"{{"tenants": [{{"tenant_id": "t", "clients": [{{"client_id": "a"}}, {{"client_id": "b"}}]}}],
                    "machine": {{"identities": [{identities}]}}}}"#
            );
            Scenario::parse(&scenario).map(|scenario| World::new(scenario).map(|_| ()))
        };
        let (a, b) = (r#"{"tenant_id": "t", "client_id": "A"}"#, r#"{"tenant_id": "t", "client_id": "b"}"#);
        assert_eq!(made(&format!("{a}, {b}"))?, Ok(()));
        let stranger = made(r#"{"tenant_id": "t", "client_id": "c"}"#)?;
        assert!(
            stranger.is_err_and(|error| error == "the machine has the identity 'c', and tenant 't' no such client")
        );
        let own = |text: &str| text.replace('}', r#", "system_assigned": true}"#);
        assert!(made(&format!("{}, {}", own(a), own(b)))?.is_err_and(|error| error.contains("more than one")));
        Ok(())
    }

    #[test]
    fn the_state_shows_no_secret() -> Result<(), serde_json::Error> {
        let world = World::new(Scenario::built_in()?);
        assert!(world.is_ok_and(|world| {
            let state = world.state().to_string();
            state.contains("law-demo") && !state.contains("emulator-secret")
        }));
        Ok(())
    }
}
