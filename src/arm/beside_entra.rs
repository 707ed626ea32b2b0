//! How a token is asked of somebody else than Entra: of a CI system, or of a managed identity's endpoint.

use azure_core::http::{
    ClientOptions, Context, Pipeline, PipelineSendOptions, RawResponse, Request, RetryOptions, Url,
};

/// The way there: that of Entra's requests, without what is made for Entra's refusals.
pub(super) fn pipeline(options: &ClientOptions) -> Pipeline {
    let options =
        ClientOptions { transport: options.transport.clone(), retry: RetryOptions::none(), ..ClientOptions::default() };
    let (name, version) = (Some(env!("CARGO_PKG_NAME")), Some(env!("CARGO_PKG_VERSION")));
    Pipeline::new(name, version, options, Vec::new(), Vec::new(), None)
}

/// The answer to a request, whatever its status.
pub(super) async fn send(pipeline: &Pipeline, request: &mut Request) -> azure_core::Result<RawResponse> {
    let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
    pipeline.send(&Context::new(), request, Some(options)).await
}

/// The address with each of these that it does not have yet.
pub(super) fn with_query(url: &Url, query: &[(&str, &str)]) -> Url {
    let mut url = url.clone();
    for (name, value) in query {
        let is_there = url.query_pairs().any(|(key, _)| key.eq_ignore_ascii_case(name));
        if !is_there {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url
}
