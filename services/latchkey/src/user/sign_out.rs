//! `latchkey sign-out`: ends what somebody has begun, and says what became of it.

use super::identity::Identity;
use crate::operator::{self, ClientService, Failure, within};
use latchkey_proto::client::v1::{
    SignOutRequest, SignOutResponse, sign_out_request::Target,
    sign_out_service_client::SignOutServiceClient,
};
use std::{
    io::{Write, stdout},
    process::ExitCode,
};

const EXAMPLES: &str = "\
Examples:
  latchkey sign-out ada@example.com
  latchkey sign-out --subject 0197c5a4-1f7b-7d6e-9a55-0d3b5c1e2f60
  latchkey sign-out --session 5d0f3a57-6f0e-4f1d-8a55-3a4e2b1c0d9f

Exit codes:
  0  done
  1  not all of it was done yet, or there is no such person or session
  2  it could not be tried: the command line is wrong, or identity or the client service cannot be
     reached";

/// Options of `latchkey sign-out`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
#[group(skip)]
pub(crate) struct Options {
    /// Email address, user name or subject of whom to sign out everywhere
    #[arg(required_unless_present_any = ["subject", "session"], conflicts_with_all = ["subject", "session"])]
    who: Option<String>,

    /// Sign out everywhere whoever has, or had, this subject
    #[arg(long, value_name = "SUBJECT", conflicts_with = "session")]
    subject: Option<String>,

    /// End one session alone, by the `sid` of its ID tokens
    #[arg(long, value_name = "SID")]
    session: Option<String>,

    #[command(flatten)]
    client: ClientService,

    #[command(flatten)]
    identity: Identity,
}

/// Signs out and ends; the exit codes stand in `--help`.
#[must_use]
pub(crate) fn main(options: &Options) -> ExitCode {
    operator::ended("sign-out", sign_out(options))
}

async fn sign_out(options: &Options) -> Result<(), Failure> {
    let target = match (&options.subject, &options.session, &options.who) {
        (Some(subject), _, _) => Target::Subject(subject.clone()),
        (None, Some(session), _) => Target::SessionId(session.clone()),
        (None, None, who) => {
            let mut users = options.identity.connect().await?;
            Target::Subject(users.find(who.as_deref().unwrap_or_default()).await?.subject)
        }
    };
    let channel = options.client.connect(&options.identity.credentials).await?;
    let request = within(SignOutRequest { target: Some(target) });
    let done = SignOutServiceClient::new(channel).sign_out(request).await?.into_inner();
    tell(&mut stdout().lock(), &done)?;
    let problems: Vec<_> = done
        .steps
        .iter()
        .filter(|step| !step.problem.is_empty())
        .map(|step| {
            let action = step.action().as_str_name().trim_start_matches("SIGN_OUT_ACTION_");
            format!("\n  {}: {}", action.to_lowercase().replace('_', " "), step.problem)
        })
        .collect();
    if done.complete {
        return Ok(());
    }
    Err(Failure::Refused(format!("not all of it was done yet: try again{}", problems.concat())))
}

/// An app a line. What was not done is told as a failure.
fn tell(out: &mut impl Write, done: &SignOutResponse) -> Result<(), Failure> {
    if done.apps.is_empty() {
        if done.complete {
            writeln!(out, "Signed out. Hydra lists no app.")?;
        }
        return Ok(());
    }
    writeln!(out, "{:<40}  {:>8}  TOKENS", "APP", "SESSIONS")?;
    for app in &done.apps {
        let name = match app.client_name.as_str() {
            "" => app.client_id.clone(),
            name => format!("{name} ({})", app.client_id),
        };
        let tokens = if app.tokens_revoked { "ended" } else { "not renewed" };
        writeln!(out, "{name:<40}  {:>8}  {tokens}", app.session_ids.len())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_proto::client::v1::AppSignOut;

    fn told(done: &SignOutResponse) -> String {
        let mut out = Vec::new();
        tell(&mut out, done).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_is_called_done_that_was_not() {
        let done = |complete| SignOutResponse { complete, ..SignOutResponse::default() };
        assert_eq!(told(&done(true)), "Signed out. Hydra lists no app.\n");
        assert_eq!(told(&done(false)), "");
    }

    #[test]
    fn an_app_without_a_name_is_its_id() {
        let app = |name: &str| AppSignOut {
            client_id: "shop".to_owned(),
            client_name: name.to_owned(),
            ..AppSignOut::default()
        };
        let apps = vec![app(""), app("My shop")];
        let lines = told(&SignOutResponse { apps, ..SignOutResponse::default() });
        let lines: Vec<_> = lines.lines().skip(1).collect();
        assert!(lines[0].starts_with("shop ") && lines[1].starts_with("My shop (shop) "));
    }
}
