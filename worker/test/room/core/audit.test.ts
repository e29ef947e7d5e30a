import type { AuditEntry } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/room/core/limits.ts';
import { nextDuty } from '../../../src/room/core/room.ts';
import type { Effect } from '../../../src/room/core/types.ts';
import { CommandRig } from './commands-rig.ts';
import { commits, dutyOf, E1, event, KEEPER, opened, Rig, sent, told, UID } from './rig.ts';

function running(): Rig {
  const rig = new Rig();
  rig.hello();
  rig.batch(opened(E1));
  rig.join('v', 'operator', 'Grace');
  return rig;
}

const notes = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'note' ? [effect] : []));
const actions = (effects: readonly Effect[]) =>
  notes(effects).flatMap(({ first, entries }) =>
    entries.map(({ action, result }, index) => `${first + index} ${action} ${result}`),
  );
const start = (rig: Rig, id: string) => rig.say('v', 'agent:start', { agentId: 'a' }, id);
const held = (rig: Rig, number: number | null) => rig.do({ type: 'noted', held: number });

describe('[X8] what a room notes for the audit log', () => {
  it('is who asked for what, and what became of it, when that is known', () => {
    const rig = running();
    const asked = rig.say('v', 'agent:terminate', { agentId: 'a', force: true }, 'm');
    expect(notes(asked)).toEqual([]);
    const requestId = told(asked, 'program:terminate')[0]?.requestId ?? '';
    rig.now += 5;
    const [note] = notes(rig.batch(event(E1, 2, { type: 'request:done', requestId })));
    expect(note).toEqual({
      type: 'note',
      first: 1,
      entries: [
        {
          ...{ at: rig.now, memberId: 'grace', name: 'Grace', role: 'operator', address: null },
          ...{ action: 'agent:terminate', agentId: 'a', agentUid: UID, target: null },
          ...{ result: 'ok', details: '{"force":true}' },
        },
      ],
    });
    expect(actions(rig.say('v', 'agent:terminate', { agentId: 'a', force: true }, 'm'))).toEqual([]);
  });

  it('is in the transaction of what it tells, and told after it', () => {
    const rig = running();
    rig.leave(KEEPER);
    const effects = start(rig, 'm');
    const order = effects.map((effect) => effect.type).filter((type) => type === 'commit' || type === 'note');
    expect(order).toEqual(['commit', 'note']);
    expect(rig.store.load().audit).toMatchObject({ waiting: [{ number: 1 }], last: 1 });
  });

  it('is told one call at a time, and again from where the lobby is when it could not be reached', () => {
    const rig = running();
    rig.leave(KEEPER);
    expect(actions(start(rig, 'a'))).toEqual(['1 agent:start AGENT_OFFLINE']);
    expect(actions(start(rig, 'b'))).toEqual([]);
    expect(actions(held(rig, 1))).toEqual(['2 agent:start AGENT_OFFLINE']);
    held(rig, null);
    expect(nextDuty(rig.room)).toBe(rig.now + 1_000);
    expect(actions(start(rig, 'c'))).toEqual([]);
    rig.now += 1_000;
    const again = ['2 agent:start AGENT_OFFLINE', '3 agent:start AGENT_OFFLINE'];
    expect(actions(rig.do({ type: 'alarm' }))).toEqual(again);
    expect(actions(held(rig, 3))).toEqual([]);
    expect(rig.store.load().audit).toEqual({ waiting: [], last: 3 });
    expect(dutyOf(rig)).toBeNull();
  });

  it('survives a reset, and numbers go on after it', () => {
    const rig = running();
    rig.leave(KEEPER);
    start(rig, 'a');
    rig.reset();
    expect(actions(rig.join('v'))).toEqual(['1 agent:start AGENT_OFFLINE']);
    held(rig, 1);
    rig.reset();
    expect(actions(rig.join('v'))).toEqual([]);
    expect(actions(start(rig, 'b'))).toEqual(['2 agent:start AGENT_OFFLINE']);
  });

  it('is bounded: nobody acts off the record', () => {
    const rig = running();
    rig.leave(KEEPER);
    for (let id = 0; id < ROOM_LIMITS.auditWaiting; id += 1) start(rig, `m${id}`);
    rig.hello();
    const refused = start(rig, 'last');
    expect(told(refused, 'program:start')).toEqual([]);
    expect(sent(refused, 'v', 'ack')).toMatchObject([{ error: { code: 'SERVICE_UNAVAILABLE' } }]);
  });

  it('[B9] is who tried to take the keyboard and may not', () => {
    const rig = running();
    rig.join('bob', 'operator', 'Bob');
    rig.say('v', 'driver:request', { agentId: 'a' }, 'mine');
    held(rig, 1);
    const effects = rig.say('bob', 'driver:request', { agentId: 'a', take: true }, 'take');
    expect(notes(effects)).toMatchObject([
      {
        first: 2,
        entries: [
          {
            ...{ memberId: 'bob', role: 'operator', action: 'driver:request', agentId: 'a' },
            ...{ result: 'INSUFFICIENT_PERMISSIONS', details: 'take' },
          },
        ],
      },
    ]);
  });

  it('has every order about a command, by whom, and what became of it', () => {
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
      take(c.say(type, { commandId: waits.commandId, ...payload }));
    take(c.say('command:interrupt', { commandId: runs.commandId, reason: 'enough', force: true }));
    take(c.say('command:interrupt', { commandId: 'a.nothing' }, undefined));
    c.away();
    take(c.ask('late').effects);
    expect(noted.map(({ action, target, result, details }) => [action, target, result, details])).toEqual([
      ['command:request', runs.commandId, 'ok', '{"command":"ls","environment":["TOKEN"]}'],
      ['command:request', waits.commandId, 'ok', '{"command":"pwd","priority":"high"}'],
      ['command:move', waits.commandId, 'ok', '{"position":1}'],
      ['command:edit', waits.commandId, 'ok', '{"command":"id"}'],
      ['command:cancel', waits.commandId, 'ok', null],
      ['command:retry', waits.commandId, 'ok', null],
      ['command:cancel', waits.commandId, 'INVALID_STATE', null],
      ['command:interrupt', runs.commandId, 'ok', '{"reason":"enough","force":true}'],
      ['command:interrupt', 'a.nothing', 'COMMAND_NOT_FOUND', null],
      ['command:request', null, 'AGENT_OFFLINE', '{"command":"late"}'],
    ]);
    expect(noted[0]).toMatchObject({ memberId: 'ada', agentId: 'a', agentUid: UID });
  });

  it('is in the transaction of the command it is about; nobody runs one off the record', () => {
    const c = new CommandRig();
    const { effects } = c.ask('ls');
    expect(commits(effects)).toMatchObject([{ audit: [{ number: 1 }], commands: [{}] }]);
    for (let n = 1; n < ROOM_LIMITS.auditWaiting; n += 1) c.say('command:cancel', { commandId: 'a.0' });
    expect(c.error(c.ask('rm').effects)).toBe('SERVICE_UNAVAILABLE');
    expect(c.starts(c.rig.effects)).toEqual(['ls']);
  });

  it('[B9] says who drives from now on, and how that came', () => {
    const rig = running();
    const [typed] = notes(rig.say('v', 'agent:input', { agentId: 'a', data: 'x' }));
    expect(typed?.entries).toMatchObject([
      { memberId: 'grace', action: 'driver:changed', details: 'typed', agentUid: UID },
    ]);
    held(rig, 1);
    rig.join('w', 'admin', 'Ada');
    const [taken] = notes(rig.say('w', 'driver:request', { agentId: 'a', take: true }, 't'));
    expect(taken?.entries).toMatchObject([{ memberId: 'ada', role: 'admin', details: 'taken' }]);
    held(rig, 2);
    expect(notes(rig.say('w', 'agent:input', { agentId: 'a', data: 'x' }))).toEqual([]);
  });
});
