import type { AgentUid, TeamId } from '@muster/protocol';
import type { Context } from 'hono';
import type { Claims } from '../auth/claims.ts';
import type { Env } from '../env.ts';
import type { GivenFile } from './given-file.ts';

/** The context of every route: the authenticated caller (`claims` null only where anyone may). */
export interface App {
  Bindings: Env;
  Variables: {
    team: TeamId;
    claims: Claims | null;
    /** The agent that the path names; a null uid: there is none that the caller may see. */
    reached?: { readonly agentId: string; readonly agentUid: AgentUid | null };
    /** The body, once `readText` has read it. */
    body?: string;
    /** C15: the file, once `readFileBody` has read it. */
    file?: GivenFile;
  };
}
export type AppContext = Context<App>;
