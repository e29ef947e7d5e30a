import { socketAddress } from '../link/address.ts';
import { assertion } from './assertion.ts';
import type { DataDirectory } from './files.ts';

/**
 * X4: where a process of this host dials, and with what: signed by the key as it lies there at each dial, for the address
 * that it dials, also when the host was enrolled at another by now.
 */
export function dialling(data: Pick<DataDirectory, 'host'>, path: string) {
  const { server } = data.host();
  return {
    address: socketAddress(server, path),
    token: () => assertion({ ...data.host(), server }, path, Date.now()),
  };
}
