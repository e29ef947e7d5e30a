import * as z from 'zod';
import { get } from '../rest/get.ts';
import { send } from '../rest/send.ts';

const IssuerSchema = z.object({ issuer: z.string(), name: z.string() });
const ListSchema = z.object({ issuers: z.array(IssuerSchema) });
const BegunSchema = z.object({ address: z.url() });
/** Where members sign in at a page that is not ours. */
export type Issuer = z.infer<typeof IssuerSchema>;

/** None where the server cannot be asked: what else signs in is offered still. */
export async function listIssuers(): Promise<readonly Issuer[]> {
  const listed = await get('/api/auth/issuers', {}, ListSchema);
  return listed.ok ? listed.value.issuers : [];
}

/** Leaves for its page; resolves only where that cannot be, to what to tell the person. */
export async function redirectToIssuer({ issuer }: Issuer): Promise<string> {
  const begun = await send('POST', '/api/auth/issuer/options', { issuer }, BegunSchema);
  if (!begun.ok) return begun.error.message;
  location.assign(begun.value.address);
  return new Promise(() => undefined);
}

/** The parameters with which an issuer redirected back; null: there was no redirect. */
export function issuerCallback(query: string): string | null {
  const said = new URLSearchParams(query);
  return said.has('state') && (said.has('code') || said.has('error')) ? query : null;
}
