//! `latchkey app plan` and `apply`: a file of apps, and Hydra made to match it.

use crate::{
    app_commands::{ended, err, out, run},
    apps::token,
};
use database::scratch::Engine;
use hydra_admin::HydraAdmin;
use latchkey_integration_tests::{Addresses, Suite};
use reqwest::StatusCode;
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, process::Output, time::Duration};
use tempfile::TempDir;

database::both_databases!(
    a_file_is_applied_once_and_what_changes_past_it_is_set_back,
    what_leaves_a_file_is_removed_only_where_that_is_asked_for,
    a_file_that_breaks_a_rule_changes_nothing,
    the_example_of_the_manual_can_be_applied,
);

struct Place {
    at: &'static Addresses,
    folder: TempDir,
}

impl Place {
    async fn on(engine: Engine) -> Self {
        Self { at: Suite::shared(engine).await, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.folder.path().join("apps.yaml");
        fs::write(&path, text).unwrap();
        path
    }

    async fn with(&self, command: &str, text: &str, more: &[&str]) -> Output {
        let file = self.file(text);
        let arguments = [&[command, "-f", file.to_str().unwrap()], more].concat();
        run(self.at, &arguments).await
    }

    /// The ids of all apps of this source.
    async fn kept(&self, source: &str) -> Vec<String> {
        let listed = run(self.at, &["list", "--json", &format!("--source={source}")]).await;
        ended(&listed, 0);
        let ids = out(&listed).lines().map(|line| {
            let app: Value = serde_json::from_str(line).unwrap();
            app["client_id"].as_str().unwrap().to_owned()
        });
        ids.collect()
    }
}

const TWO_APPS: &str = "\
source: two-apps
apps:
  file-shop:
    kind: web
    name: Shop
    redirect_uris: [https://shop.example.com/callback]
    scopes: [openid, offline]
    policy: { longest_session: 480m, allowed_groups: [staff, eu/sales], look: library }
  file-reports:
    kind: machine
    name: Reports
    scopes: [identity.audit]
";

async fn a_file_is_applied_once_and_what_changes_past_it_is_set_back(engine: Engine) {
    let place = Place::on(engine).await;
    let at = place.at;
    let planned = place.with("plan", TWO_APPS, &["--check"]).await;
    ended(&planned, 3);
    for part in ["+ file-shop (web) is added", "2 to add, 0 to change, 0 to remove"] {
        assert!(out(&planned).contains(part), "{}", out(&planned));
    }
    let asked = place.with("apply", TWO_APPS, &[]).await;
    ended(&asked, 2);
    assert!(err(&asked).contains("--yes"), "{}", err(&asked));
    assert!(place.kept("two-apps").await.is_empty());

    let secrets = place.folder.path().join("secrets");
    let option = format!("--secrets-dir={}", secrets.display());
    let applied = place.with("apply", TWO_APPS, &["--yes", &option]).await;
    ended(&applied, 0);
    assert_eq!(place.kept("two-apps").await, ["file-reports", "file-shop"]);
    let file = secrets.join("file-reports");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let secret = fs::read_to_string(&file).unwrap();
    assert!(!out(&applied).contains(&secret) && !err(&applied).contains(&secret));
    assert_eq!(token(at, "file-reports", &secret).await, StatusCode::OK);

    for command in [&["plan", "--check"][..], &["apply"]] {
        let again = place.with(command[0], TWO_APPS, &command[1..]).await;
        ended(&again, 0);
        assert!(out(&again).contains("2 as they should be"), "{}", out(&again));
    }

    // Past the registry: nobody but Hydra knows of it.
    let hydra = HydraAdmin::new(at.hydra_admin.clone(), at.hydra.clone(), Duration::from_secs(30));
    let hydra = hydra.unwrap();
    let mut client = hydra.client("file-shop").await.unwrap();
    client.redirect_uris.push("https://evil.example.com/callback".to_owned());
    hydra.replace_client(&client).await.unwrap();
    let drifted = place.with("plan", TWO_APPS, &["--check", "--json"]).await;
    ended(&drifted, 3);
    let step: Value = serde_json::from_str(out(&drifted)).unwrap();
    assert_eq!((&step["action"], &step["drift"]), (&"change".into(), &true.into()));
    assert_eq!(step["changes"]["redirect_uris"]["from"].as_array().unwrap().len(), 2, "{step}");
    let back = place.with("apply", TWO_APPS, &["--yes"]).await;
    ended(&back, 0);
    for part in ["somebody changed it past the file", "- https://evil.example.com/callback"] {
        assert!(out(&back).contains(part), "{}", out(&back));
    }
    assert_eq!(hydra.client("file-shop").await.unwrap().redirect_uris.len(), 1);
    assert_eq!(token(at, "file-reports", &secret).await, StatusCode::OK, "its secret has stayed");

    let edited = TWO_APPS.replace("name: Shop", "name: Our shop");
    let changed = place.with("apply", &edited, &["--yes"]).await;
    ended(&changed, 0);
    assert!(out(&changed).contains("name: Shop -> Our shop"), "{}", out(&changed));
    assert!(!out(&changed).contains("past the file"), "{}", out(&changed));
}

async fn what_leaves_a_file_is_removed_only_where_that_is_asked_for(engine: Engine) {
    let place = Place::on(engine).await;
    let text = "source: leaving\napps:\n  leaver:\n    kind: machine\n    name: Leaver\n    \
                scopes: [identity.audit]\n";
    let none = "source: leaving\napps: {}\n";
    let applied = place.with("apply", text, &["--yes"]).await;
    ended(&applied, 0);
    assert!(out(&applied).contains("CLIENT_SECRET="), "told this once: {}", out(&applied));
    let left = place.with("apply", none, &["--yes"]).await;
    ended(&left, 0);
    assert!(out(&left).contains("leaver is not in the file any more: --prune"), "{}", out(&left));
    assert_eq!(place.kept("leaving").await, ["leaver"]);
    let others = place.kept("").await.len();
    ended(&place.with("apply", none, &["--yes", "--prune"]).await, 0);
    assert!(place.kept("leaving").await.is_empty());
    assert!(others > 1 && place.kept("").await.contains(&"myclient".to_owned()));

    let theirs = text.replace("leaver", "myclient");
    let refused = place.with("apply", &theirs, &["--yes"]).await;
    ended(&refused, 1);
    assert!(err(&refused).contains("kept by hand: --adopt"), "{}", err(&refused));
    let by_hand = ["create", "machine", "--id=by-hand", "--name=Old", "--scope=identity.audit"];
    ended(&run(place.at, &by_hand).await, 0);
    let theirs = text.replace("leaver", "by-hand");
    ended(&place.with("apply", &theirs, &["--yes", "--adopt"]).await, 0);
    assert_eq!(place.kept("leaving").await, ["by-hand"]);
    let other = theirs.replace("source: leaving", "source: other");
    let refused = place.with("plan", &other, &["--adopt"]).await;
    ended(&refused, 1);
    assert!(err(&refused).contains("kept by another file, leaving"), "{}", err(&refused));
}

async fn a_file_that_breaks_a_rule_changes_nothing(engine: Engine) {
    let place = Place::on(engine).await;
    let text = "source: broken\napps:\n  good-one:\n    kind: machine\n    name: Good\n    \
                scopes: [identity.audit]\n  bad-one:\n    kind: web\n    name: Bad\n    \
                redirect_uris: [\"https://*.example.com\", \"http://bad.example.com/cb\"]\n";
    let refused = place.with("apply", text, &["--yes"]).await;
    ended(&refused, 1);
    for part in [
        "apps.yaml:8: bad-one: redirect_uris[0] https://*.example.com has a wildcard",
        "apps.yaml:8: bad-one: redirect_uris[1] http://bad.example.com/cb is http",
    ] {
        assert!(err(&refused).contains(part), "{part} in {}", err(&refused));
    }
    assert!(place.kept("broken").await.is_empty());
    let typo = place.with("plan", &text.replace("redirect_uris", "redirects"), &[]).await;
    ended(&typo, 2);
    assert!(
        err(&typo).contains("apps.yaml:10: ") && err(&typo).contains("redirects"),
        "{}",
        err(&typo)
    );
}

/// What stands in `docs/apps.md` is applied as it stands there.
async fn the_example_of_the_manual_can_be_applied(engine: Engine) {
    let place = Place::on(engine).await;
    let manual = include_str!("../../../docs/apps.md");
    let example = manual.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let planned = place.with("plan", example, &[]).await;
    ended(&planned, 0);
    let applied = place.with("apply", example, &["--yes"]).await;
    ended(&applied, 0);
    assert!(out(&applied).starts_with(out(&planned)), "{}", out(&applied));
    let again = place.with("apply", example, &["--yes", "--prune"]).await;
    ended(&again, 0);
    assert!(out(&again).starts_with("0 to add, 0 to change, 0 to remove"), "{}", out(&again));
}
