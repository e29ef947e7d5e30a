import { dialBackoff } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { offersManual, PROBE_MS, STABLE_MS } from '../../src/connection/index.ts';
import { ConnectionRig, HOST } from './rig.ts';

/** Loses its socket `count` times, each dial as soon as it is due; returns how long it waited each time, ms. */
function fail(rig: ConnectionRig, count: number): number[] {
  const waits: number[] = [];
  for (let index = 0; index < count; index += 1) {
    rig.lose();
    const { phase } = rig.connection;
    if (phase.name !== 'waiting') throw new Error(`it is ${phase.name}`);
    waits.push(phase.retryAt - rig.now);
    if (index < count - 1) rig.pass(phase.retryAt - rig.now);
  }
  return waits;
}

const started = (options = {}) => {
  const rig = new ConnectionRig(options);
  rig.take({ type: 'start' });
  return rig;
};
const types = (effects: readonly { readonly type: string }[]) => effects.map(({ type }) => type);

describe('a connection that is lost', () => {
  it('[M9] dials again within 0.5 s, then after 1, 2, 4, 8, 16, 30, 30 … s', () => {
    expect(fail(started(), 9)).toEqual([250, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('[M9] varies each wait by at most 20 %, over that whole range', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(random, fc.integer({ min: 2, max: 20 }), (r, tries) => {
        const middle = dialBackoff(tries, 0.5);
        expect(dialBackoff(tries, r)).toBeGreaterThanOrEqual(middle * 0.8 - 1e-6);
        expect(dialBackoff(tries, r)).toBeLessThanOrEqual(middle * 1.2);
        expect(dialBackoff(1, r)).toBeLessThan(500);
      }),
    );
    expect(dialBackoff(2, 0)).toBe(800);
    expect(dialBackoff(2, 0.999_999)).toBeCloseTo(1_200, 0);
  });

  it('[M9] offers the button after the fifth dial in a row that failed, and goes on retrying', () => {
    const rig = started();
    fail(rig, 4);
    expect(offersManual(rig.connection)).toBe(false);
    rig.pass(60_000);
    rig.lose();
    expect(offersManual(rig.connection)).toBe(true);
    const before = rig.dials.length;
    rig.pass(30_000 * 1.2);
    expect(rig.dials.length).toBeGreaterThan(before);
  });

  it('[M9] begins anew after a connection that stood, and not after one that did not', () => {
    for (const [stood, tries, failures] of [
      [STABLE_MS, 1, 0],
      [STABLE_MS - 1, 5, 5],
    ] as const) {
      const rig = started();
      fail(rig, 4);
      rig.take({ type: 'retry' });
      rig.open();
      rig.now += stood;
      rig.lose();
      expect(rig.connection).toMatchObject({ phase: { name: 'waiting' }, tries, failures });
    }
  });

  it('[M9] where a message is the proof, only a message begins anew', () => {
    for (const [isMessage, tries] of [
      [true, 1],
      [false, 5],
    ] as const) {
      const rig = started(HOST);
      fail(rig, 4);
      rig.take({ type: 'retry' });
      rig.open();
      rig.receive(isMessage);
      rig.now += 10_000;
      rig.lose();
      expect(rig.connection.tries).toBe(tries);
    }
  });

  it('[M9] is given up when nobody lets it in within the time for the handshake', () => {
    const rig = started();
    rig.now = 9_999;
    expect(rig.take({ type: 'tick' })).toEqual([]);
    rig.now = 10_000;
    expect(types(rig.take({ type: 'tick' }))).toEqual(['hang-up', 'unreachable', 'changed']);
  });

  it('is given up when its owner cannot go on with it, and only then', () => {
    const rig = ConnectionRig.connected();
    expect(types(rig.take({ type: 'drop' }))).toEqual(['hang-up', 'lost', 'changed']);
    expect(rig.take({ type: 'drop' })).toEqual([]);
  });

  it('ignores what an earlier dial still brings', () => {
    const rig = started();
    rig.lose();
    rig.pass(500);
    expect(rig.connection.dial).toBe(2);
    for (const type of ['opened', 'token'] as const)
      expect(rig.take({ type, dial: 1, token: 't' })).toEqual([]);
    expect(rig.take({ type: 'lost', dial: 1, code: 4404 })).toEqual([]);
    expect(rig.phase).toBe('dialling');
  });
});

describe('a connection that is refused', () => {
  it('[M9] stays away after a close of 4400–4449 until a person asks', () => {
    for (const code of [4400, 4401, 4449]) {
      const rig = started();
      expect(rig.lose(code)).toMatchObject([{ type: 'rejected', code, action: 'wait' }, { type: 'changed' }]);
      rig.pass(1e9);
      expect(rig.connection).toMatchObject({ phase: { name: 'refused', code } });
      rig.take({ type: 'retry' });
      expect(rig.connection).toMatchObject({ phase: { name: 'dialling' }, tries: 0, failures: 0 });
    }
    for (const code of [1000, 1006, 1012, 4399, 4408, 4450]) {
      const rig = started();
      rig.lose(code);
      expect(rig.phase).toBe('waiting');
    }
  });

  it('[X4] dials again at once when a retry was asked for during that dial', () => {
    const rig = started(HOST);
    rig.take({ type: 'retry' });
    expect(types(rig.lose(4403))).toEqual(['rejected', 'dial', 'changed']);
    rig.lose(4403);
    expect(rig.phase).toBe('refused');
  });

  it('[X4] does not when the server has spoken since: what it dialled with was good', () => {
    const rig = started(HOST);
    rig.take({ type: 'retry' });
    rig.open();
    rig.receive();
    rig.lose(4403);
    expect(rig.phase).toBe('refused');
  });

  it('[M9] dials as rarely as ever where only a person can help', () => {
    const rig = started(HOST);
    rig.lose(4401);
    expect(rig.connection.phase).toEqual({ name: 'waiting', retryAt: 30_000 });
  });

  it('[N2] never dials again after a code that ends it', () => {
    const rig = ConnectionRig.connected(HOST);
    expect(types(rig.lose(4409))).toEqual(['lost', 'rejected', 'closed', 'changed']);
    rig.take({ type: 'retry' }, { type: 'wake' }, { type: 'start' });
    rig.pass(1e9);
    expect(rig.dials).toHaveLength(1);
  });
});

describe('liveness', () => {
  it('[H1] pings every 20 s and is dead after 40 s of silence', () => {
    const rig = ConnectionRig.connected();
    rig.pass(20_000);
    expect(types(rig.effects).slice(-1)).toEqual(['ping']);
    rig.pass(19_999);
    expect(rig.phase).toBe('open');
    rig.pass(1);
    expect(rig.phase).toBe('waiting');
    expect(rig.sockets.size).toBe(0);
  });

  it('[H1] goes on pinging while anything arrives', () => {
    const rig = ConnectionRig.connected();
    for (let pings = 1; pings < 20; pings += 1) {
      rig.pass(20_000);
      rig.receive(false);
      expect(rig.effects.filter(({ type }) => type === 'ping')).toHaveLength(pings);
    }
    expect(rig.phase).toBe('open');
  });

  it('[H1] a machine that slept asks before it gives the link up', () => {
    const rig = ConnectionRig.connected();
    rig.receive();
    rig.now = 9_000_000;
    expect(types(rig.take({ type: 'tick' }))).toEqual(['ping']);
    rig.pass(19_999);
    expect(rig.phase).toBe('open');
    rig.pass(1);
    expect(rig.phase).toBe('waiting');
  });

  it('[H1] on waking it finds out within 5 s whether the socket lives, and dials at once where there is none', () => {
    const rig = ConnectionRig.connected();
    expect(types(rig.take({ type: 'wake' }))).toEqual(['ping']);
    rig.receive(false);
    rig.pass(PROBE_MS + 1_000);
    expect(rig.phase).toBe('open');
    rig.take({ type: 'wake' });
    rig.pass(PROBE_MS);
    expect(rig.phase).toBe('waiting');
    expect(types(rig.take({ type: 'wake' }))).toEqual(['dial', 'changed']);
  });
});

describe('tokens', () => {
  it('[M5] are asked for at each dial, which waits for them', () => {
    const rig = new ConnectionRig({ freshToken: 'each-dial' });
    expect(rig.take({ type: 'start' })).toEqual([{ type: 'get-token', dial: 1 }]);
    expect(rig.take({ type: 'token', dial: 1, token: 'a' })).toEqual([{ type: 'dial', dial: 1, token: 'a' }]);
  });

  it('[M9] closed while its token is on the way it does not dial', () => {
    const rig = new ConnectionRig({ freshToken: 'each-dial' });
    rig.take({ type: 'start' }, { type: 'close', withinMs: 0 }, { type: 'token', dial: 1, token: 'late' });
    expect(rig.dials).toEqual([]);
  });

  it('[M11] a refused token is renewed once; a renewed one that is refused too is a refusal', () => {
    const rig = ConnectionRig.connected({ freshToken: 'when-expired' });
    rig.lose(4401);
    expect(rig.phase).toBe('waiting');
    rig.pass(500);
    expect(rig.effects.at(-2)).toEqual({ type: 'get-token', dial: 2 });
    rig.take({ type: 'token', dial: 2, token: 'new' });
    rig.lose(4401);
    expect(rig.connection.phase).toEqual({ name: 'refused', code: 4401 });
  });

  it('[M11] one that has ended is renewed before the dial', () => {
    const rig = new ConnectionRig({ freshToken: 'when-expired' });
    rig.take({ type: 'start' }, { type: 'opened', dial: 1, tokenExpiresAt: 60_000 });
    rig.now = 60_000;
    rig.lose();
    rig.pass(2_000);
    expect(rig.effects.at(-2)).toEqual({ type: 'get-token', dial: 2 });
  });

  it('[M11] is renewed in place when it is about to end, and again 5 s after that failed, while there is time', () => {
    const rig = ConnectionRig.connected({ freshToken: 'when-expired' });
    expect(rig.take({ type: 'token-expiring', expiresAt: 60_000 })).toEqual([{ type: 'renew' }]);
    rig.take({ type: 'renewal-failed' });
    rig.pass(5_000);
    expect(rig.effects.at(-1)).toEqual({ type: 'renew' });
    rig.take({ type: 'token-renewed' }, { type: 'token-expiring', expiresAt: -60_000 });
    rig.take({ type: 'renewal-failed' });
    expect(rig.connection.token).toMatchObject({ expiresAt: Number.POSITIVE_INFINITY, renewAt: null });
  });
});

describe('closing', () => {
  it('gives what was sent its time, and then ends it', () => {
    const rig = ConnectionRig.connected(HOST);
    expect(rig.take({ type: 'close', withinMs: 500 })).toEqual([
      { type: 'close-socket', dial: 1, code: 1001 },
    ]);
    rig.pass(499);
    expect(rig.phase).toBe('closing');
    rig.pass(1);
    expect(types(rig.effects).slice(-4)).toEqual(['hang-up', 'lost', 'closed', 'changed']);
  });

  it('is over when the socket is', () => {
    const rig = ConnectionRig.connected(HOST);
    rig.take({ type: 'close', withinMs: 500 });
    expect(types(rig.lose(1001))).toEqual(['lost', 'closed', 'changed']);
    expect(rig.take({ type: 'close', withinMs: 500 })).toEqual([]);
  });

  it('is over at once where there is no socket', () => {
    const rig = started(HOST);
    rig.lose();
    expect(types(rig.take({ type: 'close', withinMs: 500 }))).toEqual(['closed', 'changed']);
  });
});
