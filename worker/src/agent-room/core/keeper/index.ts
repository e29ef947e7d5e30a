/** Messages and batches from the keeper. */

export { admitKeeper, closeOfKey } from './admission.ts';
export { flushIfOld, handleBatch } from './batches.ts';
export { handleKeeperDisconnected, handleKeeperMessage } from './messages.ts';
export { handleSnapshot } from './snapshot.ts';
