/** What the modules of local mode's server are given by `edge/config.ts`, as far as they use it. */
interface Statement {
  run(): Promise<unknown>;
  all(): Promise<{ results: { name: string }[] }>;
}
export interface D1 {
  prepare(text: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}

export interface Database {
  binding: 'DB';
  table: string;
  migrations: { name: string; statements: string[] }[];
}

/** What stands at an address: `path` under the page's directory, also with `.br` and `.gz` where it is compressed. */
export interface PageFile {
  path: string;
  type: string;
  hash: string;
  compressed: boolean;
  headers: Record<string, string>;
}

interface Fetcher {
  fetch(request: Request | string, init?: { method?: string }): Promise<Response>;
}

export interface Env {
  DB: D1;
  DATABASES: Database[];
  HOUSEKEEPER: { getByName(name: string): { begin(): Promise<void> } };
  DASHBOARD: Fetcher;
  PAGE: Fetcher;
  FILES: Record<string, PageFile>;
}

export interface Context {
  waitUntil(work: Promise<unknown>): void;
}

/** `period`: s. */
export interface RateLimit {
  name: string;
  limit: number;
  period: number;
}
