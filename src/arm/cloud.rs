//! The clouds that are known by name, and those that say themselves where their services are.

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::policies::Policy;
use azure_core::http::{
    ClientOptions, Context, HttpClient, Method, Pipeline, PipelineSendOptions, Request, RetryOptions, Transport,
};
use serde_json::Value;
use url::Url;

use super::error::{Error, Kind, classify, tidy};
use super::request::{address, is_loopback};
use super::transport::{self, Identify};

/// How long a cloud may take to say where its services are.
const PATIENCE: Duration = Duration::from_secs(60);

/// An Azure cloud: where Resource Manager and Entra are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    pub resource_manager: Url,
    /// Whom Resource Manager's tokens are made for.
    pub resource_manager_audience: String,
    pub active_directory: Url,
    /// Whom somebody else's token is made for that Entra takes in exchange.
    pub federation_audience: &'static str,
    /// The Defender cloud that goes with it, if one is known.
    pub defender: Option<&'static DefenderCloud>,
    /// Log Analytics' query API, if one is known.
    pub log_analytics: Option<Url>,
    /// Whom its tokens are made for.
    pub log_analytics_audience: String,
}

/// A cloud of the Defender API, which is apart from Azure's: a tenant of GCC signs in to the public cloud.
#[derive(Debug, PartialEq, Eq)]
pub struct DefenderCloud {
    pub name: &'static str,
    host: &'static str,
    /// Whom its tokens are made for.
    pub audience: &'static str,
}

/// The clouds of the Defender API. The hosts are documented by Microsoft; that the government's are their own audience is
/// what published scripts do for GCC, and inferred for the others.
pub const DEFENDER_CLOUDS: [DefenderCloud; 4] = [
    DefenderCloud {
        name: "commercial",
        host: "api.security.microsoft.com",
        audience: "https://api.securitycenter.microsoft.com",
    },
    DefenderCloud {
        name: "gcc",
        host: "api-gcc.securitycenter.microsoft.us",
        audience: "https://api-gcc.securitycenter.microsoft.us",
    },
    DefenderCloud {
        name: "gcc_high",
        host: "api-gov.securitycenter.microsoft.us",
        audience: "https://api-gov.securitycenter.microsoft.us",
    },
    DefenderCloud {
        name: "dod",
        host: "api-gov.securitycenter.microsoft.us",
        audience: "https://api-gov.securitycenter.microsoft.us",
    },
];

/// What is known of a cloud.
struct Known {
    /// What people call it; the first name is the one to show.
    names: &'static [&'static str],
    /// What it calls itself.
    own_name: &'static str,
    resource_manager: &'static str,
    active_directory: &'static str,
    federation_audience: &'static str,
    defender: Option<usize>,
    log_analytics: &'static str,
    /// Whom the query API's tokens are made for; in the public cloud its former address, as documented.
    log_analytics_audience: &'static str,
}

/// The clouds by the names that azurerm takes, and by those of the older SDKs.
const CLOUDS: [Known; 4] = [
    Known {
        names: &["public", "global", "azurepublic", "azurepubliccloud", "azurecloud"],
        own_name: "AzureCloud",
        resource_manager: "management.azure.com",
        active_directory: "login.microsoftonline.com",
        federation_audience: "api://AzureADTokenExchange",
        defender: Some(0),
        log_analytics: "api.loganalytics.azure.com",
        log_analytics_audience: "https://api.loganalytics.io",
    },
    Known {
        names: &["usgovernment", "usgovernmentl4", "azureusgovernment", "azureusgovernmentcloud"],
        own_name: "AzureUSGovernment",
        resource_manager: "management.usgovcloudapi.net",
        active_directory: "login.microsoftonline.us",
        federation_audience: "api://AzureADTokenExchangeUSGov",
        defender: Some(2),
        log_analytics: "api.loganalytics.us",
        log_analytics_audience: "https://api.loganalytics.us",
    },
    Known {
        names: &["dod", "usgovernmentl5"],
        own_name: "",
        resource_manager: "management.usgovcloudapi.net",
        active_directory: "login.microsoftonline.us",
        federation_audience: "api://AzureADTokenExchangeUSGov",
        defender: Some(3),
        log_analytics: "api.loganalytics.us",
        log_analytics_audience: "https://api.loganalytics.us",
    },
    Known {
        names: &["china", "azurechina", "azurechinacloud"],
        own_name: "AzureChinaCloud",
        resource_manager: "management.chinacloudapi.cn",
        active_directory: "login.chinacloudapi.cn",
        federation_audience: "api://AzureADTokenExchangeChina",
        defender: None,
        log_analytics: "api.loganalytics.azure.cn",
        log_analytics_audience: "https://api.loganalytics.azure.cn",
    },
];

