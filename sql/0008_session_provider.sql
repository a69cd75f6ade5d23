-- By which provider of OpenID Connect somebody came in, as whom there and in which session of theirs
-- (sid), so that the provider can end it here too. NULL: by a name and password, or not told.
ALTER TABLE session ADD COLUMN issuer TEXT;
ALTER TABLE session ADD COLUMN subject TEXT;
ALTER TABLE session ADD COLUMN provider_session TEXT;
