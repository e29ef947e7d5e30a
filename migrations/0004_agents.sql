-- Agents, so that history can name one that was deleted. A row's id is when history first heard of it, as those of commands.
CREATE TABLE agents (
  id INTEGER PRIMARY KEY,
  team TEXT NOT NULL,
  agent_uid TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  host_id TEXT NOT NULL,
  -- A JSON object.
  labels TEXT NOT NULL,
  -- Null: it was there before history kept agents.
  created_at INTEGER,
  deleted_at INTEGER
);
CREATE UNIQUE INDEX agents_by_uid ON agents (team, agent_uid);
CREATE INDEX agents_by_team ON agents (team);
CREATE INDEX agents_by_end ON agents (deleted_at) WHERE deleted_at IS NOT NULL;

-- C2: what is said with an agent. Its room keeps who is in it and the messages; this is what lists ask for. Nothing writes
-- it yet: conversations are still to be built.
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  team TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  agent_uid TEXT NOT NULL,
  -- Who began it, and who is in it, as a JSON array.
  member_id TEXT,
  members TEXT NOT NULL,
  title TEXT,
  status TEXT NOT NULL,
  messages INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  -- 24 h after the last message.
  expires_at INTEGER NOT NULL,
  ended_at INTEGER
);
CREATE UNIQUE INDEX conversations_by_name ON conversations (team, conversation_id);
CREATE INDEX conversations_by_team ON conversations (team);
CREATE INDEX conversations_by_agent ON conversations (team, agent_id);

UPDATE deployment SET value = '4' WHERE key = 'schema';
