import { ok, type SessionSummary, SessionSummarySchema, type WireError } from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';
import { Listing } from '../rest/listing.svelte.ts';
import { remove } from '../rest/send.ts';

const PATH = '/api/auth/sessions';
const AnswerSchema = z.object({ sessions: z.array(SessionSummarySchema) });

/** Where one is signed in (X3). */
export class Devices {
  readonly sessions = new Listing<SessionSummary>(async (signal) => {
    const answer = await get(PATH, {}, AnswerSchema, signal);
    return answer.ok ? ok(answer.value.sessions) : answer;
  });

  signOut(sid: string): Promise<WireError | null> {
    return this.sessions.after(remove(`${PATH}/${encodeURIComponent(sid)}`));
  }

  /** Here too. */
  async signOutEverywhere(): Promise<WireError | null> {
    const answer = await remove(PATH);
    return answer.ok ? null : answer.error;
  }
}
