-- Commands and their steps. A row's id is its time in ms times 1024, plus a number within that ms: it is unique, sorts by
-- time, is exact in JavaScript, and every index ends in it by itself.
CREATE TABLE commands (
  id INTEGER PRIMARY KEY,
  team TEXT NOT NULL,
  command_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  agent_uid TEXT NOT NULL,
  -- The newest step that this row tells, by its agent's numbers.
  number INTEGER NOT NULL,
  status TEXT NOT NULL,
  priority TEXT,
  interactive INTEGER,
  attempt INTEGER,
  retry_of TEXT,
  timeout INTEGER,
  member_id TEXT,
  name TEXT,
  requested_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  exit_code INTEGER,
  signal TEXT,
  error TEXT,
  execution_time INTEGER,
  stdout_bytes INTEGER,
  stderr_bytes INTEGER,
  reason TEXT,
  -- Its team, agent and member as words that search can ask for.
  who TEXT NOT NULL,
  -- All that lists are filtered by, so that one index answers any of them together, with text and without.
  scope TEXT GENERATED ALWAYS AS (who || ' s' || status || coalesce(' x' || replace(exit_code, '-', 'n'), '')) VIRTUAL,
  command TEXT NOT NULL,
  -- The first part of what it printed, as text. Last, so that whoever does not ask for it does not read it.
  output TEXT
);
CREATE UNIQUE INDEX commands_by_name ON commands (team, command_id);
CREATE INDEX commands_by_team ON commands (team);

CREATE VIRTUAL TABLE command_text USING fts5 (
  scope, command, output,
  content = 'commands', content_rowid = 'id', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER command_text_insert AFTER INSERT ON commands BEGIN
  INSERT INTO command_text (rowid, scope, command, output)
  VALUES (new.id, new.scope, new.command, new.output);
END;

CREATE TRIGGER command_text_update AFTER UPDATE ON commands
WHEN old.scope IS NOT new.scope OR old.command IS NOT new.command OR old.output IS NOT new.output BEGIN
  INSERT INTO command_text (command_text, rowid, scope, command, output)
  VALUES ('delete', old.id, old.scope, old.command, old.output);
  INSERT INTO command_text (rowid, scope, command, output)
  VALUES (new.id, new.scope, new.command, new.output);
END;

CREATE TRIGGER command_text_delete AFTER DELETE ON commands BEGIN
  INSERT INTO command_text (command_text, rowid, scope, command, output)
  VALUES ('delete', old.id, old.scope, old.command, old.output);
END;

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  team TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  agent_uid TEXT NOT NULL,
  number INTEGER NOT NULL,
  command_id TEXT NOT NULL,
  from_status TEXT,
  to_status TEXT NOT NULL,
  cause TEXT NOT NULL,
  at INTEGER NOT NULL,
  member_id TEXT,
  reason TEXT
);
CREATE UNIQUE INDEX events_by_number ON events (agent_uid, number);
CREATE INDEX events_by_team ON events (team);
CREATE INDEX events_by_agent ON events (team, agent_id);
CREATE INDEX events_by_command ON events (team, command_id);

UPDATE deployment SET value = '3' WHERE key = 'schema';
