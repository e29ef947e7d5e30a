import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentSpec, type CommandId, CommandIdSchema, EnvironmentSchema } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestHost } from '../support/host.ts';
import { isAlive } from '../support/processes.ts';

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
});
afterEach(() => host.end());

let commands = 0;
/** Runs a line as a command of an agent; resolves to how it ended and what it and all before it printed. */
async function run(uid: string, line: string, interactive = false) {
  const room = host.server.room(uid);
  commands += 1;
  const commandId: CommandId = CommandIdSchema.parse(`a.${commands}`);
  await host.server.until(() => room.socket, 'the keeper');
  const epoch = room.model.epochs.at(-1)?.epoch;
  if (epoch === undefined) throw new Error('no epoch');
  const payload = { epoch, commandId, command: line, interactive, environment: EnvironmentSchema.parse({}) };
  host.server.send(uid, { type: 'command:start', payload });
  const ended = await host.server.until(() => {
    const event = room.events.findLast((each) => each.type === 'command:ended');
    return event?.type === 'command:ended' && event.commandId === commandId && event;
  }, 'the end of the command');
  return { ended, text: room.text };
}

async function idle(spec: Partial<AgentSpec> = {}): Promise<string> {
  const placement = host.placement({ kind: 'process', ...spec });
  expect((await host.server.place(placement)).error).toBeUndefined();
  await host.server.until(() => host.server.room(placement.spec.agentUid).events.length >= 2, 'its keeper');
  return placement.spec.agentUid;
}

describe('[P9] commands', () => {
  test('a line that begins with a dash is a line', async () => {
    await host.run();
    const uid = await idle();
    const { ended, text } = await run(uid, '-n echo hi; echo after');
    expect(text).toMatch(/-n: .*not found/);
    expect(text).toContain('after');
    expect(ended.exitCode).toBe(0);
  });

  test('are read by the shell of their agent, on pipes and on a terminal', async () => {
    await host.run();
    const uid = await idle({ shell: '/bin/bash' });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell reads it
    const line = 'set -o pipefail; [[ abc == a* ]] && echo "yes ${BASH_VERSION:+bash}"; false | true';
    expect(await run(uid, line)).toMatchObject({ ended: { exitCode: 1 }, text: 'yes bash\n' });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell reads it
    const { text } = await run(uid, 'echo "${BASH_VERSION:+also bash}"', true);
    expect(text).toContain('also bash');
  });

  test.each([
    ['/no/such/shell', /not.*on this host|no such program/],
    ['/etc/passwd', /not executable/],
  ])('the shell %s is refused when its agent is made', async (shell, why) => {
    await host.run();
    const placed = await host.server.place(host.placement({ kind: 'process', shell }));
    expect(placed.error?.details).toEqual({ field: 'shell' });
    expect(placed.error?.message).toMatch(why);
  });

  test('say so when their shell is gone', async () => {
    await host.run();
    const shell = join(host.workspace, 'shell');
    writeFileSync(shell, '#!/bin/sh\nexec /bin/sh "$@"\n', { mode: 0o755 });
    const uid = await idle({ shell });
    expect((await run(uid, 'echo it works')).text).toBe('it works\n');
    rmSync(shell);
    expect((await run(uid, 'echo no')).ended.error).toMatchObject({
      code: 'AGENT_SPAWN_FAILED',
      message: expect.stringContaining(shell),
    });
  });
});

test('[P9] the standard input of a program on pipes ends, behind what was typed, once', async () => {
  await host.run();
  const placement = host.shell('process', 'wc -l; echo over');
  const uid = placement.spec.agentUid;
  await host.server.place(placement);
  await host.server.status(uid, 'running');
  const type = (data: string, end?: boolean) =>
    host.server.send(uid, {
      type: 'program:input',
      payload: { data, encoding: 'utf8', ...(end ? { end } : {}) },
    });
  type('one\ntwo\n');
  type('three\n', true);
  type('never read\n');
  await host.server.status(uid, 'stopped', 2);
  expect(host.server.room(uid).text.trim().split(/\s+/)).toEqual(['3', 'over']);
});

