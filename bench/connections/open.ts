import type { Connection } from './connection.ts';
import { musterConnection } from './muster.ts';
import { ptyConnection } from './pty.ts';
import type { Route } from './route.ts';
import { socketIoConnection } from './socket-io.ts';
import { ttydConnection } from './ttyd.ts';
import { wsConnection } from './ws.ts';

/** Connects; the program prints one byte when it is ready, which is the first that `receive` gets. */
export function openConnection(via: Route, receive: (data: Uint8Array) => void): Connection {
  switch (via.kind) {
    case 'muster':
      return musterConnection(via, receive);
    case 'ws':
      return wsConnection(via.url, receive);
    case 'socket.io':
      return socketIoConnection(via.url, receive);
    case 'ttyd':
      return ttydConnection(via.url, receive);
    case 'pty':
      return ptyConnection(via.program, receive);
  }
}
