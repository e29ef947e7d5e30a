import { type Adapter, type WireError, wireError } from '@muster/protocol';

/** Why an adapter could not be started, with what to do where Muster knows the adapter. */
export function adapterProblem(error: WireError, adapter: Adapter | null): WireError {
  const isMissing = error.message.startsWith('There is no program');
  if (adapter === null || !isMissing) return error;
  const install =
    adapter.package === null
      ? `Install ${adapter.title} on this host.`
      : `Install ${adapter.title} on this host: npm install --global ${adapter.package}.`;
  const needs = adapter.node === null ? '' : ` It needs Node ${adapter.node} or later.`;
  return wireError(
    'AGENT_SPAWN_FAILED',
    `There is no program ${adapter.program.command} on this host. ${install}${needs}`,
    error.details,
  );
}
