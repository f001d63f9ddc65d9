//! `latchkey user events`: who signed in, and what was done to people.

use super::{identity::Identity, refusal::refusal};
use crate::operator::{Entry, Failure, Window, within};
use chassis::grpc::Channel;
use latchkey_proto::identity::v1::{ListEventsRequest, audit_service_client::AuditServiceClient};
use std::io::{self, BufWriter, Write, stdout};

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Options {
    /// Only those about the person with this subject, email address or user name; somebody who was
    /// removed has a subject alone
    who: Option<String>,

    /// Only those of this kind, such as credentials.verify
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    event: String,

    #[command(flatten)]
    window: Window,
}

/// Lists what happened, the newest first.
pub(super) async fn list(identity: &Identity, options: &Options) -> Result<(), Failure> {
    let Options { who, event, window } = options;
    let mut audit = identity.audit().await?;
    let subject = match who {
        Some(who) => subject(identity, &mut audit, who).await?,
        None => String::new(),
    };
    let page = async |page_size, page_token| {
        let request = ListEventsRequest {
            page_size,
            page_token,
            subject: subject.clone(),
            event: event.clone(),
            start_time: window.since,
            end_time: None,
        };
        let page = audit.list_events(within(request)).await.map_err(refusal)?.into_inner();
        Ok((page.events, page.next_page_token))
    };
    let mut out = BufWriter::new(stdout().lock());
    if !window.json {
        line(&mut out, ["TIME", "EVENT", "OUTCOME", "SUBJECT", "CLIENT ID", "IP", "ACTOR"])?;
    }
    let show = |event: Entry| {
        if window.json {
            return event.json(&mut out);
        }
        let Entry { time, event, outcome, subject, client_id, ip, actor, .. } = event;
        Ok(line(&mut out, [&time, &event, &outcome, &subject, &client_id, &ip, &actor])?)
    };
    window.each(page, show).await?;
    Ok(out.flush()?)
}

/// Whom it is about. Who was removed is known to the audit trail alone.
async fn subject(
    identity: &Identity,
    audit: &mut AuditServiceClient<Channel>,
    who: &str,
) -> Result<String, Failure> {
    if let Some(user) = identity.connect().await?.look_up(who).await? {
        return Ok(user.subject);
    }
    let request =
        ListEventsRequest { page_size: 1, subject: who.to_owned(), ..ListEventsRequest::default() };
    if audit.list_events(within(request)).await?.into_inner().events.is_empty() {
        return Err(Failure::Refused(format!(
            "nobody has the subject, email address or user name {who}, and nobody had this subject"
        )));
    }
    Ok(who.to_owned())
}

fn line(
    out: &mut impl Write,
    [time, event, outcome, subject, client_id, ip, actor]: [&str; 7],
) -> io::Result<()> {
    let [subject, client_id, ip, actor] =
        [subject, client_id, ip, actor].map(|text| if text.is_empty() { "-" } else { text });
    writeln!(
        out,
        "{time:<27}  {event:<18}  {outcome:<17}  {subject:<36}  {client_id:<20}  {ip:<15}  {actor}"
    )
}
