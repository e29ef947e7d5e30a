-- What one deployment says about itself. History tables come with the queries that read them.
CREATE TABLE deployment (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

INSERT INTO deployment (key, value) VALUES ('schema', '1');
