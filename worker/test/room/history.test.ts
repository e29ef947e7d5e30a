import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type AgentUid, CommandIdSchema, encodeBatch, STREAM, type TeamId } from '@muster/protocol';
import { describe, expect, it, vi } from 'vitest';
import { roomName, roomOf } from '../../src/env.ts';
import { listPastAgents } from '../../src/history/agents.ts';
import { historyIn } from '../../src/history/write.ts';
import { CommandEventSchema } from '../../src/room/core/command-events.ts';
import { DurableSchema } from '../../src/room/core/types.ts';
import type { RoomRpc } from '../../src/rpc.ts';
import { call, newTeam } from '../front.ts';
import { agent } from '../poll/rig.ts';
import { E1, event } from './core/rig.ts';

type Agent = Awaited<ReturnType<typeof agent>>;

/** One agent in a team of its own, whose host does as it is told. */
class Life {
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

  async #told(what: Parameters<typeof event>[2]): Promise<void> {
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
    await this.#told({ type: 'command:started', commandId, pid: 7, startedAt: 5 });
  }

  async ended(command: string, exitCode = 0, executionTime = 1): Promise<void> {
    const commandId = CommandIdSchema.parse(command);
    await this.#told({ type: 'command:ended', commandId, interrupted: false, exitCode, executionTime });
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

  untold = () =>
    runInDurableObject(this.room, (_, { storage }) => {
      const rows = storage.sql.exec<{ event: string }>('SELECT event FROM command_events ORDER BY number');
      return rows.toArray().map((row) => CommandEventSchema.parse(JSON.parse(row.event)));
    });
}

const rows = async (room: RoomRpc) => (await room.usage()).rowsWritten;

async function life(): Promise<Life> {
  const team = newTeam();
  return new Life(team, await agent(team));
}

const WHOLE = ['1 queued', '2 running', '3 completed'];

