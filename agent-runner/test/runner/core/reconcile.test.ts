import { AgentUidSchema, type Placement } from '@muster/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { ModelHost } from './model-host.ts';
import { specOf, uidOf } from './specs.ts';

const [A, B] = [AgentUidSchema.parse(uidOf(1)), AgentUidSchema.parse(uidOf(2))];
const placed = (agentUid: string, generation = 1, more: Parameters<typeof specOf>[1] = {}): Placement => ({
  spec: specOf(agentUid, more),
  generation,
});

let host: ModelHost;
beforeEach(() => {
  host = new ModelHost();
  host.files.set(A, { placement: placed(A), isStopped: false });
  host.recover();
  host.run();
  host.connect();
});

describe('the lobby’s list', () => {
  test('[N2] ends and archives what it does not have, and places what is new', () => {
    host.welcome([placed(B)]);
    host.run();
    expect([...host.files.keys()]).toEqual([B]);
    expect([...host.keepers.keys()]).toEqual([B]);
    expect(host.archived).toEqual([`${A} 1`]);
  });

  test('[N2] replaces an older generation, keeps the same, and never goes back', () => {
    host.welcome([placed(A, 3)]);
    expect(host.run()).toEqual(['end', 'archive', 'save', 'adopt', 'spawn']);
    host.welcome([placed(A, 2)]);
    expect(host.run()).toEqual(['ask status']);
    host.link(A, true);
    host.welcome([placed(A, 3)]);
    expect(host.run()).toEqual(['ask status']);
    expect(host.keepers.get(A)?.generation).toBe(3);
  });

  test('[N2] a keeper that waits for its room tries at once, as the server is back', () => {
    host.welcome([placed(A)]);
    expect(host.run()).toEqual(['ask status', 'ask place']);
  });

  test.each([
    { wanted: true, restart: 'never', starts: true },
    { wanted: false, restart: 'always', starts: false },
    { wanted: undefined, restart: 'always', starts: true },
    { wanted: undefined, restart: 'on-failure', starts: false },
  ] as const)(
    '[P10] of an agent whose data this host has not: wanted $wanted, restart $restart',
    ({ wanted, restart, starts }) => {
      host.welcome([{ ...placed(B, 1, { restart }), wanted }]);
      host.run();
      expect(host.keepers.get(B)?.state.status).toBe(starts ? 'running' : 'stopped');
      expect(host.files.get(B)?.isStopped).toBe(!starts);
    },
  );

  test.each(['save', 'adopt', 'spawn'])(
    'is tried again where it could not be followed: %s failed',
    (failing) => {
      host.welcome([placed(A), placed(B)]);
      for (let at = host.actions.indexOf(failing); at < 0; at = host.actions.indexOf(failing)) host.finish();
      host.failNext(host.actions.indexOf(failing));
      host.run();
      expect([...host.keepers.keys()].sort()).toEqual([A, B]);
    },
  );

  test.each(['end', 'archive'])('a removal that failed is made again: %s failed', (failing) => {
    host.remove(A, uidOf(100));
    while (host.actions[0] !== failing) host.finish();
    host.failNext();
    expect(host.logged.at(-1)).toBe('an agent could not be removed');
    host.run();
    expect(host.files.size).toBe(0);
    expect(host.sent.filter(({ type }) => type === 'agent:removed')).toEqual([
      { type: 'agent:removed', payload: { requestId: uidOf(100), agentUid: A } },
    ]);
  });

  test('takes the place of an older list that was not followed yet', () => {
    host.welcome([placed(A), placed(B)]);
    host.welcome([placed(A), placed(B)]);
    host.welcome([placed(A)]);
    // Each agent has what was begun, and the newest.
    expect(host.run().filter((action) => action === 'ask status')).toHaveLength(2);
    expect([...host.files.keys()]).toEqual([A]);
  });

  test('an agent that is being placed is answered, and then ended by its own message', () => {
    host.place(placed(B), uidOf(100));
    host.welcome([placed(A)]);
    host.remove(B, uidOf(101));
    host.run();
    const answers = host.sent.filter(({ type }) => type === 'agent:placed' || type === 'agent:removed');
    expect(answers.map(({ type }) => type)).toEqual(['agent:placed', 'agent:removed']);
    expect([...host.files.keys()]).toEqual([A]);
  });

  test('the removal of an agent that is not here is confirmed', () => {
    host.remove(B, uidOf(100));
    host.run();
    expect(host.sent.at(-1)).toEqual({
      type: 'agent:removed',
      payload: { requestId: uidOf(100), agentUid: B },
    });
  });
});