describe('[P6] a program and a command', () => {
  const PRINT = 'env -0 | tr "\\0" "\\n" | sort; echo "umask $(umask)"; echo "pwd $(pwd)"';

  test('get what their owner has, and nothing of the tool that started Muster', async () => {
    const outer = {
      ...{
        npm_config_x: 'x',
        NODE_OPTIONS: '',
        INIT_CWD: '/',
        MUSTER_LOG: 'silent',
        https_proxy: 'http://proxy:1',
      },
      ...{ SSL_CERT_DIR: '/certs', SSH_AUTH_SOCK: '/agent', EXTRA: 'of mine' },
    };
    for (const [name, value] of Object.entries(outer)) process.env[name] = value;
    try {
      await host.run('--env', 'EXTRA', '--env', 'MORE=1=2');
    } finally {
      for (const name of Object.keys(outer)) delete process.env[name];
    }
    const real = join(host.workspace, 'real');
    const named = join(host.workspace, 'named');
    mkdirSync(real);
    symlinkSync(real, named);
    const program = host.shell('process', `${PRINT}; exec cat`, { workspace: named });
    const { agentUid } = program.spec;
    await host.server.place(program);
    const room = host.server.room(agentUid);
    await host.server.until(() => room.text.includes('pwd '), 'the program');
    const { text } = await run(agentUid, `echo COMMAND; ${PRINT}`);
    for (const part of text.split('COMMAND\n')) {
      expect(part).toContain('https_proxy=http://proxy:1\n');
      expect(part).toContain('SSL_CERT_DIR=/certs\n');
      expect(part).toContain('SSH_AUTH_SOCK=/agent\n');
      expect(part).toContain('EXTRA=of mine\n');
      expect(part).toContain('MORE=1=2\n');
      expect(part).toMatch(/^(?:LANG|LC_ALL)=.*UTF-8$/m);
      expect(part).toContain(`PWD=${named}\n`);
      expect(part).toContain(`pwd ${named}\n`);
      expect(part).not.toMatch(
        /npm|NODE_OPTIONS|INIT_CWD|MUSTER_(?!TAG|AGENT_SOCKET)|node-linux|node_modules\/\.bin/,
      );
      expect(part).toMatch(/^umask 0?0[02]2$/m);
    }
    expect(host.data.host().env).toEqual(['EXTRA', 'MORE=1=2']);
    expect(readFileSync(join(host.data.path, 'environment.json'), 'utf8')).not.toContain('npm');
  });

  test('an adopted keeper follows what its next runner finds', async () => {
    const runner = await host.run();
    const uid = await idle();
    runner.kill('SIGKILL');
    await host.run('--env', 'LATER=here');
    expect(await run(uid, 'echo "$LATER"')).toMatchObject({ ended: { exitCode: 0 }, text: 'here\n' });
  });
});

describe('[M2] a restart that cannot succeed ends nothing', () => {
  const BREAK: Readonly<Record<string, (workspace: string) => void>> = {
    'the workspace is gone': (workspace) => rmSync(workspace, { recursive: true }),
    'the workspace leads out of the roots': (workspace) => {
      rmSync(workspace, { recursive: true });
      symlinkSync('/etc', workspace);
    },
    'the program is gone': (workspace) => rmSync(join(workspace, 'tool')),
    'the program is not executable': (workspace) => chmodSync(join(workspace, 'tool'), 0o644),
    'its interpreter is gone': (workspace) => {
      rmSync(join(workspace, 'tool'));
      writeFileSync(join(workspace, 'tool'), '#!/no/such/interpreter\n', { mode: 0o755 });
    },
    'the roots have changed': () =>
      host.data.saveHost({ ...host.data.host(), roots: ['/var/empty-of-muster'] }),
  };

  test.each(Object.keys(BREAK))('%s', async (what) => {
    await host.run();
    const workspace = join(host.workspace, 'inner');
    mkdirSync(workspace);
    writeFileSync(join(workspace, 'tool'), '#!/bin/sh\nexec cat\n', { mode: 0o755 });
    const placement = host.placement({
      kind: 'process',
      workspace,
      program: { command: './tool', args: [] },
    });
    const uid = placement.spec.agentUid;
    const { pid = 0 } = await host.server.place(placement);
    await host.server.status(uid, 'running');
    const before = host.server.room(uid).events.length;
    BREAK[what]?.(workspace);
    for (const force of [false, true]) {
      const done = await host.server.request(uid, (requestId) => ({
        type: 'program:restart',
        payload: { requestId, force },
      }));
      expect(done.error?.code).toMatch(/INVALID_MESSAGE|AGENT_SPAWN_FAILED/);
    }
    expect(isAlive(pid)).toBe(true);
    const told = host.server.room(uid).events.slice(before);
    expect(told.filter(({ type }) => type === 'program:status')).toEqual([]);
    // Nor does a new generation that could not run there end the old one.
    const placed = await host.server.place({ ...placement, generation: 2 });
    expect(placed.error).toBeDefined();
    expect(isAlive(pid)).toBe(true);
  });
});
