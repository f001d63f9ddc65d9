#!/bin/sh
# Run once by PostgreSQL's image, on an empty volume: a role and a database for each program, which
# reaches no other one's.
set -eu
for name in hydra identity client; do
    psql --username "${POSTGRES_USER:-postgres}" --dbname postgres --quiet --set ON_ERROR_STOP=1 \
        --set name="$name" --set password="$(cat "/run/keys/$name-password")" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
