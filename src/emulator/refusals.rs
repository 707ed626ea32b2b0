//! What ARM says when it refuses, word for word where its words are known \[doc, seen\].

use super::exchange::Reply;
use super::tokens::Caller;

/// No bearer token.
pub fn no_token(base: &str) -> Reply {
    let text = "Authentication failed. The 'Authorization' header is missing.";
    challenge(Reply::error(401, "AuthenticationFailed", text), base, "common", text)
}

/// A token nobody issued.
pub fn unknown_token(base: &str) -> Reply {
    let text = "The access token is invalid.";
    challenge(Reply::error(401, "InvalidAuthenticationToken", text), base, "common", text)
}

/// A token that has ended.
pub fn expired_token(base: &str, caller: &Caller) -> Reply {
    let expired = jiff::Timestamp::from_second(caller.expires).map_or_else(|_| String::new(), |time| time.to_string());
    let text = format!(
        "The access token expiry UTC time '{expired}' is earlier than current UTC time '{}'.",
        jiff::Timestamp::now()
    );
    challenge(Reply::error(401, "ExpiredAuthenticationToken", &text), base, &caller.tenant_id, &text)
}

/// A token for another API.
pub fn wrong_audience(base: &str, caller: &Caller, allowed: &[String]) -> Reply {
    let text = format!(
        "The access token has been obtained for wrong audience or resource '{}'. It should exactly match with one of \
         the allowed audiences '{}'.",
        caller.audience,
        allowed.join("','")
    );
    challenge(Reply::error(401, "InvalidAuthenticationTokenAudience", &text), base, &caller.tenant_id, &text)
}

/// A token of another tenant than the subscription's.
pub fn wrong_tenant(base: &str, caller: &Caller, tenant_id: &str) -> Reply {
    let text = format!(
        "The access token is from the wrong issuer 'https://sts.windows.net/{}/'. It must match the tenant \
         'https://sts.windows.net/{tenant_id}/' associated with this subscription. Please use the authority (URL) \
         'https://login.windows.net/{tenant_id}' to get the token. Note, if the subscription is transferred to another \
         tenant there is no impact to the services, but information about new tenant could take time to propagate (up \
         to an hour). If you just transferred your subscription and see this error message, please try back later.",
        caller.tenant_id
    );
    challenge(Reply::error(401, "InvalidAuthenticationTokenTenant", &text), base, tenant_id, &text)
}

fn challenge(reply: Reply, base: &str, tenant_id: &str, text: &str) -> Reply {
    let text = text.replace('"', "'");
    let value = format!(
        "Bearer authorization_uri=\"{base}/{tenant_id}\", error=\"invalid_token\", error_description=\"{text}\""
    );
    reply.with_header("www-authenticate", value)
}

/// No api-version.
pub fn no_api_version() -> Reply {
    let text = "The api-version query parameter (?api-version=) is required for all requests.";
    Reply::error(400, "MissingApiVersionParameter", text)
}

/// Something that is no api-version.
pub fn malformed_api_version(version: &str) -> Reply {
    let text =
        format!("The api-version '{version}' is invalid. The expected format is YYYY-MM-DD or YYYY-MM-DD-preview.");
    Reply::error(400, "InvalidApiVersionParameter", text)
}

/// An api-version that the resource type does not have.
pub fn unknown_api_version(version: &str, resource_type: &str, stable: &[&str], preview: &[&str]) -> Reply {
    let previews = preview.iter().map(|date| format!("{date}-preview"));
    let supported: Vec<String> = stable.iter().map(|date| (*date).to_owned()).chain(previews).collect();
    let text = format!(
        "No registered resource provider found for location '' and API version '{version}' for type '{resource_type}'. \
         The supported api-versions are '{}'. The supported locations are ''.",
        supported.join(", ")
    );
    Reply::error(400, "NoRegisteredProviderFound", text)
}

/// A subscription nobody has.
pub fn no_subscription(subscription_id: &str) -> Reply {
    Reply::error(404, "SubscriptionNotFound", format!("The subscription '{subscription_id}' could not be found."))
}

/// A resource group that is not in the subscription.
pub fn no_resource_group(name: &str) -> Reply {
    Reply::error(404, "ResourceGroupNotFound", format!("Resource group '{name}' could not be found."))
}

/// A workspace that is not in the resource group.
pub fn no_workspace(name: &str, resource_group: &str) -> Reply {
    let text = format!(
        "The Resource 'Microsoft.OperationalInsights/workspaces/{name}' under resource group '{resource_group}' was not \
         found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    );
    Reply::error(404, "ResourceNotFound", text)
}

/// A path that leads nowhere.
pub fn no_such_path(path: &str) -> Reply {
    Reply::error(404, "InvalidResourceType", format!("No resource type of the emulator answers at '{path}'."))
}

/// Something that the service has and the emulator does not.
pub fn not_emulated(what: &str) -> Reply {
    Reply::error(501, "NotImplemented", format!("The emulator does not know {what}."))
}

/// A method that the path does not have.
pub fn no_such_method(method: &str) -> Reply {
    let text = format!("The requested resource does not support http method '{method}'.");
    Reply::error(405, "HttpMethodNotAllowed", text)
}

/// A principal without the right role.
pub fn not_allowed(caller: &Caller, action: &str, scope: &str) -> Reply {
    let text = format!(
        "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over scope \
         '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
        caller.app_id, caller.object_id
    );
    Reply::error(403, "AuthorizationFailed", text)
}

/// Too many requests.
pub fn throttled(seconds: u32) -> Reply {
    let text =
        format!("Number of requests for subscription exceeded the limit. Please try again after '{seconds}' seconds.");
    Reply::error(429, "SubscriptionRequestsThrottled", text).with_header("retry-after", seconds.to_string())
}

/// A child resource of the workspace that is not there; status \[seen\], code and text \[inferred\].
pub fn not_found(resource_type: &str, name: &str) -> Reply {
    Reply::error(404, "NotFound", format!("Resource '{name}' of type '{resource_type}' was not found."))
}

/// Anything Sentinel finds wrong with a request \[seen: code\].
pub fn bad_request(text: impl Into<String>) -> Reply {
    Reply::error(400, "BadRequest", text)
}

/// A body that does not parse \[seen: first half of the text\].
pub fn unparsable(reason: &str) -> Reply {
    bad_request(format!("Failed to parse input. Error='{reason}'"))
}

/// A body without a required property \[seen: text up to the path\].
pub fn missing_property(path: &str) -> Reply {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    unparsable(&format!("Required property '{name}' not found in JSON. Path '{parent}'."))
}

/// A stale etag; status and text \[inferred\].
pub fn stale_etag() -> Reply {
    let text = "The etag of the request does not match the etag of the resource. Read the resource and try again.";
    Reply::error(409, "Conflict", text)
}
