//! What a client is made from: a cloud's endpoints, credentials, and how patient it is. Reading files and environment
//! variables is the caller's work.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::cloud::{Cloud, DEFENDER_CLOUDS, audience_of};
use super::credential::Credential;
use super::error::{Error, Kind};
use super::request::{Plane, address, is_loopback};
use super::secret::Secret;

/// Everything a client needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    pub endpoints: Endpoints,
    pub credentials: Credentials,
    /// Sent as it is with every request.
    pub user_agent: String,
    /// The bound of one try.
    pub request_timeout: Duration,
    /// How often a failed try is repeated.
    pub max_retries: u32,
    /// The most requests that are sent in a second; without it as many as the service takes.
    pub max_requests_per_second: Option<u32>,
}

/// Where a cloud's services are, and whom their tokens are made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    pub resource_manager: Url,
    pub resource_manager_audience: String,
    pub active_directory: Url,
    /// The Defender API, where the cloud has one that is known.
    pub defender: Option<Url>,
    /// A name rather than an address: it stays when the Defender API is somewhere else.
    pub defender_audience: String,
    /// Log Analytics' query API, where one is known.
    pub log_analytics: Option<Url>,
    /// A name as well.
    pub log_analytics_audience: String,
}

impl Endpoints {
    /// Those of a cloud.
    pub fn of_cloud(cloud: &Cloud) -> Self {
        Self {
            resource_manager: cloud.resource_manager.clone(),
            resource_manager_audience: cloud.resource_manager_audience.clone(),
            active_directory: cloud.active_directory.clone(),
            defender: cloud.defender.map(|defender| defender.url()),
            defender_audience: cloud.defender.unwrap_or(&DEFENDER_CLOUDS[0]).audience.to_owned(),
            log_analytics: cloud.log_analytics.clone(),
            log_analytics_audience: cloud.log_analytics_audience.clone(),
        }
    }

    /// Those with Resource Manager somewhere else, whose tokens are then made for that address, and whose workspaces the
    /// cloud's query API knows nothing of.
    pub fn with_resource_manager(self, url: Url) -> Self {
        Self { resource_manager_audience: audience_of(&url), resource_manager: url, log_analytics: None, ..self }
    }

    /// Where the requests of a plane go.
    pub(super) fn of(&self, plane: Plane) -> Result<&Url, Error> {
        match plane {
            Plane::ResourceManager => Ok(&self.resource_manager),
            Plane::Defender => self.defender.as_ref().ok_or_else(|| {
                let why = "no Defender API of this cloud is known, so there is nowhere to ask; nothing was sent. Where it has one, name \
                           it as endpoints.defender in the provider block";
                Error::new(Kind::Settings, why)
            }),
            Plane::LogAnalytics => self.log_analytics.as_ref().ok_or_else(|| {
                let why = "no query API of Log Analytics is known that goes with endpoints.resource_manager, so there is nowhere to ask; \
                           nothing was sent. Name it as endpoints.log_analytics in the provider block";
                Error::new(Kind::Settings, why)
            }),
        }
    }

    /// Whom the tokens of a plane are made for.
    pub(super) fn audience(&self, plane: Plane) -> &str {
        match plane {
            Plane::ResourceManager => &self.resource_manager_audience,
            Plane::Defender => &self.defender_audience,
            Plane::LogAnalytics => &self.log_analytics_audience,
        }
    }

    /// Refuses what would send a token in the clear, or to a place that the address hides.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (name, url) in self.named() {
            let wrong = if url.scheme() != "https" {
                "must begin with https://"
            } else if url.host_str().is_none_or(str::is_empty) {
                "names no host"
            } else if !url.username().is_empty() || url.password().is_some() {
                // The address itself is left out: it holds a password.
                return Err(Error::new(Kind::Settings, format!("the {name} endpoint must not hold a user name")));
            } else if url.query().is_some() || url.fragment().is_some() {
                "must not hold '?' or '#'"
            } else {
                continue;
            };
            return Err(Error::new(Kind::Settings, format!("the {name} endpoint '{}' {wrong}", address(url))));
        }
        Ok(())
    }

    /// Whether every service is on this machine, as the emulator is.
    pub(super) fn are_loopback(&self) -> bool {
        self.named().all(|(_, url)| is_loopback(url))
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, &Url)> {
        let always = [("resource_manager", &self.resource_manager), ("active_directory", &self.active_directory)];
        let defender = self.defender.iter().map(|url| ("defender", url));
        always.into_iter().chain(defender).chain(self.log_analytics.iter().map(|url| ("log_analytics", url)))
    }
}

/// Who calls.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The provider's own tenant.
    pub tenant_id: Option<String>,
    /// What proves who calls in every tenant that has nothing of its own.
    pub credential: Option<Arc<dyn Credential>>,
    /// What else was given to sign in with and is not used, for the error of a user who meant it.
    pub passed_over: Vec<String>,
    /// The tenants that are known by name, each once.
    pub tenants: Vec<TenantCredentials>,
    /// Tenants whose tokens go along with every request to Resource Manager.
    pub auxiliary_tenant_ids: Vec<String>,
    pub defender: DefenderCredentials,
}

/// Who calls in a tenant.
#[derive(Clone, Debug)]
pub struct TenantCredentials {
    pub tenant_id: String,
    /// What proves it there, if it is not what proves it elsewhere.
    pub credential: Option<Arc<dyn Credential>>,
    /// A ready token of this tenant for the Defender API.
    pub defender_token: Option<Secret>,
}

/// Who calls the Defender API, where it is not who calls Resource Manager.
#[derive(Clone, Debug, Default)]
pub struct DefenderCredentials {
    /// A ready token, used as it is.
    pub token: Option<Secret>,
    pub credential: Option<Arc<dyn Credential>>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_public_cloud_is_fine() {
        let endpoints = Endpoints::of_cloud(&Cloud::public());
        endpoints.check().unwrap();
        assert!(!endpoints.are_loopback());
        assert_eq!(endpoints.audience(Plane::ResourceManager), "https://management.azure.com");
    }

    #[test]
    fn only_https_is_taken_and_the_message_names_the_endpoint() {
        let with = |text: &str| {
            let endpoints =
                Endpoints { defender: Some(Url::parse(text).unwrap()), ..Endpoints::of_cloud(&Cloud::public()) };
            endpoints.check().unwrap_err().message
        };
        assert_eq!(
            with("http://127.0.0.1:8080"),
            "the defender endpoint 'http://127.0.0.1:8080/' must begin with https://"
        );
        assert_eq!(with("http://me:pass@host"), "the defender endpoint 'http://host/' must begin with https://");
        assert_eq!(with("https://me:pass@host"), "the defender endpoint must not hold a user name");
        assert!(with("https://host/?a=b").ends_with("must not hold '?' or '#'"));
    }
}
