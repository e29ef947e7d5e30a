import { asFetched, EpochSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { unacked } from '../../../src/agent-room/core/flow/live.ts';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import {
  E1,
  gap,
  KEEPER,
  keeperMessages,
  opened,
  output,
  Rig,
  running,
  sent,
  sequencesTo,
  textTo,
} from './rig.ts';
import { big, placeOf } from './viewers-rig.ts';

describe('attaching', () => {
  it('[S6] is one step: ack, state with its place in the stream, replay, live', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'one', 'two'));
    rig.flush();
    rig.join('v');
    const effects = rig.send('v', 'subscribe:agent', { agentId: 'a' }, 'm1');
    const told = effects.flatMap((effect) => {
      if (effect.type === 'send' && effect.to === 'v') return [effect.message.type];
      return effect.type === 'forward' ? ['output'] : [];
    });
    expect(told).toEqual(['ack', 'agent:state', 'replay:begin', 'output', 'replay:end', 'presence:update']);
    expect(sent(effects, 'v', 'agent:state')[0]?.asOf).toEqual({ epoch: E1, sequence: 3 });
    expect(textTo(effects, 'v')).toBe('onetwo');
  });

  it('[S6a] starts behind the cursor; `epoch: null` means the current one', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'a'));
    rig.batch(output(E1, 3, 'b'));
    rig.batch(output(E1, 4, 'c'));
    expect(sequencesTo(rig.watch('v', { after: { epoch: null, sequence: 3 } }), 'v')).toEqual([4]);
    expect(sequencesTo(rig.watch('w', { after: { epoch: E1, sequence: 2 } }), 'w')).toEqual([3, 4]);
  });

  it('[S6a] a cursor beyond what the room has is valid: the viewer waits', () => {
    const rig = running();
    const effects = rig.watch('v', { after: { epoch: E1, sequence: 5 } });
    expect(sent(effects, 'v', 'replay:gap')).toEqual([]);
    expect(sent(effects, 'v', 'replay:end')).toHaveLength(1);
    expect(rig.room.viewers.get('v')?.subscription?.at).toBe('live');
  });

  it('[S6] before the first frame a viewer is live and gets the stream from its start', () => {
    const rig = new Rig();
    rig.watch('v');
    rig.hello();
    rig.batch(opened(E1));
    rig.effects.length = 0;
    rig.batch(output(E1, 2, 'first'));
    expect(textTo(rig.effects, 'v')).toBe('first');
  });

  it('[S7] a live viewer stays live through a sleep, in its attachment', () => {
    const rig = running();
    rig.watch('v');
    rig.sleep();
    expect(textTo(rig.batch(output(E1, 2, 'x')), 'v')).toBe('x');
  });
});

