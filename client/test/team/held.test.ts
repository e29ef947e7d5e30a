import { encodeBatch, encodeUpdate, type Position, type ServerMessage, STREAM } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { batchInput } from '../stream/stream-model.ts';
import { agentId, epochOf } from '../stream/support.ts';
import { emitted, ROOM, sent, TeamRig, types } from './rig.ts';

const at = (sequence: number, epoch = 1): Position => ({ epoch: epochOf(epoch), sequence });
const join = { type: 'agent:get_state', payload: { agentId } } as const;
const list: ServerMessage = {
  type: 'conversation:list',
  payload: { agentId, revision: 1, conversations: [] },
};

/** A feed that is held, on a room that has let it in. */
function held(): TeamRig {
  const rig = new TeamRig();
  hold(rig, 1);
  rig.letIn(ROOM);
  return rig;
}
const hold = (rig: TeamRig, feed: number) =>
  rig.take(
    { type: 'open-feed', feed, agentId, after: null, history: 'full', held: true },
    { type: 'listen', feed },
  );
const follow = (rig: TeamRig, after: Position | null) =>
  sent(rig.take({ type: 'follow', feed: 1, after }), 'subscribe:agent').map(({ message }) => message.payload);

function receive(rig: TeamRig, sequence: number, command: string, stream: number) {
  const data = encodeUpdate({ type: 'text', itemId: 'a', offset: 0, text: 'x' });
  const chunks = [{ stream, data, time: 0 }];
  const epoch = epochOf(1);
  const heads = { kind: 'output', epoch, first: sequence, command, commandFirst: 1, chunks } as const;
  const input = batchInput(encodeBatch(heads));
  if (input.type !== 'batch') throw new Error('a batch is a batch');
  return rig.take({ ...input, key: ROOM });
}

describe('a feed that is held', () => {
  it('asks for no frames until its owner says from where, and then once', () => {
    const rig = held();
    expect(sent(rig.effects, 'subscribe:agent')).toEqual([]);
    expect(follow(rig, at(40))).toMatchObject([{ after: at(40) }]);
    expect(follow(rig, at(50))).toEqual([]);
  });

  it('is asked again on each connection, and never goes back in an epoch', () => {
    const rig = held();
    follow(rig, at(40));
    rig.receive(ROOM, { type: 'replay:begin', payload: { agentId, from: null } });
    receive(rig, 41, 'bash.one', STREAM.update);
    rig.lose(ROOM);
    expect(follow(rig, at(60))).toEqual([]);
    rig.pass(60_000);
    rig.letIn(ROOM);
    expect(follow(rig, at(39))).toMatchObject([{ after: at(41) }]);
    rig.lose(ROOM);
    rig.pass(60_000);
    rig.letIn(ROOM);
    expect(follow(rig, at(3, 2))).toMatchObject([{ after: at(3, 2) }]);
  });

  it('hears what a socket that was there already had told', () => {
    const rig = held();
    expect(emitted(rig.receive(ROOM, list), 'conversation')).toEqual([list]);
    rig.take({ type: 'close-feed', feed: 1 });
    const effects = hold(rig, 2);
    expect(emitted(effects, 'conversation')).toEqual([list]);
    expect(emitted(effects, 'connection')).toMatchObject([{ name: 'connected' }]);
    expect(types(effects)).not.toContain('send');
  });

  it('[C14] tells updates of a conversation and output of a command apart', () => {
    const rig = held();
    follow(rig, at(40));
    rig.receive(ROOM, { type: 'replay:begin', payload: { agentId, from: null } });
    const update = receive(rig, 41, 'bash.one', STREAM.update);
    expect(emitted(update, 'conversationUpdates')).toMatchObject([{ conversationId: 'bash.one' }]);
    const output = receive(rig, 42, 'bash.two', STREAM.stdout);
    expect([emitted(output, 'commandOutput').length, emitted(output, 'conversationUpdates')]).toEqual([
      1,
      [],
    ]);
  });

  it('[I1] sends its requests on its own socket, once: one that is lost with it fails', () => {
    const rig = held();
    const asked = rig.take({ type: 'feed-request', feed: 1, id: 'j', message: join });
    expect(sent(asked, 'agent:get_state')).toMatchObject([{ key: ROOM, id: 'j' }]);
    expect(rig.lose(ROOM)[0]).toMatchObject({ type: 'failed', id: 'j', outcome: 'unknown' });
    const early = rig.take({ type: 'feed-request', feed: 1, id: 'k', message: join });
    expect(early).toMatchObject([{ type: 'failed', id: 'k', outcome: 'unsent' }]);
    rig.pass(60_000);
    expect(sent(rig.letIn(ROOM), 'agent:get_state')).toEqual([]);
  });
});
