import { socketAddress } from '../link/address.ts';
import { assertion } from './assertion.ts';
import type { DataDirectory } from './files.ts';

/**
 * X4: where a process of this host dials, and with what: signed by the key as it lies there at each dial, for the address
 * that it dials, also when the host was enrolled at another by now. X14: all processes of the host share one ticket.
 */
export function dialOptions(data: Pick<DataDirectory, 'host' | 'ticket' | 'saveTicket'>, path: string) {
  const { server } = data.host();
  return {
    address: socketAddress(server, path),
    token: () => assertion({ ...data.host(), server }, path, Date.now()),
    ticket: {
      read: () => data.ticket(server),
      save: (ticket: string) => data.saveTicket({ server, ticket }),
    },
  };
}
