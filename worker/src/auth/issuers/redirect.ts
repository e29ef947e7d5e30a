import { err, ok, type Result, type WireError, wireError } from '@muster/protocol';
import type { AuthorizationServer, Client } from 'oauth4webapi';
import * as z from 'zod';
import type { RedirectFlow } from '../token-kinds.ts';
import { CachedResponse, IssuerUnavailable } from './cached-response.ts';
import { AddressSchema, isLoopback, type RedirectIssuer } from './settings.ts';
import { SKEW, type VerifiedClaims, verifyClaims } from './verify.ts';

/** Loaded at the first sign-in, not at the start of an isolate. */
const library = () => import('oauth4webapi');
type Library = Awaited<ReturnType<typeof library>>;

/** ms. */
const WAIT = { answer: 5_000, fresh: 10 * 60_000 } as const;
const SCOPES = 'openid profile email';

const ISSUER_UNAVAILABLE = wireError('SERVICE_UNAVAILABLE', 'the issuer does not answer now; try again');
const WRONG_ISSUER_NAME = wireError(
  'SERVICE_UNAVAILABLE',
  'the issuer calls itself otherwise than the settings do',
);
/** The exact check would only help an attacker. */
const REFUSED = wireError('AUTH_FAILED', 'what came back from the issuer is not valid; sign in again');
/** An OAuth 2.0 error code, which helps to find a mistake in the settings. */
const CODE = /^[a-z_]{1,64}$/;

/** The fields needed of a provider's discovery document; browsers may be sent to these addresses. */
const ServerSchema = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: AddressSchema,
  token_endpoint: AddressSchema,
});

const servers = new Map<string, CachedResponse>();
const cachedServer = (url: string): CachedResponse => {
  const cached = servers.get(url) ?? new CachedResponse(url, (json) => ServerSchema.parse(json), WAIT.fresh);
  servers.set(url, cached);
  return cached;
};

/** @throws Away; or an error of the library where it calls itself otherwise than the settings do */
async function serverOf(oauth: Library, { issuer }: RedirectIssuer): Promise<AuthorizationServer> {
  const name = new URL(issuer);
  const response = await oauth.discoveryRequest(name, {
    algorithm: 'oidc',
    ...insecure(oauth, issuer),
    [oauth.customFetch]: (url, { headers }) =>
      cachedServer(url).fetch(
        { headers, redirect: 'manual', signal: AbortSignal.timeout(WAIT.answer) },
        Date.now(),
      ),
  });
  return oauth.processDiscoveryResponse(name, response);
}

/** Plain http is for a provider on this machine (X11). */
const insecure = ({ allowInsecureRequests }: Library, address: string) =>
  isLoopback(address) ? { [allowInsecureRequests]: true } : {};

/** The address to send the browser to, and the flow to keep. The provider knows `redirect`, exactly. */
export async function beginRedirect(
  issuer: RedirectIssuer,
  redirect: string,
): Promise<Result<{ readonly address: string; readonly flow: RedirectFlow }, WireError>> {
  try {
    const oauth = await library();
    const { authorization_endpoint } = await serverOf(oauth, issuer);
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const verifier = oauth.generateRandomCodeVerifier();
    const address = new URL(AddressSchema.parse(authorization_endpoint));
    const asked = {
      response_type: 'code',
      client_id: issuer.signIn.clientId,
      redirect_uri: redirect,
      scope: SCOPES,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
    return ok({ address: address.href, flow: { state, nonce, verifier, redirect } });
  } catch (error) {
    return err(error instanceof IssuerUnavailable ? ISSUER_UNAVAILABLE : WRONG_ISSUER_NAME);
  }
}

/** X2, X3: completes the flow. `query`: the query of the address that the issuer sent the browser to. */
export async function finishRedirect(
  issuer: RedirectIssuer,
  { state, nonce, verifier, redirect }: RedirectFlow,
  query: string,
  now: number,
): Promise<Result<VerifiedClaims, WireError>> {
  const { clientId } = issuer.signIn;
  const oauth = await library();
  try {
    const server = await serverOf(oauth, issuer);
    const client: Client = {
      client_id: clientId,
      id_token_signed_response_alg: issuer.algorithm,
      [oauth.clockTolerance]: SKEW,
    };
    const answer = oauth.validateAuthResponse(server, client, new URLSearchParams(query), state);
    const asking = { signal: AbortSignal.timeout(WAIT.answer), ...insecure(oauth, issuer.issuer) };
    const by = secretOf(oauth, issuer, server);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      by,
      answer,
      redirect,
      verifier,
      asking,
    );
    const expected = { expectedNonce: nonce, requireIdToken: true };
    const { id_token } = await oauth.processAuthorizationCodeResponse(server, client, response, expected);
    // X2: by the settings' keys, as any other token of this issuer; an ID token is for the client that asked.
    return verifyClaims({ ...issuer, audience: clientId }, id_token ?? '', now);
  } catch (error) {
    return err(reasonOf(oauth, error));
  }
}

/** Client authentication as the provider supports it; without a secret PKCE alone proves that it is us. */
function secretOf(oauth: Library, { signIn }: RedirectIssuer, server: AuthorizationServer) {
  if (signIn.clientSecret === undefined) return oauth.None();
  const ways = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return ways.includes('client_secret_basic')
    ? oauth.ClientSecretBasic(signIn.clientSecret)
    : oauth.ClientSecretPost(signIn.clientSecret);
}

function reasonOf(oauth: Library, error: unknown): WireError {
  const isTheirs =
    error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError;
  if (isTheirs && CODE.test(error.error)) return wireError('AUTH_FAILED', `the issuer says ${error.error}`);
  const isAway =
    error instanceof IssuerUnavailable || (error instanceof DOMException && error.name === 'TimeoutError');
  return isAway ? ISSUER_UNAVAILABLE : REFUSED;
}
