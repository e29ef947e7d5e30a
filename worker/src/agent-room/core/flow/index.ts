/** What a viewer is sent: live output, replay, snapshots, under flow control (S8). */

export { handleFetched } from './fetch.ts';
export { forwardLive } from './live.ts';
export { announceEpoch, feed, feedAll, handleFlowAck } from './replay.ts';
export { subscribe, unsubscribe } from './subscribe.ts';
