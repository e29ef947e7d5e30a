import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import {
  allowsCommand,
  alwaysRule,
  exactly,
  hidesSomething,
  matchesPath,
  PolicyDraftSchema,
  type PolicyRuleDraft,
  PolicyRuleDraftSchema,
  policyCallOf,
  ruleFor,
  type ToolArgument,
  touchesCommand,
} from '../src/index.ts';

const DIRECTORY = '/work';
const tool = (part: Partial<ToolArgument>): ToolArgument => ({
  title: 'a title',
  toolKind: 'execute',
  content: [],
  locations: [],
  ...part,
});
const runs = (command: unknown, beside: object = {}, part: Partial<ToolArgument> = {}) =>
  tool({ rawInput: JSON.stringify({ command, ...beside }), ...part });
const edits = (path: string, beside: object = {}, part: Partial<ToolArgument> = {}) =>
  tool({
    toolKind: 'edit',
    rawInput: JSON.stringify({
      file_path: path,
      old_string: 'a',
      new_string: '\u202e/etc/passwd',
      ...beside,
    }),
    ...part,
  });
const allow = (rule: Omit<PolicyRuleDraft, 'decision'>): PolicyRuleDraft => ({ decision: 'allow', ...rule });
const reject = (rule: Omit<PolicyRuleDraft, 'decision'>): PolicyRuleDraft => ({
  decision: 'reject',
  ...rule,
});
/** What the rules say of a call; `ask` where none matches. */
const decide = (
  rules: readonly PolicyRuleDraft[],
  argument: ToolArgument,
  options: Parameters<typeof policyCallOf>[2] = {},
) => ruleFor(rules, policyCallOf(argument, DIRECTORY, options))?.decision ?? 'ask';

const EVERYTHING = [
  allow({ command: '*' }),
  allow({ path: '**' }),
  ...['execute', 'edit', 'read', 'delete', 'move', 'fetch', 'other'].map((toolKind) => allow({ toolKind })),
];

/** The same by trying every way. */
function matchesSlowly(pattern: string, text: string): boolean {
  const [sign, ...rest] = pattern;
  if (sign === undefined) return text === '';
  if (sign === '*')
    return [...Array(text.length + 1).keys()].some((at) => matchesSlowly(rest.join(''), text.slice(at)));
  if (sign === '\\' && rest.length > 0)
    return text[0] === rest[0] && matchesSlowly(rest.slice(1).join(''), text.slice(1));
  return text[0] === sign && matchesSlowly(rest.join(''), text.slice(1));
}
function allowsSlowly(pattern: string, text: string): boolean {
  const [sign, ...rest] = pattern;
  if (sign === undefined) return text === '';
  if (sign === '*') {
    const ways = [...Array(text.length + 1).keys()].filter((at) => !/[;&|]/.test(text.slice(0, at)));
    return ways.some((at) => allowsSlowly(rest.join(''), text.slice(at)));
  }
  return text[0] === sign && allowsSlowly(rest.join(''), text.slice(1));
}

