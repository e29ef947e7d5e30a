-- What was done, and what became of it. A row's id is its time in ms times 4096, plus a number within that ms: so it is
-- unique, sorts by time, is exact in JavaScript, and every index ends in it by itself.

-- X8: the audit chain. Only the team's lobby writes it; `sequence` and `mac` tie each row to the one before.
CREATE TABLE audit (
  team TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  member_id TEXT,
  name TEXT NOT NULL,
  role TEXT,
  address TEXT,
  action TEXT NOT NULL,
  agent_id TEXT,
  agent_uid TEXT,
  target TEXT,
  result TEXT NOT NULL,
  details TEXT,
  mac TEXT NOT NULL,
  PRIMARY KEY (team, sequence)
) WITHOUT ROWID;
CREATE INDEX audit_by_member ON audit (team, member_id, sequence);
CREATE INDEX audit_by_agent ON audit (team, agent_id, sequence);
CREATE INDEX audit_by_action ON audit (team, action, sequence);

UPDATE deployment SET value = '2' WHERE key = 'schema';
