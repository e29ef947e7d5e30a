import type { Query } from '../rest/get.ts';

/** How far back; empty: all that is kept. */
export const SPANS = [
  { value: 'hour', label: 'Last hour', ms: 3_600_000 },
  { value: 'day', label: 'Last 24 hours', ms: 86_400_000 },
  { value: 'week', label: 'Last 7 days', ms: 604_800_000 },
] as const;
export const STATUSES = ['completed', 'failed', 'interrupted', 'cancelled', 'running', 'queued'] as const;

/** The filter of history, as chosen or typed; empty: none. */
export interface HistoryFilter {
  readonly text: string;
  readonly agent: string;
  readonly member: string;
  readonly status: string;
  readonly exit: string;
  readonly span: string;
}
export const ALL: HistoryFilter = { text: '', agent: '', member: '', status: '', exit: '', span: '' };

/** As the page's address says it. */
export function filterOf(query: URLSearchParams): HistoryFilter {
  const said = (name: keyof HistoryFilter) => query.get(name)?.trim() ?? '';
  return {
    text: said('text'),
    agent: said('agent'),
    member: said('member'),
    status: said('status'),
    exit: said('exit'),
    span: said('span'),
  };
}

export const isNarrowed = (filter: HistoryFilter): boolean =>
  Object.values(filter).some((value) => value !== '');

/** A whole number, or nothing that could be asked for. */
export const isExit = (typed: string): boolean => /^-?\d{1,10}$/.test(typed);

/** The query for the server. `now`: ms since 1970; later pages use the `now` of the first. */
export function questionOf({ span, exit, ...filter }: HistoryFilter, now: number): Query {
  const back = SPANS.find(({ value }) => value === span);
  return {
    ...filter,
    exit: isExit(exit) ? exit : undefined,
    since: back === undefined ? undefined : now - back.ms,
  };
}
