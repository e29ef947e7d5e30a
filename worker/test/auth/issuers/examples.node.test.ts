import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Member } from '@muster/protocol';
import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readIssuers } from '../../../src/auth/issuers/settings.ts';
import { verifyClaims } from '../../../src/auth/issuers/verify.ts';
import { recognize } from '../../../src/team-lobby/core/identity/identities.ts';
import type { MemberRow } from '../../../src/team-lobby/core/identity/types.ts';

const NOW = Date.now();

/** Every list of issuers that the documentation shows. */
const document = readFileSync(
  fileURLToPath(new URL('../../../../docs/sign-in.md', import.meta.url).href),
  'utf8',
);
const EXAMPLES = [...document.matchAll(/^```json\n(.*?)^```/gms)].map(([, text = '']) => text);
const ISSUERS = EXAMPLES.flatMap((text) => readIssuers(text));

/** The team as it begins: whom the examples name. */
const MEMBERS: MemberRow[] = [
  {
    ...({ id: 'owner', name: 'Owner', role: 'admin' } as Member),
    email: 'owner@example.org',
    agents: null,
    createdAt: 1,
    removedAt: null,
  },
];

/** What somebody says of themselves whom nobody asked in: their account is real, and the issuer signs their token. */
const STRANGERS: Readonly<Record<string, object>> = {
  'without an address': {},
  'with an address elsewhere': { email: 'eve@evil.example', email_verified: true },
  'with an address here that is not verified': { email: 'eve@example.org' },
  'with an address here that is not verified, by its own word': {
    email: 'eve@example.org',
    email_verified: false,
  },
  'with a member’s address that is not verified': { email: 'owner@example.org' },
  'with an address that only looks as if it were here': {
    email: 'eve@example.org.evil.example',
    email_verified: true,
  },
  'with an address of a part of the domain': { email: 'eve@notexample.org', email_verified: true },
  'whose own notes say that it is verified': {
    email: 'owner@example.org',
    user_metadata: { email: 'owner@example.org', email_verified: true },
  },
};

/** One for all: keys are kept for a while. */
const pair = generateKeyPair('RS256', { extractable: true });

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('[X20] the examples of docs/sign-in.md', () => {
  it('are there, and as the settings must be', () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(2);
    expect(new Set(ISSUERS.map(({ kind }) => kind))).toEqual(new Set(['jwks', 'secret', 'access']));
  });

  it.each(ISSUERS.map((issuer, index) => [`${index} (${issuer.kind})`, issuer] as const))(
    'refuse strangers as copied: %s',
    async (_which, issuer) => {
      const { privateKey, publicKey } = await pair;
      const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }] };
      vi.stubGlobal('fetch', async () => Response.json(jwks));
      for (const [what, says] of Object.entries(STRANGERS)) {
        // Whoever Access lets in with a member's address is that member: it confirms each address.
        if (issuer.kind === 'access' && 'email' in says && says.email === MEMBERS[0]?.email) continue;
        const jwt = new SignJWT({ sub: `stranger-${base64url.encode(what)}`, ...says })
          .setIssuer(issuer.issuer)
          .setAudience(issuer.audience)
          .setIssuedAt(Math.floor(NOW / 1000))
          .setExpirationTime(Math.floor(NOW / 1000) + 60);
        const token =
          issuer.kind === 'secret'
            ? await jwt.setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(issuer.secret))
            : await jwt.setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(privateKey);
        const known = await verifyClaims(issuer, token, NOW);
        expect(known.ok, what).toBe(true);
        if (known.ok) expect(recognize(MEMBERS, known.value.identity, NOW).ok, what).toBe(false);
      }
    },
  );
});
