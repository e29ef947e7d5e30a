import { decodeInput, readBatch } from '@muster/protocol';
import type { Link, Packet } from './link.ts';
import type { Random } from './random.ts';

/**
 * A proxy that sees frames and does with them what TCP would not. It leaves alone what S3 and S7 do not
 * cover: greetings, subscriptions and answers to a fetch, which a socket delivers or dies.
 */
export class Meddler {
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  duplicate(link: Link): boolean {
    const found = this.frameOn(link);
    if (found === null) return false;
    found.queue.splice(this.random.between(found.at, found.queue.length), 0, found.packet);
    return true;
  }

  drop(link: Link): boolean {
    const found = this.frameOn(link);
    if (found === null) return false;
    found.queue.splice(found.at, 1);
    return true;
  }

  /** One frame falls behind the next. */
  reorder(link: Link): boolean {
    const found = this.frameOn(link);
    const next = found?.queue[found.at + 1];
    if (found === null || next === undefined || !isFrame(next)) return false;
    found.queue.splice(found.at, 2, next, found.packet);
    return true;
  }

  /** I2: the same input comes to the keeper twice, the second time perhaps behind later ones. */
  repeatInput(link: Link | null): boolean {
    const queue = link?.toClient ?? [];
    const at = queue.findIndex(isInput);
    const input = queue[at];
    if (input === undefined) return false;
    queue.splice(this.random.between(at + 1, queue.length), 0, input);
    return true;
  }

  private frameOn(link: Link): { queue: Packet[]; at: number; packet: Packet } | null {
    const queue = link.toClient.some(isFrame) ? link.toClient : link.toServer;
    const at = this.random.between(0, queue.length - 1);
    const packet = queue[at];
    if (packet === undefined || !isFrame(packet)) return null;
    link.tampered += 1;
    return { queue, at, packet };
  }
}

function isInput(packet: Packet): boolean {
  if (packet instanceof Uint8Array) return decodeInput(packet).ok;
  if (typeof packet === 'string') return packet.includes('"type":"program:input"');
  return 'said' in packet && packet.said.type === 'program:input';
}

function isFrame(packet: Packet): boolean {
  if (!(packet instanceof Uint8Array)) return false;
  const header = readBatch(packet);
  return header.ok && !header.value.fetched;
}
