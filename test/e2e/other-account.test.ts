import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { pathsIn } from '../../worker/local/data.ts';
import { readSecrets } from '../../worker/local/secrets.ts';
import { createAgent } from '../harness/agents.ts';
import { enrolHost } from '../harness/host-cli.ts';
import { hostData, hostIsOnline } from '../harness/hosts.ts';
import { Muster, startMuster } from '../harness/muster.ts';
import { CAN_BE_ANOTHER, OtherAccount, Watcher } from '../harness/other-account.ts';
import { listSockets } from '../harness/sockets.ts';
import { until } from '../harness/until.ts';
import { openClient } from '../harness/viewer.ts';

const SOON_MS = 20_000;
const LOOPBACK = '0100007F';
/** How any signed token of ours begins. */
const TOKEN = /eyJ[\w-]{8,}\./;

let muster: Muster;
let seen: string;
/** A directory where the attacks of below would leave a file. */
const prey = mkdtempSync(join(tmpdir(), 'muster-prey-'));
const secrets = () => {
  const key = readSecrets(pathsIn(muster.data).secrets)?.key ?? '';
  return [key, hostData(muster).host().key.d, muster.token];
};

if (!CAN_BE_ANOTHER)
  process.stdout.write('not run as root: what another account can do is not tried, only how things lie\n');

beforeAll(async () => {
  const watcher = CAN_BE_ANOTHER ? await new Watcher().started() : null;
  muster = await startMuster();
  const client = openClient(muster);
  await hostIsOnline(client);
  await createAgent(client, muster, {
    agentId: 'writer',
    program: ['sh', '-c', 'umask > made.tmp; mv made.tmp made; cat'],
  });
  await createAgent(client, muster, { agentId: 'shell', program: ['sh'], terminal: { cols: 80, rows: 24 } });
  client.close();
  await enrolHost(muster, 'second');
  seen = (await watcher?.saw()) ?? '';
});
afterAll(async () => {
  await muster[Symbol.asyncDispose]();
  rmSync(prey, { recursive: true, force: true });
});

