import { describe, expect, it, vi } from 'vitest';
import { signal } from '../../worker/local/processes.ts';
import { eventually } from '../harness/eventually.ts';
import { Muster, startMuster } from '../harness/muster.ts';
import { partsOf } from '../harness/processor.ts';
import { until } from '../harness/until.ts';

const STOP_MS = 5000;
const SERVER_MS = 20_000;

const healthOf = (muster: Muster) => fetch(`${muster.url}/api/health`);

/** Resolves once nothing of it lives; what still does is the failure's message. */
const nothingLives = (muster: Muster) =>
  vi.waitFor(() => expect(muster.survivors).toEqual([]), { timeout: 2000, interval: 50 });

describe('npm start', () => {
  it('prints one line when it is ready: where it is, a way in and a token', async () => {
    await using muster = await startMuster();
    expect(muster.child.stdout).toHaveLength(1);
    expect(muster.ready.loginUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/signin#code=/);
    expect((await healthOf(muster)).status).toBe(200);
    const authorization = `Bearer ${muster.token}`;
    expect((await fetch(`${muster.url}/api/agents`)).status).toBe(401);
    expect((await fetch(`${muster.url}/api/agents`, { headers: { authorization } })).status).toBe(200);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends on %s within 5 s and leaves no process',
    async (name) => {
      await using muster = await startMuster();
      expect(await muster.stop(name)).toBeLessThan(STOP_MS);
      await nothingLives(muster);
      expect(await muster.child.ended()).toBe(0);
    },
  );

  it('ends within 5 s when the server hangs', async () => {
    await using muster = await startMuster();
    for (const { pid } of muster.running.servers) process.kill(pid, 'SIGSTOP');
    expect(await muster.stop()).toBeLessThan(STOP_MS);
    await nothingLives(muster);
  });

  it('ends within 5 s when the runner hangs, and at once when asked again', async () => {
    await using muster = await startMuster();
    process.kill(muster.running.runner?.pid ?? 0, 'SIGSTOP');
    const stopped = muster.stop();
    await eventually(() => expect(muster.running).toMatchObject({ state: 'stopping' }));
    muster.child.signal('SIGINT');
    expect(await stopped).toBeLessThan(1500);
    await nothingLives(muster);
  });

  it('refuses a second start on the same data and says where the first runs', async () => {
    await using muster = await startMuster();
    const second = muster.spawn();
    await expect(second.line(() => true)).rejects.toThrow(`already runs on this data at ${muster.url}`);
    expect(await second.ended()).toBe(1);
    expect((await healthOf(muster)).status).toBe(200);
  });

  it('refuses a port that is taken', async () => {
    await using muster = await startMuster();
    await using other = new Muster({ flags: ['--port', new URL(muster.url).port] });
    await expect(other.start()).rejects.toThrow('is taken');
  });

  it('takes another port when one that started with it took the same', async () => {
    const both = [
      new Muster({ usualPort: true, runner: false }),
      new Muster({ usualPort: true, runner: false }),
    ];
    await using _first = both[0];
    await using _second = both[1];
    await Promise.all(both.map((muster) => muster.start()));
    expect(new Set(both.map(({ url }) => url)).size).toBe(2);
  });

  it('starts again after kill -9, on the same port, with one server and one runner', async () => {
    await using muster = await startMuster();
    const before = muster.url;
    const { runner } = muster.running;
    await muster.sigkill();
    expect(muster.survivors.map(({ pid }) => pid)).toContain(runner?.pid);
    await muster.start();
    expect(muster.url).toBe(before);
    expect((await healthOf(muster)).status).toBe(200);
    expect(muster.survivors.filter(({ command }) => command.includes('workerd'))).toHaveLength(1);
    expect(muster.survivors.filter(({ command }) => command.includes('cli.js run'))).toHaveLength(1);
    await muster.stop();
    await nothingLives(muster);
  });

  it('ends as after a crash when only the process that started it is killed', async () => {
    await using muster = await startMuster();
    muster.child.signal('SIGKILL');
    await muster.child.ended();
    const isOurs = ({ command }: { command: string }) => /workerd|local\/start\.ts/.test(command);
    await vi.waitFor(() => expect(muster.survivors.filter(isOurs)).toEqual([]), {
      timeout: 2000,
      interval: 50,
    });
    await muster.start();
    expect((await healthOf(muster)).status).toBe(200);
  });

  it('starts its server again when that dies', async () => {
    await using muster = await startMuster({ runner: false });
    const [server] = muster.running.servers;
    process.kill(server?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(muster.running.servers).not.toContainEqual(server), { timeout: 5000 });
    await vi.waitFor(async () => expect((await healthOf(muster)).status).toBe(200), { timeout: 5000 });
    await muster.stop();
    await nothingLives(muster);
  });

  it('starts its server again when that dies while it is starting', async () => {
    await using muster = await startMuster();
    const killed = new Set<number>();
    const next = () => muster.running.servers.find(({ pid }) => !killed.has(pid));
    for (let time = 0; time < 6; time += 1) {
      const server = await until('the next server is there', SERVER_MS, next);
      killed.add(server.pid);
      signal(server, 'SIGKILL');
    }
    await vi.waitFor(async () => expect((await healthOf(muster)).status).toBe(200), {
      timeout: SERVER_MS,
      interval: 50,
    });
    expect(partsOf(muster.tag).filter(({ part }) => part === 'server')).toHaveLength(1);
  });

  it('starts its runner again when that dies', async () => {
    await using muster = await startMuster();
    const { runner } = muster.running;
    process.kill(runner?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(muster.running.runner).not.toEqual(runner), { timeout: 2000 });
    await muster.stop();
    await nothingLives(muster);
  });

  it('is started and ended through npm, whose own lines stay out of the way', async () => {
    await using muster = await startMuster({ command: ['npm', 'start', '--'] });
    expect(muster.child.stdout).toHaveLength(1);
    expect(await muster.stop()).toBeLessThan(STOP_MS);
    await nothingLives(muster);
  });

  it('keeps everything over a stop: the key, and so every token', async () => {
    await using muster = await startMuster({ runner: false });
    const { token } = muster;
    await muster.stop();
    await muster.start();
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${muster.url}/api/agents`, { headers })).status).toBe(200);
  });
});
