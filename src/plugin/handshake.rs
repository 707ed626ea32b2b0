//! How host and plugin find each other: the cookie, the protocol version, and the one line on stdout.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::About;

/// The one protocol version that is spoken here.
pub const PROTOCOL: u32 = 5;

/// Not a secret: it tells a start by Terraform from a start by hand.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// What the host put into the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    pub cookie: Option<String>,
    /// Comma-separated, in any order.
    pub protocol_versions: Option<String>,
    /// PEM of the certificate that the host will show; without one the connection is plain text.
    pub client_certificate: Option<String>,
    pub min_port: Option<String>,
    pub max_port: Option<String>,
}

impl Environment {
    pub fn read() -> Self {
        let variable = |name| std::env::var(name).ok();
        Self {
            cookie: variable("TF_PLUGIN_MAGIC_COOKIE"),
            protocol_versions: variable("PLUGIN_PROTOCOL_VERSIONS"),
            // Not being text is not the same as being absent: that must never end in plain text.
            client_certificate: std::env::var_os("PLUGIN_CLIENT_CERT")
                .map(|value| value.to_string_lossy().into_owned())
                .filter(|value| !value.is_empty()),
            min_port: variable("PLUGIN_MIN_PORT"),
            max_port: variable("PLUGIN_MAX_PORT"),
        }
    }

    /// The ports that the host allows for TCP; 0 is any.
    pub fn ports(&self) -> std::ops::RangeInclusive<u16> {
        let port = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
        match (port(&self.min_port), port(&self.max_port)) {
            (Some(min), Some(max)) if min <= max => min..=max,
            _ => 0..=0,
        }
    }

