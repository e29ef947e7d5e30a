import { wireError } from '@muster/protocol';
import { finishRequest, sendFacts, sendRows } from './out.ts';
import { dropRequests } from './requests.ts';
import { refuseListings } from './sessions.ts';
import { stopTools } from './tools.ts';
import { endTurn, steerAnswered } from './turns.ts';
import type { Work } from './types.ts';
import { endItems } from './updates.ts';

/** Without its adapter: everything that it had open is over. */
export function detach(work: Work, reason: string): void {
  const { state } = work;
  const calls = state.calls.drop();
  refuseListings(work, wireError('INVALID_STATE', `${reason} Try again.`), calls);
  for (const purpose of calls)
    if (purpose.type === 'configure' && purpose.requestId !== undefined)
      finishRequest(work, purpose.requestId, wireError('INVALID_STATE', reason));
    else if (purpose.type === 'steer')
      steerAnswered(work, purpose, { ok: false, error: { code: 0, message: reason, data: undefined } });
  dropRequests(work, reason);
  endItems(work);
  stopTools(work, true);
  state.tools.clear();
  sendRows(work);
  state.phase = 'none';
  state.phaseBy = null;
  state.loading = false;
  if (state.background) sendFacts(work, { background: false });
  state.background = false;
}

/** Ends the adapter, and with it whatever it does. */
export function end(work: Work, reason: string): void {
  const { state } = work;
  const { turn } = state;
  const wasUp = state.phase !== 'none';
  detach(work, reason);
  if (turn !== null) endTurn(work, turn, { outcome: 'cancelled' });
  if (!wasUp) return;
  work.out.push({ type: 'stop' });
  sendFacts(work, { adapter: 'none', error: null });
}
