import { err, type Member, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { base64url } from 'jose';
import * as z from 'zod';

/** A third of a megabyte of certificates and parsers: read when the first passkey comes, not when an isolate begins. */
const library = () => import('@simplewebauthn/server');

const NO_NAME = wireError(
  'INVALID_STATE',
  'passkeys need a server with a name, such as localhost, not an address',
);
const REFUSED = wireError('AUTH_FAILED', 'The passkey is not valid');

const encoder = new TextEncoder();
const ENCODED = 16_384;
const encoded = z
  .string()
  .min(1)
  .max(ENCODED)
  .regex(/^[\w-]+$/);
const ID_CHARS = 1_400;
const id = encoded.max(ID_CHARS);
const base = z.object({
  id,
  rawId: id,
  type: z.literal('public-key'),
  clientExtensionResults: z.record(z.string(), z.unknown()).transform(() => ({})),
});
export const CreatedSchema = base.extend({
  response: z.object({
    clientDataJSON: encoded,
    attestationObject: encoded,
    transports: z.array(z.string().max(32)).max(10).default([]),
  }),
});
export type CreatedPasskey = z.infer<typeof CreatedSchema>;
export const SignedSchema = base.extend({
  response: z.object({
    clientDataJSON: encoded,
    authenticatorData: encoded,
    signature: encoded,
    /** A passkey says whose it is; an older key that does not is none. */
    userHandle: encoded,
  }),
});
export type SignedByPasskey = z.infer<typeof SignedSchema>;

/** Where passkeys are good: the deployment's own name and origin, exactly. */
export interface RelyingParty {
  readonly rpID: string;
  readonly origin: string;
}

const isAddress = (host: string) => /^[\d.]+$|^\[/.test(host);

export function relyingPartyOf(address: string): Result<RelyingParty, WireError> {
  const { hostname, origin } = new URL(address);
  return isAddress(hostname) ? err(NO_NAME) : ok({ rpID: hostname, origin });
}

interface Known {
  readonly id: string;
  readonly transports: string[];
}
const named = ({ id, transports }: Known) => ({ id, transports });

/** The options that a browser creates a passkey from. */
export async function creationOptions(
  { rpID }: RelyingParty,
  { id, name }: Pick<Member, 'id' | 'name'>,
  challenge: string,
  existing: readonly Known[],
) {
  const { generateRegistrationOptions } = await library();
  return generateRegistrationOptions({
    rpName: 'Muster',
    rpID,
    userID: new Uint8Array(encoder.encode(id)),
    userName: name,
    userDisplayName: name,
    challenge,
    attestationType: 'none',
    excludeCredentials: existing.map(named),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

export async function requestOptions({ rpID }: RelyingParty, challenge: string) {
  const { generateAuthenticationOptions } = await library();
  return generateAuthenticationOptions({ rpID, challenge, userVerification: 'required' });
}

const ClientDataSchema = z.object({ challenge: z.string() });
const textOf = (part: string) => new TextDecoder().decode(base64url.decode(part));

/** The challenge that was signed, unverified; null: it cannot be read. */
export function challengeIn(clientDataJSON: string): string | null {
  try {
    return textOf(ClientDataSchema.parse(JSON.parse(textOf(clientDataJSON))).challenge);
  } catch {
    return null;
  }
}

/** Every failure becomes the same error: the library's reasons would only help an attacker. */
async function verifiedOrRefused<T>(check: () => Promise<T | null>): Promise<Result<T, WireError>> {
  const checked = await check().catch(() => null);
  return checked === null ? err(REFUSED) : ok(checked);
}

interface Credential extends Known {
  readonly publicKey: string;
  readonly counter: number;
}

/** A new passkey whose answer is right for this place and challenge. */
export const checkCreated = (
  { rpID, origin }: RelyingParty,
  created: CreatedPasskey,
  challenge: string,
): Promise<Result<Credential, WireError>> =>
  verifiedOrRefused(async () => {
    const { verifyRegistrationResponse } = await library();
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: created,
      expectedChallenge: base64url.encode(challenge),
      expectedOrigin: origin,
      expectedRPID: rpID,
    });
    if (!verified) return null;
    const { id, publicKey, counter } = registrationInfo.credential;
    const { transports } = created.response;
    return { id, publicKey: base64url.encode(publicKey), counter, transports };
  });

/** Verifies a known passkey's signature and returns its counter. The lobby checks that the counter rises. */
export const checkSigned = (
  { rpID, origin }: RelyingParty,
  signed: SignedByPasskey,
  challenge: string,
  { id, publicKey, memberId }: Pick<Credential, 'id' | 'publicKey'> & { readonly memberId: string },
): Promise<Result<number, WireError>> =>
  verifiedOrRefused(async () => {
    const { verifyAuthenticationResponse } = await library();
    const { userHandle } = signed.response;
    if (textOf(userHandle) !== memberId) return null;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: signed,
      expectedChallenge: base64url.encode(challenge),
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      credential: { id, publicKey: new Uint8Array(base64url.decode(publicKey)), counter: -1 },
    });
    return verified ? authenticationInfo.newCounter : null;
  });
