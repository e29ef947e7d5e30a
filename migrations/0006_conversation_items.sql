-- C14, A2: what was said and done in conversations. A row's id is when it began, in the upper half of the numbers of its ms,
-- so that none is a command's: both are listed together.
CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  team TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  -- Its index in the conversation, and the revision that this row tells.
  place INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  agent_uid TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- The member who said it; null: the agent did.
  member_id TEXT,
  name TEXT,
  at INTEGER NOT NULL,
  -- Its team, agent and member as words that search can ask for, and the parts of its text (worker/src/history/grams.ts).
  who TEXT NOT NULL,
  text_grams TEXT,
  scope TEXT GENERATED ALWAYS AS (who || coalesce(' z ' || text_grams, '')) VIRTUAL,
  -- How its requests to people were answered, a JSON array.
  decisions TEXT,
  -- As it is searched, and as it is shown: JSON.
  text TEXT NOT NULL,
  item TEXT NOT NULL
);
CREATE UNIQUE INDEX items_by_place ON items (team, conversation_id, place);

CREATE VIRTUAL TABLE item_text USING fts5 (scope, text, content = 'items', content_rowid = 'id', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');

-- One line each: D1 has stumbled over others.
CREATE TRIGGER item_text_insert AFTER INSERT ON items BEGIN INSERT INTO item_text (rowid, scope, text) VALUES (new.id, new.scope, new.text); END;
CREATE TRIGGER item_text_update AFTER UPDATE ON items WHEN old.scope IS NOT new.scope OR old.text IS NOT new.text BEGIN INSERT INTO item_text (item_text, rowid, scope, text) VALUES ('delete', old.id, old.scope, old.text); INSERT INTO item_text (rowid, scope, text) VALUES (new.id, new.scope, new.text); END;
CREATE TRIGGER item_text_delete AFTER DELETE ON items BEGIN INSERT INTO item_text (item_text, rowid, scope, text) VALUES ('delete', old.id, old.scope, old.text); END;

-- C18: what the conversation cost, a JSON object.
ALTER TABLE conversations ADD COLUMN cost TEXT;

UPDATE deployment SET value = '6' WHERE key = 'schema';
