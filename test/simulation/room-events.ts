import { batchBytes, readBatch } from '@muster/protocol';
import type { RoomEvent } from '../../worker/src/agent-room/core/types.ts';
import { fromKeeper, type Link, type Packet, typedIn, viewerEvent } from './link.ts';

/** What a packet is to the core of a room. */
export function roomEventOf({ role, connection }: Link, packet: Packet): RoomEvent {
  if (packet instanceof Uint8Array)
    return role === 'viewer'
      ? { type: 'viewer-input', connection, frame: typedIn(packet), bytes: packet }
      : batch(connection, packet);
  if (role === 'keeper') return { type: 'keeper-message', connection, message: fromKeeper(packet).message };
  return { ...viewerEvent(packet), type: 'viewer-message', connection };
}

function batch(connection: string, packet: Uint8Array): RoomEvent {
  const header = readBatch(packet);
  if (!header.ok) throw new Error(header.error.message);
  return { type: 'batch', connection, header: header.value, bytes: batchBytes(packet, header.value) };
}