/** Requests that development tools accept on loopback, each also with the headers of a foreign page. */
const requests = () => {
  const file = `extension=x/../../../../../../..${prey}/written`;
  const paths = [
    `/core/store-temp-file?${file}`,
    `/core/store-temp-file?prefix=../../../../../..${prey}&extension=txt`,
    ...[
      '/browser/launch',
      '/browser/sessionIds',
      '/core/dev-registry',
      '/core/public-url',
      '/core/log',
      '/core/error',
    ],
    ...[
      '/core/do-storage/muster-TeamLobby',
      '/core/workflow-storage/x',
      '/cdn-cgi/mf/scheduled',
      '/cdn-cgi/handler/scheduled',
    ],
    ...['/cdn-cgi/explorer/api', '/json', '/json/list', '/__devtools', '/metrics', '/'],
  ];
  const pages = [
    {},
    { origin: 'http://attacker.example' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ];
  const inner = [
    {},
    {
      'MF-Original-URL': `http://localhost/core/store-temp-file?${file}`,
      'MF-CF-Blob': '{"miniflare":{"name":"x"}}',
    },
    { 'MF-Custom-Fetch-Service': 'x', 'MF-Op': 'GET', 'MF-Custom-Node-Service': 'x' },
  ];
  return paths.flatMap((path) =>
    pages.flatMap((page) => inner.map((more) => ({ path, headers: { ...page, ...more } }))),
  );
};

describe('[X17] what listens', () => {
  it('is one port of loopback, the one that was printed, and sockets in the private directory', () => {
    const open = listSockets(muster.tag);
    const internet = open.filter(({ kind }) => kind !== 'unix');
    expect(internet).toMatchObject([
      { kind: 'tcp', address: LOOPBACK, port: Number(new URL(muster.url).port) },
    ]);
    const local = open.filter(({ kind }) => kind === 'unix');
    // The runner's lock, a keeper's lock, and its control socket.
    expect(local.length).toBeGreaterThanOrEqual(3);
    for (const { address } of local)
      expect(address).toMatch(new RegExp(`^(${muster.data}/runner/run/|/proc/self/fd/)`));
  });

  it.runIf(CAN_BE_ANOTHER)('does nothing for another account, or for a page of somebody else', async () => {
    const before = muster.survivors.map(({ pid }) => pid);
    const port = Number(new URL(muster.url).port);
    const paths = readdirSync(join(muster.data, 'runner', 'run')).map((name) =>
      join(muster.data, 'runner', 'run', name),
    );
    await using other = await new OtherAccount(`
      const { request } = require('node:http');
      const { connect } = require('node:net');
      const send = (method, { path, headers }) => new Promise((resolve) => {
        const sent = request({ host: '127.0.0.1', port: ${port}, method, path, headers, agent: false }, (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode));
        });
        sent.on('connect', (answer, socket) => { socket.destroy(); resolve(answer.statusCode); });
        sent.on('error', (error) => resolve(error.code)).end(method === 'POST' ? 'ssh-ed25519 AAAA attacker' : undefined);
      });
      const dial = (path) => new Promise((resolve) => {
        connect(path, () => resolve('connected')).on('error', (error) => resolve(error.code));
      });
      const all = ${JSON.stringify(requests())};
      const done = [];
      for (const each of all) for (const method of ['POST', 'GET'])
        done.push([method, each.path, await send(method, each)]);
      const tunnel = await send('CONNECT', { path: 'miniflare-unsafe-internal-capnp-connect:80', headers: {} });
      const dialled = await Promise.all(${JSON.stringify(paths)}.map(dial));
      return { done, tunnel, dialled };`).started();
    const { done, tunnel, dialled } = await other.found(
      z.object({
        done: z.array(z.tuple([z.string(), z.string(), z.union([z.number(), z.string()])])),
        tunnel: z.union([z.number(), z.string()]),
        dialled: z.array(z.string()),
      }),
    );
    const taken = done.filter(
      ([method, path, status]) =>
        typeof status === 'number' && status < 400 && !(method === 'GET' && path === '/'),
    );
    expect(taken).toEqual([]);
    expect(tunnel).not.toBe(200);
    expect(dialled.length).toBeGreaterThan(2);
    expect(dialled).toEqual(dialled.map(() => 'EACCES'));
    expect(readdirSync(prey)).toEqual([]);
    expect(muster.survivors.map(({ pid }) => pid)).toEqual(before);
  });
});

describe('[X16] another account', () => {
  it.runIf(CAN_BE_ANOTHER)('sees no secret in /proc during a start and an enrolment', () => {
    expect(seen).toContain('cli.js enroll');
    expect(seen).toContain('workerd');
    for (const secret of secrets()) expect(seen).not.toContain(secret);
    expect(seen).not.toMatch(TOKEN);
    expect(seen).not.toContain(muster.tag);
  });

  it.runIf(CAN_BE_ANOTHER)('reads no file of the data, and finds none of it elsewhere', async () => {
    await using other = await new OtherAccount(`
      const { readdirSync, readFileSync } = require('node:fs');
      const open = [];
      const look = (path) => {
        try { for (const entry of readdirSync(path, { withFileTypes: true })) {
          open.push(path + '/' + entry.name);
          if (entry.isDirectory()) look(path + '/' + entry.name);
        } } catch {}
        try { readFileSync(path); open.push(path); } catch {}
      };
      look(${JSON.stringify(muster.data)});
      for (const name of ['secrets.json', 'running.json', 'runner/host.json', 'server.log', 'state/server.capnp'])
        look(${JSON.stringify(`${muster.data}/`)} + name);
      return open;`).started();
    expect(await other.found(z.array(z.string()))).toEqual([]);
  });

  it('has nothing of it by mode, whatever lies in it', () => {
    const wide = [
      muster.data,
      ...readdirSync(muster.data, { recursive: true, encoding: 'utf8' }).map((name) =>
        join(muster.data, name),
      ),
    ]
      .map((path) => ({ path, facts: statSync(path, { throwIfNoEntry: false }) }))
      .filter(
        ({ facts }) =>
          facts !== undefined && ((facts.mode & 0o077) !== 0 || facts.uid !== process.geteuid?.()),
      )
      .map(({ path }) => path);
    // Copies of the page's public files keep the modes they were built with, behind the directory's.
    expect(wide.filter((path) => !path.startsWith(join(muster.data, 'state', 'page')))).toEqual([]);
    expect(existsSync(join(muster.data, 'state', 'server.capnp'))).toBe(false);
  });
});

it('[X16] a program has the umask of the account, not Muster’s', async () => {
  const made = join(muster.directory, 'made');
  await until('the program has written', SOON_MS, () => existsSync(made));
  expect(Number.parseInt(readFileSync(made, 'utf8'), 8)).toBe(process.umask());
  expect(statSync(made).mode & 0o777).toBe(0o666 & ~process.umask());
});

describe('[X16] a data directory that others can enter', () => {
  it('starts nothing, and says what mends it', async () => {
    await using open = new Muster({ runner: false });
    mkdirSync(open.data);
    chmodSync(open.data, 0o755);
    await expect(open.start()).rejects.toThrow(`chmod 700 ${open.data}`);
    expect(readdirSync(open.data)).toEqual([]);
    chmodSync(open.data, 0o700);
    await open.start();
  });
});

describe('[X20] an address beyond this machine', () => {
  it('is refused without --insecure-http, and said in red with it', async () => {
    await using far = new Muster({ runner: false, flags: ['--host', '0.0.0.0'] });
    await expect(far.start()).rejects.toThrow('--insecure-http');
    await far.start(['--insecure-http']);
    expect(far.child.stderr).toContain('Plain HTTP on 0.0.0.0');
    expect(far.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });
});
