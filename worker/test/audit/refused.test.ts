import type { AuditRow, TeamId, ViewerMessage } from '@muster/protocol';
import { describe, expect, it, vi } from 'vitest';
import { call, dial, memberToken, newTeam } from '../front.ts';
import { agent } from '../poll/rig.ts';

const headers = { 'cf-connecting-ip': '192.0.2.9' };
const agentId = 'one' as never;

/** What viewers did is on record: oldest first, as soon as there are so many. */
async function record(team: TeamId, least: number): Promise<AuditRow[]> {
  const who = { team, token: await memberToken(team) };
  const read = async () => {
    await call('GET', '/api/audit/verify', who);
    const response = await call('GET', '/api/audit?member=vic&limit=200', who);
    return ((await response.json()) as { entries: AuditRow[] }).entries.toReversed();
  };
  await expect.poll(async () => (await read()).length).toBeGreaterThanOrEqual(least);
  return read();
}

async function viewerOf(team: TeamId) {
  const token = await memberToken(team, 'viewer', Date.now(), 'vic');
  return { team, token, headers };
}

const shown = (rows: readonly AuditRow[]) =>
  rows.map(({ action, agentId: of, target, result, details }) => ({ action, of, target, result, details }));
const refused = (action: string, of: string | null = null, target: string | null = null) => ({
  ...{ action, of, target, result: 'INSUFFICIENT_PERMISSIONS', details: null },
});

describe('[X8a] refusals by role are audited', () => {
  it('over REST: by the message that does the same, or by the route', async () => {
    const team = newTeam();
    const who = await viewerOf(team);
    const tried: readonly (readonly [method: string, path: string])[] = [
      ['POST', '/api/agents'],
      ['PATCH', '/api/agents/one'],
      ['POST', '/api/agents/one/terminate'],
      ['POST', '/api/agents/one/commands'],
      ['POST', '/api/commands/one.1/cancel'],
      ['DELETE', `/api/agents/${'x'.repeat(300)}`],
      ['POST', '/api/hosts/enrolment'],
      ['GET', '/api/audit'],
    ];
    for (const [method, path] of tried) expect((await call(method, path, who)).status).toBe(403);
    const payload = { agentId: 'one', data: 'a secret' };
    const said = await call('POST', '/api/messages', { ...who, body: { type: 'agent:input', payload } });
    expect(said.status).toBe(403);
    const rows = await record(team, 9);
    expect(shown(rows)).toEqual([
      refused('agent:create'),
      refused('agent:update', 'one'),
      refused('agent:terminate', 'one'),
      refused('command:request', 'one'),
      refused('command:cancel', null, 'one.1'),
      refused('agent:delete'),
      refused('POST /api/hosts/enrolment'),
      refused('GET /api/audit'),
      refused('agent:input', 'one'),
    ]);
    expect(rows[0]).toMatchObject({ memberId: 'vic', role: 'viewer', address: '192.0.2.9' });
    expect(JSON.stringify(rows)).not.toContain('a secret');
  });

  it('on sockets of the lobby and of a room, with the agent whose room it is', async () => {
    const team = newTeam();
    const { agentUid } = await agent(team);
    const { token } = await viewerOf(team);
    const lobby = await dial('/ws/dashboard', { team, token, headers });
    const room = await dial('/ws/agents/one', { team, token, headers });
    const remove: ViewerMessage = { type: 'agent:delete', payload: { agentId } };
    const stop: ViewerMessage = { type: 'agent:terminate', payload: { agentId } };
    const cancel: ViewerMessage = { type: 'command:cancel', payload: { commandId: 'one.1' as never } };
    expect(await lobby.ask(remove)).toMatchObject({ success: false });
    await record(team, 1);
    for (const message of [stop, cancel]) expect(await room.ask(message)).toMatchObject({ success: false });
    const rows = await record(team, 3);
    expect(shown(rows)).toEqual([
      refused('agent:delete', 'one'),
      refused('agent:terminate', 'one'),
      refused('command:cancel', 'one', 'one.1'),
    ]);
    for (const row of rows) expect(row).toMatchObject({ memberId: 'vic', address: '192.0.2.9' });
    expect(rows[1]?.agentUid).toBe(agentUid);
  });

  it('not what is refused for another reason, and not what a viewer may', async () => {
    const team = newTeam();
    const { token } = await viewerOf(team);
    const lobby = await dial('/ws/dashboard', { team, token });
    await lobby.ask({ type: 'agent:get_state', payload: { agentId } });
    lobby.raw('{');
    await lobby.next('error');
    await lobby.ask({ type: 'agent:delete', payload: { agentId } });
    expect(shown(await record(team, 1))).toEqual([refused('agent:delete', 'one')]);
  });

  it('[L] nobody floods it: ten at once, whatever the ways, then one a minute that counts the rest', async () => {
    const team = newTeam();
    await agent(team);
    const who = await viewerOf(team);
    const lobby = await dial('/ws/dashboard', who);
    const room = await dial('/ws/agents/one', who);
    const stop: ViewerMessage = { type: 'agent:terminate', payload: { agentId } };
    for (let nth = 0; nth < 30; nth += 1) {
      await lobby.ask(stop, `l-${nth}`);
      await room.ask(stop, `r-${nth}`);
      await call('POST', '/api/agents/one/start', who);
    }
    expect((await record(team, 10)).length).toBe(10);
    const eve = { team, token: await memberToken(team, 'viewer', Date.now(), 'eve') };
    await call('POST', '/api/agents/one/start', eve);
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
    await room.ask(stop, 'later');
    // Of these the room told ten, and kept twenty to itself until now.
    expect((await record(team, 11)).at(-1)?.details).toBe('{"notRecordedBefore":80}');
    later.mockRestore();
    const all = await call('GET', '/api/audit?member=eve', { team, token: await memberToken(team) });
    expect(await all.json()).toMatchObject({ entries: [{ action: 'agent:start' }] });
  });
});
