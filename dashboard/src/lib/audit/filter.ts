/** The log's filter; empty: none. */
export interface AuditFilter {
  readonly agent: string;
  readonly member: string;
  readonly action: string;
}
export const NO_FILTER: AuditFilter = { agent: '', member: '', action: '' };

/** As in the page's address, so that it can be shared. */
export function filterOf(query: URLSearchParams): AuditFilter {
  const said = (name: keyof AuditFilter) => query.get(name)?.trim() ?? '';
  return { agent: said('agent'), member: said('member'), action: said('action') };
}

export const isNarrowed = (filter: AuditFilter): boolean =>
  Object.values(filter).some((value) => value !== '');
