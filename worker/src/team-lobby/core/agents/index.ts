/** Agents: creating, changing and deleting them, and the calls that tell their rooms. */

export { agentNotFound, deleteAgent, updateAgent } from './change.ts';
export {
  completeCreate,
  createAgent,
  HOST_WENT_OFFLINE,
  placeOnRunner,
  roomPlaced,
  undoCreate,
  undoOverdueCreates,
} from './create.ts';
export { listedOn } from './host-kinds.ts';
export { deleteRoom, placeRoom, resumeRoomCalls, roomDeleted } from './room-calls.ts';
