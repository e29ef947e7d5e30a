const NOW = Date.now();
const MINUTE = 60_000;

const PEOPLE = [
  ['owner', 'Owner', 'admin', '203.0.113.7'],
  ['grace', 'Grace Hopper', 'operator', '198.51.100.23'],
  [null, '', null, '192.0.2.44'],
] as const;
const DEEDS: readonly (readonly [number, string, string | null, string | null, string])[] = [
  [0, 'agent:restart', 'shell', null, 'ok'],
  [1, 'agent:terminate', 'release-build', '{"force":true}', 'AGENT_OFFLINE'],
  [1, 'driver:changed', 'claude-checkout', null, 'ok'],
  [1, 'member:signin', null, null, 'ok'],
  [
    0,
    'agent:create',
    'nightly-bench',
    '{"name":"nightly bench","program":{"command":"node","args":["bench.js"]}}',
    'ok',
  ],
  [2, 'host:enrol', null, null, 'ok'],
  [0, 'host:enrolment', null, null, 'ok'],
  [1, 'agent:signal', 'unit-watcher', '{"signal":"SIGUSR1"}', 'ok'],
];

const entries = Array.from({ length: 60 }, (_, index) => {
  const [who, action, agentId, details, result] = DEEDS[index % DEEDS.length] ?? DEEDS[0] ?? [];
  const [memberId, name, role, address] = PEOPLE[who ?? 0] ?? PEOPLE[0];
  const sequence = 1_284 - index;
  const at = NOW - index * 37 * MINUTE;
  return {
    sequence,
    at,
    memberId,
    name,
    role,
    address,
    action,
    agentId,
    agentUid: null,
    target: null,
    result,
    details,
    mac: 'a'.repeat(64),
  };
});

const LINES = [
  'npm test -- --reporter dot',
  'git fetch && git rebase origin/main',
  'cargo build --release',
  './integration.sh --all',
  'set -e\nfor d in packages/*; do\n  npm pack "$d"\ndone',
  'du -sh node_modules | sort -h',
];
const ENDS = [
  ['completed', 0, null, null],
  ['failed', 101, null, null],
  ['failed', null, 'SIGKILL', null],
  ['interrupted', null, 'SIGINT', null],
  ['failed', null, null, 'COMMAND_TIMEOUT'],
  ['completed', 0, null, null],
] as const;
const commands = Array.from({ length: 40 }, (_, index) => {
  const [status, exitCode, signal, error] = ENDS[(index * 5) % ENDS.length] ?? ENDS[0];
  const requestedAt = NOW - index * 53 * MINUTE;
  return {
    commandId: `shell.${index}`,
    agentId: index % 3 === 0 ? 'shell' : 'claude-checkout',
    agentUid: 'u',
    command: LINES[index % LINES.length] ?? '',
    status,
    priority: index % 7 === 0 ? 'high' : 'normal',
    interactive: false,
    attempt: index % 9 === 4 ? 2 : 1,
    retryOf: null,
    timeout: null,
    memberId: index % 2 ? 'owner' : 'grace',
    name: index % 2 ? 'Owner' : 'Grace Hopper',
    requestedAt,
    startedAt: requestedAt + 400,
    endedAt: requestedAt + 4_400 + index * 900,
    exitCode,
    signal,
    error,
    executionTime: 4_000 + index * 900,
    stdoutBytes: 1_200 * index,
    stderrBytes: index % 4 === 0 ? 90 : 0,
    reason: status === 'interrupted' ? 'wrong branch' : null,
  };
});

const marked = (text: string, word: string) =>
  text
    .split(new RegExp(`(${word})`, 'i'))
    .filter((piece) => piece !== '')
    .map((piece) => ({ text: piece, match: piece.toLowerCase() === word.toLowerCase() }));

/** What of the fake conversation is found. */
const said = (word: string) =>
  [
    { index: 2, item: 'agent', name: null, text: `taxFor already exists, and ${word} is used for invoices.` },
    { index: 0, item: 'user', name: 'Grace Hopper', text: `Totals ignore regional tax. See ${word} first.` },
  ].map(({ text, name, ...rest }) => ({
    ...{ kind: 'conversation', conversationId: 'checkout-refactor.one', agentId: 'checkout-refactor' },
    ...{ agentUid: 'u', title: 'Regional tax', at: NOW - 4 * MINUTE, name, ...rest },
    memberId: name === null ? null : 'grace',
    snippet: marked(text, word),
  }));

/** The fake server's answer to a query of history; null: the request is none. */
const rule = (ruleId: string, createdByName: string, days: number, says: object) => ({
  ruleId,
  createdBy: 'owner',
  createdByName,
  createdAt: NOW - days * 24 * 60 * MINUTE,
  ...says,
});
const policy = {
  revision: 4,
  rules: [
    rule('r1', 'Owner', 3, { command: 'git push --force*', decision: 'reject' }),
    rule('r2', 'Grace Hopper', 2, {
      toolKind: 'execute',
      command: 'npm test -- checkout',
      decision: 'allow',
    }),
    rule('r3', 'Owner', 1, { toolKind: 'execute', command: 'npm run *', decision: 'allow' }),
    rule('r4', 'Grace Hopper', 0, { toolKind: 'edit', path: 'src/checkout/**', decision: 'allow' }),
    rule('r5', 'Owner', 0, { toolKind: 'fetch', decision: 'ask' }),
  ],
  mustAsk: ['execute', 'delete'],
};

export function fakeAnswer(url: string): unknown {
  const { pathname, searchParams } = new URL(url, 'http://fake');
  const text = searchParams.get('text') ?? '';
  if (pathname === '/audit') return { entries, next: 1_224 };
  if (pathname === '/audit/verify')
    return { state: 'intact', checked: 1_284, rows: 1_284, fault: null, next: null };
  if (pathname === '/history/search') {
    const matches = commands.slice(0, 12).map((command, index) => ({
      command,
      line: command.command.includes(text) ? marked(command.command, text) : null,
      output:
        index % 2
          ? marked(
              `… ✓ src/cart/totals.test.ts\n✗ src/cart/${text}.test.ts (7 tests | 1 failed)\n  expected 10.07 …`,
              text,
            )
          : null,
    }));
    return { matches: [...said(text), ...matches], next: null };
  }
  if (/^\/agents\/[^/]+\/policy$/.test(pathname)) return policy;
  if (pathname === '/history/commands') return { commands, next: 7 };
  const [, id] = /^\/commands\/([^/]+)$/.exec(pathname) ?? [];
  const command = commands.find(({ commandId }) => commandId === id);
  if (command === undefined) return null;
  const step = (number: number, from: string | null, to: string, cause: string, at: number) => ({
    ...{ commandId: command.commandId, agentId: command.agentId, agentUid: 'u', number, from, to, cause, at },
    memberId: cause === 'requested' ? command.memberId : null,
    reason: null,
  });
  const events = [
    step(3, 'running', command.status, 'exited', command.endedAt),
    step(2, 'queued', 'running', 'started', command.startedAt),
    step(1, null, 'queued', 'requested', command.requestedAt),
  ];
  return { command, events };
}
