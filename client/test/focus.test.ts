import { AgentIdSchema, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { FocusReporter } from '../src/focus.ts';
import type { AttentionEvent, MusterClient, MusterClientEvents } from '../src/types.ts';

const ONE = AgentIdSchema.parse('one');

function rig() {
  const asked: unknown[] = [];
  let listener: ((event: AttentionEvent) => void) | null = null;
  let renew: (() => void) | null = null;
  const request: MusterClient['request'] = (type, payload) => {
    asked.push([type, payload]);
    return Promise.reject(wireError('SERVICE_UNAVAILABLE', 'away'));
  };
  const on: MusterClient['on'] = (name, run) => {
    if (name === 'attention') listener = run as unknown as (event: MusterClientEvents['attention']) => void;
    return () => undefined;
  };
  const reporter = new FocusReporter({ request, on }, (run, ms) => {
    expect(ms).toBe(15_000);
    renew = run;
    return () => {
      renew = null;
    };
  });
  const event = (agentId = ONE) => listener?.({ eventId: 'e', agentId, event: 'request', at: 1 });
  return { asked, reporter, event, renew: () => renew?.(), renews: () => renew !== null };
}

describe('[C10] a page that somebody looks at', () => {
  it('[C10] says so at once and again, and that nobody does', () => {
    const { asked, reporter, renew, renews } = rig();
    reporter.show(ONE, false);
    expect(asked).toEqual([]);
    reporter.show(ONE, true);
    reporter.show(ONE, true);
    renew();
    const told = ['page:focus', { agentId: 'one', visible: true }];
    expect(asked).toEqual([told, told]);
    reporter.close();
    expect(asked.at(-1)).toEqual(['page:focus', { agentId: null, visible: false }]);
    expect(renews()).toBe(false);
  });

  it('[C10] acknowledges events of that agent, and of no other', () => {
    const { asked, reporter, event } = rig();
    event();
    reporter.show(ONE, true);
    event(AgentIdSchema.parse('two'));
    expect(asked).toHaveLength(1);
    event();
    expect(asked.at(-1)).toEqual(['attention:seen', { eventId: 'e' }]);
  });
});
