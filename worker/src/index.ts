import { DurableObject } from 'cloudflare:workers';
import type { Env } from './env.ts';

export { AgentRoom } from './room/agent-room.ts';


export class TeamLobby extends DurableObject<Env> {}

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler<Env>;
