export { handleTeam, newTeam, readerOf, teamDeadline } from './handle.ts';
export { acceptsInput, INPUT_BATCH_MS } from './input.ts';
export { LOBBY_PATH } from './lobby.ts';
export { LINGER_MS } from './room.ts';
export type * from './types.ts';