describe('[C9b] patterns of commands', () => {
  it.each([
    ['npm test', 'npm test', true],
    ['npm test', 'npm test ', false],
    ['npm *', 'npm run build', true],
    ['npm *', 'npm', false],
    ['git * --stat', 'git log --stat', true],
    ['echo \\*', 'echo *', true],
    ['echo \\*', 'echo x', false],
    ['npm *', 'npm test; rm -rf /', false],
    ['npm *', 'npm test && rm x', false],
    ['npm *', 'npm test | sh', false],
    ['npm *', 'npm `id`', false],
    ['npm *', 'npm $(id)', false],
    ['npm *', 'npm $HOME', false],
    ['npm *', 'npm test > /etc/passwd', false],
    ['npm *', 'npm test < x', false],
    ['npm *', 'npm test\nrm x', false],
    ['npm * | tee log', 'npm test | tee log', true],
    ['npm * | tee log', 'npm test | sh | tee log', false],
    ['npm test && npm *', 'npm test && npm run build', true],
    ['npm *', 'npm t\u0435st', false],
    ['npm *', 'npm te\u200bst', false],
    ['npm *', 'npm te\tst', false],
  ])('an allow of %j for %j: %j', (pattern, command, expected) => {
    expect(allowsCommand(pattern, command)).toBe(expected);
  });

  it('a star of a reject covers what a star of an allow does not', () => {
    expect(touchesCommand('*rm *', 'npm test;\nrm -rf x')).toBe(true);
  });

  const sign = fc.constantFrom('a', 'b', ';', '&', '|', '*', '\\');
  const text = (from: fc.Arbitrary<string>, maxLength: number) => fc.string({ unit: from, maxLength });

  it('match as if every way was tried', () => {
    fc.assert(
      fc.property(text(sign, 8), text(sign, 10), (pattern, command) => {
        expect(touchesCommand(pattern, command)).toBe(matchesSlowly(pattern, command));
      }),
    );
    const unescaped = fc.constantFrom('a', 'b', ';', '&', '*');
    const command = fc.string({ unit: fc.constantFrom('a', 'b', ';', '&'), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(text(unescaped, 8), command, (pattern, line) => {
        expect(allowsCommand(pattern, line)).toBe(allowsSlowly(pattern, line));
      }),
      { numRuns: 2_000 },
    );
  });

  it('an exact one matches its command and no other', () => {
    const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1 });
    fc.assert(
      fc.property(printable, printable, (command, other) => {
        expect(allowsCommand(exactly(command), command)).toBe(true);
        expect(allowsCommand(exactly(command), other)).toBe(command === other);
      }),
    );
  });

  it('take time that grows with their length, whatever they are', () => {
    const pattern = '*a'.repeat(250);
    const command = `${'a'.repeat(200_000)}b`;
    const piece = `*${'a'.repeat(490)}b*c`;
    const begun = performance.now();
    expect(touchesCommand(pattern, command)).toBe(false);
    expect(touchesCommand(piece, command)).toBe(false);
    expect(matchesPath('**/'.repeat(160), `${'a/'.repeat(2_000)}b`)).toBe(true);
    expect(matchesPath(`${'**/a/'.repeat(90)}x`, `${'a/'.repeat(2_000)}b`)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe('[C9b] patterns of paths', () => {
  it.each([
    ['src/**', 'src/a/b.ts', true],
    ['src/**', 'src', true],
    ['src/*', 'src/a/b.ts', false],
    ['src/*.ts', 'src/a.ts', true],
    ['**/*.md', 'docs/deep/a.md', true],
    ['**/*.md', 'a.md', true],
    ['**/test/**', 'a/test/b', true],
    ['src', 'src', true],
    ['**', '', true],
    ['s\\*', 's*', true],
    ['s\\*', 'sx', false],
  ])('%j for %j: %j', (pattern, path, expected) => {
    expect(matchesPath(pattern, path)).toBe(expected);
  });
});

describe('[C9a] what a rule may say', () => {
  it.each([
    [allow({}), 'must name a kind'],
    [allow({ path: 'a', command: 'b' }), 'not both'],
    [allow({ toolKind: 'switch_mode' }), 'cannot allow a change of the mode'],
    [allow({ toolKind: 'execute', path: 'src/**' }), 'cannot allow commands by a path'],
    [allow({ path: '../x' }), 'must not lead out'],
    [allow({ path: 'a/../../x' }), 'must not lead out'],
    [allow({ path: '/etc/**' }), 'must be relative'],
    [allow({ path: '~/x' }), 'must be relative'],
    [allow({ path: 'a\u202eb' }), 'invisible'],
    [allow({ command: 'a\nb' }), 'one line'],
    [allow({ command: 'n\u0440m' }), 'printable ASCII'],
    [allow({ command: 'a'.repeat(501) }), 'at most 500'],
  ])('%j is refused', (rule, why) => {
    expect(PolicyRuleDraftSchema.safeParse(rule).error?.issues[0]?.message).toContain(why);
  });

  it('a policy is small', () => {
    const many = Array(51).fill(allow({ command: 'a' }));
    const long = Array(50).fill(reject({ command: '\\'.repeat(500) }));
    expect(PolicyDraftSchema.safeParse({ rules: many }).success).toBe(false);
    expect(PolicyDraftSchema.safeParse({ rules: long }).success).toBe(false);
    expect(PolicyDraftSchema.safeParse({ rules: many.slice(1) }).success).toBe(true);
  });
});

describe('[C9a] [C9b] the first rule that matches decides', () => {
  it('in order', () => {
    const rules = [reject({ command: 'npm publish*' }), allow({ command: 'npm *' })];
    expect(decide(rules, runs('npm publish'))).toBe('reject');
    expect(decide(rules, runs('npm test'))).toBe('allow');
    expect(decide(rules, runs('ls'))).toBe('ask');
    expect(decide([{ decision: 'ask', command: '*' }, ...rules], runs('npm test'))).toBe('ask');
  });

  it.each([
    ['beside a description and a timeout', runs('npm test', { description: 'tests', timeout: 5 })],
    ['in the directory of the session', runs('npm test', { cwd: DIRECTORY })],
    ['as the words of a shell', runs(['bash', '-lc', 'npm test'])],
    ['as plain words', runs(['npm', 'test'])],
  ])('a command %s is known', (_, argument) => {
    expect(decide([allow({ command: 'npm test' })], argument)).toBe('allow');
  });

  it.each([
    ['told by nothing', tool({})],
    ['with an empty input', tool({ rawInput: '{}' })],
    ['of a text that is no JSON', tool({ rawInput: 'npm test' })],
    ['cut', runs('npm test', {}, { omitted: 1 })],
    [
      'with content that was cut',
      runs('npm test', {}, { content: [{ type: 'text', text: '', omitted: 3 }] }),
    ],
    ['with content that nobody reads', runs('npm test', {}, { content: [{ type: 'other', json: '{}' }] })],
    ['with a variable', runs('npm test', { env: { LD_PRELOAD: 'x' } })],
    ['out of its sandbox', runs('npm test', { dangerouslyDisableSandbox: true })],
    ['in another directory', runs('npm test', { cwd: '/' })],
    ['said twice', runs('npm test', { cmd: 'rm x' })],
    ['of words that need quotes', runs(['npm', 'te st'])],
    ['with a masked secret', runs('npm login ********')],
    ['with a homoglyph', runs('npm t\u0435st')],
    ['with an invisible character', runs('npm te\u200bst')],
    ['of two lines', runs('npm test\nrm x')],
    ['called a read', runs('npm test', {}, { toolKind: 'read' })],
    ['called a read, with a place', runs('x', {}, { toolKind: 'read', locations: [{ path: '/work/a' }] })],
    ['that changes the mode', tool({ toolKind: 'switch_mode', rawInput: '{"plan":"x"}' })],
    ['with a place outside', runs('npm test', {}, { locations: [{ path: '/etc' }] })],
    ['of a file outside', edits('/etc/passwd')],
    ['of a file beside', edits('/workshop/a')],
    ['of a file above', edits('/work/../etc/passwd')],
    ['of a file at home', edits('~/.ssh/config')],
    ['of two files, one outside', edits('/work/a', { also: '/etc/passwd' })],
    [
      'of a diff outside',
      edits('a', {}, { content: [{ type: 'diff', path: '/etc/x', oldText: '', newText: '' }] }),
    ],
    [
      'of a diff that is called a read',
      edits('a', {}, { toolKind: 'read', content: [{ type: 'diff', path: 'a', oldText: '', newText: '' }] }),
    ],
    ['of an edit without a file', tool({ toolKind: 'edit', rawInput: '{"new_string":"x"}' })],
    ['of a file with an invisible name', edits('a\u200b')],
  ])('nothing allows a call %s', (_, argument) => {
    expect(decide(EVERYTHING, argument)).toBe('ask');
  });

  it('nothing allows a call that its agent called by another kind before', () => {
    expect(decide(EVERYTHING, edits('a'), { seen: ['execute'] })).toBe('ask');
    expect(decide(EVERYTHING, edits('a'), { seen: ['other', 'edit'] })).toBe('allow');
  });

  it('a reject finds a command under another kind, and another kind that it was called by', () => {
    const rules = [reject({ toolKind: 'execute' })];
    expect(decide(rules, runs('rm x', {}, { toolKind: 'read' }))).toBe('reject');
    expect(decide(rules, edits('a'), { seen: ['execute'] })).toBe('reject');
  });

  it('a rule for a path is no rule for a command that works there', () => {
    const argument = runs('rm -rf ~', {}, { locations: [{ path: '/work/src/a' }] });
    expect(decide([allow({ path: 'src/**' })], argument)).toBe('ask');
  });

  it('a path is allowed by where it leads, and rejected by its name too', () => {
    const led = (place: string | null) => ({ resolve: () => place });
    const rules = [allow({ path: 'src/**' })];
    expect(decide(rules, edits('src/a'))).toBe('allow');
    expect(decide(rules, edits('/work/src/a'))).toBe('allow');
    expect(decide(rules, edits('src/link'), led('lib/a'))).toBe('ask');
    expect(decide(rules, edits('src/link'), led(null))).toBe('ask');
    expect(decide([reject({ path: 'src/**' })], edits('src/link'), led(null))).toBe('reject');
  });

  it('a rule for a path allows no call that names something beside it', () => {
    expect(decide([allow({ path: '**' })], edits('a', { target: 'b' }))).toBe('ask');
  });
});

describe('[C9b] [C9c] properties', () => {
  const word = fc.constantFrom(
    'npm test',
    'rm -rf /',
    'a;b',
    '$(x)',
    'ls\n',
    'l\u200bs',
    '',
    '/etc/passwd',
    'src/a',
    '../x',
  );
  const key = fc.constantFrom(
    'command',
    'cmd',
    'cwd',
    'file_path',
    'path',
    'content',
    'x',
    'description',
    'env',
  );
  const argument = fc.record({
    title: word,
    toolKind: fc.constantFrom('execute', 'edit', 'read', 'switch_mode', 'other', 'fetch'),
    rawInput: fc.option(
      fc
        .dictionary(key, fc.oneof(word, fc.array(word), fc.dictionary(key, word)))
        .map((input) => JSON.stringify(input)),
      { nil: undefined },
    ),
    locations: fc.array(fc.record({ path: word }), { maxLength: 2 }),
    omitted: fc.constantFrom(0, 7),
  });
  const made = ({
    rawInput,
    ...rest
  }: { rawInput: string | undefined } & Omit<ToolArgument, 'content' | 'rawInput'>) =>
    tool({ ...rest, ...(rawInput === undefined ? {} : { rawInput }) });

  it('what all rules together allow is whole, changes no mode, hides nothing and stays in the workspace', () => {
    fc.assert(
      fc.property(argument, (from) => {
        const of = made(from);
        if (decide(EVERYTHING, of) !== 'allow') return;
        const call = policyCallOf(of, DIRECTORY);
        expect(of.toolKind).not.toBe('switch_mode');
        expect(of.omitted).toBe(0);
        expect(call.places).not.toContain(null);
        expect([...call.commands, ...call.names].some(hidesSomething)).toBe(false);
        if (call.commands.length > 0) expect(of.toolKind).toBe('execute');
        if (call.command !== null) expect(call.command).not.toMatch(/[;$\n]/);
      }),
      { numRuns: 3_000 },
    );
  });

  it('"always, by Muster" allows exactly what was asked', () => {
    fc.assert(
      fc.property(argument, argument, (one, other) => {
        const rule = alwaysRule(made(one), DIRECTORY);
        if (rule === null) return;
        expect(PolicyRuleDraftSchema.safeParse(rule).success).toBe(true);
        expect(decide([rule], made(one))).toBe('allow');
        if (decide([rule], made(other)) !== 'allow') return;
        const [mine, theirs] = [policyCallOf(made(one), DIRECTORY), policyCallOf(made(other), DIRECTORY)];
        expect([theirs.toolKind, theirs.command]).toEqual([mine.toolKind, mine.command]);
        if (mine.command === null) expect(new Set(theirs.places)).toEqual(new Set(mine.places));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    [runs('npm run *'), { toolKind: 'execute', command: 'npm run \\*', decision: 'allow' }],
    [runs('a && b | c'), { toolKind: 'execute', command: 'a && b | c', decision: 'allow' }],
    [edits('/work/src/a.ts'), { toolKind: 'edit', path: 'src/a.ts', decision: 'allow' }],
    [edits('/etc/a.ts'), null],
    [runs('a\nb'), null],
    [runs('a'.repeat(501)), null],
    [tool({ toolKind: 'fetch', rawInput: '{"url":"https://example.com"}' }), null],
    [tool({ toolKind: 'switch_mode', rawInput: '{"path":"a"}' }), null],
  ])('"always" of %j is %j', (of, rule) => {
    expect(alwaysRule(of, DIRECTORY)).toEqual(rule);
  });
});
