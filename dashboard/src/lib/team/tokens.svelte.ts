import { type ApiToken, ApiTokenSchema, ok, type WireError } from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';
import { Listing } from '../rest/listing.svelte.ts';
import { remove, send } from '../rest/send.ts';
import { RightsForm } from './rights-form.svelte.ts';
import { emptyToken, TOKEN_FIELDS, toTokenInput } from './token-draft.ts';

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

export const tokenForm = () =>
  new RightsForm({
    draft: emptyToken(),
    fields: TOKEN_FIELDS,
    toInput: toTokenInput,
    send: (wish) => send('POST', PATH, wish, MadeSchema),
  });
