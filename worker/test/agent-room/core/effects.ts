import {
  type Frame,
  framesOf,
  readBatch,
  type ServerPayload,
  type ServerType,
  type TO_KEEPER_MESSAGES,
  type ToKeeperType,
} from '@muster/protocol';
import type { z } from 'zod';
import type { Effect } from '../../../src/agent-room/core/types.ts';
import { text } from './frames.ts';

type OrderPayload<T extends ToKeeperType> = z.output<(typeof TO_KEEPER_MESSAGES)[T]>;

export function sent<T extends ServerType>(
  effects: readonly Effect[],
  to: string,
  type: T,
): ServerPayload<T>[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' && effect.to === to && effect.message.type === type
      ? [effect.message.payload as ServerPayload<T>]
      : [],
  );
}

export function keeperMessages<T extends ToKeeperType>(
  effects: readonly Effect[],
  type: T,
): OrderPayload<T>[] {
  return effects.flatMap((effect) =>
    effect.type === 'send-to-keeper' && effect.message.type === type
      ? [effect.message.payload as OrderPayload<T>]
      : [],
  );
}

/** The frames a connection was sent, as they came: nothing dropped, nothing put in order. */
export function framesTo(effects: readonly Effect[], to: string): Frame[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'forward' || !effect.to.includes(to)) return [];
    const frames: Frame[] = [];
    let offset = 0;
    while (offset < effect.bytes.length) {
      const header = readBatch(effect.bytes, offset);
      if (!header.ok) throw new Error(header.error.message);
      if (header.value.kind === 'output') frames.push(...framesOf(effect.bytes, header.value));
      offset += header.value.length;
    }
    return frames;
  });
}

/** The places of the snapshots a connection was sent, each with the output frames sent before it. */
export function snapshotsTo(effects: readonly Effect[], to: string) {
  let frames = 0;
  return effects.flatMap((effect) => {
    if (effect.type !== 'forward' || !effect.to.includes(to)) return [];
    const header = readBatch(effect.bytes);
    if (!header.ok) throw new Error(header.error.message);
    const { kind, epoch, last: sequence } = header.value;
    if (kind === 'snapshot') return [{ epoch, sequence, after: frames }];
    frames += framesTo([effect], to).length;
    return [];
  });
}

export const textTo = (effects: readonly Effect[], to: string) =>
  framesTo(effects, to)
    .map((frame) => text(frame.data))
    .join('');

export const sequencesTo = (effects: readonly Effect[], to: string) =>
  framesTo(effects, to).map((frame) => frame.sequence);

export const commits = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'commit' ? [effect.commit] : []));
