//! What Sentinel alone says of writes: of its settings, which must name the version that they are written over, and of packages
//! of the Content hub.

use super::{Error, Kind};

impl Error {
    /// A package of the same content id is installed under another name.
    pub fn is_content_of_another_package(&self) -> bool {
        self.says("is already associated with another package")
    }

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
