//! Where each component keeps its data: files of SQLite, or schemas of one PostgreSQL database.

use anyhow::{Context as _, Result, anyhow, bail};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};
use std::{path::Path, str::FromStr as _, time::Duration};
use url::Url;

/// How long PostgreSQL may take to answer.
const CONNECT: Duration = Duration::from_secs(5);

/// A database URL for each component that has data. They can hold passwords.
#[derive(Debug, Clone)]
pub struct Databases {
    /// Hydra's, in the form that Hydra reads.
    pub hydra: SecretString,
    /// Identity's.
    pub identity: SecretString,
    /// The client's.
    pub client: SecretString,
}

impl Databases {
    /// Three files in the data folder, which is given as an absolute path.
    pub fn sqlite(data: &Path) -> Result<Self> {
        let Ok(folder) = Url::from_file_path(data) else {
            bail!("{} is not an absolute path", data.display());
        };
        let folder = folder.path().trim_end_matches('/');
        // SQLite puts writers in a row: a transaction takes the write lock at its beginning, readers
        // are not in its way. Hydra's own mutex around each statement has to go (`lock=false`): who
        // waited for the write lock behind it kept the transaction that held the lock from going on,
        // for 5 s, until both failed. And a transaction must find a second connection.
        let options = "_fk=true&_journal_mode=WAL&_busy_timeout=5000&_txlock=immediate&lock=false\
                       &max_conns=64&max_idle_conns=8";
        Ok(Self {
            hydra: format!("sqlite://file:{folder}/hydra.sqlite?{options}").into(),
            identity: format!("sqlite:{folder}/identity.sqlite").into(),
            client: format!("sqlite:{folder}/client.sqlite").into(),
        })
    }

    /// Three schemas in one database, which are made where they are missing.
    pub async fn postgres(url: &SecretString) -> Result<Self> {
        let url = parse(url)?;
        // The outermost error says it all; below it the same is said again.
        create_schemas(&url).await.map_err(|error| anyhow!("--postgres: {error}"))?;
        Ok(Self::in_schemas(&url))
    }

    fn in_schemas(url: &Url) -> Self {
        let with = |name: &str, value: &str| {
            let mut url = url.clone();
            url.query_pairs_mut().append_pair(name, value);
            SecretString::from(url.to_string())
        };
        Self {
            hydra: with("search_path", "hydra"),
            identity: with("options[search_path]", "identity"),
            client: with("options[search_path]", "client"),
        }
    }
}

/// The URL, under the scheme that Hydra and sqlx both know. No part of it shows in an error.
fn parse(url: &SecretString) -> Result<Url> {
    let expected = "--postgres: expected postgres://USER:PASSWORD@HOST:PORT/DATABASE";
    let Ok(mut url) = Url::parse(url.expose_secret()) else { bail!(expected) };
    if !matches!(url.scheme(), "postgres" | "postgresql") || url.set_scheme("postgres").is_err() {
        bail!(expected);
    }
    Ok(url)
}

async fn create_schemas(url: &Url) -> Result<()> {
    let options = PgConnectOptions::from_str(url.as_str())?.disable_statement_logging();
    let connecting = tokio::time::timeout(CONNECT, options.connect());
    let mut connection = connecting.await.context("the server does not answer")??;
    for statement in [
        "CREATE SCHEMA IF NOT EXISTS hydra",
        "CREATE SCHEMA IF NOT EXISTS identity",
        "CREATE SCHEMA IF NOT EXISTS client",
    ] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_in_the_data_folder_whatever_its_name() {
        let databases = Databases::sqlite(Path::new("/data of?mine")).unwrap();
        assert_eq!(databases.identity.expose_secret(), "sqlite:/data%20of%3Fmine/identity.sqlite");
        assert!(
            databases.hydra.expose_secret().starts_with("sqlite://file:/data%20of%3Fmine/hydra")
        );
    }

    #[test]
    fn each_component_has_a_schema_of_one_database() {
        let url = parse(&"postgresql://me:pw@host/all?sslmode=disable".into()).unwrap();
        let databases = Databases::in_schemas(&url);
        assert_eq!(
            databases.hydra.expose_secret(),
            "postgres://me:pw@host/all?sslmode=disable&search_path=hydra"
        );
        assert_eq!(
            databases.client.expose_secret(),
            "postgres://me:pw@host/all?sslmode=disable&options%5Bsearch_path%5D=client"
        );
    }

    #[test]
    fn another_url_is_refused_and_not_shown() {
        for wrong in ["mysql://me:hunter2@host/all", "hunter2", "postgres:hunter2 host"] {
            let refused = parse(&wrong.into()).map(|url| url.scheme().to_owned());
            if let Err(error) = refused {
                assert!(
                    !error.to_string().contains("hunter2")
                        && error.to_string().contains("--postgres")
                );
            }
        }
        assert!(parse(&"mysql://me:hunter2@host/all".into()).is_err());
    }

    #[tokio::test]
    async fn schemas_are_made_once_and_sqlx_works_in_them() {
        let url = SecretString::from(database::scratch::postgres_url("latchkey").await);
        let databases = Databases::postgres(&url).await.unwrap();
        Databases::postgres(&url).await.unwrap();
        let options = PgConnectOptions::from_str(databases.identity.expose_secret()).unwrap();
        let mut connection = options.connect().await.unwrap();
        let schema = sqlx::query_scalar::<_, String>("SELECT current_schema()::TEXT");
        assert_eq!(schema.fetch_one(&mut connection).await.unwrap(), "identity");
    }
}