describe('[A1] a room brings its steps to history', () => {
  it('from its alarm, once, in their order, and no sooner than they were together', async () => {
    const one = await life();
    await one.ran('ls');
    expect(await one.steps()).toEqual([]);
    await one.ring(2_000);
    expect(await one.steps()).toEqual(WHOLE);
    expect(await one.statuses()).toEqual(['ls completed']);
    await one.ring(4_000);
    await one.ran('pwd');
    await one.ring(6_000);
    expect(await one.steps()).toEqual([...WHOLE, '4 queued', '5 running', '6 completed']);
    expect(await one.statuses()).toEqual(['ls completed', 'pwd completed']);
  });

  it('[A2] with what each printed, so that it is found by it, before a burial too', async () => {
    const one = await life();
    const first = await one.ask('make');
    await one.started(first);
    one.printed(first, '\u001b[31mlinker\u001b[0m fai');
    one.printed('one.other', 'nobody asked');
    one.printed(first, 'led');
    await one.ended(first, 2, 5);
    await evictDurableObject(one.room);
    await one.ring(2_000);
    expect(await one.found('linker%20failed')).toEqual([first]);
    expect(await one.found('nobody')).toEqual([]);
    const second = await one.ask('make test');
    await one.started(second);
    one.printed(second, 'flaky');
    await one.ended(second, 1, 5);
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    expect(await one.found('flaky')).toEqual([second]);
  });

  it('later, when D1 could not: what came meanwhile with the rest, in order', async () => {
    const one = await life();
    const comesBack = await one.fails();
    const commandId = await one.ask('ls');
    await one.ring(2_000);
    expect(await one.due()).toBeLessThanOrEqual(Date.now() + 5_000);
    await one.started(commandId);
    await one.ring(4_000);
    await one.ended(commandId);
    expect(await one.steps()).toEqual([]);
    await comesBack();
    await one.ring(60_000);
    expect(await one.steps()).toEqual(WHOLE);
    expect(await one.statuses()).toEqual(['ls completed']);
  });

  it('but for the one that D1 will never take, which is on record; then it sleeps', async () => {
    const one = await life();
    const bad = await one.ran('bad');
    await one.poisons(bad, 'running');
    await one.ran('ls');
    await one.ring(2_000);
    expect(await one.steps()).toEqual(['1 queued', '3 completed', '4 queued', '5 running', '6 completed']);
    expect(await one.statuses()).toEqual(['bad completed', 'ls completed']);
    const details = 'step 2, running: SQLITE_CONSTRAINT';
    await vi.waitFor(async () => {
      const on = { target: bad, result: 'INTERNAL_ERROR', details };
      expect(await one.refused()).toEqual([on]);
    });
    await one.ring(60_000);
    await one.ring(120_000);
    // Nothing but the requests that are to be forgotten (I1).
    expect(await one.due()).toBeGreaterThan(Date.now() + 300_000);
    expect((await one.refused()).length).toBe(1);
  });

  it('[N1] but for that one it is buried too', async () => {
    const one = await life();
    const bad = await one.ran('bad');
    await one.poisons(bad, 'completed');
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    expect(await one.steps()).toEqual(['1 queued', '2 running']);
    await vi.waitFor(async () => expect((await one.refused()).length).toBe(1));
  });

  it('after a reset, with the alarm that was set before it', async () => {
    const one = await life();
    const comesBack = await one.fails();
    const commandId = await one.ask('ls');
    await evictDurableObject(one.room);
    await one.started(commandId);
    await one.ring(2_000);
    await evictDurableObject(one.room);
    await comesBack();
    await one.ended(commandId);
    await evictDurableObject(one.room);
    await one.ring(60_000);
    expect(await one.steps()).toEqual(WHOLE);
  });

  it('once, though the room was reset before it knew that they were taken', async () => {
    const one = await life();
    await one.ran('ls');
    const events = await one.untold();
    await historyIn(env.DB).write({ team: one.team, agentId: 'one', events });
    await evictDurableObject(one.room);
    await one.ring(2_000);
    expect(await one.steps()).toEqual(WHOLE);
    const again = await one.ask('pwd');
    await one.ring(4_000);
    expect(await one.steps()).toEqual([...WHOLE, '4 queued']);
    expect(again).toContain('one.');
  });

  it('what happens while it is written comes with the next', async () => {
    const one = await life();
    const commandId = await one.ran('ls');
    const ringing = one.ring(2_000);
    const next = one.ran('pwd');
    await Promise.all([ringing, next]);
    await one.ring(60_000);
    expect((await one.steps()).length).toBe(6);
    expect(new Set(await one.steps()).size).toBe(6);
    expect(await next).not.toBe(commandId);
  });

  it('[A4] and its agent, as it is and until when it was', async () => {
    const one = await life();
    await one.ring(2_000);
    const [known, ...others] = await one.agents();
    expect(others).toEqual([]);
    expect(known).toMatchObject({ agentUid: one.agentUid, agentId: 'one', deletedAt: null });
    const { room, placement } = await one.placed();
    const before = await rows(room);
    await room.place(one.team, { ...placement, spec: { ...placement.spec, restart: 'always' } });
    expect(await rows(room)).toBe(before + 1);
    await room.place(one.team, { ...placement, spec: { ...placement.spec, name: 'Renamed' } });
    await one.ring(60_000);
    expect(await one.agents()).toEqual([{ ...known, name: 'Renamed' }]);
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    const [ended] = await one.agents();
    expect(ended?.deletedAt).toBeGreaterThanOrEqual(known?.createdAt ?? Infinity);
  });

  it('[A4] but none that was gone before history heard of it', async () => {
    const one = await life();
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    expect(await one.agents()).toEqual([]);
  });

  it('[N1] before it is buried; where it cannot, it is not buried', async () => {
    const one = await life();
    await one.ran('ls');
    const running = await one.ask('sleep 9');
    await one.started(running);
    await one.ask('never');
    const comesBack = await one.fails();
    await runInDurableObject(one.room, (instance) =>
      expect((instance as unknown as RoomRpc).bury(one.agentUid)).rejects.toThrow('away'),
    );
    expect(await one.untold()).not.toEqual([]);
    await comesBack();
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    expect(await one.statuses()).toEqual(['ls completed', 'sleep 9 interrupted', 'never cancelled']);
    expect(await roomOf(env, one.team, one.agentUid).state()).toBeNull();
    await evictDurableObject(one.room);
    expect(await one.statuses()).toEqual(['ls completed', 'sleep 9 interrupted', 'never cancelled']);
    expect((await one.steps()).length).toBe(8);
  });
});
