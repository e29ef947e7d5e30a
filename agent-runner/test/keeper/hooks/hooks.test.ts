import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { PermissionRequest, StreamEvent } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { builtCli } from '../../support/built-cli.ts';
import { TestHost } from '../../support/host.ts';

let host: TestHost;
let cli: string;
beforeEach(async () => {
  host = await TestHost.make();
  cli = await builtCli();
  await host.run();
});
afterEach(() => host.end());

const ASK = {
  session_id: 's1',
  transcript_path: '/t.jsonl',
  cwd: '/work',
  permission_mode: 'default',
  hook_event_name: 'PermissionRequest',
  tool_name: 'Bash',
  tool_input: { command: 'rm -rf build', description: 'Clean' },
};

/** An agent whose program writes down where its hooks ask, then runs this line. */
async function running(line = 'sleep 60', spec: object = {}) {
  const file = join(host.workspace, 'socket');
  const whole = `printf %s "$MUSTER_AGENT_SOCKET" > ${file}; echo ready; ${line}`;
  const placement = host.shell('terminal', whole, spec);
  expect((await host.server.place(placement)).error).toBeUndefined();
  const uid = placement.spec.agentUid;
  await host.server.until(() => host.server.room(uid).text.includes('ready'), 'its output');
  return { uid, socket: readFileSync(file, 'utf8') };
}

