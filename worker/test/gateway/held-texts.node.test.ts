import { LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { verified } from './core-rig.ts';
import { Rig, team } from './rig.ts';

const token = { token: 't' };
const types = (effects: readonly { readonly type: string }[]) => effects.map(({ type }) => type);
const ping = { type: 'client', text: 'ping' } as const;
/** A client whose token is being verified. */
function verifying(): Rig {
  const rig = new Rig();
  rig.happen({ type: 'start', team, claims: null });
  rig.says('auth', token);
  return rig;
}

describe('[S13] what a plain client sends while its token is verified', () => {
  it('waits, and follows in its order', () => {
    const rig = verifying();
    expect(rig.happen(ping)).toEqual([]);
    rig.says('auth:refresh', token);
    rig.happen(ping);
    expect(types(verified(rig, 'auth'))).toEqual(['dial', 'pong', 'verify']);
    expect(types(verified(rig, 'auth:refresh'))).toEqual(['pong']);
    expect(types(rig.happen(ping))).toEqual(['pong']);
  });

  it('is at most one message: a stranger that sends more is closed', () => {
    const rig = verifying();
    const text = 'x'.repeat(LIMITS.messageBytes / 2);
    expect(rig.happen({ type: 'client', text })).toEqual([]);
    expect(rig.happen({ type: 'client', text })).toEqual([]);
    expect(types(rig.happen({ type: 'client', text: 'x' }))).toEqual(['send-to-client', 'close']);
    expect(verified(rig, 'auth')).toEqual([]);
  });

  it('of a member is bounded too; what is beyond it is dropped, and the member stays', () => {
    const rig = verifying();
    verified(rig, 'auth');
    rig.says('auth:refresh', token);
    const text = 'x'.repeat(LIMITS.messageBytes);
    for (let n = 0; n < 4; n += 1) expect(rig.happen({ type: 'client', text })).toEqual([]);
    expect(types(rig.happen(ping))).toEqual(['send-to-client']);
    expect(rig.gateway.phase.name).toBe('open');
  });
});
