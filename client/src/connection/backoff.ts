import { dialBackoff, isTerminalClose } from '@muster/protocol';

/** M9: when a lost socket is dialled again. Times: ms; `random`: 0 ≤ r < 1, drawn by the caller. */
/** Failed tries in a row after which a person is offered a button. */
export const MANUAL_AFTER = 5;
/** A connection that lasted less than this was none: a server that accepts and drops is not hammered. */
export const STABLE_MS = 200;

export type LinkState =
  | { readonly name: 'connecting'; readonly tries: number; readonly failures: number }
  | { readonly name: 'connected'; readonly since: number; readonly tries: number; readonly failures: number }
  | {
      readonly name: 'waiting';
      /** Which retry in a row comes next, from 1. */
      readonly tries: number;
      /** Dials in a row that came to nothing. */
      readonly failures: number;
      readonly retryAt: number;
    }
  | { readonly name: 'closed' }
  | { readonly name: 'refused'; readonly code: number };

export type LinkEvent =
  /** The server let us in. */
  | { readonly type: 'opened' }
  /** The socket is gone, or never came to be. `again`: the reason for a terminal code was mended. */
  | { readonly type: 'lost'; readonly code: number; readonly random: number; readonly again?: boolean }
  /** `retryAt` has come. */
  | { readonly type: 'due' }
  /** A person, or a machine that is online or visible again, asks for a try at once. */
  | { readonly type: 'now' }
  | { readonly type: 'close' };

export const DIALLING: LinkState = { name: 'connecting', tries: 0, failures: 0 };

/** The next state; on entering `connecting` the caller dials. */
export function stepLink(state: LinkState, event: LinkEvent, now: number): LinkState {
  switch (event.type) {
    case 'opened':
      return state.name === 'connecting' ? { ...state, name: 'connected', since: now } : state;
    case 'lost':
      return onLost(state, event, now);
    case 'due':
      return state.name === 'waiting' && now >= state.retryAt ? dial(state.tries, state.failures) : state;
    case 'now':
      if (state.name === 'waiting') return dial(state.tries, state.failures);
      return state.name === 'closed' || state.name === 'refused' ? DIALLING : state;
    case 'close':
      return { name: 'closed' };
  }
}

const dial = (tries: number, failures: number): LinkState => ({ name: 'connecting', tries, failures });

function onLost(state: LinkState, event: LinkEvent & { type: 'lost' }, now: number): LinkState {
  if (state.name !== 'connecting' && state.name !== 'connected') return state;
  if (isTerminalClose(event.code) && event.again !== true) return { name: 'refused', code: event.code };
  const stood = state.name === 'connected' && now - state.since >= STABLE_MS;
  const tries = stood ? 1 : state.tries + 1;
  const failures = stood ? 0 : state.failures + 1;
  return { name: 'waiting', tries, failures, retryAt: now + dialBackoff(tries, event.random) };
}

/** M9: whether a person is offered a try at once beside the going-on retries. */
export function offersManual(state: LinkState): boolean {
  return state.name === 'waiting' && state.failures >= MANUAL_AFTER;
}
