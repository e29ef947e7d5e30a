import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  type ConnectionEvent,
  type ConnectionOptions,
  VIEWER_CONNECTION,
} from '../../src/connection/index.ts';
import { ConnectionRig, HOST } from './rig.ts';

/** One thing that happens to a connection. `late`: how many dials ago the socket was made that it comes from. */
type Step =
  | { readonly is: 'pass'; readonly ms: number }
  | { readonly is: 'sleep'; readonly ms: number }
  | { readonly is: 'socket'; readonly type: 'opened' | 'token' | 'pong' | 'message'; readonly late: number }
  | { readonly is: 'lost'; readonly code: number; readonly late: number }
  | { readonly is: 'asked'; readonly event: ConnectionEvent };

const late = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) });
const code = fc.constantFrom(1000, 1001, 1006, 1012, 4401, 4403, 4404, 4408, 4409);
const asked = fc.constantFrom<ConnectionEvent>(
  { type: 'retry' },
  { type: 'wake' },
  { type: 'tick' },
  { type: 'drop' },
  { type: 'start' },
  { type: 'token-expiring', expiresAt: 1_000_000 },
  { type: 'token-renewed' },
  { type: 'renewal-failed' },
);
const steps = (closes: boolean) =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.nat(45_000).map((ms): Step => ({ is: 'pass', ms })) },
      { weight: 1, arbitrary: fc.nat(3_600_000).map((ms): Step => ({ is: 'sleep', ms })) },
      {
        weight: 8,
        arbitrary: fc
          .record({ type: fc.constantFrom('opened', 'token', 'pong', 'message'), late })
          .map((step): Step => ({ is: 'socket', ...step })),
      },
      { weight: 4, arbitrary: fc.record({ code, late }).map((step): Step => ({ is: 'lost', ...step })) },
      { weight: 3, arbitrary: asked.map((event): Step => ({ is: 'asked', event })) },
      ...(closes
        ? [
            {
              weight: 1,
              arbitrary: fc
                .constantFrom(0, 500)
                .map((withinMs): Step => ({ is: 'asked', event: { type: 'close', withinMs } })),
            },
          ]
        : []),
    ),
    { maxLength: 60 },
  );

const options = fc
  .record({
    base: fc.constantFrom(VIEWER_CONNECTION, HOST),
    freshToken: fc.constantFrom<ConnectionOptions['freshToken']>('never', 'when-expired', 'each-dial'),
  })
  .map(({ base, freshToken }): ConnectionOptions => ({ ...base, freshToken }));

function eventOf(step: Step & { is: 'socket' | 'lost' }, newest: number): ConnectionEvent {
  const dial = Math.max(1, newest - step.late);
  if (step.is === 'lost') return { type: 'lost', dial, code: step.code };
  if (step.type === 'opened') return { type: 'opened', dial };
  if (step.type === 'token') return { type: 'token', dial, token: 'token' };
  return { type: 'received', dial, isMessage: step.type === 'message' };
}

function take(rig: ConnectionRig, step: Step): void {
  if (step.is === 'pass') rig.pass(step.ms);
  else if (step.is === 'sleep') rig.now += step.ms;
  else if (step.is === 'asked') rig.take(step.event);
  else {
    const event = eventOf(step, rig.connection.dial);
    // A socket that there is not brings nothing, but a late token and what was on its way.
    const isThere = event.type === 'token' || step.late > 0 || rig.sockets.has(rig.connection.dial);
    if (isThere) rig.take(event);
  }
}

const RUNS = { numRuns: 2_000 };

describe('for any sequence of events a connection', () => {
  it('[M9] never has two sockets', () => {
    fc.assert(
      fc.property(options, steps(true), (given, script) => {
        const rig = new ConnectionRig(given);
        rig.take({ type: 'start' });
        for (const step of script) {
          take(rig, step);
          expect(rig.sockets.size).toBeLessThanOrEqual(1);
          const hasSocket = ['dialling', 'open', 'closing'].includes(rig.phase);
          if (!hasSocket) expect(rig.sockets.size).toBe(0);
        }
      }),
      RUNS,
    );
  });

  it('[M9] never dials before its time, but when it is asked to', () => {
    fc.assert(
      fc.property(options, steps(false), (given, script) => {
        const rig = new ConnectionRig(given);
        rig.take({ type: 'start' });
        for (const step of script) {
          const { phase, dial } = rig.connection;
          take(rig, step);
          const isAsked = step.is === 'asked' && (step.event.type === 'retry' || step.event.type === 'wake');
          if (phase.name !== 'waiting' || isAsked || rig.connection.dial === dial) continue;
          expect(rig.now).toBeGreaterThanOrEqual(phase.retryAt);
        }
      }),
      RUNS,
    );
  });

  it('[M9] always dials again within 36 s, unless it is refused or closed', () => {
    fc.assert(
      fc.property(options, steps(true), (given, script) => {
        const rig = new ConnectionRig(given);
        rig.take({ type: 'start' });
        for (const step of script) take(rig, step);
        const { phase, dial } = rig.connection;
        if (phase.name === 'refused' || phase.name === 'closed' || phase.name === 'closing') return;
        // Whatever there is goes silent: the socket, or the one who was asked for a token.
        rig.pass(40_000 + 36_000);
        expect(rig.connection.dial).toBeGreaterThan(dial);
      }),
      RUNS,
    );
  });

  it('[H1] is dead at most 40 s after the last sign of life', () => {
    fc.assert(
      fc.property(
        options,
        steps(false).map((script) => script.filter(({ is }) => is !== 'sleep')),
        (given, script) => {
          const rig = new ConnectionRig(given);
          rig.take({ type: 'start' });
          let heardAt = 0;
          for (const step of script) {
            const { dial, phase } = rig.connection;
            take(rig, step);
            const isHeard = step.is === 'socket' && step.type !== 'token' && step.late === 0;
            if (isHeard || phase.name !== 'open' || rig.connection.dial !== dial) heardAt = rig.now;
            if (rig.phase === 'open') expect(rig.now - heardAt).toBeLessThan(given.deadAfterMs);
          }
        },
      ),
      RUNS,
    );
  });
});
