import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';

const HostsSchema = z.object({
  hosts: z.array(z.object({ hostId: z.string(), connection: z.enum(['online', 'offline']) })),
});
const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 20_000;

async function isOnline(url: string, token: string, hostId: string): Promise<boolean> {
  const response = await fetch(`${url}/api/hosts`, { headers: { authorization: `Bearer ${token}` } });
  const { hosts } = HostsSchema.parse(await response.json());
  return hosts.some((host) => host.hostId === hostId && host.connection === 'online');
}

/**
 * Resolves when this machine's runner has its lobby, so that a reader of "ready" can create an agent.
 * @throws Error when it does not come
 */
export async function waitForHost(url: string, token: string, hostId: string): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    if (await isOnline(url, token, hostId)) return;
    await wait(LOOK_EVERY_MS);
  }
  throw new Error('the agent-runner did not connect; its log says why');
}
