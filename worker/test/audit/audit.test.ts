import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { AuditRow, TeamId } from '@muster/protocol';
import { describe, expect, it, vi } from 'vitest';
import { lobbyOf } from '../../src/env.ts';
import {
  call,
  dashboard,
  hello,
  lobbyStub,
  memberBody,
  memberToken,
  newTeam,
  place,
  sign,
} from '../front.ts';

const entry = (action: string, at = 1) => ({
  at,
  memberId: null,
  name: '',
  role: null,
  address: null,
  action,
  agentId: null,
  agentUid: null,
  target: null,
  result: 'ok',
  details: null,
});

const uid = '00000000-0000-4000-8000-0000000000aa' as Parameters<ReturnType<typeof lobbyOf>['noteOf']>[0];

interface Verdict {
  readonly state: string;
  readonly checked: number;
  readonly rows: number;
  readonly fault: object | null;
}

async function verify(team: TeamId): Promise<Verdict> {
  const response = await call('GET', '/api/audit/verify', { team, token: await memberToken(team) });
  return (await response.json()) as Verdict;
}

/** What is on record, oldest first; asked for when all of it is written. */
async function record(team: TeamId, query = ''): Promise<AuditRow[]> {
  await verify(team);
  const response = await call('GET', `/api/audit${query}`, { team, token: await memberToken(team) });
  const { entries } = (await response.json()) as { entries: AuditRow[] };
  return entries.toReversed();
}

const told = (rows: readonly AuditRow[]) => rows.map(({ action, result }) => `${action} ${result}`);

/** A team with as many entries, written. */
async function noted(count: number): Promise<TeamId> {
  const team = newTeam();
  const lobby = lobbyOf(env, team);
  for (let at = 1; at <= count; at += 1) await lobby.note(entry(`act-${at}`, at));
  expect(await verify(team)).toEqual({
    state: 'intact',
    checked: count,
    rows: count,
    fault: null,
    next: null,
  });
  return team;
}

