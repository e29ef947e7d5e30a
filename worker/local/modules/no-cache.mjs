import { WorkerEntrypoint } from 'cloudflare:workers';

const MISS = { status: 504, headers: { 'cf-cache-status': 'MISS' } };

/** The Cache API of the dashboard's Worker: what it would keep lies on this machine's disk already. */
export class NoCache extends WorkerEntrypoint {
  /** @param {Request} request */
  fetch({ method }) {
    return method === 'PUT' ? new Response(null, { status: 204 }) : new Response(null, MISS);
  }
}