impl Cloud {
    /// The names to choose from.
    pub fn names() -> impl Iterator<Item = &'static str> {
        CLOUDS.iter().filter_map(|known| known.names.first().copied())
    }

    /// The public cloud.
    pub fn public() -> Self {
        Self::of(&CLOUDS[0])
    }

    /// The cloud of a name, in any casing.
    pub fn named(name: &str) -> Option<Self> {
        let is = |known: &&Known| known.names.iter().any(|known| known.eq_ignore_ascii_case(name.trim()));
        CLOUDS.iter().find(is).map(Self::of)
    }

    fn of(known: &Known) -> Self {
        let resource_manager = host(known.resource_manager);
        Self {
            resource_manager_audience: audience_of(&resource_manager),
            resource_manager,
            active_directory: host(known.active_directory),
            federation_audience: known.federation_audience,
            defender: known.defender.map(|row| &DEFENDER_CLOUDS[row]),
            log_analytics: Some(host(known.log_analytics)),
            log_analytics_audience: known.log_analytics_audience.to_owned(),
        }
    }

    /// The cloud whose Resource Manager is at `host`, as its metadata tells.
    ///
    /// # Errors
    ///
    /// There is no such host, or it does not answer as Resource Manager's metadata endpoint of api-version 2022-09-01 does.
    pub async fn of_metadata(host: &str, user_agent: String) -> Result<Self, Error> {
        let bad = |why: &str| Error::new(Kind::Settings, format!("{host:?} {why}"));
        let url = Url::parse(&format!("https://{host}/metadata/endpoints?api-version=2022-09-01"))
            .map_err(|_| bad("is not the name of a host"))?;
        if url.path() != "/metadata/endpoints" || !url.username().is_empty() || url.password().is_some() {
            return Err(bad("is not the name of a host"));
        }
        // What is known here need not be asked for.
        if let Some(known) = CLOUDS.iter().find(|known| host.eq_ignore_ascii_case(known.resource_manager)) {
            return Ok(Self::of(known));
        }
        let transport = transport::build(is_loopback(&url))?;
        Self::read_at(&url, transport, user_agent).await
    }

    async fn read_at(url: &Url, transport: Arc<dyn HttpClient>, user_agent: String) -> Result<Self, Error> {
        let target = format!("GET {}", address(url));
        let policies: Vec<Arc<dyn Policy>> = vec![Arc::new(Identify { user_agent })];
        let options = ClientOptions {
            transport: Some(Transport::new(transport)),
            per_try_policies: policies,
            retry: RetryOptions::default(),
            ..ClientOptions::default()
        };
        let pipeline = Pipeline::new(None, None, options, Vec::new(), Vec::new(), None);
        let mut request = Request::new(url.clone(), Method::Get);
        request.insert_header("accept", "application/json");
        let sent = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let context = Context::new();
        let answer = pipeline.send(&context, &mut request, Some(sent));
        let answer =
            tokio::time::timeout(PATIENCE, answer).await.map_err(|_| Error::timed_out(PATIENCE).at(&target))?;
        let answer = answer.map_err(|error| classify(&error).error.at(&target))?;
        if !answer.status().is_success() {
            let said = tidy(&String::from_utf8_lossy(answer.body()), 200);
            let status = u16::from(answer.status());
            return Err(Error { status: Some(status), ..Error::new(Kind::Service, said) }.at(&target));
        }
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        Self::read(&body).map_err(|why| Error::new(Kind::Garbage, why).at(&target))
    }

    /// What a metadata endpoint says of its cloud.
    fn read(body: &Value) -> Result<Self, String> {
        let url = |what: &str, value: &Value| {
            let url = value.as_str().and_then(|text| Url::parse(text).ok()).filter(|url| url.scheme() == "https");
            url.ok_or_else(|| format!("the answer names no https address as '{what}'"))
        };
        let resource_manager = url("resourceManager", &body["resourceManager"])?;
        let authentication = &body["authentication"];
        let active_directory = url("authentication.loginEndpoint", &authentication["loginEndpoint"])?;
        let own = audience_of(&resource_manager);
        let audiences = authentication["audiences"].as_array().map(Vec::as_slice).unwrap_or_default();
        let audiences: Vec<_> =
            audiences.iter().filter_map(Value::as_str).map(|text| text.trim_end_matches('/')).collect();
        let is_own = audiences.iter().any(|audience| audience.eq_ignore_ascii_case(&own));
        let audience = if is_own { None } else { audiences.first().map(|audience| (*audience).to_owned()) };
        // A stack of somebody's own may have none.
        let log_analytics = url("logAnalyticsResourceId", &body["logAnalyticsResourceId"]).ok();
        let name = body["name"].as_str().unwrap_or_default();
        let known = CLOUDS.iter().find(|known| !name.is_empty() && known.own_name.eq_ignore_ascii_case(name));
        Ok(Self {
            resource_manager_audience: audience.unwrap_or(own),
            resource_manager,
            active_directory,
            federation_audience: known.unwrap_or(&CLOUDS[0]).federation_audience,
            defender: known.and_then(|known| known.defender).map(|row| &DEFENDER_CLOUDS[row]),
            log_analytics: known.map(|known| host(known.log_analytics)).or_else(|| log_analytics.clone()),
            log_analytics_audience: match (known, log_analytics) {
                (Some(known), _) => known.log_analytics_audience.to_owned(),
                (None, Some(url)) => audience_of(&url),
                (None, None) => CLOUDS[0].log_analytics_audience.to_owned(),
            },
        })
    }
}

