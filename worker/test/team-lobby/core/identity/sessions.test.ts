import { MemberIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../../../test/harness/fast-check.ts';
import {
  newSession,
  renewSession,
  sameHash,
  sessionsToEnd,
  withUnused,
} from '../../../../src/team-lobby/core/identity/sessions.ts';
import { type SessionRow, SessionRowSchema } from '../../../../src/team-lobby/core/identity/types.ts';

const ada = MemberIdSchema.parse('ada');
const MINUTE = 60_000;
const device = (refresh = 'h', sid = 's') => ({
  sid,
  refresh,
  expiresAt: 9e12,
  device: 'a browser',
  address: null,
});
const fresh = (now = 0) => newSession(ada, device('t0'), now);
const token = (generation: number) => ({ hash: 'of no meaning', generation });
const bring = (session: SessionRow, generation: number, now: number) =>
  renewSession(session, token(generation), device(), now);
/** @throws when it is refused */
function renew(session: SessionRow, generation: number, now: number): SessionRow {
  const result = bring(session, generation, now);
  if (result === null) throw new Error(`${generation} was refused at ${now}`);
  return result;
}

/** The server's session, for what happens in the order of time. */
class Server {
  session = fresh();
  now = 0;
  readonly #due: { readonly at: number; readonly act: () => void }[] = [];

  in(ms: number, act: () => void): void {
    this.#due.push({ at: this.now + ms, act });
  }

  /** Until nothing is due any more. */
  run(): void {
    for (;;) {
      this.#due.sort((a, b) => a.at - b.at);
      const next = this.#due.shift();
      if (next === undefined) return;
      this.now = next.at;
      next.act();
    }
  }

  /** The generation that is answered; null: stolen. */
  refresh(generation: number): number | null {
    const next = bring(this.session, generation, this.now);
    if (next !== null) this.session = next;
    return next?.generation ?? null;
  }
}

/** A browser: all of its pages share one cookie, which each answer replaces. */
class Browser {
  readonly #server: Server;
  cookie: number;
  stolen = false;

  constructor(server: Server, cookie = 0) {
    this.#server = server;
    this.cookie = cookie;
  }

  /** One page renews itself: `there` and `back`: how long its request and the answer take, ms. */
  page(there: number, back: number): void {
    const brought = this.cookie;
    this.#server.in(there, () => {
      const given = this.#server.refresh(brought);
      if (given === null) this.stolen = true;
      else this.#server.in(back, () => (this.cookie = given));
    });
  }
}

const DELAY = fc.nat(4_900);
const PAGE = fc.record({ at: fc.nat(20_000), there: DELAY, back: DELAY });
/** What pages of one browser do at about the same time, again and again. */
const BURSTS = fc.array(fc.array(PAGE, { minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 6 });
const APART = 30 * MINUTE;

describe('[X3] a session', () => {
  it('is renewed by any number of pages at once, however their requests and answers overtake each other', () => {
    fc.assert(
      fc.property(BURSTS, (bursts) => {
        const server = new Server();
        const browser = new Browser(server);
        for (const [index, pages] of bursts.entries())
          for (const { at, there, back } of pages)
            server.in(index * APART + at, () => browser.page(there, back));
        server.run();
        expect(browser.stolen).toBe(false);
      }),
    );
  });

  it('ends when a thief and its browser both go on, more than 10 s apart, in either order', () => {
    fc.assert(
      fc.property(
        fc.nat(4),
        fc.integer({ min: 10_001, max: 20 * MINUTE }),
        fc.boolean(),
        (uses, apart, first) => {
          const off = first ? -apart : apart;
          const server = new Server();
          const browser = new Browser(server);
          for (let use = 0; use < uses; use += 1) server.in(use * APART, () => browser.page(50, 50));
          server.run();
          const thief = new Browser(server, browser.cookie);
          // Each renews itself every half hour, as one does whose access ends in an hour.
          for (let use = 1; use <= 3; use += 1) {
            server.in(use * APART, () => browser.page(50, 50));
            server.in(use * APART + off, () => thief.page(50, 50));
          }
          server.run();
          expect(browser.stolen || thief.stolen).toBe(true);
        },
      ),
    );
  });

  it('is ended by any token that was used up more than 10 s ago, and by none that it never gave', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(19), fc.nat(MINUTE), (uses, old, later) => {
        let session = fresh();
        for (let use = 0; use < uses; use += 1) session = renew(session, use, use * MINUTE);
        const last = (uses - 1) * MINUTE;
        expect(bring(session, Math.min(old, uses - 1), last + 10_001 + later)).toBeNull();
        expect(bring(session, uses + 1, last)).toBeNull();
        expect(renewSession(session, { hash: 'never given' }, device(), last)).toBeNull();
      }),
    );
  });

  it('takes a used token again for 10 s, and not a moment longer, however often it is repeated', () => {
    let session = renew(fresh(), 0, MINUTE);
    for (let at = 0; at <= 10_000; at += 100) session = renew(session, 0, MINUTE + at);
    expect(session.generation).toBe(1);
    expect(bring(session, 0, MINUTE + 10_001)).toBeNull();
  });

  it('goes on to the next generation after a minute, however busy it is', () => {
    let session = renew(fresh(), 0, MINUTE);
    for (let at = 1_000; at < MINUTE; at += 1_000) session = renew(session, 1, MINUTE + at);
    expect(session.generation).toBe(1);
    expect(renew(session, 1, 2 * MINUTE).generation).toBe(2);
  });

  it('[X18] writes a row a second at most, however many come at once', () => {
    const session = renew(fresh(), 0, MINUTE);
    for (let page = 0; page < 50; page += 1) expect(renew(session, page % 2, MINUTE + page)).toBe(session);
  });

  it('goes on by a token of 0.1.0, which is known by its hash', () => {
    const { generation: _, unusedAs: __, rotatedAt: ___, ...kept } = fresh();
    const old = SessionRowSchema.parse(kept);
    const by = (session: SessionRow, hash: string, now: number) =>
      renewSession(session, { hash }, device(), now);
    const next = by(old, 't0', MINUTE);
    expect(next).toMatchObject({ generation: 1 });
    if (next === null) return;
    expect(by(next, 't0', MINUTE + 10_000)).toMatchObject({ generation: 1 });
    expect(by(next, 't0', MINUTE + 10_001)).toBeNull();
    // A Worker of 0.1.0, while both are there, gives tokens of its own.
    const between = withUnused(next, 'of 0.1.0');
    expect(by(between, 'of 0.1.0', 3 * MINUTE)).toMatchObject({ generation: 2 });
  });

  it('one too many ends those that were unused for longest', () => {
    const own = [3, 1, 2].map((at) => ({ ...fresh(at), sid: `s${at}` }));
    expect(sessionsToEnd(own, 4)).toEqual([]);
    expect(sessionsToEnd(own, 3).map(({ sid }) => sid)).toEqual(['s1']);
    expect(sessionsToEnd(own, 2).map(({ sid }) => sid)).toEqual(['s1', 's2']);
  });

  it('compares hashes as wholes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(sameHash(one, other)).toBe(one === other);
      }),
    );
  });
});
