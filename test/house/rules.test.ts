import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import config from '../../.dependency-cruiser.mjs';
import { PROJECT } from '../harness/muster.ts';

/** One import a rule forbids: the file that holds it, what it says, and the rule that must catch it. */
interface Planted {
  readonly rule: string;
  readonly file: string;
  readonly imports: string;
}

const PLANTED: readonly Planted[] = [
  { rule: '1-protocol-imports-zod-only', file: 'protocol/src/one.ts', imports: 'node:fs' },
  { rule: '2-client-imports-protocol-only', file: 'client/src/one.ts', imports: 'node:fs' },
  {
    rule: '2-packages-meet-on-the-wire',
    file: 'worker/src/two.ts',
    imports: '../../agent-runner/src/index.ts',
  },
  { rule: '2-packages-meet-on-the-wire', file: 'dashboard/src/two.ts', imports: '../../worker/src/index.ts' },
  { rule: '2-only-the-door-is-a-client', file: 'worker/src/gateway/socket.ts', imports: '@muster/client' },
  { rule: '2-only-the-door-syncs', file: 'worker/src/agent-room/sync.ts', imports: '@muster/client/sync' },
  {
    rule: '2-runner-shares-the-connection-only',
    file: 'agent-runner/src/keeper/client.ts',
    imports: '@muster/client',
  },
  {
    rule: '3-core-is-alone',
    file: 'worker/src/team-lobby/core/identity/shell.ts',
    imports: '../../../env.ts',
  },
  { rule: '3-core-is-pure', file: 'worker/src/team-lobby/core/identity/id.ts', imports: 'node:crypto' },
  { rule: '3-core-is-alone', file: 'worker/src/agent-room/core/shell.ts', imports: '../../env.ts' },
  {
    rule: '3-core-is-alone',
    file: 'worker/src/team-lobby/core/other.ts',
    imports: '../../agent-room/core/index.ts',
  },
  {
    rule: '3-runner-core-is-alone',
    file: 'agent-runner/src/runner/core/dial.ts',
    imports: '../../link/index.ts',
  },
  { rule: '3-core-is-pure', file: 'client/src/connection/clock.ts', imports: 'node:timers' },
  { rule: '3-core-is-pure', file: 'agent-runner/src/runner/core/clock.ts', imports: 'node:timers' },
  {
    rule: '4-store-sees-no-socket',
    file: 'worker/src/agent-room/storage/send.ts',
    imports: '../../socket/index.ts',
  },
  {
    rule: '5-only-the-shell-opens-the-store',
    file: 'worker/src/agent-room/peek.ts',
    imports: './storage/index.ts',
  },
  {
    rule: '5-socket-knows-no-room',
    file: 'worker/src/socket/room.ts',
    imports: '../agent-room/core/index.ts',
  },
  {
    rule: '6-routes-go-through-bindings',
    file: 'worker/src/http/agents.ts',
    imports: '../agent-room/core/index.ts',
  },
  {
    rule: '7-program-spool-and-link-meet-in-the-keeper',
    file: 'agent-runner/src/spool/dial.ts',
    imports: '../link/index.ts',
  },
  {
    rule: '7-screen-reads-the-spool-only',
    file: 'agent-runner/src/screen/send.ts',
    imports: '../link/index.ts',
  },
  {
    rule: '7-emulator-is-loaded-where-needed',
    file: 'agent-runner/src/keeper/terminal.ts',
    imports: '@xterm/headless',
  },
  {
    rule: '7-emulator-is-imported-late',
    file: 'agent-runner/src/keeper/early.ts',
    imports: '../screen/emulator.ts',
  },
  {
    rule: '8-shared-components-know-no-domain',
    file: 'dashboard/src/lib/components/shared/Bad.svelte',
    imports: '../agents/Row.svelte',
  },
  {
    rule: '8-domains-know-no-view',
    file: 'dashboard/src/lib/components/agents/Up.svelte',
    imports: '../views/Page.svelte',
  },
  {
    rule: '8-logic-knows-no-component',
    file: 'dashboard/src/lib/agents/render.ts',
    imports: '../components/agents/Row.svelte',
  },
  { rule: '8-no-cycles', file: 'worker/src/agent-room/core/circle.ts', imports: './ring.ts' },
  { rule: 'resolvable', file: 'worker/src/typo.ts', imports: './nothing-there.ts' },
  { rule: 'declared', file: 'worker/src/undeclared.ts', imports: 'fast-check' },
];

