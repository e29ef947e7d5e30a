import { type AuditEntry, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../../src/agent-room/core/handle.ts';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import type { Effect } from '../../../src/agent-room/core/types.ts';
import { CommandRig } from './commands-rig.ts';
import { commits, E1, event, KEEPER, keeperMessages, opened, Rig, UID } from './rig.ts';

function running(): Rig {
  const rig = new Rig();
  rig.hello();
  rig.batch(opened(E1));
  rig.join('v', 'operator', 'Grace');
  return rig;
}

const notes = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'send-audit' ? [effect] : []));
const actions = (effects: readonly Effect[]) =>
  notes(effects).flatMap(({ first, entries }) =>
    entries.map(({ action, result }, index) => `${first + index} ${action} ${result}`),
  );
const start = (rig: Rig, id: string) =>
  rig.send('v', 'command:request', { agentId: 'a', command: 'ls', hold: true }, id);
const refusals = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'audit-refusal' ? [effect.entry] : []));
const held = (rig: Rig, number: number | null) => rig.do({ type: 'audit-acked', acked: number });

describe('[X8] an audit entry of a room', () => {
  it('has the member, the action and its result, once that is known', () => {
    const rig = running();
    const asked = rig.send('v', 'agent:terminate', { agentId: 'a', force: true }, 'm');
    expect(notes(asked)).toEqual([]);
    const requestId = keeperMessages(asked, 'program:terminate')[0]?.requestId ?? '';
    rig.now += 5;
    const [note] = notes(rig.batch(event(E1, 2, { type: 'request:done', requestId })));
    expect(note).toEqual({
      type: 'send-audit',
      first: 1,
      entries: [
        {
          ...{ at: rig.now, memberId: 'grace', name: 'Grace', role: 'operator', address: null },
          ...{ action: 'agent:terminate', agentId: 'a', agentUid: UID, target: null },
          ...{ result: 'ok', details: '{"force":true}' },
        },
      ],
    });
    expect(actions(rig.send('v', 'agent:terminate', { agentId: 'a', force: true }, 'm'))).toEqual([]);
  });

  it('is in the transaction of the action, and sent after it', () => {
    const rig = running();
    rig.leave(KEEPER);
    const effects = start(rig, 'm');
    const order = effects
      .map((effect) => effect.type)
      .filter((type) => type === 'commit' || type === 'send-audit');
    expect(order).toEqual(['commit', 'send-audit']);
    expect(rig.store.load().audit).toMatchObject({ pending: [{ number: 1 }], last: 1 });
  });

  it('is sent one call at a time, and again from what the lobby has when it could not be reached', () => {
    const rig = running();
    rig.leave(KEEPER);
    expect(actions(start(rig, 'a'))).toEqual(['1 command:request ok']);
    expect(actions(start(rig, 'b'))).toEqual([]);
    expect(actions(held(rig, 1))).toEqual(['2 command:request ok']);
    held(rig, null);
    expect(nextDeadline(rig.room)).toBe(rig.now + 1_000);
    expect(actions(start(rig, 'c'))).toEqual([]);
    rig.now += 1_000;
    const again = ['2 command:request ok', '3 command:request ok'];
    expect(actions(rig.do({ type: 'alarm' }))).toEqual(again);
    expect(actions(held(rig, 3))).toEqual([]);
    expect(rig.store.load().audit).toEqual({ pending: [], last: 3 });
    expect(rig.room.audit.retryAt).toBeNull();
  });

  it('survives a reset, and numbers go on after it', () => {
    const rig = running();
    rig.leave(KEEPER);
    start(rig, 'a');
    rig.reset();
    expect(actions(rig.join('v'))).toEqual(['1 command:request ok']);
    held(rig, 1);
    rig.reset();
    expect(actions(rig.join('v'))).toEqual([]);
    expect(actions(start(rig, 'b'))).toEqual(['2 command:request ok']);
  });

  it('[X18] never stops acting: what memory does not hold is in the store, and is sent in order', () => {
    const c = new CommandRig();
    c.ask('runs');
    const { commandId } = c.ask('waits');
    const acts = 2 * ROOM_LIMITS.auditPending + 7;
    const move = (id: number) => c.send('command:move', { commandId, position: 1 }, `moved-${id}`);
    for (let id = 0; id < acts; id += 1) expect(c.error(move(id))).toBeUndefined();
    expect(c.rig.room.audit.pending.length).toBeLessThanOrEqual(ROOM_LIMITS.auditPending);
    c.rig.reset();
    expect(c.rig.room.audit.pending.length).toBeLessThanOrEqual(ROOM_LIMITS.auditPending);
    const told: number[] = [];
    for (let effects = c.rig.join('v'); notes(effects).length > 0; ) {
      const [{ first, entries } = { first: 0, entries: [] }] = notes(effects);
      told.push(...entries.map((_, at) => first + at));
      effects = held(c.rig, first + entries.length - 1);
    }
    expect(told).toEqual(Array.from({ length: acts + 2 }, (_, at) => at + 1));
    expect(c.rig.store.load().audit).toEqual({ pending: [], last: acts + 2 });
    expect(actions(start(c.rig, 'more'))).toEqual([`${acts + 3} command:request ok`]);
  });

  it('[B9] has the member that tried to take the lease and may not', () => {
    const rig = running();
    rig.join('bob', 'operator', 'Bob');
    rig.send('v', 'driver:request', { agentId: 'a' }, 'mine');
    held(rig, 1);
    const effects = rig.send('bob', 'driver:request', { agentId: 'a', take: true }, 'take');
    expect(refusals(effects)).toMatchObject([
      {
        ...{ memberId: 'bob', role: 'operator', action: 'driver:request', agentId: 'a' },
        result: 'INSUFFICIENT_PERMISSIONS',
      },
    ]);
    expect(commits(effects)).toEqual([]);
  });

  it('[X18] stores nothing of what is refused beforehand, by whatever rule: the lobby counts it', () => {
    const rig = running();
    const member = (says: () => Effect[], result: string) => {
      const effects = says();
      expect(refusals(effects)).toMatchObject([{ memberId: 'grace', agentUid: UID, result }]);
      expect([commits(effects), notes(effects)]).toEqual([[], []]);
    };
    for (let nth = 0; nth < 200; nth += 1)
      member(() => rig.send('v', 'command:cancel', { commandId: 'a.0' }, `c${nth}`), 'COMMAND_NOT_FOUND');
    member(() => rig.send('v', 'driver:decline', { agentId: 'b', clientId: 'x' }, 'd'), 'AGENT_NOT_FOUND');
    rig.leave(KEEPER);
    member(() => rig.send('v', 'agent:start', { agentId: 'a' }, 's'), 'AGENT_OFFLINE');
    member(() => rig.send('v', 'command:request', { agentId: 'a', command: 'ls' }, 'q'), 'AGENT_OFFLINE');
    expect(refusals(rig.send('v', 'unsubscribe', { subscriptionId: 'x' }, 'u'))).toEqual([]);
  });

  it('[X18] is all that was begun, also where it failed', () => {
    const rig = running();
    const asked = rig.send('v', 'agent:start', { agentId: 'a' }, 'm');
    const requestId = keeperMessages(asked, 'program:start')[0]?.requestId ?? '';
    const error = wireError('INTERNAL_ERROR', 'it did not start');
    expect(actions(rig.batch(event(E1, 2, { type: 'request:done', requestId, error })))).toEqual([
      '1 agent:start INTERNAL_ERROR',
    ]);
    expect(refusals(rig.send('v', 'agent:start', { agentId: 'a' }, 'm'))).toEqual([]);
  });

  it('has every order about a command, its member and its result', () => {
    const c = new CommandRig();
    const noted: AuditEntry[] = [];
    const take = (effects: readonly Effect[]) => {
      for (const { first, entries } of notes(effects)) {
        noted.push(...entries);
        held(c.rig, first + entries.length - 1);
      }
    };
    const runs = c.ask('ls', { environment: { TOKEN: 'a secret' } }, 'once');
    take(runs.effects);
    take(c.ask('ls', { environment: { TOKEN: 'a secret' } }, 'once').effects);
    const waits = c.ask('pwd', { priority: 'high' });
    take(waits.effects);
    for (const [type, payload] of [
      ['command:move', { position: 1 }],
      ['command:edit', { command: 'id' }],
      ['command:cancel', {}],
      ['command:retry', {}],
      ['command:cancel', {}],
    ] as const)
      take(c.send(type, { commandId: waits.commandId, ...payload }));
    take(c.send('command:interrupt', { commandId: runs.commandId, reason: 'enough', force: true }));
    take(c.send('command:interrupt', { commandId: 'a.nothing' }, undefined));
    c.away();
    take(c.ask('late').effects);
    expect(noted.map(({ action, target, result, details }) => [action, target, result, details])).toEqual([
      ['command:request', runs.commandId, 'ok', '{"command":"ls","environment":["TOKEN"]}'],
      ['command:request', waits.commandId, 'ok', '{"command":"pwd","priority":"high"}'],
      ['command:move', waits.commandId, 'ok', '{"position":1}'],
      ['command:edit', waits.commandId, 'ok', '{"command":"id"}'],
      ['command:cancel', waits.commandId, 'ok', null],
      ['command:retry', waits.commandId, 'ok', null],
      ['command:interrupt', runs.commandId, 'ok', '{"reason":"enough","force":true}'],
    ]);
    expect(noted[0]).toMatchObject({ memberId: 'ada', agentId: 'a', agentUid: UID });
  });

  it('is in the transaction of the command it is about', () => {
    const c = new CommandRig();
    const { effects } = c.ask('ls');
    expect(commits(effects)).toMatchObject([{ audit: [{ number: 1 }], commands: [{}] }]);
  });

  it('[B9] has the new driver and the reason', () => {
    const rig = running();
    const [typed] = notes(rig.send('v', 'agent:input', { agentId: 'a', data: 'x' }));
    expect(typed?.entries).toMatchObject([
      { memberId: 'grace', action: 'driver:changed', details: 'typed', agentUid: UID },
    ]);
    held(rig, 1);
    rig.join('w', 'admin', 'Ada');
    const [taken] = notes(rig.send('w', 'driver:request', { agentId: 'a', take: true }, 't'));
    expect(taken?.entries).toMatchObject([{ memberId: 'ada', role: 'admin', details: 'taken' }]);
    held(rig, 2);
    expect(notes(rig.send('w', 'agent:input', { agentId: 'a', data: 'x' }))).toEqual([]);
  });
});
