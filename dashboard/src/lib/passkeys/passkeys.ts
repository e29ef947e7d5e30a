import { type PasskeySummary, PasskeySummarySchema, type Result } from '@muster/protocol';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import * as z from 'zod';
import { signInWith } from '../connection/auth.ts';
import { get } from '../rest/get.ts';
import { send } from '../rest/send.ts';
import { sentenceOf } from '../rest/to-sentence.ts';

const ListSchema = z.object({ passkeys: z.array(PasskeySummarySchema) });
const isObject = (value: unknown) => typeof value === 'object' && value !== null;
/** The browser validates this itself: it is passed through unchanged. */
const CreationSchema = z.custom<PublicKeyCredentialCreationOptionsJSON>(isObject);
const RequestSchema = z.custom<PublicKeyCredentialRequestOptionsJSON>(isObject);

/** Passkeys are of a server with a name: under a bare address no browser makes any. */
const isAddress = (host: string) => /^[\d.]+$|^\[/.test(host);
/** The same page by the name that each machine has for itself; null: it is not open under this machine's own address. */
export const atHostname = ({
  protocol,
  hostname,
  port,
  pathname,
}: Pick<URL, 'protocol' | 'hostname' | 'port' | 'pathname'>): string | null =>
  hostname === '127.0.0.1' || hostname === '[::1]' ? `${protocol}//localhost:${port}${pathname}` : null;
export const arePasskeysSupported = (): boolean =>
  typeof PublicKeyCredential === 'function' && !isAddress(location.hostname);

/** F16: with the press of a button, since every page could sign somebody in. */
const loadLibrary = () => import('@simplewebauthn/browser');

function wordsOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED')
    return 'This device has a passkey of yours already.';
  if (error instanceof Error && error.name === 'NotAllowedError') return 'No passkey was chosen in time.';
  return error instanceof Error ? sentenceOf(error) : 'The browser could not do it.';
}

/** Null when that worked, else what to tell the person. */
export async function signInByPasskey(): Promise<string | null> {
  const options = await send('POST', '/api/auth/passkey/options', undefined, RequestSchema);
  if (!options.ok) return options.error.message;
  try {
    const { startAuthentication } = await loadLibrary();
    const signed = await startAuthentication({ optionsJSON: options.value });
    return (await signInWith('/api/auth/passkey', { signed }))?.message ?? null;
  } catch (error) {
    return wordsOf(error);
  }
}

/** Null when that worked, else what to tell the person. */
export async function addPasskey(name: string): Promise<string | null> {
  const options = await send('POST', '/api/auth/passkeys/options', undefined, CreationSchema);
  if (!options.ok) return options.error.message;
  try {
    const { startRegistration } = await loadLibrary();
    const created = await startRegistration({ optionsJSON: options.value });
    const added = await send('POST', '/api/auth/passkeys', { name, created }, PasskeySummarySchema);
    return added.ok ? null : added.error.message;
  } catch (error) {
    return wordsOf(error);
  }
}

export async function listPasskeys(): Promise<
  Result<readonly PasskeySummary[], { readonly message: string }>
> {
  const listed = await get('/api/auth/passkeys', {}, ListSchema);
  return listed.ok ? { ok: true, value: listed.value.passkeys } : listed;
}

/** Null when that worked, else what to tell the person. */
export async function deletePasskey(id: string): Promise<string | null> {
  const deleted = await send('DELETE', `/api/auth/passkeys/${encodeURIComponent(id)}`, undefined, z.null());
  return deleted.ok ? null : deleted.error.message;
}
