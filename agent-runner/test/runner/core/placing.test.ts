import { AgentUidSchema, LIMITS, type Placement } from '@muster/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { ModelHost } from './model-host.ts';
import { specOf, uidOf } from './specs.ts';

const A = AgentUidSchema.parse(uidOf(1));
const REQUEST = uidOf(100);
const placed = (generation: number, more: Parameters<typeof specOf>[1] = {}): Placement => ({
  spec: specOf(A, more),
  generation,
});
const ANSWER = { requestId: REQUEST, agentUid: A, generation: 1 };

let host: ModelHost;
beforeEach(() => {
  host = new ModelHost();
  host.recover();
  host.connect();
  host.welcome([]);
  host.sent.length = 0;
});

describe('placing an agent', () => {
  test('checks, saves, starts a keeper and then the program, and answers once with what runs', () => {
    host.place(placed(1), REQUEST);
    expect(host.run()).toEqual(['check', 'save', 'adopt', 'spawn', 'ask start']);
    expect(host.sent).toEqual([{ type: 'agent:placed', payload: { ...ANSWER, pid: 7, startedAt: 70 } }]);
  });

  test.each([
    { what: 'has no program', more: { program: undefined } },
    { what: 'does not start by itself', more: { autostart: false } },
  ])('starts nothing where it $what', ({ more }) => {
    host.place(placed(1, more), REQUEST);
    expect(host.run()).toEqual(['check', 'save', 'adopt', 'spawn']);
    expect(host.sent).toEqual([{ type: 'agent:placed', payload: ANSWER }]);
  });

  test.each(['check', 'save', 'adopt', 'spawn', 'ask start'])(
    'leaves nothing half-made when %s fails',
    (failing) => {
      host.place(placed(1), REQUEST);
      while (host.actions[0] !== failing) host.finish();
      host.failNext();
      host.run();
      expect(host.sent).toEqual([
        {
          type: 'agent:placed',
          payload: { ...ANSWER, error: expect.objectContaining({ code: 'INTERNAL_ERROR' }) },
        },
      ]);
      expect([host.files.size, host.keepers.size, host.timers.size]).toEqual([0, 0, 0]);
      expect(host.runner.agents.size).toBe(0);
      expect(host.logged).toContain('an agent could not be placed');
    },
  );

  test('leaves nothing of an agent whose program cannot be started', () => {
    host.refusesStarts = true;
    host.place(placed(1), REQUEST);
    expect(host.run().slice(-3)).toEqual(['ask start', 'end', 'discard']);
    expect(host.sent).toMatchObject([{ payload: { ...ANSWER, error: { code: 'AGENT_SPAWN_FAILED' } } }]);
    expect([host.files.size, host.keepers.size]).toEqual([0, 0]);
  });

  test.each(['end', 'discard'])('removes later what cannot be undone at once: %s fails', (failing) => {
    host.refusesStarts = true;
    host.place(placed(1), REQUEST);
    while (host.actions[0] !== failing) host.finish();
    host.failNext();
    host.run();
    expect(host.sent.filter(({ type }) => type === 'agent:placed')).toHaveLength(1);
    expect([host.files.size, host.keepers.size]).toEqual([0, 0]);
  });

  test('[P3] again is answered the same, and starts nothing', () => {
    host.place(placed(1), REQUEST);
    host.run();
    host.link(A, true);
    const [first] = host.sent;
    host.place(placed(1), REQUEST);
    expect(host.run()).toEqual(['ask status']);
    expect(host.sent.slice(-2)).toEqual([
      first,
      // The lobby assumes that a placed agent is healthy.
      { type: 'keeper:link', payload: { agentUid: A, healthy: true } },
    ]);
  });

  test('[P10] again, where its program never ran, starts it after all', () => {
    host.welcome([{ ...placed(1), wanted: true }]);
    host.finish();
    host.finish();
    host.finish();
    const keeper = host.keepers.get(A);
    if (keeper) keeper.state = { status: 'stopped' };
    host.place(placed(1), REQUEST);
    expect(host.run()).toContain('ask start');
  });

  test.each([
    { how: 'exited', state: { status: 'stopped', exitCode: 0 } },
    { how: 'was killed', state: { status: 'stopped', signal: 'SIGKILL' } },
    { how: 'runs', state: { status: 'running', pid: 7, startedAt: 70 } },
  ] as const)('[P10] again, where its program $how, starts nothing', ({ state }) => {
    host.place(placed(1), REQUEST);
    host.run();
    const keeper = host.keepers.get(A);
    if (keeper) keeper.state = state;
    host.place(placed(1), uidOf(101));
    expect(host.run()).not.toContain('ask start');
  });

  test('a newer spec of the same start is saved and passed on', () => {
    host.place(placed(1), REQUEST);
    host.run();
    host.place(placed(1, { name: 'renamed' }), uidOf(101));
    expect(host.run()).toEqual(['save', 'ask status', 'ask place']);
    expect(host.files.get(A)?.placement.spec.name).toBe('renamed');
  });

  test('[N2] an older generation is refused, and the newer start goes on', () => {
    host.place(placed(2), REQUEST);
    host.run();
    host.place(placed(1), uidOf(101));
    expect(host.run()).toEqual([]);
    expect(host.sent.at(-1)).toMatchObject({
      payload: { requestId: uidOf(101), generation: 1, error: { code: 'INVALID_STATE' } },
    });
    expect(host.files.get(A)?.placement.generation).toBe(2);
  });

  test('[N2] a newer generation ends and archives the older, once all that can fail is checked', () => {
    host.place(placed(1), REQUEST);
    host.run();
    host.place(placed(2), uidOf(101));
    expect(host.run()).toEqual(['check', 'end', 'archive', 'save', 'adopt', 'spawn', 'ask start']);
    expect(host.archived).toEqual([`${A} 1`]);
    expect(host.keepers.get(A)?.generation).toBe(2);
  });

  test('[N2] a newer generation that this host cannot run leaves the older one running', () => {
    host.place(placed(1), REQUEST);
    host.run();
    host.place(placed(2), uidOf(101));
    host.failNext();
    host.run();
    expect(host.sent.at(-1)).toMatchObject({ payload: { requestId: uidOf(101), error: {} } });
    expect(host.keepers.get(A)?.generation).toBe(1);
  });

  test('[P10] a newer generation does not start what a person stopped', () => {
    host.place(placed(1), REQUEST);
    host.run();
    const files = host.files.get(A);
    if (files) files.isStopped = true;
    host.place(placed(2), uidOf(101));
    expect(host.run()).not.toContain('ask start');
    expect(host.files.get(A)?.isStopped).toBe(true);
  });

  test('beyond the most that a host may have is refused, those that are being placed counted', () => {
    for (let agent = 1; agent <= LIMITS.agentsPerHost; agent += 1) {
      host.place({ spec: specOf(uidOf(agent)), generation: 1 }, uidOf(1_000 + agent));
    }
    host.place({ spec: specOf(uidOf(9_999)), generation: 1 }, uidOf(8_888));
    expect(host.sent).toMatchObject([
      { payload: { requestId: uidOf(8_888), error: { code: 'AGENT_LIMIT_EXCEEDED' } } },
    ]);
    host.run();
    expect(host.files.size).toBe(LIMITS.agentsPerHost);
  });

  test('whose placement cannot be read is refused; the lobby’s list repairs it', () => {
    host.recover([A]);
    host.place(placed(1), REQUEST);
    expect(host.sent).toMatchObject([{ payload: { ...ANSWER, error: { code: 'INTERNAL_ERROR' } } }]);
    host.remove(A, uidOf(101));
    host.welcome([]);
    expect(host.run()).toEqual([]);
    expect(host.sent).toHaveLength(1);
    host.welcome([placed(1)]);
    expect(host.run()).toEqual(['save', 'adopt', 'spawn']);
  });
});
