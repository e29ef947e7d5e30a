import type { Rows } from './types.ts';

/** Muster itself. */
export const ABOUT = {
  'GET /api/health': {
    least: 'anyone',
    writes: false,
    bucket: 'open',
    summary: 'That Muster answers, and its versions.',
  },
  'GET /api/ready': {
    least: 'anyone',
    writes: false,
    bucket: 'open',
    summary: 'Whether Muster is set up: what is wrong with its settings and its database, by name.',
  },
  'GET /api/openapi.json': { least: 'anyone', writes: false, bucket: 'open', summary: 'This description.' },
  'GET /api/docs': {
    least: 'anyone',
    writes: false,
    bucket: 'open',
    summary: 'This description, to be read.',
  },
} as const satisfies Rows;
