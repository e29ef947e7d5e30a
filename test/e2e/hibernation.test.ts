import { createHash } from 'node:crypto';
import { setTimeout as lasting } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { startMuster } from '../harness/muster.ts';
import { usageOf } from '../harness/usage.ts';
import { OutputHasher, openClient } from '../harness/viewer.ts';

const VIEWERS = 5;
/** The platform lets an object sleep after 10 s in which nothing asked anything of it. */
const SILENCE_MS = 12_000;

it('[H2] [S7] [F10] a room sleeps with five viewers attached, writes nothing, and wakes as if it had not', async () => {
  await using muster = await startMuster();
  await using open = new AsyncDisposableStack();
  const clients = Array.from({ length: VIEWERS }, () =>
    open.adopt(openClient(muster), (client) => client.close()),
  );
  const [first] = clients;
  if (first === undefined) throw new Error('no client');
  await hostIsOnline(first);
  await createAgent(first, muster, { agentId: 'cat', program: ['cat'] });
  const viewers = clients.map((client) => new OutputHasher(client, 'cat'));
  const typist = viewers[0]?.feed;

  const say = async (text: string, all: string) => {
    expect(typist?.input(text)).toBe(true);
    await Promise.all(viewers.map((viewer) => viewer.reaches(all.length)));
  };
  const sockets = () =>
    viewers.map(({ feed }) => feed.connection.name === 'connected' && feed.connection.since);
  await Promise.all(
    viewers.map(
      ({ feed }) =>
        new Promise<void>((resolve) => {
          if (feed.state !== null) resolve();
          else feed.on('state', () => resolve());
        }),
    ),
  );
  await say('before\n', 'before\n');
  const dialled = sockets();
  await lasting(SILENCE_MS);
  const asleep = await usageOf(muster, 'cat');
  await lasting(SILENCE_MS);

  // The next message finds a room that starts again, and everybody where they were.
  await say('after\n', 'before\nafter\n');
  const awake = await usageOf(muster, 'cat');
  expect(awake.starts).toBe(asleep.starts + 1);
  expect(awake.rowsWritten).toBe(asleep.rowsWritten);
  expect(sockets()).toEqual(dialled);

  await say('and on\n', 'before\nafter\nand on\n');
  const sha256 = createHash('sha256').update('before\nafter\nand on\n').digest('hex');
  expect(viewers.map((viewer) => [viewer.sha256, viewer.gaps])).toEqual(viewers.map(() => [sha256, 0]));
  expect((await usageOf(muster, 'cat')).starts).toBe(awake.starts);
});
