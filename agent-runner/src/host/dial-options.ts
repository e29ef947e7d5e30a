import { socketAddress } from '../link/address.ts';
import { assertion } from './assertion.ts';
import type { DataDirectory, HostKey } from './files.ts';

/**
 * X4: where a process of this host dials, and with what: signed by the key as it lies there at each dial, for the address
 * that it dials, also when the host was enrolled at another by now. X14: all processes of the host share one ticket.
 */
export function dialOptions(data: Pick<DataDirectory, 'host' | 'ticket' | 'saveTicket'>, path: string) {
  const { server } = data.host();
  let newest: HostKey | null = null;
  return {
    address: socketAddress(server, path),
    token: () => {
      const host = data.host();
      newest = host.key;
      return assertion({ ...host, server }, path, Date.now());
    },
    /** What the newest dial was signed with; null before the first. */
    signedWith: () => newest,
    ticket: {
      read: () => data.ticket(server),
      save: (ticket: string) => data.saveTicket({ server, ticket }),
    },
  };
}
