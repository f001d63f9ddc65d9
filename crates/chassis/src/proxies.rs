//! Who asks, behind proxies: what they write about a connection counts only where it comes from one
//! that is trusted by configuration.

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Addresses that a proxy is followed back over at most: longer lists are somebody's play.
const LONGEST: usize = 16;

/// Options of a service behind proxies.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(id = "proxies")]
pub struct Proxies {
    /// Network of a proxy that says the truth about where a request comes from, such as 10.0.0.0/8;
    /// may be given several times
    #[arg(long = "trusted-proxy", env = "LATCHKEY_TRUSTED_PROXY", value_name = "CIDR",
          value_delimiter = ',', value_parser = network)]
    pub trusted: Vec<IpNet>,

    /// The header that the trusted proxies write
    #[arg(long = "proxy-header", env = "LATCHKEY_PROXY_HEADER", value_enum,
          default_value_t = Header::default(), value_name = "HEADER")]
    pub header: Header,
}

/// Where proxies write who asks. One of them is read only: the other may be the client's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Header {
    /// Every proxy appends the address that it was asked from.
    #[default]
    XForwardedFor,
    /// The same, as RFC 7239 writes it.
    Forwarded,
}

impl Proxies {
    /// The address of whoever asked: the peer, or where it is a trusted proxy, the last address in
    /// its list that is not one. What stands further left could be anybody's invention.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        for hop in self.hops(headers).into_iter().rev().take(LONGEST) {
            if !self.trusts(nearest) {
                break;
            }
            let Some(hop) = hop else { break };
            nearest = hop;
        }
        nearest
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// The list from left to right; `None` for what is no address.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let name = match self.header {
            Header::XForwardedFor => X_FORWARDED_FOR,
            Header::Forwarded => header::FORWARDED,
        };
        let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default());
        let hops = lines.flat_map(|line| line.split(','));
        match self.header {
            Header::XForwardedFor => hops.map(address).collect(),
            Header::Forwarded => hops.map(|hop| address(forwarded_for(hop)?)).collect(),
        }
    }
}

/// The `for` of one element (RFC 7239, section 4).
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| value.trim_matches('"'))
    })
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let parsed = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    parsed.ok().map(|address| address.to_canonical())
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>()
        .or_else(|_| address())
        .map_err(|_| "expected an address or a network such as 10.0.0.0/8 or fd00::/8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], header: Header, peer: &str, lines: &[&str]) -> String {
        let trusted = trusted.iter().map(|text| network(text).unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        Proxies { trusted, header }.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_configured() {
        let lines = ["x-forwarded-for: 1.2.3.4", "forwarded: for=1.2.3.4"];
        assert_eq!(client(&[], Header::XForwardedFor, "192.0.2.1", &lines), "192.0.2.1");
        let elsewhere = &["10.0.0.0/8"];
        assert_eq!(client(elsewhere, Header::XForwardedFor, "192.0.2.1", &lines), "192.0.2.1");
    }

    #[test]
    fn the_list_is_read_from_the_right_up_to_the_first_stranger() {
        let trusted = &["10.0.0.0/8", "fd00::/8"];
        let of = |list: &str| {
            let line = format!("x-forwarded-for: {list}");
            client(trusted, Header::XForwardedFor, "10.0.0.1", &[&line])
        };
        assert_eq!(of("203.0.113.7"), "203.0.113.7");
        assert_eq!(of("1.1.1.1, 203.0.113.7, 10.9.9.9"), "203.0.113.7");
        assert_eq!(of("203.0.113.7:4711"), "203.0.113.7");
        assert_eq!(of("[2001:db8::7]:4711, fd00::1"), "2001:db8::7");
        assert_eq!(of("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(of("10.1.1.1"), "10.1.1.1", "an address of our own network asked");
        assert_eq!(of("203.0.113.7, unknown"), "10.0.0.1", "what is no address is not believed");
        assert_eq!(of(""), "10.0.0.1");
    }

    #[test]
    fn several_lines_are_one_list() {
        let lines = ["x-forwarded-for: 1.1.1.1", "x-forwarded-for: 203.0.113.7"];
        assert_eq!(client(&["10.0.0.1"], Header::XForwardedFor, "10.0.0.1", &lines), "203.0.113.7");
        assert_eq!(client(&["10.0.0.1"], Header::XForwardedFor, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn only_the_header_of_the_proxies_is_read() {
        let lines = [
            "x-forwarded-for: 1.1.1.1",
            r#"forwarded: for=2.2.2.2, For="[2001:db8::7]:4711";proto=https;by=10.0.0.1"#,
        ];
        let forwarded = client(&["10.0.0.0/8"], Header::Forwarded, "10.0.0.1", &lines);
        assert_eq!(forwarded, "2001:db8::7");
        let other = client(&["10.0.0.0/8"], Header::XForwardedFor, "10.0.0.1", &lines);
        assert_eq!(other, "1.1.1.1");
    }

    #[test]
    fn a_wrong_network_is_told() {
        for wrong in ["10.0.0.0/33", "everybody", ""] {
            assert!(network(wrong).unwrap_err().contains("10.0.0.0/8"), "{wrong}");
        }
    }
}