const sql = (query: string, ...values: unknown[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run();

describe('[X8] actions are audited', () => {
  it('signing in, and a link that is used again', async () => {
    const team = newTeam();
    const code = await sign('login', memberBody(team, 'operator'));
    const headers = { 'cf-connecting-ip': '192.0.2.7' };
    for (const _ of [1, 2]) await call('POST', '/api/auth/exchange', { team, body: { code }, headers });
    const rows = await record(team);
    expect(told(rows)).toEqual(['member:signin ok', 'member:signin AUTH_FAILED']);
    expect(rows[0]).toMatchObject({ memberId: 'ada', name: 'Ada', role: 'operator', address: '192.0.2.7' });
  });

  it('agents made, steered and deleted, by socket and REST, with the member, the address and the result', async () => {
    const team = newTeam();
    const { host } = await hello(team);
    const viewer = await dashboard(team);
    const environment = { TOKEN: 'a secret' };
    const made = viewer.ask({
      type: 'agent:create',
      payload: { name: 'One', program: { command: 'bash', args: [] }, environment },
    });
    const { spec } = await place(host);
    expect(await made).toMatchObject({ success: true });
    const token = await memberToken(team);
    const headers = { 'cf-connecting-ip': '192.0.2.8' };
    await call('POST', '/api/agents/one/terminate', { team, token, headers, body: { force: true } });
    await call('PATCH', '/api/agents/one', { team, token, body: { name: 'Two' } });
    await call('DELETE', '/api/agents/one', { team, token });
    await call('DELETE', '/api/agents/one', { team, token });
    const rows = await record(team);
    expect(told(rows).toSorted()).toEqual([
      'agent:create ok',
      'agent:delete AGENT_NOT_FOUND',
      'agent:delete ok',
      'agent:terminate AGENT_OFFLINE',
      'agent:update ok',
    ]);
    const of = (action: string) => rows.find((row) => row.action === action);
    const { agentUid } = spec;
    expect(of('agent:create')).toMatchObject({ memberId: 'ada', agentId: 'one', agentUid });
    expect(of('agent:create')?.details).toContain('"environment":["TOKEN"]');
    expect(JSON.stringify(rows)).not.toContain('a secret');
    expect(of('agent:terminate')).toMatchObject({
      agentId: 'one',
      agentUid,
      address: '192.0.2.8',
      details: null,
    });
    expect(told(await record(team, '?action=agent:update'))).toEqual(['agent:update ok']);
    expect(await verify(team)).toMatchObject({ state: 'intact', rows: 5 });
  });

  it('a request that is made twice is one entry', async () => {
    const team = newTeam();
    const { host } = await hello(team);
    const token = await memberToken(team);
    const headers = { 'idempotency-key': 'k' };
    const create = () =>
      call('POST', '/api/agents', { team, token, headers, body: { name: 'One', kind: 'echo' } });
    const first = create();
    await place(host);
    await Promise.all([first, create()]);
    expect(told(await record(team))).toEqual(['agent:create ok']);
  });

  it('a room tells each of its entries once, however often', async () => {
    const team = newTeam();
    const lobby = lobbyOf(env, team);
    const [one, two, three] = [entry('one'), entry('two'), entry('three')];
    expect(await lobby.noteOf(uid, 1, [one, two])).toBe(2);
    expect(await lobby.noteOf(uid, 1, [one, two])).toBe(2);
    await evictDurableObject(lobbyStub(team));
    expect(await lobbyOf(env, team).noteOf(uid, 2, [two, three])).toBe(3);
    expect(told(await record(team))).toEqual(['one ok', 'two ok', 'three ok']);
  });

  it('is paged, newest first', async () => {
    const team = await noted(5);
    const token = await memberToken(team);
    const page = async (query: string) => {
      const response = await call('GET', `/api/audit?${query}`, { team, token });
      const { entries, next } = (await response.json()) as { entries: AuditRow[]; next: number | null };
      return { sequences: entries.map(({ sequence }) => sequence), next };
    };
    expect(await page('limit=3')).toEqual({ sequences: [5, 4, 3], next: 3 });
    expect(await page('limit=3&before=3')).toEqual({ sequences: [2, 1], next: null });
  });

  it.each(['limit=0', 'limit=201', 'before=x', 'agent=UPPER'])('refuses %s by name', async (query) => {
    const team = newTeam();
    const response = await call('GET', `/api/audit?${query}`, { team, token: await memberToken(team) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { details: { field: query.split('=')[0] } } });
  });
});

describe('[X8] battery 18: tampering with the log shows', () => {
  it('a row edited, deleted, swapped with another, or cut off at the end', async () => {
    const edits: [string, object][] = [
      ["UPDATE audit SET name = 'Eve' WHERE team = ?1 AND sequence = 3", { sequence: 3, kind: 'changed' }],
      ["UPDATE audit SET role = 'king' WHERE team = ?1 AND sequence = 3", { sequence: 3, kind: 'changed' }],
      ['DELETE FROM audit WHERE team = ?1 AND sequence = 2', { sequence: 2, kind: 'missing' }],
      [
        'UPDATE audit SET sequence = 5 - sequence + 1000 WHERE team = ?1 AND sequence IN (2, 3)',
        { sequence: 2, kind: 'missing' },
      ],
      ['DELETE FROM audit WHERE team = ?1 AND sequence = 4', { sequence: 4, kind: 'cut-off' }],
      ['DELETE FROM audit WHERE team = ?1', { sequence: 1, kind: 'cut-off' }],
    ];
    for (const [query, fault] of edits) {
      const team = await noted(4);
      await sql(query, team);
      expect([query, await verify(team)]).toMatchObject([query, { state: 'broken', fault }]);
    }
  });

  it('a row that was added, or taken from another team', async () => {
    const team = await noted(2);
    const other = await noted(3);
    await sql(
      'INSERT INTO audit SELECT ?, sequence, at, member_id, name, role, address, action, agent_id, agent_uid, target, result, details, mac FROM audit WHERE team = ? AND sequence = 3',
      team,
      other,
    );
    expect(await verify(team)).toMatchObject({ state: 'broken', fault: { sequence: 3, kind: 'changed' } });
  });

  it('[H2] is written by the alarm, which then has nothing more to do', async () => {
    const team = newTeam();
    await lobbyOf(env, team).note(entry('one'));
    const due = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 1_000);
    expect(await runDurableObjectAlarm(lobbyStub(team))).toBe(true);
    due.mockRestore();
    const { results } = await env.DB.prepare('SELECT action FROM audit WHERE team = ?').bind(team).all();
    expect(results).toEqual([{ action: 'one' }]);
    expect(await runDurableObjectAlarm(lobbyStub(team))).toBe(false);
  });

  it('[X18] of 200 refused acts ten are on record one by one, the rest as a number, and the chain holds', async () => {
    const team = newTeam();
    const refused = { ...entry('command:cancel'), result: 'COMMAND_NOT_FOUND' };
    for (let nth = 0; nth < 200; nth += 1) await lobbyOf(env, team).note(refused);
    await lobbyOf(env, team).note(entry('done'));
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
    await lobbyOf(env, team).note(refused);
    later.mockRestore();
    const rows = await record(team);
    expect(rows).toHaveLength(12);
    expect(rows[10]).toMatchObject({ action: 'done', result: 'ok' });
    expect(rows[11]?.details).toBe('{"notRecordedBefore":190}');
    expect(await verify(team)).toMatchObject({ state: 'intact', rows: 12 });
    await sql('UPDATE audit SET details = NULL WHERE team = ?1 AND sequence = 12', team);
    expect(await verify(team)).toMatchObject({ state: 'broken', fault: { sequence: 12, kind: 'changed' } });
  });

  it('goes on after a reset, where it was', async () => {
    const team = await noted(2);
    await lobbyOf(env, team).note(entry('before'));
    await evictDurableObject(lobbyStub(team));
    await lobbyOf(env, team).note(entry('after'));
    expect(told(await record(team)).slice(2)).toEqual(['before ok', 'after ok']);
    expect(await verify(team)).toMatchObject({ state: 'intact', rows: 4 });
  });
});
