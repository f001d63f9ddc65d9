//! Ports that are taken, and who holds them.

use listeners::{Listener, Protocol, SocketState};
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener},
    thread,
    time::Duration,
};

/// How often a port that nobody is seen to hold is tried.
const TRIES: u32 = 10;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Ports that cannot be had, each with its option and its holder.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken(Vec<(Wanted, Why)>);

/// An option's name without dashes, and its port.
pub(super) type Wanted = (&'static str, u16);

#[derive(Debug, PartialEq, Eq)]
enum Why {
    /// Name and id of the programs that listen there; none where they are not ours to see.
    HeldBy(Vec<(String, u32)>),
    /// Two options name the same port.
    SameAs(&'static str),
    /// The system refuses for another reason.
    Refused(String),
}

/// Finds out whether all of these can be had.
pub(super) fn check(wanted: Vec<Wanted>) -> Result<(), Taken> {
    let mut taken = Vec::new();
    let mut seen: Vec<Wanted> = Vec::new();
    for (option, port) in wanted {
        if let Some((other, _)) = seen.iter().find(|(_, earlier)| *earlier == port) {
            taken.push(((option, port), Why::SameAs(other)));
        } else if let Some(why) = in_the_way(port) {
            taken.push(((option, port), why));
        }
        seen.push((option, port));
    }
    if taken.is_empty() { Ok(()) } else { Err(Taken(taken)) }
}

/// Why a port cannot be had. A program that is being started holds what its parent held for a
/// moment, and nobody is seen to listen: so once more before somebody else is blamed.
fn in_the_way(port: u16) -> Option<Why> {
    let mut tries = 0;
    loop {
        let why = why(port, &try_bind(port).err()?);
        tries += 1;
        if tries == TRIES || why != Why::HeldBy(Vec::new()) {
            return Some(why);
        }
        thread::sleep(PAUSE);
    }
}

/// A browser that opens `localhost` tries both families, so a stranger on either is in the way.
fn try_bind(port: u16) -> io::Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        // No IPv6 here, or none on loopback.
        _ => Ok(()),
    }
}

fn why(port: u16, error: &io::Error) -> Why {
    if error.kind() != io::ErrorKind::AddrInUse {
        return Why::Refused(error.to_string());
    }
    let everybody = listeners::get_all().unwrap_or_default();
    let mut holders: Vec<_> = everybody
        .into_iter()
        .filter(|it| is_in_the_way(it, port))
        .map(|it| (it.process.name, it.process.pid))
        .collect();
    holders.sort_by_key(|(_, pid)| *pid);
    holders.dedup();
    Why::HeldBy(holders)
}

fn is_in_the_way(listener: &Listener, port: u16) -> bool {
    listener.protocol == Protocol::TCP
        && listener.state == SocketState::Listen
        && listener.socket.port() == port
        && reaches_loopback(listener.socket.ip())
}

fn reaches_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback() || address.is_unspecified()
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "nothing was started, because ports are taken:")?;
        for ((option, port), why) in &self.0 {
            writeln!(f, "  --{option} {port}  {why}")?;
        }
        write!(f, "Stop what holds them, or choose other ports with these options.")
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeldBy(holders) if holders.is_empty() => {
                write!(f, "held by a process of another user")
            }
            Self::HeldBy(holders) => {
                let each = holders.iter().map(|(name, pid)| format!("{name} (process {pid})"));
                write!(f, "held by {}", each.collect::<Vec<_>>().join(", "))
            }
            Self::SameAs(other) => write!(f, "is the port of --{other} too"),
            Self::Refused(error) => write!(f, "cannot be listened on: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Ports, *};

    #[test]
    fn free_ports_can_be_had() {
        Ports::free().unwrap().check(true).unwrap();
    }

    #[test]
    fn a_taken_port_is_told_with_its_option_and_its_holder() {
        let mut ports = Ports::free().unwrap();
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        ports.consent = holder.local_addr().unwrap().port();
        let text = ports.check(false).unwrap_err().to_string();
        let me = std::process::id();
        assert!(text.contains(&format!("--consent-port {}  held by ", ports.consent)), "{text}");
        assert!(text.contains(&format!("(process {me})")), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn jaegers_ports_count_only_where_it_is_started() {
        let mut ports = Ports::free().unwrap();
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        ports.otlp_grpc = holder.local_addr().unwrap().port();
        assert_eq!(ports.check(false), Ok(()));
        assert!(ports.check(true).unwrap_err().to_string().contains("--otlp-port"));
    }

    #[test]
    fn one_port_for_two_options_is_told() {
        let mut ports = Ports::free().unwrap();
        ports.registry = ports.identity;
        let text = ports.check(false).unwrap_err().to_string();
        let line = format!("--registry-port {}  is the port of --identity-port", ports.identity);
        assert!(text.contains(&line), "{text}");
    }

    #[test]
    fn a_holder_that_cannot_be_seen_is_still_told() {
        let taken = Taken(vec![(("client-port", 1234), Why::HeldBy(Vec::new()))]);
        assert!(
            taken.to_string().contains("--client-port 1234  held by a process of another user")
        );
    }
}
