/** The bindings that the modules of local mode's server get from `edge/config.ts`. */
import type { D1Database, Fetcher } from '@cloudflare/workers-types';

export interface Database {
  binding: 'DB';
  table: string;
  migrations: { name: string; statements: string[] }[];
}

/** The file of an address: `path` under the page's directory, also with `.br` and `.gz` where it is compressed. */
export interface PageFile {
  path: string;
  type: string;
  hash: string;
  compressed: boolean;
  headers: Record<string, string>;
}

export interface Env {
  DB: D1Database;
  DATABASES: Database[];
  HOUSEKEEPER: { getByName(name: string): { begin(): Promise<void> } };
  DASHBOARD: Fetcher;
  PAGE: Fetcher;
  FILES: Record<string, PageFile>;
}

/** `period`: s. */
export interface RateLimit {
  name: string;
  limit: number;
  period: number;
}
