import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { CommandIdSchema, encodeBatch, STREAM, type TeamId, wireError } from '@muster/protocol';
import { describe, expect, it, vi } from 'vitest';
import { roomName } from '../../src/env.ts';
import { historyIn } from '../../src/history/write.ts';
import { E1, event } from '../agent-room/core/rig.ts';
import { call, memberToken, newTeam } from '../front.ts';
import { Steps } from '../history/rig.ts';
import { agent } from '../poll/rig.ts';

interface Asking {
  readonly team: TeamId;
  readonly token: string;
}
const COMMANDS = '/api/agents/one/commands';

async function posted(who: Asking, path: string, body: object = {}, key?: string) {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const response = await call('POST', path, { ...who, body, headers });
  const answer = (await response.json()) as { commandId: string; position: number };
  return { status: response.status, answer };
}

const ask = async (who: Asking, command: string, over: object = {}) =>
  (await posted(who, COMMANDS, { command, ...over })).answer.commandId;
const lists = async (who: Asking) => (await call('GET', COMMANDS, who)).json();

describe('[Q13] commands over REST', () => {
  it('[Q4] [I1] one is asked for, runs and ends; a repeat under its key is the same one', async () => {
    const team = newTeam();
    const { token, keeper } = await agent(team);
    const who = { team, token };
    expect(await lists(who)).toEqual({ queue: [], running: [], ended: [] });
    const first = await posted(who, COMMANDS, { command: 'ls' }, 'once');
    expect(first).toMatchObject({ status: 201, answer: { position: 1 } });
    expect(await posted(who, COMMANDS, { command: 'ls' }, 'once')).toEqual(first);
    expect(await posted(who, COMMANDS, { command: 'rm' }, 'once')).toMatchObject({ status: 400 });
    const { commandId } = await keeper.next('command:start');
    expect(commandId).toBe(first.answer.commandId);
    expect(await lists(who)).toMatchObject({ running: [{ commandId }] });
    keeper.send(event(E1, 2, { type: 'command:started', commandId, pid: 7, startedAt: 5 }));
    keeper.send(event(E1, 3, { type: 'command:ended', commandId, interrupted: false, exitCode: 3 }));
    await keeper.next('stream:ack');
    await keeper.next('stream:ack');
    const ended = [{ commandId, status: 'failed', exitCode: 3 }];
    expect(await lists(who)).toMatchObject({ queue: [], running: [], ended });
  });

  it('[Q1] [Q7] what waits is moved, edited and cancelled; what runs is interrupted, what ended is run again', async () => {
    const team = newTeam();
    const { token, keeper } = await agent(team);
    const who = { team, token };
    const [runs, one, two] = [await ask(who, 'runs'), await ask(who, 'one'), await ask(who, 'two')];
    expect(await posted(who, `/api/commands/${two}/move`, { position: 1 })).toEqual({
      status: 200,
      answer: { commandId: two, position: 1 },
    });
    await posted(who, `/api/commands/${one}/edit`, { command: 'uno' });
    expect(await lists(who)).toMatchObject({ queue: [{ command: 'two' }, { command: 'uno', position: 2 }] });
    expect((await posted(who, `/api/commands/${two}/cancel`)).status).toBe(200);
    expect((await posted(who, `/api/commands/${runs}/interrupt`, { force: true })).status).toBe(200);
    expect(await keeper.next('command:interrupt')).toMatchObject({ commandId: runs, force: true });
    const again = await posted(who, `/api/commands/${two}/retry`);
    expect(again.status).toBe(201);
    expect(again.answer.commandId).not.toBe(two);
    const queue = [{ command: 'uno' }, { commandId: again.answer.commandId, retryOf: two }];
    expect(await lists(who)).toMatchObject({ queue, ended: [{ commandId: two, status: 'cancelled' }] });
  });

  it('[G5] POST /api/messages finds the room of a command by the id alone', async () => {
    const team = newTeam();
    const { token } = await agent(team);
    const commandId = await ask({ team, token }, 'ls');
    const stop = { type: 'command:interrupt', id: 's', payload: { commandId } };
    const said = await call('POST', '/api/messages', { team, token, body: stop });
    expect(await said.json()).toMatchObject({ messageId: 's', success: true, result: { commandId } });
    for (const foreign of ['nonsense', 'two.1', 'one.1']) {
      const body = { type: 'command:cancel', payload: { commandId: foreign } };
      const response = await call('POST', '/api/messages', { team, token, body });
      expect([response.status, await response.json()]).toMatchObject([
        404,
        { error: { code: 'COMMAND_NOT_FOUND' } },
      ]);
    }
  });

  it('tells of one at once, before history has it, and what history has of it later', async () => {
    const team = newTeam();
    const { token, keeper, agentUid } = await agent(team);
    const who = { team, token };
    const commandId = CommandIdSchema.parse(await ask(who, 'ls', { timeout: 60_000 }));
    const read = async () => (await call('GET', `/api/commands/${commandId}`, who)).json();
    const asked = { commandId, agentId: 'one', agentUid, command: 'ls', memberId: 'ada', name: 'Ada' };
    const fresh = { ...asked, status: 'queued', timeout: 60_000, startedAt: null };
    expect(await read()).toMatchObject({ command: fresh, events: [] });
    keeper.send(event(E1, 2, { type: 'command:started', commandId, pid: 7, startedAt: 5 }));
    keeper.send(event(E1, 3, { type: 'command:ended', commandId, interrupted: false, exitCode: 3 }));
    await keeper.next('stream:ack');
    await keeper.next('stream:ack');
    const over = { ...asked, status: 'failed', exitCode: 3, endedAt: expect.any(Number) };
    expect(await read()).toMatchObject({ command: over });
    const room = env.ROOMS.get(env.ROOMS.idFromName(roomName(team, agentUid)));
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_000);
    await runDurableObjectAlarm(room);
    later.mockRestore();
    expect(await read()).toMatchObject({ command: { ...over, startedAt: 5 }, events: [{}, {}, {}] });
  });

  it('[Q11] why one could not start is shown by socket, by id, in lists and in history', async () => {
    const team = newTeam();
    const { token, keeper, agentUid } = await agent(team);
    const who = { team, token };
    const commandId = CommandIdSchema.parse(await ask(who, 'ls'));
    const error = wireError('AGENT_SPAWN_FAILED', 'It was not started: its workspace /gone: is not there');
    keeper.send(event(E1, 2, { type: 'command:ended', commandId, interrupted: false, error }));
    await keeper.next('stream:ack');
    const told = { error: error.code, errorMessage: error.message };
    const read = async (path: string) => (await call('GET', path, who)).json();
    expect(await lists(who)).toMatchObject({ ended: [{ commandId, error }] });
    expect(await read(`/api/commands/${commandId}`)).toMatchObject({ command: told });
    const room = env.ROOMS.get(env.ROOMS.idFromName(roomName(team, agentUid)));
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_000);
    await runDurableObjectAlarm(room);
    later.mockRestore();
    const events = [{ to: 'failed', cause: 'refused', reason: error.message }, {}];
    expect(await read(`/api/commands/${commandId}`)).toMatchObject({ command: told, events });
    expect(await read('/api/history/commands')).toMatchObject({ commands: [{ commandId, ...told }] });
    expect(await read('/api/history/search?text=ls')).toMatchObject({ matches: [{ command: told }] });
  });

  it('[B11a] gives what one printed, while it runs, when it is over, and after a reset', async () => {
    const team = newTeam();
    const { token, keeper, agentUid } = await agent(team);
    const who = { team, token };
    const commandId = CommandIdSchema.parse(await ask(who, 'ls'));
    const waits = await ask(who, 'pwd');
    const path = `/api/commands/${commandId}/output`;
    const print = (first: number, text: string, command: string = commandId) => {
      const chunks = [{ stream: STREAM.stdout, data: new TextEncoder().encode(text), time: first }];
      keeper.send(encodeBatch({ kind: 'output', epoch: E1, first, chunks, command, commandFirst: 1 }));
    };
    keeper.send(event(E1, 2, { type: 'command:started', commandId, pid: 7, startedAt: 5 }));
    print(3, 'one ');
    print(4, 'not this', 'one.other');
    keeper.sendMessage({ type: 'stream:flush', payload: {} });
    await keeper.next('stream:ack');
    await keeper.next('stream:ack');
    const text = async (of = path) => (await call('GET', of, who)).text();
    expect(await text()).toBe('one ');
    print(5, 'two');
    keeper.send(event(E1, 6, { type: 'command:ended', commandId, interrupted: false, exitCode: 0 }));
    await keeper.next('stream:ack');
    await evictDurableObject(env.ROOMS.get(env.ROOMS.idFromName(roomName(team, agentUid))));
    const response = await call('GET', path, { team, token: await memberToken(team, 'viewer') });
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('one two');
    const cast = await call('GET', `${path}?format=cast`, who);
    expect(cast.headers.get('content-type')).toBe('application/x-asciicast');
    const lines = (await cast.text()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { version: 2, title: 'ls' },
      [0, 'o', 'one '],
      [0.002, 'o', 'two'],
    ]);
    expect(await text(`/api/commands/${waits}/output`)).toBe('');
    const page = async (id: string) =>
      (await call('GET', `/api/commands/${id}/output?format=json`, who)).json();
    const parts = [
      { stream: 'stdout', text: 'one ', at: 3 },
      { stream: 'stdout', text: 'two', at: 5 },
    ];
    expect(await page(commandId)).toEqual({ parts, bytes: 7, next: null });
    expect(await page(waits)).toEqual({ parts: [], bytes: 0, next: null });
    const rest = await call('GET', `${path}?format=json&after=${E1}:3`, who);
    expect(await rest.json()).toMatchObject({ parts: parts.slice(1), bytes: 3 });
  });

  it('reports output that is gone as gone, and a foreign id as unknown', async () => {
    const team = newTeam();
    const { token, agentUid } = await agent(team);
    const steps = new Steps(agentUid).ran('one.old', 'make');
    await historyIn(env.DB).write(steps.batch(team));
    const old = await call('GET', '/api/commands/one.old/output', { team, token });
    expect(await old.text()).toBe('\n[nothing of it is kept]\n');
    const gone = new Steps(crypto.randomUUID()).ran('gone.1', 'make');
    await historyIn(env.DB).write(gone.batch(team, 'gone'));
    const ofGone = await call('GET', '/api/commands/gone.1/output', { team, token });
    expect(await ofGone.text()).toBe('\n[nothing of it is kept]\n');
    for (const id of ['one.old', 'gone.1']) {
      const page = await call('GET', `/api/commands/${id}/output?format=json`, { team, token });
      expect(await page.json()).toMatchObject({ parts: [{ missing: 'nothing of it is kept' }], next: null });
    }
    for (const foreign of ['one.0', 'two.0', 'nonsense']) {
      const response = await call('GET', `/api/commands/${foreign}/output`, { team, token });
      expect([response.status, await response.json()]).toMatchObject([
        404,
        { error: { code: 'COMMAND_NOT_FOUND' } },
      ]);
    }
    const form = await call('GET', '/api/commands/one.old/output?format=gif', { team, token });
    expect(await form.json()).toMatchObject({ error: { details: { field: 'format' } } });
    const after = await call('GET', '/api/commands/one.old/output?format=json&after=3', { team, token });
    expect(await after.json()).toMatchObject({ error: { details: { field: 'after' } } });
  });

  it('[X8] an order is audited, with the member, the address and the result', async () => {
    const team = newTeam();
    const { token } = await agent(team);
    const headers = { 'cf-connecting-ip': '192.0.2.9' };
    const asked = await call('POST', COMMANDS, { team, token, headers, body: { command: 'ls' } });
    const { commandId } = (await asked.json()) as { commandId: string };
    await posted({ team, token }, `/api/commands/${commandId}/cancel`);
    const read = async () => {
      const response = await call('GET', '/api/audit?agent=one', { team, token });
      return ((await response.json()) as { entries: object[] }).entries;
    };
    await expect.poll(async () => (await read()).length).toBe(3);
    const entries = await read();
    const ordered = { action: 'command:request', target: commandId, result: 'ok', address: '192.0.2.9' };
    expect(entries).toContainEqual(expect.objectContaining(ordered));
    const refused = { action: 'command:cancel', target: commandId, result: 'INVALID_STATE' };
    expect(entries).toContainEqual(expect.objectContaining(refused));
  });

  it('[Q8] [X5] a host that is away, what has ended, and a viewer who asks are refused', async () => {
    const team = newTeam();
    const { token, keeper, room } = await agent(team);
    const who = { team, token };
    const commandId = CommandIdSchema.parse(await ask(who, 'ls'));
    keeper.close();
    await expect.poll(async () => (await room.state())?.agent.connection).toBe('offline');
    const away = await posted(who, COMMANDS, { command: 'ls' });
    expect(away).toMatchObject({ status: 409, answer: { error: { code: 'AGENT_OFFLINE' } } });
    expect((await posted(who, COMMANDS, { command: 'ls', hold: true })).status).toBe(201);
    const early = await posted(who, `/api/commands/${commandId}/retry`);
    expect(early).toMatchObject({ status: 409, answer: { error: { code: 'INVALID_STATE' } } });
    const viewer = { team, token: await memberToken(team, 'viewer') };
    expect((await call('GET', COMMANDS, viewer)).status).toBe(200);
    expect((await posted(viewer, COMMANDS, { command: 'ls' })).status).toBe(403);
    expect((await posted(viewer, `/api/commands/${commandId}/interrupt`)).status).toBe(403);
  });
});
