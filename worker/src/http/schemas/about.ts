import type { Rows } from './types.ts';

/** Muster itself. */
export const ABOUT = {
  'GET /api/health': { summary: 'That Muster answers, and its versions.' },
  'GET /api/ready': {
    summary: 'Whether Muster is set up: what is wrong with its settings and its database, by name.',
  },
  'GET /api/openapi.json': { summary: 'This description.' },
  'GET /api/docs': { summary: 'This description, to be read.' },
} as const satisfies Rows;
