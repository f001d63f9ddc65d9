//! `latchkey app events`: who changed which app.

use super::registry::Registry;
use crate::operator::{Entry, Failure, Window, within};
use latchkey_proto::client::v1::ListAppEventsRequest;
use std::io::{self, BufWriter, Write, stdout};

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Options {
    /// Only those of the app with this client id, removed or not
    #[arg(default_value = "", hide_default_value = true, value_name = "CLIENT_ID")]
    id: String,

    #[command(flatten)]
    window: Window,
}

/// Lists what was done to apps, the newest first.
pub(super) async fn list(registry: Registry<'_>, options: &Options) -> Result<(), Failure> {
    let Options { id, window } = options;
    let mut apps = registry.connect().await?;
    let page = async |page_size, page_token| {
        let request = ListAppEventsRequest { client_id: id.clone(), page_size, page_token };
        let page = apps.calls.list_app_events(within(request)).await?.into_inner();
        let (mut events, mut next) = (page.events, page.next_page_token);
        let earlier = events.iter().position(|event| window.begins_after(event.time.as_ref()));
        if let Some(earlier) = earlier {
            events.truncate(earlier);
            next.clear();
        }
        Ok((events, next))
    };
    let mut out = BufWriter::new(stdout().lock());
    if !window.json {
        line(&mut out, ["TIME", "EVENT", "OUTCOME", "CLIENT ID", "ACTOR", "FIELDS"])?;
    }
    let show = |event: Entry| {
        if window.json {
            return event.json(&mut out);
        }
        let Entry { time, event, outcome, client_id, actor, fields, .. } = event;
        let fields = fields.join(" ");
        Ok(line(&mut out, [&time, &event, &outcome, &client_id, &actor, &fields])?)
    };
    window.each(page, show).await?;
    Ok(out.flush()?)
}

fn line(
    out: &mut impl Write,
    [time, event, outcome, client_id, actor, fields]: [&str; 6],
) -> io::Result<()> {
    let [actor, fields] = [actor, fields].map(|text| if text.is_empty() { "-" } else { text });
    writeln!(out, "{time:<27}  {event:<17}  {outcome:<8}  {client_id:<36}  {actor:<22}  {fields}")
}
