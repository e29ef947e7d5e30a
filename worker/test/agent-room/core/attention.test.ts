import type { Attention } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { agentSummary } from '../../../src/agent-room/core/reporting/summary.ts';
import { DurableSchema } from '../../../src/agent-room/core/types.ts';
import { running } from './requests-rig.ts';
import { commits, E1, event, placementOf, Rig, sent, TEAM } from './rig.ts';

const BELL: Attention = { kind: 'bell', since: 5_000, text: 'make' };
const NOTIFICATION: Attention = { kind: 'notification', since: 6_000, text: 'Allow rm -rf build?' };

/** A room whose program has asked for a person in these ways, one after the other. */
function asking(...ways: readonly (Attention | null)[]) {
  const rig = running();
  rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
  const tell = (attention: Attention | null) =>
    rig.batch(event(E1, rig.room.next, { type: 'program:attention', attention }));
  for (const attention of ways) tell(attention);
  return { rig, tell };
}
const shown = ({ room }: Rig) =>
  room.durable === null ? undefined : agentSummary(room, room.durable).attention;
const reports = (effects: ReturnType<Rig['do']>) =>
  effects.flatMap((effect) => (effect.type === 'report' ? [effect.summary.attention] : []));

describe('[C13] a program that asks for a person', () => {
  it('is shown so to every socket, told to the lobby, and stored with the frame', () => {
    const { rig, tell } = asking();
    rig.join('w');
    const before = rig.room.durable?.revision ?? 0;
    const effects = tell(NOTIFICATION);
    for (const to of ['v', 'w'])
      expect(sent(effects, to, 'agent:status')[0]?.agent.attention).toEqual(NOTIFICATION);
    expect(reports(effects)).toEqual([NOTIFICATION]);
    expect(commits(effects)[0]?.durable).toMatchObject({ attention: NOTIFICATION, revision: before + 1 });
  });

  it('is so still after hibernation and after a reset', () => {
    const { rig } = asking(BELL);
    rig.sleep();
    expect(shown(rig)).toEqual(BELL);
    rig.reset();
    expect(shown(rig)).toEqual(BELL);
  });

  it('is answered by input, as its keeper says', () => {
    const { rig, tell } = asking(BELL);
    const effects = tell(null);
    expect([shown(rig), reports(effects)]).toEqual([undefined, [undefined]]);
    expect(sent(effects, 'v', 'agent:status')[0]?.agent).not.toHaveProperty('attention');
  });

  it('says what it said last, and a bell says nothing new', () => {
    const { rig, tell } = asking(BELL, NOTIFICATION);
    expect(shown(rig)).toEqual(NOTIFICATION);
    const { revision } = rig.room.durable ?? {};
    const effects = tell({ ...BELL, since: 9_000 });
    expect([shown(rig), rig.room.durable?.revision, reports(effects)]).toEqual([NOTIFICATION, revision, []]);
    tell({ ...NOTIFICATION, since: 10_000, text: 'Done' });
    expect(shown(rig)).toMatchObject({ since: 10_000, text: 'Done' });
  });

  it.each([
    ['ends', { type: 'program:status', status: 'stopped' }],
    ['crashes', { type: 'program:status', status: 'crashed' }],
    ['starts', { type: 'program:status', status: 'starting', run: { by: 'person' } }],
  ] as const)('does not when it %s', (_, status) => {
    const { rig } = asking(NOTIFICATION);
    const effects = rig.batch(event(E1, rig.room.next, status));
    expect([shown(rig), reports(effects)]).toEqual([undefined, [undefined]]);
  });

  it('does while it is paused, and not on another host', () => {
    const { rig } = asking(NOTIFICATION);
    rig.batch(event(E1, rig.room.next, { type: 'program:status', status: 'paused' }));
    expect(shown(rig)).toEqual(NOTIFICATION);
    rig.do({ type: 'placed', team: TEAM, placement: placementOf(2) });
    expect(shown(rig)).toBeUndefined();
  });

  it('has asked since a time by the server’s clock', () => {
    const rig = new Rig();
    rig.now = 1_000_000_000;
    rig.hello(undefined, { now: rig.now + 3_600_000 });
    rig.batch(event(E1, 1, { type: 'epoch:open', previous: null, cause: 'first' }));
    const attention = { ...BELL, since: rig.now + 3_600_000 - 2_000 };
    rig.batch(event(E1, 2, { type: 'program:attention', attention }));
    expect(shown(rig)).toEqual({ ...BELL, since: rig.now - 2_000 });
  });
});

describe('[C13] a member who looks at the agent', () => {
  it('ends its asking for all, until it asks again, with the bell too', () => {
    const { rig, tell } = asking(BELL);
    rig.join('w');
    const effects = rig.send('v', 'agent:seen', { agentId: 'a' }, 'm1');
    expect(sent(effects, 'v', 'ack')).toMatchObject([{ success: true }]);
    expect(sent(effects, 'w', 'agent:status')[0]?.agent).not.toHaveProperty('attention');
    expect(reports(effects)).toEqual([undefined]);
    tell({ ...BELL, since: 9_000 });
    expect(shown(rig)).toMatchObject({ since: 9_000 });
  });

  it('writes nothing where it asks for nobody, and never an audit entry', () => {
    const { rig } = asking();
    expect(commits(rig.send('v', 'agent:seen', { agentId: 'a' }, 'm1'))).toEqual([]);
    const { rig: other } = asking(BELL);
    expect(commits(other.send('v', 'agent:seen', { agentId: 'a' }, 'm1'))[0]).not.toHaveProperty('audit');
  });

  it('only watches as a viewer, and names this agent', () => {
    const { rig } = asking(BELL);
    rig.join('eve', 'viewer', 'Eve');
    const refusals = [
      rig.send('eve', 'agent:seen', { agentId: 'a' }, 'm1'),
      rig.send('v', 'agent:seen', { agentId: 'b' }, 'm2'),
    ].flatMap((effects) => [...sent(effects, 'eve', 'ack'), ...sent(effects, 'v', 'ack')]);
    expect(refusals.map(({ error }) => error?.code)).toEqual(['INSUFFICIENT_PERMISSIONS', 'AGENT_NOT_FOUND']);
    expect(shown(rig)).toEqual(BELL);
  });
});

it('[C13] a row of an earlier version asks for nobody', () => {
  const { rig } = asking();
  const { attention: _, ...row } = rig.room.durable ?? {};
  expect(DurableSchema.parse(JSON.parse(JSON.stringify(row))).attention).toBeNull();
});
