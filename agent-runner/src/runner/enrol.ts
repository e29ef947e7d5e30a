import { hostname } from 'node:os';
import { HostIdSchema, LIMITS } from '@muster/protocol';
import * as z from 'zod';
import type { DataDirectory, HostFile } from '../host/files.ts';
import { socketAddress } from '../link/address.ts';

const EnrolledSchema = z.object({ hostId: HostIdSchema, token: z.string().min(1).max(LIMITS.tokenChars) });
const RefusedSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export interface Enrolment {
  readonly server: string;
  /** One-time, from an admin. */
  readonly token: string;
  readonly name?: string;
  /** Real paths. */
  readonly roots: readonly string[];
}

/** Buys this host its own token with a one-time one. A host that is known keeps its id. @throws Error with the server's reason. */
export async function enrol(
  data: DataDirectory,
  { server, token, name, roots }: Enrolment,
): Promise<HostFile> {
  socketAddress(server, '/');
  const known = data.knownHost();
  const called = (name ?? known?.name ?? hostname()).slice(0, LIMITS.nameChars);
  const hostId = known?.server === server ? known.hostId : undefined;
  const response = await fetch(new URL('/api/hosts', server), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, name: called, ...(hostId === undefined ? {} : { hostId }) }),
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const refused = RefusedSchema.safeParse(body);
    const why = refused.success
      ? `${refused.data.error.code}: ${refused.data.error.message}`
      : response.status;
    throw new Error(`the server refused this host: ${why}`);
  }
  const host = { ...EnrolledSchema.parse(body), server, name: called, roots: [...roots] };
  data.saveHost(host);
  return host;
}
