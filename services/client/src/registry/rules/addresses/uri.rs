//! One address that browsers are sent to. Hydra compares it character by character, and so it has to
//! be what a browser makes of it: what looks like one host and is another is told here.

use crate::registry::app::Kind;
use url::{Host, Url};

const LONGEST: usize = 512;

/// An address that is what it looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Uri(Url);

impl Uri {
    /// Reads an address.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let refused = |problem: &str| Err(problem.to_owned());
        if text.is_empty() {
            return refused("is empty");
        }
        if text.len() > LONGEST {
            return Err(format!("is longer than {LONGEST} bytes"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refused(
                "has spaces, or letters that are not ASCII: write them percent-encoded, and a host \
                 in its xn-- form",
            );
        }
        if text.contains('*') {
            return refused("has a wildcard: give each address in full");
        }
        if text.contains('#') {
            return refused("has a fragment (#): leave it away");
        }
        let Ok(url) = Url::parse(text) else {
            return refused("is no address: write it in full, such as https://shop.example.com/cb");
        };
        if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
            return refused("has an @, as before a host with a user name: leave it away");
        }
        // `https://host` is what apps send, and browsers make `https://host/` of it.
        let read = url.as_str();
        if read != text && read.strip_suffix('/') != Some(text) {
            return Err(format!("is read as {read} by browsers: write it so"));
        }
        // Browsers let it stand in a query, where no address has one (RFC 3986, section 3.4).
        if text.contains('\\') {
            return refused("has a backslash: write %5C");
        }
        Ok(Self(url))
    }

    /// Whether an app of this kind may come back there.
    pub(super) fn fits(&self, kind: Kind) -> Result<(), String> {
        let url = &self.0;
        match (url.scheme(), kind) {
            ("https", _) => Ok(()),
            ("http", Kind::Native) if url.domain() == Some("localhost") => {
                Err("is on localhost, which may be another machine: write 127.0.0.1 or [::1]"
                    .to_owned())
            }
            ("http", Kind::Native) if self.is_loopback() && url.port().is_some() => {
                Err("has a port: leave it away, and any port of this machine is accepted"
                    .to_owned())
            }
            ("http", _) if self.is_loopback() => Ok(()),
            ("http", _) => Err("is http on the network: use https".to_owned()),
            (_, Kind::Native) => self.is_private_use(),
            (scheme, _) => Err(format!(
                "has the scheme {scheme}: use https, or http on localhost, 127.0.0.1 or [::1]"
            )),
        }
    }

    /// An address that a page may link to, or a server may call.
    pub(super) fn web(self) -> Result<Self, String> {
        match self.0.scheme() {
            "https" => Ok(self),
            "http" if self.is_loopback() => Ok(self),
            _ => {
                Err("is not https: use https, or http on localhost, 127.0.0.1 or [::1]".to_owned())
            }
        }
    }

    /// RFC 8252, section 7.1.
    fn is_private_use(&self) -> Result<(), String> {
        let (url, scheme) = (&self.0, self.0.scheme());
        if !scheme.contains('.') {
            return Err(format!(
                "has the scheme {scheme}, which other apps may claim: use a domain of yours in \
                 reverse, such as com.example.app:/callback"
            ));
        }
        if url.has_host() || url.cannot_be_a_base() {
            return Err(format!("has not one slash after the scheme: write {scheme}:/callback"));
        }
        Ok(())
    }

    /// Whether it never leaves the machine (RFC 8252, section 7.3, and RFC 6761, section 6.3).
    pub(super) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Scheme, host and port, as Hydra compares them.
    pub(super) fn origin(&self) -> (String, Option<String>, Option<u16>) {
        let url = &self.0;
        (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port())
    }
}

#[cfg(test)]
mod tests;
