import type { Epoch, Position } from '@muster/protocol';

/** Epochs that are remembered; an older one counts as older than all. */
const MOST = 64;

/** The epochs of one agent's stream, oldest first, as far as this reader has met them: by themselves they have no order. */
export type Epochs = Epoch[];

/** `epoch` is the agent's now: one that was not met before is the newest. */
export function meet(epochs: Epochs, epoch: Epoch): void {
  if (epochs.includes(epoch)) return;
  epochs.push(epoch);
  if (epochs.length > MOST) epochs.shift();
}

/** Whether `position` lies behind `mark`. null: a mark before everything. An epoch that was never met is an old one. */
export function isBehind(epochs: Epochs, position: Position, mark: Position | null): boolean {
  if (mark === null) return true;
  if (position.epoch === mark.epoch) return position.sequence > mark.sequence;
  return epochs.indexOf(position.epoch) > epochs.indexOf(mark.epoch);
}
