//! `latchkey throttle`: who has failed to sign in too often, and letting them try again.

use super::{identity::Identity, refusal::refusal};
use crate::operator::{self, Failure, within};
use clap::{Args, Subcommand};
use latchkey_proto::identity::v1::{
    LiftThrottleRequest, ListThrottlesRequest, Throttle, ThrottleTarget, throttle_target::Target,
};
use serde::Serialize;
use std::{
    io::{self, BufWriter, Write, stdout},
    net::IpAddr,
    process::ExitCode,
};

/// The most that a call lists.
const PAGE: i32 = 1000;

const EXAMPLES: &str = "\
Examples:
  latchkey throttle list ada@example.com
  latchkey throttle list --address 192.0.2.7 --json
  latchkey throttle lift ada@example.com
  latchkey throttle lift --address 192.0.2.7

Exit codes:
  0  done
  1  identity refused it
  2  it could not be tried: the command line is wrong, or identity cannot be reached";

/// Options of `latchkey throttle`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    identity: Identity,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// List the counters of failed sign-ins, and until when they hold people up
    List(List),
    /// Forget counters of failed sign-ins: the next attempt is looked at again
    Lift(Lift),
}

#[derive(Debug, Clone, Args)]
struct List {
    #[command(flatten)]
    whose: Whose,

    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Args)]
struct Lift {
    #[command(flatten)]
    whose: Whose,
}

/// Whose counters.
#[derive(Debug, Clone, Args)]
struct Whose {
    /// Of the person with this subject, email address or user name, wherever attempts came from; or
    /// of a name that nobody has
    who: Option<String>,

    /// Of this network address: IPv4, or IPv6, which stands for its /64
    #[arg(long, value_name = "IP", conflicts_with = "who")]
    address: Option<IpAddr>,
}

/// A counter. A subject that is empty is left out: it is nobody's, or that of an address.
#[derive(Debug, Serialize)]
struct Counter {
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    failures: i64,
    last_attempt_time: String,
    allowed_time: String,
    forgotten_time: String,
}

/// Does one thing and ends; the exit codes stand in `--help`.
#[must_use]
pub(crate) fn main(options: &Options) -> ExitCode {
    operator::ended("throttle", run(options))
}

async fn run(options: &Options) -> Result<(), Failure> {
    match &options.command {
        Command::List(list) => list.run(&options.identity).await,
        Command::Lift(lift) => lift.run(&options.identity).await,
    }
}

impl Whose {
    async fn target(&self, identity: &Identity) -> Result<Option<ThrottleTarget>, Failure> {
        let target = match (&self.who, self.address) {
            (None, None) => return Ok(None),
            (_, Some(address)) => Target::Address(address.to_string()),
            (Some(who), None) => match identity.connect().await?.look_up(who).await? {
                Some(user) => Target::Subject(user.subject),
                None => Target::Identifier(who.clone()),
            },
        };
        Ok(Some(ThrottleTarget { target: Some(target) }))
    }
}

impl List {
    async fn run(&self, identity: &Identity) -> Result<(), Failure> {
        let target = self.whose.target(identity).await?;
        let mut throttles = identity.throttles().await?;
        let mut out = BufWriter::new(stdout().lock());
        if !self.json {
            line(&mut out, ["KIND", "FAILURES", "ALLOWED AT", "FORGOTTEN AT", "SUBJECT"])?;
        }
        let mut page_token = String::new();
        loop {
            let target = target.clone();
            let request = ListThrottlesRequest { target, page_size: PAGE, page_token };
            let page = throttles.list_throttles(within(request)).await.map_err(refusal)?;
            let page = page.into_inner();
            for counter in page.throttles {
                self.show(&mut out, counter.into())?;
            }
            if page.next_page_token.is_empty() {
                return Ok(out.flush()?);
            }
            page_token = page.next_page_token;
        }
    }

    fn show(&self, out: &mut impl Write, counter: Counter) -> io::Result<()> {
        if self.json {
            return writeln!(out, "{}", serde_json::to_string(&counter)?);
        }
        let Counter { kind, subject, failures, allowed_time, forgotten_time, .. } = counter;
        let subject = if subject.is_empty() { "-" } else { &subject };
        line(out, [&kind, &failures.to_string(), &allowed_time, &forgotten_time, subject])
    }
}

impl Lift {
    async fn run(&self, identity: &Identity) -> Result<(), Failure> {
        let Some(target) = self.whose.target(identity).await? else {
            return Err(Failure::trouble("say whose: a person, or --address"));
        };
        let request = within(LiftThrottleRequest { target: Some(target) });
        let lifted = identity.throttles().await?.lift_throttle(request).await.map_err(refusal)?;
        let mut out = stdout().lock();
        match lifted.into_inner().lifted {
            0 => writeln!(out, "Nothing was counted.")?,
            1 => writeln!(out, "1 counter is forgotten.")?,
            count => writeln!(out, "{count} counters are forgotten.")?,
        }
        Ok(())
    }
}

impl From<Throttle> for Counter {
    fn from(throttle: Throttle) -> Self {
        let kind = throttle.kind().as_str_name().trim_start_matches("THROTTLE_KIND_");
        let time = |time: Option<prost_types::Timestamp>| {
            time.map(|time| time.to_string()).unwrap_or_default()
        };
        Self {
            kind: kind.to_lowercase(),
            subject: throttle.subject,
            failures: throttle.failures,
            last_attempt_time: time(throttle.last_attempt_time),
            allowed_time: time(throttle.allowed_time),
            forgotten_time: time(throttle.forgotten_time),
        }
    }
}

fn line(
    out: &mut impl Write,
    [kind, failures, allowed, forgotten, subject]: [&str; 5],
) -> io::Result<()> {
    writeln!(out, "{kind:<7}  {failures:>8}  {allowed:<27}  {forgotten:<27}  {subject}")
}
