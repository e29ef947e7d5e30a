/** The driver lease: who may type into a terminal. */

export { authorizeCommandResize, authorizeKeys, authorizeResize, type Verdict } from './authorize.ts';
export { enforceLease, handleClientConnected, handleClientDisconnected, leaseDeadline } from './clients.ts';
export { clientOf, FREE_LEASE, isHeldBy, publicLease } from './lease.ts';
export { handleDriverMessage } from './messages.ts';
