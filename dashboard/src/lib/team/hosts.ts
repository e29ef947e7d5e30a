import type { HostSummary, Result, WireError } from '@muster/protocol';
import * as z from 'zod';
import { remove, send } from '../rest/send.ts';

const EnrolmentSchema = z.object({ token: z.string(), expiresAt: z.number() });
/** An enrolment token for one machine, to use once. `expiresAt`: ms since 1970. */
export type Enrolment = z.infer<typeof EnrolmentSchema>;

/**
 * For a new host, or for a revoked one that is to come back (X15). The list itself comes over the socket, and follows by
 * itself.
 */
export const makeEnrolment = (host?: HostSummary): Promise<Result<Enrolment, WireError>> =>
  send('POST', '/api/hosts/enrolment', host === undefined ? {} : { hostId: host.hostId }, EnrolmentSchema);

const pathOf = ({ hostId }: HostSummary) => `/api/hosts/${encodeURIComponent(hostId)}`;

/** X4: its sockets close, and its key is refused from now on. */
export const revokeHost = (host: HostSummary): Promise<Result<unknown, WireError>> =>
  send('POST', `${pathOf(host)}/revoke`, {}, z.unknown());

/** Forgets one that was revoked and has no agents. */
export const forgetHost = (host: HostSummary): Promise<Result<unknown, WireError>> => remove(pathOf(host));
