import { hostname } from 'node:os';
import tls from 'node:tls';
import { HostIdSchema, LIMITS, WireErrorSchema } from '@muster/protocol';
import * as z from 'zod';
import { assertion } from '../host/assertion.ts';
import type { DataDirectory, HostFile, HostKey } from '../host/files.ts';
import { newKey, publicHalf } from '../host/key.ts';
import { UserError } from '../host/user-error.ts';
import { socketAddress } from '../link/address.ts';

const ENROL = '/api/hosts';

const EnrolledSchema = z.object({ hostId: HostIdSchema });
const RefusedSchema = z.object({ error: WireErrorSchema.pick({ code: true, message: true, details: true }) });
type Refused = z.infer<typeof RefusedSchema>['error'];

export interface Enrolment {
  readonly server: string;
  /** One-time, from an admin. */
  readonly token: string;
  readonly name?: string;
  /** Real paths. */
  readonly roots: readonly string[];
  /** P6: what programs get beside the allow-list. Absent: as before. */
  readonly env?: readonly string[];
}

/**
 * X4: registers this host's key with a one-time token. A host that is known keeps its id, and its key unless that was
 * revoked. The key is kept when the server has it, with everything else in one file: a process that dies in between has the
 * old identity or the new one. @throws Error with the server's reason
 */
export async function enrol(data: DataDirectory, enrolment: Enrolment): Promise<HostFile> {
  const { server, roots } = enrolment;
  // X11: also for `fetch`, which cannot be told.
  tls.DEFAULT_MIN_VERSION = 'TLSv1.3';
  socketAddress(server, '/');
  const known = data.knownHost();
  const name = (enrolment.name ?? known?.name ?? hostname()).slice(0, LIMITS.nameChars);
  const before = known?.server === server ? known : null;
  const ask = { token: enrolment.token, name, ...(before === null ? {} : { hostId: before.hostId }) };
  // X15: a host that is known shows that it is the one, whatever the token is for.
  const proofFor = (key: HostKey) =>
    before?.key === undefined
      ? {}
      : { proof: assertion({ ...before, key: before.key }, ENROL, Date.now(), { key: key.x }) };
  const register = async (key: HostKey): Promise<HostFile | Refused> => {
    const answer = await post(server, { ...ask, publicKey: publicHalf(key), ...proofFor(key) });
    const env = enrolment.env ?? known?.env;
    return 'code' in answer
      ? answer
      : { ...answer, server, key, name, roots: [...roots], ...(env === undefined ? {} : { env: [...env] }) };
  };
  let done = await register(before?.key ?? newKey());
  // The token is not spent on a key that was revoked.
  if ('code' in done && done.details?.['field'] === 'publicKey') done = await register(newKey());
  if ('code' in done) throw new UserError(`the server refused this host: ${done.code}: ${done.message}`);
  data.saveHost(done);
  return done;
}

async function post(server: string, body: object): Promise<z.infer<typeof EnrolledSchema> | Refused> {
  const address = new URL(ENROL, server);
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch((error: unknown) => {
    throw new UserError(`${address.origin} cannot be reached: ${causeOf(error)}`);
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return EnrolledSchema.parse(answer);
  const refused = RefusedSchema.safeParse(answer);
  if (refused.success) return refused.data.error;
  throw new UserError(`the server refused this host: ${response.status}`);
}

/** What `fetch` failed of stands one further down. */
function causeOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof Error ? cause.message : String(error);
}
