import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { choosePort, lastPort, rememberPort } from '../../../worker/local/ports.ts';

const HOST = '127.0.0.1';
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function taken(): Promise<number> {
  const server = createServer().listen(0, HOST);
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('the port', () => {
  it('is refused when it was asked for and is taken', async () => {
    const port = await taken();
    await expect(choosePort(port, null, HOST)).rejects.toThrow(`port ${port} is taken`);
  });

  it('is that of the last run when none was asked for', async () => {
    const free = await choosePort(0, null, HOST);
    expect(await choosePort(null, free, HOST)).toBe(free);
  });

  it('of the last run is remembered; a file without one remembers none', () => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-port-'));
    const path = join(directory, 'place.json');
    expect(lastPort(path)).toBeNull();
    rememberPort(path, 8_701);
    expect(lastPort(path)).toBe(8_701);
    for (const text of ['{"port":0}', '{"port":"8701"}', '{', '']) {
      writeFileSync(path, text);
      expect([text, lastPort(path)]).toEqual([text, null]);
    }
    rmSync(directory, { recursive: true });
  });

  it('is another when that of the last run is taken', async () => {
    const port = await taken();
    expect(await choosePort(null, port, HOST)).not.toBe(port);
  });
});
