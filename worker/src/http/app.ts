import type { TeamId } from '@muster/protocol';
import type { Context } from 'hono';
import type { Claims } from '../auth/claims.ts';
import type { Env } from '../env.ts';

/** The context of every route: the authenticated caller (`claims` null only where anyone may). */
export interface App {
  Bindings: Env;
  Variables: { team: TeamId; claims: Claims | null };
}
export type AppContext = Context<App>;
