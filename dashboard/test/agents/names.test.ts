import { expect, test } from 'vitest';
import { failureOf } from '../../src/lib/agents/failure.ts';
import { isInstalled, nameOfProgram, PRESETS, presetOf, uniqueName } from '../../src/lib/agents/presets.ts';
import { visible } from '../../src/lib/text.ts';

test('a preset names its agent, with a number where the name is taken', () => {
  expect(presetOf('bash')?.line).toBe('bash');
  expect(presetOf('__proto__')).toBeUndefined();
  expect(uniqueName('shell', new Set())).toBe('shell');
  expect(uniqueName('shell', new Set(['shell', 'shell-2']))).toBe('shell-3');
  expect(new Set(PRESETS.map((preset) => preset.id)).size).toBe(PRESETS.length);
});

test('[X6] control characters and what reorders text are shown, not obeyed', () => {
  expect(visible('a\u001b[31m\u0000\u007f')).toBe('a␛[31m␀␡');
  expect(visible('user\u202egpj.exe')).toBe('user\\u202egpj.exe');
  expect(visible('\u009b31m\u200b')).toBe('\\u009b31m\\u200b');
  expect(visible('größe 文字 🙂')).toBe('größe 文字 🙂');
});

test('a rejection without a wire error is still an error with a code', () => {
  expect(failureOf(new Error('boom'))).toMatchObject({
    code: 'INTERNAL_ERROR',
    message: 'This did not work, and nobody said why.',
  });
  expect(failureOf({ wire: { code: 'AGENT_EXISTS', message: 'taken' } })).toMatchObject({
    code: 'AGENT_EXISTS',
    number: 2009,
  });
  expect(failureOf('what')).toMatchObject({ code: 'INTERNAL_ERROR' });
});

test.each([
  ['bash', 'shell'],
  ['bash build.sh', 'bash'],
  ['npm run watch', 'watch'],
  ['/usr/bin/python3 -m http.server 8000', 'http-server'],
  ['node ./tools/serve.ts', 'serve'],
  ['./scripts/nightly.sh', 'nightly'],
  ['htop', 'htop'],
  ['npm', 'npm'],
  ['', ''],
])('%j suggests the name %j', (line, name) => {
  expect(nameOfProgram(line === '' ? [] : line.split(' '))).toBe(name);
});

test('a preset is there where a host has it, or does not tell', () => {
  const claude = presetOf('claude');
  if (claude === undefined) throw new Error('no such preset');
  expect(isInstalled(claude, [{ programs: ['bash'] }])).toBe(false);
  expect(isInstalled(claude, [{ programs: ['bash'] }, { programs: ['claude'] }])).toBe(true);
  expect(isInstalled(claude, [{}])).toBe(true);
  expect(isInstalled(claude, [])).toBe(true);
});
