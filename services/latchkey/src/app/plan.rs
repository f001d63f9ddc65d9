//! `latchkey app plan`: what would make Hydra match a file. Nothing is changed: the registry checks
//! each step as if it were made.

use super::{
    description::{Description, Kind},
    difference::Difference,
    fields::{Complaint, complaints},
    file::{Entry, File},
    registry::{Apps, Registry},
};
use crate::operator::Failure;
use latchkey_proto::client::v1::{App, AppFilter};
use serde::Serialize;
use std::{
    io::{self, Write, stdout},
    path::PathBuf,
};
use tonic::Status;

const EXAMPLES: &str = "\
Examples:
  latchkey app plan -f apps.yaml
  latchkey app plan -f apps.yaml --prune --check || echo 'Hydra is not as the file says'
  generate-apps | latchkey app plan -f - --json

docs/apps.md has a whole file. Exit codes: as `latchkey app`, and 3 with --check, where something is to
be done.";

/// Which file, and how far it goes.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Source {
    /// The file of apps; - is standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,

    /// Remove the apps that the file kept and does not name any more
    #[arg(long)]
    prune: bool,

    /// Let the file keep apps that are kept by hand so far
    #[arg(long)]
    adopt: bool,
}

#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    source: Source,

    /// End with exit code 3 where something is to be done
    #[arg(long)]
    check: bool,

    /// Print one JSON object for each app that is to be changed
    #[arg(long)]
    json: bool,
}

/// What is to be done, in this order.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// How many apps are as they should be.
    right: usize,
    /// Kept by the file, not in it any more, and not to be removed.
    left: Vec<String>,
}

/// One app, to be made so.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) client_id: String,
    pub(super) action: Action,
    /// The file is as it was applied: somebody changed the app past it.
    drift: bool,
    changes: Difference,
    /// As it will be, or as it is before it is removed.
    #[serde(skip)]
    pub(super) app: App,
    /// What an update names.
    #[serde(skip)]
    pub(super) fields: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Action {
    Add,
    Change,
    Remove,
}

/// Shows what would be done.
pub(super) async fn plan(registry: Registry<'_>, options: &Options) -> Result<(), Failure> {
    let (plan, _) = options.source.plan(registry).await?;
    let mut out = stdout().lock();
    if options.json {
        for step in &plan.steps {
            let line = serde_json::to_string(step).map_err(io::Error::from)?;
            writeln!(out, "{line}")?;
        }
    } else {
        plan.print(&mut out)?;
    }
    if options.check && !plan.steps.is_empty() { Err(Failure::Due) } else { Ok(()) }
}

impl Source {
    /// The file, and what is to be done for it.
    pub(super) async fn plan(&self, registry: Registry<'_>) -> Result<(Plan, Apps), Failure> {
        let file = File::read(&self.file)?;
        let mut apps = registry.connect().await?;
        Ok((Plan::make(&mut apps, &file, self).await?, apps))
    }
}

impl Plan {
    async fn make(apps: &mut Apps, file: &File, source: &Source) -> Result<Self, Failure> {
        let mut plan = Self { steps: Vec::new(), right: 0, left: Vec::new() };
        let mut refusals = Vec::new();
        for (id, entry) in &file.apps {
            match Step::of(apps, file, id, entry, source.adopt).await? {
                Ok(Some(step)) => plan.steps.push(step),
                Ok(None) => plan.right += 1,
                Err(problems) => refusals.extend(
                    problems.iter().map(|it| format!("{}:{}: {id}: {it}", file.path, entry.line)),
                ),
            }
        }
        if !refusals.is_empty() {
            return Err(Failure::Refused(format!("nothing is done\n{}", refusals.join("\n"))));
        }
        let filter = AppFilter { source: file.source.clone(), ..AppFilter::default() };
        let mut kept = Vec::new();
        apps.each(&filter, |app| {
            kept.push(app);
            Ok(())
        })
        .await?;
        for app in kept.into_iter().filter(|app| !file.apps.contains_key(&app.client_id)) {
            if source.prune {
                plan.steps.push(Step::new(Action::Remove, app, Difference::default()));
            } else {
                plan.left.push(app.client_id);
            }
        }
        Ok(plan)
    }

