import { DurableObject } from 'cloudflare:workers';
import type { Env } from './env.ts';

export class AgentRoom extends DurableObject<Env> {}
export class TeamLobby extends DurableObject<Env> {}

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler<Env>;
