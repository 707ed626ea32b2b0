//! What the service says of a write of Sentinel's settings, which alone must name the version that it writes over.

use super::{Error, Kind};

impl Error {
    /// A setting is there, and the write did not say which version of it is written over.
    pub fn is_without_etag(&self) -> bool {
        self.kind == Kind::Service && self.status == Some(400) && self.says("should provide etag")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_without_an_etag_is_told_from_other_bad_requests() {
        let of = |status, message: &str| Error::sample(Kind::Service, Some(status), Some("BadRequest"), message);
        assert!(of(400, "Update request should provide ETag").is_without_etag());
        assert!(!of(400, "Setting kind 'X' is not supported.").is_without_etag());
        assert!(!of(409, "Update request should provide ETag").is_without_etag());
    }
}
