import {
  agentOfCommand,
  type Commands,
  CommandsSchema,
  type Frame,
  STREAM,
  VIEWER_SCHEMAS,
} from '@muster/protocol';

const MINUTE = 60_000;
const teams = new Map<string, Commands>();
const shown = (agentId: string, index: number, command: string, part: object) => ({
  commandId: `${agentId}.${index}`,
  command,
  priority: 'normal',
  interactive: false,
  requestedBy: index % 2 ? 'owner' : 'grace',
  name: index % 2 ? 'Owner' : 'Grace Hopper',
  requestedAt: Date.now() - 4 * MINUTE,
  attempt: 1,
  ...part,
});

function begin(agentId: string): Commands {
  const one = (index: number, command: string, part: object) => shown(agentId, index, command, part);
  if (agentId !== 'shell' && agentId !== 'old-laptop-shell') return { queue: [], running: [], ended: [] };
  return CommandsSchema.parse({
    queue: [
      one(10, 'make release VERSION=2.14.0', { priority: 'high', position: 1, hold: false }),
      one(11, 'npm run lint', { position: 2, hold: false }),
      one(12, 'npm run e2e -- --shard 1/4', {
        position: 3,
        hold: false,
        attempt: 2,
        notBefore: Date.now() + 90_000,
      }),
      one(13, 'set -e\nfor d in packages/*; do\n  npm pack "$d"\ndone', { position: 4, hold: true }),
      one(14, 'du -sh node_modules | sort -h', { priority: 'low', position: 5, hold: false }),
    ],
    running: [
      one(9, 'npm test -- --reporter dot', {
        startedAt: Date.now() - 42_000,
        stopping: false,
        timeout: 600_000,
      }),
    ],
    ended: [
      one(8, 'git fetch && git rebase origin/main', {
        status: 'completed',
        endedAt: Date.now() - MINUTE,
        exitCode: 0,
        executionTime: 2_340,
        bytes: { stdout: 210, stderr: 90 },
      }),
      one(7, 'cargo build --release', {
        status: 'failed',
        endedAt: Date.now() - 3 * MINUTE,
        exitCode: 101,
        executionTime: 94_000,
        bytes: { stdout: 0, stderr: 18_400 },
      }),
      one(6, 'sleep 3600', {
        status: 'interrupted',
        endedAt: Date.now() - 9 * MINUTE,
        signal: 'SIGINT',
        executionTime: 61_000,
        bytes: { stdout: 0, stderr: 0 },
      }),
      one(5, './integration.sh', {
        status: 'failed',
        endedAt: Date.now() - 12 * MINUTE,
        executionTime: 300_000,
        error: { code: 'COMMAND_TIMEOUT', number: 2004, message: 'it ran longer than 5m', recoverable: true },
        bytes: { stdout: 12, stderr: 0 },
      }),
      one(4, 'npm publish', { status: 'cancelled', endedAt: Date.now() - 14 * MINUTE }),
    ],
  });
}

export function fakeCommands(agentId: string): Commands {
  const known = teams.get(agentId) ?? begin(agentId);
  teams.set(agentId, known);
  return known;
}

/** The agent whose commands changed; null: nothing did. */
export function changeCommands(type: string, payload: object): string | null {
  const id = 'commandId' in payload ? String(payload.commandId) : '';
  const agentId = 'agentId' in payload ? String(payload.agentId) : agentOfCommand(id);
  if (!type.startsWith('command:') || agentId === null) return null;
  const { queue, running, ended } = fakeCommands(agentId);
  const rest = queue.filter(({ commandId }) => commandId !== id);
  const numbered = (list: Commands['queue']) => list.map((one, index) => ({ ...one, position: index + 1 }));
  if (type === 'command:move') {
    const { position } = VIEWER_SCHEMAS['command:move'].parse(payload);
    const entry = queue.filter(({ commandId }) => commandId === id);
    teams.set(agentId, { queue: numbered(rest.toSpliced(position - 1, 0, ...entry)), running, ended });
  } else if (type === 'command:cancel') teams.set(agentId, { queue: numbered(rest), running, ended });
  else if (type === 'command:interrupt')
    teams.set(agentId, { queue, running: running.map((one) => ({ ...one, stopping: true })), ended });
  else if (type === 'command:request') {
    const { command, priority = 'normal' } = VIEWER_SCHEMAS['command:request'].parse(payload);
    const position = queue.length + 1;
    const made = shown(agentId, Date.now(), command, { priority, hold: false, position });
    teams.set(agentId, CommandsSchema.parse({ queue: [...queue, made], running, ended }));
  }
  return agentId;
}

const encoder = new TextEncoder();
const LINES: readonly [keyof typeof STREAM, string][] = [
  ['stdout', '\n\x1b[1m\x1b[46m RUN \x1b[49m\x1b[22m \x1b[36mv4.1.12\x1b[39m ~/checkout\n\n'],
  [
    'stdout',
    '\x1b[32m✓\x1b[39m src/cart/totals.test.ts \x1b[2m(18 tests)\x1b[22m \x1b[32m84\x1b[2mms\x1b[22m\x1b[39m\n',
  ],
  ['stderr', '\x1b[33mwarn\x1b[39m: LANG is not set\n'],
  [
    'stdout',
    '\x1b[31m✗\x1b[39m src/cart/rounding.test.ts \x1b[2m(7 tests\x1b[22m | \x1b[31m1 failed\x1b[39m)\n',
  ],
  ['stdout', '  10 %\r  54 %\r  87 % \x1b[2m(312 of 358)\x1b[22m'],
];

export function emitCommands(agentId: string, say: (commandId: string, frames: Frame[]) => void): void {
  if (agentId !== 'shell') return;
  const frames = LINES.map(([stream, text], index) => ({
    sequence: 100 + index,
    data: encoder.encode(text),
    stream: STREAM[stream],
    time: Date.now(),
    commandSequence: index + 1,
  }));
  say('shell.9', frames);
  say('shell.8', frames.slice(0, 3));
}
