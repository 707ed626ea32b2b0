//! What a client is made from: a cloud's endpoints, credentials, and how patient it is. Reading files and environment
//! variables is the caller's work.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::credential::Credential;
use super::error::{Error, Kind};
use super::request::{Plane, address};
use super::secret::Secret;

/// Whom the Defender API's tokens are made for. It is a name rather than an address: it stays when `endpoints.defender`
/// points elsewhere.
pub(super) const DEFENDER_AUDIENCE: &str = "https://api.securitycenter.microsoft.com";

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

/// Where a cloud's services are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    pub resource_manager: Url,
    pub active_directory: Url,
    pub defender: Url,
}

impl Endpoints {
    /// The public cloud.
    pub fn public() -> Self {
        Self {
            resource_manager: host("management.azure.com"),
            active_directory: host("login.microsoftonline.com"),
            defender: host("api.security.microsoft.com"),
        }
    }

    /// Where the requests of a plane go.
    pub(super) fn of(&self, plane: Plane) -> &Url {
        match plane {
            Plane::ResourceManager => &self.resource_manager,
            Plane::Defender => &self.defender,
        }
    }

    /// Whom the tokens of a plane are made for.
    pub(super) fn audience(&self, plane: Plane) -> String {
        match plane {
            Plane::ResourceManager => self.resource_manager.as_str().trim_end_matches('/').to_owned(),
            Plane::Defender => DEFENDER_AUDIENCE.to_owned(),
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
        self.named().iter().all(|(_, url)| match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        })
    }

    fn named(&self) -> [(&'static str, &Url); 3] {
        [
            ("resource_manager", &self.resource_manager),
            ("active_directory", &self.active_directory),
            ("defender", &self.defender),
        ]
    }
}

/// Who calls.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The provider's own tenant.
    pub tenant_id: Option<String>,
    pub credential: Arc<dyn Credential>,
    /// A ready token for the Defender API, used as it is.
    pub defender_token: Option<Secret>,
    /// What else was given to sign in with and is not used, for the error of a user who meant it.
    pub passed_over: Vec<String>,
}

/// A host of Microsoft's as an address.
fn host(name: &'static str) -> Url {
    // The names are constants of this file, so that a test covers them all; there is no fallback worth having.
    #[allow(clippy::expect_used)]
    Url::parse(&format!("https://{name}")).expect("a constant address")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_public_cloud_is_fine() {
        let endpoints = Endpoints::public();
        endpoints.check().unwrap();
        assert!(!endpoints.are_loopback());
        assert_eq!(endpoints.audience(Plane::ResourceManager), "https://management.azure.com");
    }

    #[test]
    fn only_https_is_taken_and_the_message_names_the_endpoint() {
        let with = |text: &str| {
            let endpoints = Endpoints { defender: Url::parse(text).unwrap(), ..Endpoints::public() };
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