describe('the deep past', () => {
  it('[S6] a full reader gets from the keeper what the room no longer has, then the rest from the room', () => {
    const rig = running();
    rig.room.segments.list.length = 0;
    rig.batch(output(E1, 2, 'c'));
    const effects = rig.watch('v', { history: 'full' });
    expect(keeperMessages(effects, 'stream:fetch')).toEqual([
      { epoch: E1, from: 1, to: 1, maxBytes: ROOM_LIMITS.parkBytes },
    ]);
    expect(sent(effects, 'v', 'replay:end')).toEqual([]);
    rig.effects.length = 0;
    rig.batch(asFetched(opened(E1)));
    rig.send('v', 'flow:ack', { epoch: E1, sequence: 1 });
    expect(sequencesTo(rig.effects, 'v')).toEqual([2]);
    expect(sent(rig.effects, 'v', 'replay:end')).toHaveLength(1);
  });

  it('[S6] a reset while a piece is under way changes nothing: the piece goes to the viewer that waits at it', () => {
    const rig = running();
    rig.room.segments.list.length = 0;
    rig.batch(output(E1, 2, 'c'));
    rig.watch('v', { history: 'full' });
    rig.sleep();
    rig.room.segments.list.splice(0, 1);
    rig.batch(asFetched(opened(E1)));
    expect(rig.room.viewers.get('v')?.subscription?.at).toEqual({ epoch: E1, from: 2 });
  });

  it('[S6] a reader through many short segments reads what this very event stored', () => {
    const rig = running();
    let before = E1;
    for (let number = 2; number < 9; number += 1) {
      const epoch = EpochSchema.parse(`00000000000000e${number}`);
      rig.batch(opened(epoch, { epoch: before, last: 1, complete: true }));
      before = epoch;
    }
    rig.batch(output(before, 2, 'fresh'));
    const effects = rig.watch('v', { history: 'full', after: { epoch: E1, sequence: 1 } });
    expect(sequencesTo(effects, 'v').at(-1)).toBe(2);
    expect(rig.room.viewers.get('v')?.subscription?.at).toBe('live');
  });

  it('[S8] a viewer that reads nothing is not pushed along by what another one asks for', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'c'));
    for (let first = 3; first < 203; first += 10) rig.batch(big(first));
    rig.flush();
    rig.room.segments.list.length = 0;
    rig.batch(output(E1, 203, 'x'));
    for (const viewer of ['deaf', 'reader'])
      rig.watch(viewer, { history: 'full', after: { epoch: E1, sequence: 2 } });
    for (let first = 3; first < 203; first += 10) {
      rig.batch(asFetched(big(first)));
      rig.send('reader', 'flow:ack', { epoch: E1, sequence: first + 9 });
    }
    const deaf = rig.room.viewers.get('deaf');
    expect(deaf && unacked(rig.room, deaf)).toBeLessThan(ROOM_LIMITS.parkBytes + 110_000);
    expect(sequencesTo(rig.effects, 'reader').at(-1)).toBe(203);
    // Once it reads it asks for its own.
    const effects = rig.send('deaf', 'flow:ack', { epoch: E1, sequence: 112 });
    expect(keeperMessages(effects, 'stream:fetch')).toMatchObject([{ from: 113 }]);
  });

  it('[S6] viewers at one place share an answer; one without credit for its end asks for the rest afterwards', () => {
    const rig = running();
    for (let first = 2; first < 202; first += 10) rig.batch(big(first));
    rig.flush();
    rig.room.segments.list.length = 0;
    rig.batch(output(E1, 202, 'x'));
    const wish = { history: 'full', after: { epoch: E1, sequence: 1 } };
    const asked = [...rig.watch('one', wish), ...rig.watch('two', wish)];
    expect(keeperMessages(asked, 'stream:fetch')).toHaveLength(1);
    const two = rig.room.viewers.get('two');
    two?.inFlight.push({ epoch: E1, last: 1, bytes: ROOM_LIMITS.parkBytes - 150_000, at: rig.now });
    const pieces = [2, 12, 22, 32, 42, 52, 62, 72, 82, 92];
    for (const first of pieces) rig.batch(asFetched(big(first)));
    expect(placeOf(rig, 'two')).toEqual({ epoch: E1, from: 22 });
    rig.send('two', 'flow:ack', { epoch: E1, sequence: 21 });
    const effects = rig.batch(asFetched(big(102)));
    expect(keeperMessages(effects, 'stream:fetch')).toMatchObject([{ from: 22 }]);
    expect(placeOf(rig, 'one')).toEqual({ epoch: E1, from: 112 });
  });

  it('[S6] waits for the host while it is away, and asks when it is back', () => {
    const rig = running();
    rig.room.segments.list.length = 0;
    rig.batch(output(E1, 2, 'c'));
    rig.do({ type: 'disconnected', connection: KEEPER });
    expect(keeperMessages(rig.watch('v', { history: 'full' }), 'stream:fetch')).toEqual([]);
    expect(keeperMessages(rig.hello('keeper-2'), 'stream:fetch')).toHaveLength(1);
  });

  it('[S6] what neither has is a gap that the keeper sends', () => {
    const rig = running();
    rig.room.segments.list.length = 0;
    rig.batch(output(E1, 2, 'c'));
    rig.watch('v', { history: 'full' });
    const effects = rig.batch(asFetched(gap(E1, 1, 1)));
    expect(effects.some((effect) => effect.type === 'forward' && effect.to.includes('v'))).toBe(true);
  });
});