/** What the planted files import: allowed by itself. */
const INNOCENT: Readonly<Record<string, string>> = {
  'worker/src/index.ts': '',
  'worker/src/env.ts': '',
  'worker/src/agent-room/core/index.ts': '',
  'worker/src/agent-room/core/ring.ts': "import './circle.ts';\n",
  'worker/src/agent-room/storage/index.ts': "import '../core/index.ts';\n",
  'worker/src/agent-room/room.ts': "import './storage/index.ts';\nimport '../socket/index.ts';\n",
  'worker/src/socket/index.ts': '',
  'worker/src/gateway/index.ts': "import '@muster/client/sync';\n",
  'client/src/index.ts': "import '@muster/protocol';\n",
  'client/src/sync/index.ts': '',
  'client/src/connection/index.ts': "import '@muster/protocol';\n",
  'protocol/src/index.ts': "import 'zod';\n",
  'agent-runner/src/index.ts': '',
  'agent-runner/src/link/index.ts': "import '@muster/client/connection';\n",
  'agent-runner/src/screen/emulator.ts': "import '@xterm/headless';\n",
  'agent-runner/src/screen/screen.ts': "await import('./emulator.ts');\n",
  'dashboard/src/lib/components/agents/Row.svelte': '<p>row</p>\n',
  'dashboard/src/lib/components/views/Page.svelte': '<p>page</p>\n',
};

const PACKAGES = ['protocol', 'client', 'worker', 'agent-runner', 'dashboard'];

const ReportSchema = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

const contentOf = ({ file, imports }: Planted) =>
  file.endsWith('.svelte') ? `<script>import '${imports}';</script>\n` : `import '${imports}';\n`;

function write(root: string, file: string, content: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}

/** A small house with the planted files in it, and the project's own packages to import from. */
function build(root: string): void {
  for (const [file, content] of Object.entries(INNOCENT)) write(root, file, content);
  for (const planted of PLANTED) write(root, planted.file, contentOf(planted));
  mkdirSync(join(root, 'node_modules', '@muster'), { recursive: true });
  for (const name of ['zod', 'fast-check', '@xterm/headless'])
    write(root, `node_modules/${name}/index.js`, '');
  // What a compiled component imports.
  symlinkSync(join(PROJECT, 'node_modules', 'svelte'), join(root, 'node_modules', 'svelte'));
  for (const name of PACKAGES) {
    symlinkSync(join(root, name), join(root, 'node_modules', '@muster', name));
    const dependencies = { zod: '*', '@xterm/headless': '*', '@muster/client': '*', '@muster/protocol': '*' };
    const entries = {
      '.': './src/index.ts',
      './connection': './src/connection/index.ts',
      './sync': './src/sync/index.ts',
    };
    write(
      root,
      `${name}/package.json`,
      JSON.stringify({ name: `@muster/${name}`, exports: entries, dependencies }),
    );
  }
  write(root, 'package.json', JSON.stringify({ name: 'planted', devDependencies: { 'fast-check': '*' } }));
}

/** What the tool says: `rule file`, for every violation. The tool exits with how many there are. */
function violations(root: string): string[] {
  const tool = join(PROJECT, 'node_modules', '.bin', 'depcruise');
  const args = ['--config', join(PROJECT, '.dependency-cruiser.mjs'), '--output-type', 'json', ...PACKAGES];
  const report = execFileSync(process.execPath, [tool, ...args, '--no-progress'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return ReportSchema.parse(JSON.parse(report)).summary.violations.map(
    ({ from, rule }) => `${rule.name} ${from}`,
  );
}

describe('import rules', () => {
  const root = mkdtempSync(join(tmpdir(), 'muster-rules-'));
  let found: string[] = [];

  beforeAll(() => {
    build(root);
    found = violations(root);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each(PLANTED)('$rule catches $file', ({ rule, file }) => {
    expect(found).toContain(`${rule} ${file}`);
  });

  it('has a planted violation for every rule', () => {
    const proven = new Set(PLANTED.map((planted) => planted.rule));
    expect(config.forbidden.map((rule) => rule.name).filter((name) => !proven.has(name))).toEqual([]);
  });

  it('says nothing about what is allowed', () => {
    const innocent = Object.keys(INNOCENT);
    expect(found.filter((line) => innocent.some((file) => line.endsWith(` ${file}`)))).toEqual([]);
  });
});