interface Hook {
  readonly child: ChildProcess;
  /** Its exit code and all that it printed. */
  readonly ended: Promise<{ readonly code: unknown; readonly printed: string }>;
}
function hook(socket: string, input: string | object, ...args: string[]): Hook {
  const child = spawn(process.execPath, [cli, 'hook', ...args], {
    env: { ...process.env, MUSTER_AGENT_SOCKET: socket },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout?.on('data', (text: Buffer) => {
    printed += text.toString();
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(typeof input === 'string' ? input : JSON.stringify(input));
  return { child, ended: once(child, 'close').then(([code]) => ({ code, printed })) };
}

const requests = (uid: string): PermissionRequest[] =>
  host.server
    .room(uid)
    .events.flatMap((event) =>
      event.type === 'request:opened' && event.request.kind === 'permission' ? [event.request] : [],
    );
const asked = async (uid: string, count = 1) => {
  const list = await host.server.until(() => requests(uid).length >= count && requests(uid), 'a request');
  const request = list[count - 1];
  if (request === undefined) throw new Error('nothing is asked');
  return request;
};
const states = (uid: string) =>
  host.server
    .room(uid)
    .events.flatMap((event) => (event.type === 'request:changed' ? [event.resolution.state] : []));
const stateOf = (uid: string, count: number) =>
  host.server.until(() => states(uid).length >= count && states(uid), `${count} states`);
type Told = Extract<StreamEvent, { type: 'program:attention' }>['attention'];
const attentions = (uid: string): Told[] =>
  host.server
    .room(uid)
    .events.flatMap((event) => (event.type === 'program:attention' ? [event.attention] : []));

describe('[C13b] a hook of a program in a terminal', () => {
  test('asks by the socket of its agent, waits, and prints the decision; the agent needs somebody', async () => {
    const { uid, socket } = await running();
    expect(statSync(dirname(socket)).mode & 0o077).toBe(0);
    expect(statSync(socket).mode & 0o077).toBe(0);
    const allowed = hook(socket, ASK, 'claude');
    const request = await asked(uid);
    expect(request).toMatchObject({ tool: { title: 'Bash: rm -rf build' }, directory: '/work' });
    await host.server.until(() => attentions(uid).length > 0, 'attention');
    expect(attentions(uid)[0]?.text).toBe('Claude Code asks. Bash: rm -rf build');
    const { permissionId } = request;
    const allow = { type: 'option', optionId: 'allow' } as const;
    host.server.send(uid, { type: 'request:decide', payload: { permissionId, decision: allow } });
    const { code, printed } = await allowed.ended;
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toEqual({
      hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } },
    });
    expect(await stateOf(uid, 1)).toEqual(['delivered']);
    await host.server.until(() => attentions(uid).at(-1) === null, 'the end of attention');

    const denied = hook(socket, { ...ASK, turn_id: 't' });
    const second = await asked(uid, 2);
    const decision = { type: 'option', optionId: 'deny', message: 'Not on a Friday' } as const;
    const payload = { permissionId: second.permissionId, decision };
    host.server.send(uid, { type: 'request:decide', payload });
    expect(JSON.parse((await denied.ended).printed)).toMatchObject({
      hookSpecificOutput: { decision: { behavior: 'deny', message: 'Not on a Friday' } },
    });
  });

  test('is withdrawn when it is killed, and when its session says that it went on', async () => {
    const { uid, socket } = await running();
    const killed = hook(socket, ASK);
    await asked(uid);
    killed.child.kill('SIGKILL');
    expect(await stateOf(uid, 1)).toEqual(['withdrawn']);
    const second = hook(socket, ASK);
    await asked(uid, 2);
    expect(await hook(socket, { ...ASK, hook_event_name: 'Stop' }).ended).toEqual({ code: 0, printed: '' });
    expect(await second.ended).toEqual({ code: 0, printed: '' });
    expect(await stateOf(uid, 2)).toEqual(['withdrawn', 'withdrawn']);
  });

  test('below its program ends with it', async () => {
    const input = join(host.workspace, 'input.json');
    writeFileSync(input, JSON.stringify(ASK));
    const { uid } = await running(`${process.execPath} ${cli} hook < ${input}; sleep 60`);
    await asked(uid);
    await host.server.request(uid, (requestId) => ({
      type: 'program:terminate',
      payload: { requestId, force: true },
    }));
    expect(await stateOf(uid, 1)).toEqual(['withdrawn']);
  });

  test('is told to the room that asks again after a time away', async () => {
    const { uid, socket } = await running();
    const waiting = hook(socket, ASK);
    const { permissionId } = await asked(uid);
    host.server.room(uid).socket?.close();
    await host.server.until(
      () => host.server.room(uid).openRequests.some((open) => open?.includes(permissionId)),
      'a hello with the request',
    );
    const decision = { type: 'cancelled' } as const;
    await host.server.until(() => host.server.room(uid).socket, 'the keeper');
    host.server.send(uid, { type: 'request:decide', payload: { permissionId, decision } });
    expect(await waiting.ended).toEqual({ code: 0, printed: '' });
  });

  test('says nothing where its input is no use, or too long, and where there is no keeper', async () => {
    const { uid, socket } = await running();
    const nothing = { code: 0, printed: '' };
    expect(await hook(socket, 'not JSON').ended).toEqual(nothing);
    expect(await hook(socket, { ...ASK, filler: 'x'.repeat(5_000_000) }).ended).toEqual(nothing);
    expect(await hook('', ASK).ended).toEqual(nothing);
    expect(await hook(join(dirname(socket), 'nosuch.hook'), ASK).ended).toEqual(nothing);
    expect(await hook('/tmp/nosuch.hook', ASK).ended).toEqual(nothing);
    expect(requests(uid)).toEqual([]);
  });

  test('has no socket where the variables of its agent say so', async () => {
    const placement = host.placement({
      kind: 'process',
      program: { command: '/bin/sh', args: ['-c', 'echo "[$MUSTER_AGENT_SOCKET]"; sleep 60'] },
      environment: { MUSTER_AGENT_SOCKET: '' },
    });
    await host.server.place(placement);
    const uid = placement.spec.agentUid;
    await host.server.until(() => host.server.room(uid).text.includes('[]'), 'its output');
  });
});

describe('[C13c] [X16] a hostile program', () => {
  test('cannot order anything of the keeper by the socket of hooks, nor hold it with half a line', async () => {
    const { uid, socket } = await running();
    for (const line of [
      '{"id":1,"do":"stop","force":true,"reason":"mine"}',
      '{"version":2,"do":"ask"}',
      'x',
    ]) {
      const stranger = connect(socket);
      await once(stranger, 'connect');
      stranger.write(`${line}\n`);
      await once(stranger, 'close');
    }
    const held = connect(socket);
    await once(held, 'connect');
    held.write('{"version":1,');
    const waiting = hook(socket, ASK);
    await asked(uid);
    waiting.child.kill('SIGKILL');
    held.destroy();
    expect(await stateOf(uid, 1)).toEqual(['withdrawn']);
  });

  test('gets at most 20 requests open, and the rest is left to its terminal', async () => {
    const { uid, socket } = await running();
    const line = JSON.stringify({
      version: 1,
      do: 'ask',
      program: 'claude',
      session: 's',
      tool: 'Bash',
      input: '{"command":"ls"}',
      directory: '/work',
      waitMs: 60_000,
    });
    const sockets = Array.from({ length: 25 }, () => connect(socket));
    const answers = await Promise.all(
      sockets.map(async (one) => {
        one.write(`${line}\n`);
        const [text] = await once(one, 'data');
        return String(text).trim();
      }),
    );
    expect(answers.filter((text) => text === '{"is":"asked"}')).toHaveLength(20);
    expect(answers.filter((text) => text === '{"is":"nothing"}')).toHaveLength(5);
    await asked(uid, 20);
    for (const one of sockets) one.destroy();
    expect(await stateOf(uid, 20)).toEqual(Array.from({ length: 20 }, () => 'withdrawn'));
  });
});
