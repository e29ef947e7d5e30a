import type { ConnectionState } from '@muster/client';

/** A connection in words: what it is, how it looks, and whether a person may ask for a try. */
export interface Described {
  readonly label: string;
  readonly tone: 'good' | 'wait' | 'bad';
  readonly manual: boolean;
}

export function describe(state: ConnectionState, now: number): Described {
  switch (state.name) {
    case 'connecting':
      return { label: 'Connecting', tone: 'wait', manual: false };
    case 'connected':
      return { label: state.polling ? 'Connected by polling' : 'Connected', tone: 'good', manual: false };
    case 'reconnecting':
      return { label: countdown(state.retryAt - now), tone: 'wait', manual: state.manual };
    case 'disconnected':
      return {
        label: state.reason === 'refused' ? `Refused${state.code ? ` (${state.code})` : ''}` : 'Disconnected',
        tone: 'bad',
        manual: true,
      };
  }
}

function countdown(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds <= 0 ? 'Reconnecting' : `Reconnecting in ${seconds} s`;
}
