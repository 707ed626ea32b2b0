//! Refusals as the services write them, and what is asked of them.

use expect_test::expect;

use super::*;

fn predicates(error: &Error) -> String {
    let all = [
        ("not_found", error.is_not_found()),
        ("throttled", error.is_throttled()),
        ("out_of_order", error.is_out_of_order()),
        ("portal_locked", error.is_portal_locked()),
        ("not_onboarded", error.is_not_onboarded()),
        ("license_invalid", error.is_license_invalid()),
        ("missing_consent", error.is_missing_consent()),
        ("conflict", error.is_conflict()),
        ("duplicate_key", error.is_duplicate_key()),
        ("content_of_another_package", error.is_content_of_another_package()),
        ("forbidden", error.is_forbidden()),
        ("wrong_tenant", error.is_wrong_tenant()),
        ("unsupported_kind", error.is_unsupported_kind()),
        ("unsupported_product", error.is_unsupported_product()),
        ("provider_not_registered", error.is_provider_not_registered()),
        ("token_refused", error.is_token_refused()),
        ("scope_locked", error.is_scope_locked()),
        ("policy_denial", error.is_policy_denial()),
        ("denied_by_assignment", error.is_denied_by_assignment()),
        ("conditional_access", error.is_conditional_access()),
    ];
    all.iter().filter(|(_, holds)| *holds).map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

#[test]
fn answers_and_what_they_mean() {
    let answers = [
        (404, r#"{"error":{"code":"ResourceNotFound","message":"no"}}"#),
        (404, r#"{"error":{"code":"SubscriptionNotFound","message":"no"}}"#),
        (404, "<html><head><title>Not here</title></head><body>x</body></html>"),
        (404, ""),
        (502, "<html><body><h1>Bad Gateway</h1></body></html>"),
        (401, r#"{"error":{"code":"InvalidLicense","message":"Missing consent"}}"#),
        (401, r#"{"error":{"code":"InvalidLicense","message":"License is invalid"}}"#),
        (401, r#"{"error":{"code":"ExpiredAuthenticationToken","message":"The access token expiry UTC time ..."}}"#),
        (401, r#"{"error":{"code":"InvalidAuthenticationTokenTenant","message":"wrong issuer"}}"#),
        (400, r#"{"error":{"code":"BadRequest","message":"Connector kind 'X' is not supported in api-version: 'Y'"}}"#),
        (400, r#"{"error":{"code":"BadRequest","message":"The product 'X' is not supported in 'productFilter'."}}"#),
        (
            400,
            r#"{"error":{"code":"Outer","message":"{\"error\":{\"code\":\"BadRequest\",\"message\":\"Workspace 'w' is not onboarded to Microsoft Sentinel, please onboard\"}}"}}"#,
        ),
        (
            400,
            "\u{feff}{\"code\":\"BadRequest\",\"message\":\"The workspace is enabled through the Microsoft Threat Protection Portal. Changes to the connector in Microsoft Sentinel are disabled.\"}",
        ),
        (
            409,
            r#"{"error":{"code":"Conflict","message":"two connectors with different names and the same kind and context id"}}"#,
        ),
        (
            400,
            r#"{"error":{"code":"BadRequestException","message":"The contentId 'x' is already associated with another package."}}"#,
        ),
        (409, r#"{"error":{"code":"MissingSubscriptionRegistration","message":"not registered"}}"#),
        (409, r#"{"error":{"code":"ScopeLocked","message":"locked"}}"#),
        (412, r#"{"error":{"code":"PreconditionFailed","message":"etag"}}"#),
        (403, r#"{"error":{"code":"AuthorizationFailed","message":"The client has no right"}}"#),
        (403, r#"{"error":{"code":"RequestDisallowedByPolicy","message":"disallowed"}}"#),
        (403, r#"{"error":{"code":"DenyAssignmentAuthorizationFailed","message":"denied"}}"#),
        (429, "slow down\r\nplease"),
        (400, r#"{"error":{"code":"Multi","message":"","details":[{"code":"Inner","message":"why\u001b[31m not"}]}}"#),
        (400, r#""just a text""#),
        (400, r#"{"Message":"old style"}"#),
        (400, r#"[1,2]"#),
        (400, r#"{"error":"invalid_request","error_description":"AADSTS1: no"}"#),
    ];
    let text: String = answers
        .iter()
        .map(|(status, body)| {
            let error = Error::refused(*status, Refusal::read(body.as_bytes()));
            format!("{:?} {error} [{}]\n", error.kind, predicates(&error))
        })
        .collect();
    expect![[r#"
        Service 404 ResourceNotFound: no [not_found]
        Service 404 SubscriptionNotFound: no []
        Garbage the answer is a page: Not here []
        Garbage the answer gives no reason []
        Service 502 the answer is a page: Bad Gateway [out_of_order]
        Service 401 InvalidLicense: Missing consent [missing_consent]
        Service 401 InvalidLicense: License is invalid [license_invalid]
        Service 401 ExpiredAuthenticationToken: The access token expiry UTC time ... [token_refused]
        Service 401 InvalidAuthenticationTokenTenant: wrong issuer [wrong_tenant]
        Service 400 BadRequest: Connector kind 'X' is not supported in api-version: 'Y' [unsupported_kind]
        Service 400 BadRequest: The product 'X' is not supported in 'productFilter'. [unsupported_product]
        Service 400 BadRequest: Workspace 'w' is not onboarded to Microsoft Sentinel, please onboard [not_onboarded]
        Service 400 BadRequest: The workspace is enabled through the Microsoft Threat Protection Portal. Changes to the connector in Microsoft Sentinel are disabled. [portal_locked]
        Service 409 Conflict: two connectors with different names and the same kind and context id [duplicate_key]
        Service 400 BadRequestException: The contentId 'x' is already associated with another package. [content_of_another_package]
        Service 409 MissingSubscriptionRegistration: not registered [provider_not_registered]
        Service 409 ScopeLocked: locked [scope_locked]
        Service 412 PreconditionFailed: etag [conflict]
        Service 403 AuthorizationFailed: The client has no right [forbidden]
        Service 403 RequestDisallowedByPolicy: disallowed [policy_denial]
        Service 403 DenyAssignmentAuthorizationFailed: denied [denied_by_assignment]
        Service 429 slow down [throttled]
        Service 400 Inner: why [31m not []
        Service 400 just a text []
        Service 400 old style []
        Service 400 [1,2] []
        Service 400 invalid_request: AADSTS1: no []
    "#]]
    .assert_eq(&text);
}

#[test]
fn the_tenant_of_a_subscription() {
    let message = "The access token is from the wrong issuer 'https://sts.windows.net/11111111-1111-4111-8111-\
                   111111111111/'. It must match the tenant 'https://sts.windows.net/22222222-2222-4222-8222-\
                   222222222222/' associated with this subscription.";
    let error = Error { code: Some("InvalidAuthenticationTokenTenant".into()), ..Error::new(Kind::Service, message) };
    assert_eq!(error.tenant_of_subscription().as_deref(), Some("22222222-2222-4222-8222-222222222222"));
    assert_eq!(Error::new(Kind::Service, message).tenant_of_subscription(), None);
}

#[test]
fn unsupported_categories_in_both_forms() {
    let of = |message: &str| Error::new(Kind::Service, message).unsupported_categories();
    assert_eq!(of("Category 'AdvancedHunting-EmailEvents' is not supported."), ["AdvancedHunting-EmailEvents"]);
    assert_eq!(of("Categories A, 'B' and C are not supported."), ["A", "B", "C"]);
    assert_eq!(of("Category 'A' is not supported. Category 'B' is not supported."), ["A", "B"]);
    assert_eq!(of("Categorically: category A is not supported"), ["A"]);
    assert!(of("Category is fine").is_empty());
    assert!(of("category  is not supported").is_empty());
    assert!(of("nothing").is_empty());
}

#[test]
fn the_last_answer_is_never_lost() {
    let last = Error::refused(503, Refusal::read(br#"{"error":{"code":"Busy","message":"later"}}"#));
    let error = Error::deadline().after(Some(last));
    assert_eq!(error.to_string(), "no answer before the time limit; the last answer was 503 Busy: later");
    assert_eq!((error.kind, error.status), (Kind::TimedOut, Some(503)));
}
