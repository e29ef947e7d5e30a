import type { AgentSummary } from '@muster/protocol';
import { byName, FILTERS, type Filter } from './status.ts';

export const SORTS = ['name', 'active', 'host'] as const;
export type Sort = (typeof SORTS)[number];

/** The list's filter and order, as in the page's address. */
export interface ListFilter {
  readonly text: string;
  readonly status: Filter;
  readonly sort: Sort;
}
export const ALL_AGENTS: ListFilter = { text: '', status: 'all', sort: 'name' };

export function listFilterOf(query: URLSearchParams): ListFilter {
  return {
    text: query.get('q')?.trim() ?? '',
    status: FILTERS.find((name) => name === query.get('status')) ?? 'all',
    sort: SORTS.find((name) => name === query.get('sort')) ?? 'name',
  };
}

/** The query string; defaults are left out. */
export const listQueryOf = ({ text, status, sort }: ListFilter) => ({
  q: text,
  status: status === 'all' ? '' : status,
  sort: sort === 'name' ? '' : sort,
});

/** Rows of the same place keep the order of their names. */
export function inOrder(sort: Sort, hostName: (agent: AgentSummary) => string) {
  return (left: AgentSummary, right: AgentSummary): number => {
    if (sort === 'active' && left.lastActivity !== right.lastActivity)
      return right.lastActivity - left.lastActivity;
    const hosts =
      sort === 'host' ? hostName(left).localeCompare(hostName(right), 'en', { numeric: true }) : 0;
    return hosts === 0 ? byName(left, right) : hosts;
  };
}
