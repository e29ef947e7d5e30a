import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type AgentUid, CommandIdSchema, encodeBatch, STREAM, type TeamId } from '@muster/protocol';
import { vi } from 'vitest';
import { CommandEventSchema } from '../../src/agent-room/core/commands/command-events.ts';
import { DurableSchema } from '../../src/agent-room/core/types.ts';
import { roomName, roomOf } from '../../src/env.ts';
import { listPastAgents } from '../../src/history/agents.ts';
import type { RoomRpc } from '../../src/rpc.ts';
import { call, newTeam } from '../front.ts';
import { agent } from '../poll/rig.ts';
import { E1, event } from './core/rig.ts';

export type Agent = Awaited<ReturnType<typeof agent>>;

/** One agent in a team of its own, whose host does as it is told. */
export class Life {
  readonly team: TeamId;
  readonly #agent: Agent;
  #sequence = 1;

  constructor(team: TeamId, made: Agent) {
    this.team = team;
    this.#agent = made;
  }

  get agentUid(): AgentUid {
    return this.#agent.agentUid;
  }

  /** A stub breaks with the object that it led to. */
  get room(): DurableObjectStub {
    return env.ROOMS.get(env.ROOMS.idFromName(roomName(this.team, this.agentUid)));
  }

  async ask(command: string): Promise<string> {
    const { token } = this.#agent;
    const path = '/api/agents/one/commands';
    const asked = await call('POST', path, { team: this.team, token, body: { command } });
    return ((await asked.json()) as { commandId: string }).commandId;
  }

  async #report(what: Parameters<typeof event>[2]): Promise<void> {
    this.#sequence += 1;
    this.#agent.keeper.send(event(E1, this.#sequence, what));
    await this.#agent.keeper.next('stream:ack');
  }

  printed(command: string, text: string): void {
    this.#sequence += 1;
    const chunks = [{ stream: STREAM.stdout, data: new TextEncoder().encode(text), time: 6 }];
    const of = { command, commandFirst: 1 };
    const batch = encodeBatch({ kind: 'output', epoch: E1, first: this.#sequence, chunks, ...of });
    this.#agent.keeper.send(batch);
  }

  async found(text: string): Promise<unknown> {
    const { token } = this.#agent;
    const path = `/api/history/search?in=output&text=${text}`;
    const { matches } = (await (await call('GET', path, { team: this.team, token })).json()) as {
      matches: { command: { commandId: string } }[];
    };
    return matches.map(({ command }) => command.commandId);
  }

  async started(command: string): Promise<void> {
    const commandId = CommandIdSchema.parse(command);
    await this.#report({ type: 'command:started', commandId, pid: 7, startedAt: 5 });
  }

  async ended(command: string, exitCode = 0, executionTime = 1): Promise<void> {
    const commandId = CommandIdSchema.parse(command);
    await this.#report({ type: 'command:ended', commandId, interrupted: false, exitCode, executionTime });
  }

  async ran(command: string): Promise<string> {
    const commandId = await this.ask(command);
    await this.started(commandId);
    await this.ended(commandId);
    return commandId;
  }

  /** The alarm, so many ms from now. */
  async ring(ahead: number): Promise<void> {
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + ahead);
    try {
      await runDurableObjectAlarm(this.room);
    } finally {
      later.mockRestore();
    }
  }

  due = () => runInDurableObject(this.room, (_, { storage }) => storage.getAlarm());

  /** What history has, oldest first. */
  async steps(): Promise<string[]> {
    const asked = env.DB.prepare(
      'SELECT command_id, number, to_status FROM events WHERE team = ? ORDER BY id',
    );
    const { results } = await asked.bind(this.team).all<Record<string, string>>();
    return results.map(({ number, to_status }) => `${number} ${to_status}`);
  }

  async statuses(): Promise<unknown[]> {
    const asked = env.DB.prepare('SELECT command, status FROM commands WHERE team = ? ORDER BY id');
    const { results } = await asked.bind(this.team).all<Record<string, string>>();
    return results.map(({ command, status }) => `${command} ${status}`);
  }

  /** D1 refuses what is this team's until the returned one is called. */
  async fails(): Promise<() => Promise<unknown>> {
    const name = `away_${this.agentUid.replaceAll('-', '')}`;
    await env.DB.prepare(
      `CREATE TRIGGER ${name} BEFORE INSERT ON events WHEN NEW.team = '${this.team}'
       BEGIN INSERT INTO away VALUES (1); END`,
    ).run();
    return () => env.DB.prepare(`DROP TRIGGER ${name}`).run();
  }

  /** D1 refuses this step of a command for good. */
  async poisons(commandId: string, to: string): Promise<unknown> {
    const name = `poison_${this.agentUid.replaceAll('-', '')}`;
    return env.DB.prepare(
      `CREATE TRIGGER ${name} BEFORE INSERT ON events WHEN NEW.command_id = '${commandId}' AND NEW.to_status = '${to}'
       BEGIN SELECT RAISE(ABORT, 'poison'); END`,
    ).run();
  }

  agents = async () => (await listPastAgents(env.DB, this.team, { limit: 9 })).rows;

  /** The room, and what it was placed with. */
  async placed() {
    const placement = await runInDurableObject(this.room, (_, { storage }) => {
      const [row] = storage.sql.exec<{ state: string }>('SELECT state FROM room').toArray();
      return DurableSchema.parse(JSON.parse(row?.state ?? '')).placement;
    });
    return { room: roomOf(env, this.team, this.agentUid), placement };
  }

  /** What is on record of steps that history went without. */
  async refused(): Promise<unknown[]> {
    const { token } = this.#agent;
    const listed = await call('GET', '/api/audit?action=history:refused', { team: this.team, token });
    const { entries } = (await listed.json()) as { entries: Record<string, unknown>[] };
    return entries.map(({ target, result, details }) => ({ target, result, details }));
  }

  pending = () =>
    runInDurableObject(this.room, (_, { storage }) => {
      const rows = storage.sql.exec<{ event: string }>('SELECT event FROM command_events ORDER BY number');
      return rows.toArray().map((row) => CommandEventSchema.parse(JSON.parse(row.event)));
    });
}

export const rows = async (room: RoomRpc) => (await room.usage()).rowsWritten;

export async function life(): Promise<Life> {
  const team = newTeam();
  return new Life(team, await agent(team));
}
