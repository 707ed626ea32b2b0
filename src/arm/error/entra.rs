//! What Entra's codes mean for whoever asked for a token.

use super::{Error, Kind};
use crate::arm::credential::Proof;

/// What a token was asked for with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    pub tenant: Option<String>,
    /// The application, where it is one of the user's.
    pub client_id: Option<String>,
    /// Where an administrator of the tenant consents to the application.
    pub consent_at: Option<String>,
    /// What proves who calls.
    pub proof: Option<Proof>,
    /// What else was given to sign in with, and is not used.
    pub passed_over: Vec<String>,
}

impl Error {
    /// The tenant does not know the application.
    pub fn is_unknown_application(&self) -> bool {
        self.is_entras(&["700016", "7000229", "700011"])
    }

    /// Nobody in the tenant has consented to what the application asks for.
    pub fn is_application_without_consent(&self) -> bool {
        self.is_entras(&["65001", "65004", "650051", "650056", "650057", "90093", "90094", "90095"])
    }

    /// There is no such tenant in this cloud.
    pub fn is_unknown_tenant(&self) -> bool {
        self.is_entras(&["90002", "900023", "50059", "900382"])
    }

    /// The secret is none of the application's.
    pub fn is_wrong_secret(&self) -> bool {
        self.is_entras(&["7000215", "7000216", "50012", "70002"])
    }

    /// The secret was the application's, and is over.
    pub fn is_expired_secret(&self) -> bool {
        self.is_entras(&["7000222"])
    }

    /// The application is switched off in the tenant.
    pub fn is_disabled_application(&self) -> bool {
        self.is_entras(&["7000112"])
    }

    /// The tenant does not know the service that the token is to be for.
    pub fn is_unknown_service(&self) -> bool {
        self.is_entras(&["500011", "650052"])
    }

    /// The tenant does not know the account.
    pub fn is_unknown_account(&self) -> bool {
        self.is_entras(&["50020", "50034", "90072"])
    }

    fn is_entras(&self, numbers: &[&str]) -> bool {
        let code = self.code.as_deref().and_then(|code| code.strip_prefix("AADSTS"));
        self.kind == Kind::Token && code.is_some_and(|code| numbers.contains(&code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_means_one_thing_and_only_entras() {
        let meanings = |kind, number: &str| {
            let error = Error { code: Some(format!("AADSTS{number}")), ..Error::new(kind, "") };
            [
                ("application", error.is_unknown_application()),
                ("consent", error.is_application_without_consent()),
                ("tenant", error.is_unknown_tenant()),
                ("wrong", error.is_wrong_secret()),
                ("expired", error.is_expired_secret()),
                ("disabled", error.is_disabled_application()),
                ("service", error.is_unknown_service()),
                ("account", error.is_unknown_account()),
            ]
            .into_iter()
            .filter_map(|(name, holds)| holds.then_some(name))
            .collect::<Vec<_>>()
        };
        for (number, meaning) in [
            ("700016", "application"),
            ("65001", "consent"),
            ("90002", "tenant"),
            ("7000215", "wrong"),
            ("7000222", "expired"),
            ("7000112", "disabled"),
            ("500011", "service"),
            ("50020", "account"),
        ] {
            assert_eq!(meanings(Kind::Token, number), [meaning], "{number}");
            assert_eq!(meanings(Kind::Service, number), [""; 0], "{number}");
        }
        assert_eq!(meanings(Kind::Token, "1"), [""; 0]);
    }
}
