import type { Line } from './line.ts';
import { musterLine } from './muster.ts';
import { ptyLine } from './pty.ts';
import { socketIoLine } from './socket-io.ts';
import { ttydLine } from './ttyd.ts';
import type { Via } from './via.ts';
import { wsLine } from './ws.ts';

/** Connects; the program prints one byte when it is ready, which is the first that `receive` gets. */
export function openLine(via: Via, receive: (data: Uint8Array) => void): Line {
  switch (via.kind) {
    case 'muster':
      return musterLine(via, receive);
    case 'ws':
      return wsLine(via.url, receive);
    case 'socket.io':
      return socketIoLine(via.url, receive);
    case 'ttyd':
      return ttydLine(via.url, receive);
    case 'pty':
      return ptyLine(via.program, receive);
  }
}
