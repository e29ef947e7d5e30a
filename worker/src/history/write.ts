import { writeAgent } from './agents.ts';
import type { Database } from './database.ts';
import { type FoldedCommand, foldCommands } from './fold-commands.ts';
import { gramsBound } from './grams.ts';
import { type CommandEvent, HISTORY, type HistoryBatch, type HistoryWriter } from './types.ts';

/** Columns that the first step sets and later ones keep. */
const ASKED = [
  ...['priority', 'interactive', 'attempt', 'retry_of', 'timeout', 'member_id', 'name'],
  ...['started_at', 'reason', 'output'],
];
/** Columns that only the final step sets, all at once. */
const ENDED = [
  ...['exit_code', 'signal', 'error', 'error_message', 'execution_time', 'stdout_bytes', 'stderr_bytes'],
  'ended_at',
];

/** Each goes with its text. */
const GRAMS = ['line_grams', 'output_grams'];

const field = (column: string) =>
  `value ->> '${column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}'`;

/** An id that is free: behind those of its ms that are taken, and those before it in this batch. */
const freeId = (table: string) => `
  coalesce(
    (SELECT max(id) + 1 FROM ${table} WHERE id >= value ->> 'base' AND id < (value ->> 'base') + ${HISTORY.idsPerMs}),
    value ->> 'base'
  ) + (value ->> 'nth')`;

/** All commands in one parameter, since D1 binds at most 100. Only a newer step changes what is there. */
const COMMANDS = `
  INSERT INTO commands (id, team, agent_id, command_id, agent_uid, number, status, requested_at, who, command,
    ${[...ASKED, ...ENDED, ...GRAMS].join(', ')})
  SELECT ${freeId('commands')}, ?1, ?2, ${['command_id', 'agent_uid', 'number', 'status', 'requested_at', 'who'].map(field).join(', ')},
    coalesce(value ->> 'command', ''), ${[...ASKED, ...ENDED, ...GRAMS].map(field).join(', ')}
  FROM json_each(?3) WHERE true
  ON CONFLICT (team, command_id) DO UPDATE SET number = excluded.number, status = excluded.status,
    line_grams = CASE excluded.command WHEN '' THEN commands.line_grams ELSE excluded.line_grams END,
    output_grams = CASE WHEN excluded.output IS NULL THEN commands.output_grams ELSE excluded.output_grams END,
    command = CASE excluded.command WHEN '' THEN commands.command ELSE excluded.command END,
    who = CASE WHEN excluded.member_id IS NULL THEN commands.who ELSE excluded.who END,
    ${ASKED.map((column) => `${column} = coalesce(excluded.${column}, commands.${column})`).join(', ')},
    ${ENDED.map((column) => `${column} = CASE WHEN excluded.ended_at IS NULL THEN commands.${column} ELSE excluded.${column} END`).join(', ')}
  WHERE excluded.number > commands.number`;

const EVENTS = `
  INSERT INTO events (id, team, agent_id, agent_uid, number, command_id, from_status, to_status, cause, at, member_id, reason)
  SELECT ${freeId('events')}, ?1, ?2, ${['agent_uid', 'number', 'command_id', 'from', 'to', 'cause', 'at', 'member_id', 'reason'].map(field).join(', ')}
  FROM json_each(?3) WHERE true
  ON CONFLICT (agent_uid, number) DO NOTHING`;

/** In portions that fit a parameter. Each is whole in itself, so a write that fails is only repeated. */
export function* portions(events: readonly CommandEvent[]): Generator<readonly CommandEvent[]> {
  let portion: CommandEvent[] = [];
  let size = 0;
  for (const event of events) {
    const grams = gramsBound(event.command ?? '') + gramsBound(event.output ?? '');
    const bytes = encoder.encode(JSON.stringify(event)).length + grams;
    if (portion.length > 0 && size + bytes > HISTORY.parameterBytes) {
      yield portion;
      portion = [];
      size = 0;
    }
    portion.push(event);
    size += bytes;
  }
  if (portion.length > 0) yield portion;
}

const encoder = new TextEncoder();

/** The steps with the ids they would have, and without what only the command's own row keeps. */
function steps(events: readonly CommandEvent[]) {
  const taken = new Map<number, number>();
  return events.map((event) => {
    const { agentUid, number, commandId, from, to, cause, at, memberId, error } = event;
    // Nobody gave a reason where it failed by itself: then it is what went wrong.
    const reason = event.reason ?? error?.message;
    const base = Math.floor(at) * HISTORY.idsPerMs;
    const nth = taken.get(base) ?? 0;
    taken.set(base, nth + 1);
    return { base, nth, agentUid, number, commandId, from, to, cause, at, memberId, reason };
  });
}

/** History in D1. A portion is one transaction. */
export function historyIn(database: Database): HistoryWriter {
  const statement = (sql: string, { team, agentId }: HistoryBatch, rows: readonly unknown[]) =>
    database.prepare(sql).bind(team, agentId, JSON.stringify(rows));
  return {
    writeAgent: (team, agent) => writeAgent(database, team, agent),
    async write(batch) {
      for (const events of portions(batch.events)) {
        const rows: FoldedCommand[] = foldCommands({ ...batch, events });
        await database.batch([statement(COMMANDS, batch, rows), statement(EVENTS, batch, steps(events))]);
      }
    },
  };
}
