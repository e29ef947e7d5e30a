import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The tables of `migrations/`, as queries name them. */
export const audit = sqliteTable(
  'audit',
  {
    team: text('team').notNull(),
    sequence: integer('sequence').notNull(),
    at: integer('at').notNull(),
    memberId: text('member_id'),
    name: text('name').notNull(),
    role: text('role'),
    address: text('address'),
    action: text('action').notNull(),
    agentId: text('agent_id'),
    agentUid: text('agent_uid'),
    target: text('target'),
    result: text('result').notNull(),
    details: text('details'),
    mac: text('mac').notNull(),
  },
  (table) => [primaryKey({ columns: [table.team, table.sequence] })],
);

export const commands = sqliteTable('commands', {
  id: integer('id').primaryKey(),
  team: text('team').notNull(),
  commandId: text('command_id').notNull(),
  agentId: text('agent_id').notNull(),
  agentUid: text('agent_uid').notNull(),
  command: text('command').notNull(),
  status: text('status').notNull(),
  priority: text('priority'),
  interactive: integer('interactive', { mode: 'boolean' }),
  attempt: integer('attempt'),
  retryOf: text('retry_of'),
  timeout: integer('timeout'),
  memberId: text('member_id'),
  name: text('name'),
  requestedAt: integer('requested_at').notNull(),
  startedAt: integer('started_at'),
  endedAt: integer('ended_at'),
  exitCode: integer('exit_code'),
  signal: text('signal'),
  error: text('error'),
  errorMessage: text('error_message'),
  executionTime: integer('execution_time'),
  stdoutBytes: integer('stdout_bytes'),
  stderrBytes: integer('stderr_bytes'),
  reason: text('reason'),
});

/** The index over `commands`: scope, line and output. A column of its own name takes the question. */
export const commandText = sqliteTable('command_text', {
  rowid: integer('rowid').notNull(),
  question: text('command_text').notNull(),
});

export const events = sqliteTable('events', {
  id: integer('id').primaryKey(),
  team: text('team').notNull(),
  agentId: text('agent_id').notNull(),
  agentUid: text('agent_uid').notNull(),
  number: integer('number').notNull(),
  commandId: text('command_id').notNull(),
  from: text('from_status'),
  to: text('to_status').notNull(),
  cause: text('cause').notNull(),
  at: integer('at').notNull(),
  memberId: text('member_id'),
  reason: text('reason'),
});

export const agents = sqliteTable('agents', {
  id: integer('id').primaryKey(),
  team: text('team').notNull(),
  agentUid: text('agent_uid').notNull(),
  agentId: text('agent_id').notNull(),
  name: text('name').notNull(),
  kind: text('kind').notNull(),
  hostId: text('host_id').notNull(),
  labels: text('labels', { mode: 'json' }).notNull(),
  createdAt: integer('created_at'),
  deletedAt: integer('deleted_at'),
});

export const items = sqliteTable('items', {
  id: integer('id').primaryKey(),
  team: text('team').notNull(),
  conversationId: text('conversation_id').notNull(),
  index: integer('place').notNull(),
  revision: integer('revision').notNull(),
  agentId: text('agent_id').notNull(),
  agentUid: text('agent_uid').notNull(),
  kind: text('kind').notNull(),
  memberId: text('member_id'),
  name: text('name'),
  at: integer('at').notNull(),
  decisions: text('decisions', { mode: 'json' }),
  text: text('text').notNull(),
  item: text('item', { mode: 'json' }).notNull(),
});

/** The index over `items`: scope and text. A column of its own name takes the question. */
export const itemText = sqliteTable('item_text', {
  rowid: integer('rowid').notNull(),
  question: text('item_text').notNull(),
});

export const conversations = sqliteTable('conversations', {
  id: integer('id').primaryKey(),
  team: text('team').notNull(),
  conversationId: text('conversation_id').notNull(),
  agentId: text('agent_id').notNull(),
  agentUid: text('agent_uid').notNull(),
  createdBy: text('member_id'),
  members: text('members', { mode: 'json' }).notNull(),
  title: text('title'),
  messages: integer('messages').notNull(),
  createdAt: integer('created_at').notNull(),
  activeAt: integer('last_at').notNull(),
  endedAt: integer('ended_at'),
  cost: text('cost', { mode: 'json' }),
});