impl DefenderCloud {
    /// The cloud of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        DEFENDER_CLOUDS.iter().find(|cloud| cloud.name == name)
    }

    /// Where it is.
    pub fn url(&self) -> Url {
        host(self.host)
    }
}

/// Whom the tokens of a service are made for that goes by its address.
pub(super) fn audience_of(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
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
    use serde_json::json;

    use super::super::fake::{Fake, Reply, reply};
    use super::*;

    #[test]
    fn a_cloud_has_several_names() {
        let told = |cloud: &Cloud| {
            let defender = cloud.defender.map_or("none", |defender| defender.audience);
            let queries = cloud.log_analytics.as_ref().map_or("none", Url::as_str);
            let for_queries = &cloud.log_analytics_audience;
            format!("{} {} {defender} {queries} for {for_queries}", cloud.resource_manager, cloud.active_directory)
        };
        let seen: Vec<_> = CLOUDS
            .iter()
            .map(|known| {
                let of: Vec<_> =
                    known.names.iter().map(|name| told(&Cloud::named(&name.to_uppercase()).unwrap())).collect();
                assert!(of.windows(2).all(|pair| pair[0] == pair[1]), "{of:?}");
                of[0].clone()
            })
            .collect();
        expect_test::expect![[r#"
            https://management.azure.com/ https://login.microsoftonline.com/ https://api.securitycenter.microsoft.com https://api.loganalytics.azure.com/ for https://api.loganalytics.io
            https://management.usgovcloudapi.net/ https://login.microsoftonline.us/ https://api-gov.securitycenter.microsoft.us https://api.loganalytics.us/ for https://api.loganalytics.us
            https://management.usgovcloudapi.net/ https://login.microsoftonline.us/ https://api-gov.securitycenter.microsoft.us https://api.loganalytics.us/ for https://api.loganalytics.us
            https://management.chinacloudapi.cn/ https://login.chinacloudapi.cn/ none https://api.loganalytics.azure.cn/ for https://api.loganalytics.azure.cn"#]]
        .assert_eq(&seen.join("\n"));
        assert_eq!(Cloud::named("german"), None);
        assert!(
            DEFENDER_CLOUDS
                .iter()
                .all(|cloud| DefenderCloud::named(cloud.name) == Some(cloud) && cloud.url().has_host())
        );
    }

    /// What comes of a metadata endpoint that answers so.
    async fn told(answer: fn() -> Reply) -> String {
        let fake: Arc<dyn HttpClient> = Arc::new(Fake::new(move |_| async move { answer() }));
        let url = Url::parse("https://arm.stack.example/metadata/endpoints?api-version=2022-09-01").unwrap();
        match Cloud::read_at(&url, fake, "me".to_owned()).await {
            Ok(cloud) => {
                format!(
                    "{} for {}, {} for {}, {}",
                    cloud.resource_manager,
                    cloud.resource_manager_audience,
                    cloud.active_directory,
                    cloud.federation_audience,
                    cloud.defender.map_or("no Defender cloud", |defender| defender.name)
                ) + &cloud
                    .log_analytics
                    .map_or_else(String::new, |url| format!(", {url} for {}", cloud.log_analytics_audience))
            }
            Err(error) => error.to_string(),
        }
    }

    fn metadata(name: &str, audiences: &[&str]) -> String {
        let authentication = json!({ "loginEndpoint": "https://login.stack.example", "audiences": audiences });
        json!({ "name": name, "authentication": authentication, "resourceManager": "https://arm.stack.example/" })
            .to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn a_cloud_tells_where_it_is() {
        let seen = [
            told(|| reply(200, &[], &metadata("Stack", &["https://management.stack.example/x"]))).await,
            told(|| reply(200, &[], &metadata("AzureUSGovernment", &["https://other", "https://ARM.stack.example/"])))
                .await,
            told(|| reply(200, &[], &metadata("", &[]))).await,
            told(|| {
                let queries = r#","logAnalyticsResourceId":"https://queries.stack.example"}"#;
                reply(200, &[], &(metadata("Stack", &[]).trim_end_matches('}').to_owned() + queries))
            })
            .await,
            told(|| reply(200, &[], r#"{"resourceManager": "http://arm"}"#)).await,
            told(|| reply(200, &[], "[]")).await,
            told(|| reply(404, &[], "no such\npage")).await,
        ];
        expect_test::expect![[r#"
            https://arm.stack.example/ for https://management.stack.example/x, https://login.stack.example/ for api://AzureADTokenExchange, no Defender cloud
            https://arm.stack.example/ for https://arm.stack.example, https://login.stack.example/ for api://AzureADTokenExchangeUSGov, gcc_high, https://api.loganalytics.us/ for https://api.loganalytics.us
            https://arm.stack.example/ for https://arm.stack.example, https://login.stack.example/ for api://AzureADTokenExchange, no Defender cloud
            https://arm.stack.example/ for https://arm.stack.example, https://login.stack.example/ for api://AzureADTokenExchange, no Defender cloud, https://queries.stack.example/ for https://queries.stack.example
            GET https://arm.stack.example/metadata/endpoints: the answer names no https address as 'resourceManager'
            GET https://arm.stack.example/metadata/endpoints: the answer names no https address as 'resourceManager'
            GET https://arm.stack.example/metadata/endpoints: 404 no such page
        "#]]
        .assert_eq(&(seen.join("\n") + "\n"));
        assert_eq!(Cloud::of_metadata("Management.Azure.com", String::new()).await, Ok(Cloud::public()));
        for host in ["a b", "user:pass@host", "host/path", ""] {
            let error = Cloud::of_metadata(host, String::new()).await.unwrap_err();
            assert!(error.message.ends_with("is not the name of a host"), "{error}");
        }
    }
}
