import type { RequestHead } from '@muster/protocol';
import type { RoomState } from '../state.ts';

/** C7: the heads of what waits for people, newest first, as the lobby lists them. */
export const pendingHeads = (_room: Pick<RoomState, 'viewers'>): readonly RequestHead[] => [];
