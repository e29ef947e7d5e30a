import { type ApiToken, ApiTokenSchema, ok, type WireError } from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';
import { Listing } from '../rest/listing.svelte.ts';
import { remove, send } from '../rest/send.ts';
import { serverErrors } from './errors.ts';
import { emptyToken, TOKEN_FIELDS, type TokenErrors, toWish } from './token-draft.ts';

const PATH = '/api/tokens';
const TokensSchema = z.object({ tokens: z.array(ApiTokenSchema) });
const MadeSchema = z.object({ name: z.string(), token: z.string() });
export type MadeToken = z.infer<typeof MadeSchema>;

/** API tokens: one's own, or those of all to an admin. */
export class ApiTokens {
  readonly tokens = new Listing<ApiToken>(async (signal) => {
    const answer = await get(PATH, {}, TokensSchema, signal);
    return answer.ok ? ok(answer.value.tokens) : answer;
  });

  revoke(id: string): Promise<WireError | null> {
    return this.tokens.after(remove(`${PATH}/${encodeURIComponent(id)}`));
  }
}

/** The form of a new one: what is typed stays, whatever comes back. */
export class TokenForm {
  draft = $state(emptyToken());
  errors = $state.raw<TokenErrors>({});
  pending = $state(false);

  /** The token, or null when something has to be mended first. */
  async submit(): Promise<MadeToken | null> {
    const wish = toWish($state.snapshot(this.draft));
    this.errors = wish.ok ? {} : wish.error;
    if (!wish.ok) return null;
    this.pending = true;
    const answer = await send('POST', PATH, wish.value, MadeSchema);
    this.pending = false;
    if (!answer.ok) this.errors = serverErrors(TOKEN_FIELDS, answer.error);
    return answer.ok ? answer.value : null;
  }
}