    /// For people.
    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        for step in &self.steps {
            let kind = Kind::from(step.app.kind()).word();
            let (sign, what) = match (step.action, step.drift) {
                (Action::Add, _) => ("+", "added"),
                (Action::Change, false) => ("~", "changed"),
                (Action::Change, true) => ("~", "set back: somebody changed it past the file"),
                (Action::Remove, _) => ("-", "removed, with all that was granted to it"),
            };
            writeln!(out, "{sign} {} ({kind}) is {what}", step.client_id)?;
            step.changes.print(out)?;
        }
        for id in &self.left {
            writeln!(out, "  {id} is not in the file any more: --prune removes it")?;
        }
        let count = |action| self.steps.iter().filter(|step| step.action == action).count();
        let (add, change) = (count(Action::Add), count(Action::Change));
        writeln!(
            out,
            "{add} to add, {change} to change, {} to remove, {} as they should be.",
            count(Action::Remove),
            self.right
        )
    }
}

/// What stands against a step, or the step, if there is one.
type Considered = Result<Option<Step>, Vec<String>>;

impl Step {
    async fn of(
        apps: &mut Apps,
        file: &File,
        id: &str,
        entry: &Entry,
        adopt: bool,
    ) -> Result<Considered, Failure> {
        let wish = file.app(id, entry).map_err(io::Error::from)?;
        let Some(there) = apps.find(id).await? else {
            let created = match heard(apps.create(wish.clone(), true).await, &entry.described)? {
                Ok(created) => created.app.unwrap_or_default(),
                Err(problems) => return Ok(Err(problems)),
            };
            let nothing = Description { kind: entry.described.kind, ..Description::default() };
            let changes = between(&nothing, &created.into())?;
            return Ok(Ok(Some(Self::new(Action::Add, wish, changes))));
        };
        if let Some(keeper) = (there.source != file.source).then_some(there.source.as_str()) {
            match keeper {
                "" if adopt => {}
                "" => {
                    return Ok(Err(vec!["is kept by hand: --adopt gives it to this file".into()]));
                }
                other => return Ok(Err(vec![format!("is kept by another file, {other}")])),
            }
        }
        let before = Description::from(there.clone());
        let mut fields = between(&before, &entry.described)?.fields();
        if there.source != wish.source {
            fields.push("source".to_owned());
        }
        if there.source_digest != wish.source_digest {
            fields.push("source_digest".to_owned());
        }
        if fields.is_empty() {
            return Ok(Ok(None));
        }
        let app = App { etag: there.etag, ..wish };
        let updated = apps.update(app.clone(), fields.clone(), true).await;
        let after = match heard(updated, &entry.described)? {
            Ok(after) => after,
            Err(problems) => return Ok(Err(problems)),
        };
        let recorded = (&there.source, &there.source_digest) == (&app.source, &app.source_digest);
        let changes = between(&before, &after.into())?;
        if recorded && changes.fields().is_empty() {
            return Ok(Ok(None));
        }
        let step = Self::new(Action::Change, app, changes);
        Ok(Ok(Some(Self { drift: recorded, fields, ..step })))
    }

    fn new(action: Action, app: App, changes: Difference) -> Self {
        let client_id = app.client_id.clone();
        Self { client_id, action, drift: false, changes, app, fields: Vec::new() }
    }
}

fn between(from: &Description, to: &Description) -> Result<Difference, Failure> {
    Ok(Difference::between(from, to).map_err(io::Error::from)?)
}

/// The registry's answer, or what it says against an app; another failure ends the plan.
fn heard<T>(
    answer: Result<T, Status>,
    described: &Description,
) -> Result<Result<T, Vec<String>>, Failure> {
    let status = match answer {
        Ok(answer) => return Ok(Ok(answer)),
        Err(status) => status,
    };
    let complaints = complaints(&status, described);
    if complaints.is_empty() {
        return Err(Failure::from(status));
    }
    let words = complaints.into_iter().map(|Complaint { path, value, problem }| match value {
        Some(value) => format!("{path} {value} {problem}"),
        None => format!("{path} {problem}"),
    });
    Ok(Err(words.collect()))
}
