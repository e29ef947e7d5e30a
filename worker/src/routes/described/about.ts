import type { Rows } from './types.ts';

/** Muster itself. */
export const ABOUT = {
  'GET /api/health': { summary: 'Whether Muster is well, and its versions.' },
  'GET /api/openapi.json': { summary: 'This description.' },
  'GET /api/docs': { summary: 'This description, to be read.' },
} as const satisfies Rows;
