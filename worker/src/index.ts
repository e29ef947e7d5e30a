import { openDoor } from './door/door.ts';
import { makeApi } from './routes/api.ts';

export { TeamLobby } from './lobby/lobby.ts';
export { PolledLine } from './poll/polled-line.ts';
export { AgentRoom } from './room/agent-room.ts';

export default makeApi(openDoor);