    /// Whether a host started this process, and one that speaks the same protocol.
    pub fn check(&self) -> Result<(), Mismatch> {
        if self.cookie.as_deref() != Some(COOKIE) {
            return Err(Mismatch::ByHand);
        }
        match &self.protocol_versions {
            Some(offered) if !offered.split(',').any(|version| version.trim() == "5") => {
                Err(Mismatch::Protocol(offered.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// Why there is nothing to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    ByHand,
    Protocol(String),
}

impl Mismatch {
    /// What the person in front of the terminal is told.
    pub fn told(&self, about: &About) -> impl fmt::Display {
        let About { name, version, address } = about;
        match self {
            Mismatch::ByHand => format!(
                "{name} {version}\n\
                 \n\
                 This is a Terraform provider ({address}). Terraform and OpenTofu start it; it does nothing by itself.\n\
                 \n\
                 To use it, name it in a configuration and run `terraform init`:\n\
                 \n  \
                   terraform {{\n    \
                     required_providers {{\n      \
                       {local} = {{ source = \"{source}\" }}\n    \
                     }}\n  \
                   }}\n\
                 \n\
                 To try this very file, put its directory into ~/.terraformrc; `terraform init` is then not needed:\n\
                 \n  \
                   provider_installation {{\n    \
                     dev_overrides {{ \"{source}\" = \"{directory}\" }}\n    \
                     direct {{}}\n  \
                   }}\n\
                 \n\
                 To debug it, start it with -debug and follow what it prints.\n",
                local = address.rsplit('/').next().unwrap_or(address),
                source = address.split_once('/').map_or(*address, |(_, source)| source),
                directory = own_directory(),
            ),
            Mismatch::Protocol(offered) => format!(
                "{name} {version} speaks Terraform plugin protocol {PROTOCOL}, but this Terraform only offers {offered}. \
                 Use Terraform 1.0 or newer, or a release of the provider that fits.\n"
            ),
        }
    }
}

fn own_directory() -> String {
    let own = std::env::current_exe().ok();
    own.as_deref().and_then(|path| path.parent()).map_or_else(|| ".".to_owned(), |path| path.display().to_string())
}

/// The line that tells the host where to connect and which certificate to expect.
pub fn line(network: &str, address: &str, certificate: Option<&[u8]>) -> String {
    // Go reads the certificate as base64 without padding and refuses any.
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    format!("1|{PROTOCOL}|{network}|{address}|grpc|{certificate}\n")
}

/// What is printed for the host that a debugged provider is attached to.
pub fn reattach(about: &About, network: &str, address: &str) -> String {
    let json = serde_json::json!({
        about.address: {
            "Protocol": "grpc",
            "ProtocolVersion": PROTOCOL,
            "Pid": std::process::id(),
            "Test": true,
            "Addr": { "Network": network, "String": address },
        }
    });
    // In bash and zsh a single quote ends the string; inside JSON it may be written as an escape.
    let quoted = json.to_string().replace('\'', "\\u0027");
    format!(
        "The provider is running, without TLS. For bash or zsh, set this in the terminal where Terraform runs:\n\
         \n\tTF_REATTACH_PROVIDERS='{quoted}'\n\
         \nCtrl-C here ends the provider.\n"
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const ABOUT: About = About { name: "terraform-provider-x", version: "1.2.3", address: "registry.terraform.io/a/x" };

    fn environment(cookie: &str, versions: Option<&str>) -> Environment {
        let protocol_versions = versions.map(str::to_owned);
        Environment { cookie: Some(cookie.to_owned()), protocol_versions, ..Environment::default() }
    }

    #[test]
    fn the_cookie_and_a_common_version_are_needed() {
        assert_eq!(environment(COOKIE, Some("6,5")).check(), Ok(()));
        assert_eq!(environment(COOKIE, None).check(), Ok(()));
        assert_eq!(environment("x", Some("5")).check(), Err(Mismatch::ByHand));
        assert_eq!(Environment::default().check(), Err(Mismatch::ByHand));
        assert_eq!(environment(COOKIE, Some("6,15")).check(), Err(Mismatch::Protocol("6,15".to_owned())));
    }

    #[test]
    fn the_line_has_six_fields() {
        expect!["1|5|unix|/tmp/p/s|grpc|AQIDBA"].assert_eq(line("unix", "/tmp/p/s", Some(&[1, 2, 3, 4])).trim_end());
        expect!["1|5|tcp|127.0.0.1:1|grpc|"].assert_eq(line("tcp", "127.0.0.1:1", None).trim_end());
    }

    #[test]
    fn who_starts_it_by_hand_is_told_what_it_is() {
        let told = Mismatch::ByHand.told(&ABOUT).to_string().replace(&own_directory(), "/here");
        expect![[r#"
            terraform-provider-x 1.2.3

            This is a Terraform provider (registry.terraform.io/a/x). Terraform and OpenTofu start it; it does nothing by itself.

            To use it, name it in a configuration and run `terraform init`:

              terraform {
                required_providers {
                  x = { source = "a/x" }
                }
              }

            To try this very file, put its directory into ~/.terraformrc; `terraform init` is then not needed:

              provider_installation {
                dev_overrides { "a/x" = "/here" }
                direct {}
              }

            To debug it, start it with -debug and follow what it prints.
        "#]].assert_eq(&told);
    }

    #[test]
    fn an_older_host_is_told_which_protocol_is_spoken() {
        let told = Mismatch::Protocol("4".to_owned()).told(&ABOUT).to_string();
        expect![[r#"
            terraform-provider-x 1.2.3 speaks Terraform plugin protocol 5, but this Terraform only offers 4. Use Terraform 1.0 or newer, or a release of the provider that fits.
        "#]].assert_eq(&told);
    }

    #[test]
    fn a_debugger_gets_the_line_for_its_shell() {
        let told = reattach(&ABOUT, "unix", "/tmp/o'p/s").replace(&std::process::id().to_string(), "PID");
        expect![[r#"
            The provider is running, without TLS. For bash or zsh, set this in the terminal where Terraform runs:

            	TF_REATTACH_PROVIDERS='{"registry.terraform.io/a/x":{"Addr":{"Network":"unix","String":"/tmp/o\u0027p/s"},"Pid":PID,"Protocol":"grpc","ProtocolVersion":5,"Test":true}}'

            Ctrl-C here ends the provider.
        "#]].assert_eq(&told);
    }

    #[test]
    fn ports_are_the_hosts_or_any() {
        let ports = |min: &str, max: &str| {
            let (min_port, max_port) = (Some(min.to_owned()), Some(max.to_owned()));
            Environment { min_port, max_port, ..Environment::default() }.ports()
        };
        assert_eq!(ports("10000", "25000"), 10000..=25000);
        assert_eq!(ports("9", "1"), 0..=0);
        assert_eq!(ports("x", "1"), 0..=0);
    }
}
