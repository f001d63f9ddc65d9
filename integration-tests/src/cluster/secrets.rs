//! What the local overlay is made with: kept where it is there, so that it can be applied again.

use latchkey::{
    certificates::Certificates,
    secrets::{Secret, Secrets},
};
use secrecy::ExposeSecret as _;
use std::{
    fs::{self, File},
    io::Read as _,
    path::Path,
};

/// Makes the folder `secrets` of an overlay: keys, certificates, and the addresses of its databases.
pub fn make(overlay: &Path) {
    let secrets = Secrets::open(overlay).unwrap();
    let folder = overlay.join("secrets");
    Certificates::of(&folder).renew().unwrap();
    let password = folder.join("postgres-password");
    if !password.exists() {
        fs::write(&password, random()).unwrap();
    }
    let password = fs::read_to_string(password).unwrap();
    for database in ["identity", "client", "hydra"] {
        let url = format!("postgres://latchkey:{password}@postgres/{database}?sslmode=disable");
        fs::write(folder.join(format!("{database}-database-url")), url).unwrap();
    }
    fs::write(folder.join("client-secret"), "mysecret").unwrap();
    let key = secrets.read(Secret::HookKey).unwrap();
    fs::write(folder.join("hooks.yaml"), hooks(key.expose_secret())).unwrap();
}

/// Hydra's settings with the key that it shows to consent.
fn hooks(key: &str) -> String {
    let hooks = "http://consent-hooks:9102/hooks";
    let settings = serde_json::json!({
        "oauth2": { "token_hook": { "url": format!("{hooks}/token"), "auth": {
            "type": "api_key",
            "config": { "in": "header", "name": "Authorization", "value": format!("Bearer {key}") },
        } } },
        "urls": { "identity_provider": {
            "url": hooks,
            "headers": { "Authorization": format!("Bearer {key}") },
        } },
    });
    // JSON is YAML.
    settings.to_string()
}

/// 32 characters that nobody guesses.
#[must_use]
pub fn random() -> String {
    let mut bytes = [0; 16];
    File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    format!("{:032x}", u128::from_ne_bytes(bytes))
}
