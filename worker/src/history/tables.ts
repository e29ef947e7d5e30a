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
