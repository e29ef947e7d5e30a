import { ClientIdSchema, LIMITS, MemberIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { countedClient } from '../../../src/agent-room/core/requests/counted-client.ts';
import { E1, KEEPER, keeperMessages, opened, Rig, sent } from './rig.ts';

const member = (id: string) => MemberIdSchema.parse(id);
const client = (id: string) => ClientIdSchema.parse(id);
const text = fc.string({ minLength: 1, maxLength: LIMITS.messageIdChars, unit: 'binary' });

/** A room of pipes, where every operator may type: Ada and Eve. */
function running(inputVersions: number[] = []): Rig {
  const rig = new Rig();
  rig.hello(KEEPER, { inputVersions });
  rig.batch(opened(E1));
  if (rig.room.durable !== null) rig.room.durable = { ...rig.room.durable, terminal: null };
  rig.join('ada', 'operator', 'Ada');
  rig.join('eve', 'operator', 'Eve');
  return rig;
}

const frame = (clientId: string, inputSequence: number) => ({
  clientId: client(clientId),
  inputSequence,
  commandId: undefined,
  answer: false,
  data: new Uint8Array([120]),
});

describe('[I2] whose input it is', () => {
  it('is counted under its member: no two members share a name, whatever client they name', () => {
    fc.assert(
      fc.property(text, text, text, text, (one, other, first, second) => {
        fc.pre(one !== other);
        expect(countedClient(member(one), client(first))).not.toBe(
          countedClient(member(other), client(second)),
        );
      }),
    );
  });

  it('of one member: each client is counted alone, and under the same name each time', () => {
    const [ada, page] = [member('ada'), client('page')];
    expect(countedClient(ada, page)).toBe(countedClient(ada, page));
    expect(countedClient(ada, client('other'))).not.toBe(countedClient(ada, page));
    expect(countedClient(member('x'.repeat(128)), client('y'.repeat(128))).length).toBeLessThanOrEqual(128);
  });

  it.each([
    ['in text', []],
    ['as a frame', [1]],
  ])('%s: an operator who names another’s client takes none of their numbers', (_, versions) => {
    const rig = running(versions);
    const ids = (page: string, sequence: number) => {
      const effects = rig.type(page, frame('client-of-ada', sequence));
      const [tell] = keeperMessages(effects, 'program:input');
      if (tell !== undefined) return tell.clientId;
      const forwarded = effects.find((effect) => effect.type === 'forward');
      return forwarded?.type === 'forward' ? new TextDecoder().decode(forwarded.bytes) : undefined;
    };
    const [adas, eves] = [ids('ada', 5), ids('eve', Number.MAX_SAFE_INTEGER)];
    expect(adas).toBeDefined();
    expect(eves).toBeDefined();
    expect(eves).not.toBe(adas);
  });

  it('and its acks go to its own pages, under the name that they gave it', () => {
    const rig = running();
    rig.send('ada', 'agent:input', { agentId: 'a', data: 'x', inputSequence: 5 }, 'i');
    rig.send(
      'eve',
      'agent:input',
      { agentId: 'a', data: 'x', clientId: 'client-of-ada', inputSequence: 9 },
      'j',
    );
    const clientId = countedClient(member('ada'), client('client-of-ada'));
    const acked = rig.do({
      type: 'keeper-message',
      connection: KEEPER,
      message: { type: 'input:ack', payload: { clientId, inputSequence: 5 } },
    });
    expect(sent(acked, 'ada', 'input:ack')).toMatchObject([{ clientId: 'client-of-ada', inputSequence: 5 }]);
    expect(sent(acked, 'eve', 'input:ack')).toEqual([]);
  });

  it('[B9] a page that calls itself as another’s does not stand for it when the driver decides', () => {
    const rig = new Rig();
    rig.hello();
    rig.batch(opened(E1));
    rig.join('bob', 'operator', 'Bob');
    rig.send('bob', 'driver:request', { agentId: 'a' }, 'b');
    for (const name of ['Ada', 'Eve']) {
      const member = { id: MemberIdSchema.parse(name.toLowerCase()), name, role: 'operator' as const };
      rig.do({ type: 'viewer-joined', connection: name, member: { ...member, clientId: client('page') } });
      rig.send(name, 'driver:request', { agentId: 'a' }, name);
    }
    for (const type of ['driver:decline', 'driver:grant'] as const) {
      const decided = rig.send('bob', type, { agentId: 'a', clientId: 'page' }, type);
      expect(sent(decided, 'bob', 'ack')).toMatchObject([{ error: { code: 'INVALID_STATE' } }]);
    }
    rig.send('bob', 'driver:decline', { agentId: 'a', clientId: 'page', memberId: 'eve' }, 'eve');
    expect(rig.room.durable?.keyboard.asking.map(({ memberId }) => memberId)).toEqual(['ada']);
    rig.send('bob', 'driver:grant', { agentId: 'a', clientId: 'page', memberId: 'ada' }, 'ada');
    expect(rig.room.durable?.keyboard.driver?.memberId).toBe('ada');
  });
});
