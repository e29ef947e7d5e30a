import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { joinLine, splitLine } from '../../src/lib/agents/argv.ts';

const words = (line: string) => {
  const result = splitLine(line);
  return result.ok ? result.value : result.error;
};

test.each([
  ['', []],
  ['   ', []],
  ['bash', ['bash']],
  ['npm run  watch', ['npm', 'run', 'watch']],
  [`sh -c 'echo "$HOME"'`, ['sh', '-c', 'echo "$HOME"']],
  [`a "b c" d\\ e ''`, ['a', 'b c', 'd e', '']],
  [`"a\\"b\\n"`, ['a"b\\n']],
  [`--name=' x'y`, ['--name= xy']],
  ['trailing\\', ['trailing\\']],
])('splits %j like a shell would', (line, expected) => {
  expect(words(line)).toEqual(expected);
});

test('says which quote is not closed', () => {
  expect(words(`npm 'run`)).toBe(`A ' is not closed.`);
  expect(words(`npm "run`)).toBe(`A " is not closed.`);
});

test('a joined line splits into the same words again', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (list) => {
      expect(words(joinLine(list))).toEqual(list);
    }),
  );
});
