-- How to reach a person beside email: a phone number (E.164), and the parts of a postal address
-- (OpenID Connect Core, section 5.1.1). Empty: none.
ALTER TABLE users ADD COLUMN phone_number      TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN formatted_address TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN street_address    TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN locality          TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN region            TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN postal_code       TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN country           TEXT NOT NULL DEFAULT '';
