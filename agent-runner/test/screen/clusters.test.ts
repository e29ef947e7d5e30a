import { describe, expect, test } from 'vitest';
import { CLUSTERS } from '../../../test/harness/clusters.ts';
import fc from '../../../test/harness/fast-check.ts';
import { Emulator } from '../../src/screen/emulator.ts';
import { bytesOf } from '../support/frames.ts';
import { snapshotOf, viewerOf } from '../support/snapshots.ts';

const SIZE = { cols: 40, rows: 4 };

/** Where the cursor is after a text, as the keeper tells a program (P8). */
function columnAfter(text: string): number {
  const told: string[] = [];
  const emulator = new Emulator(SIZE, { answer: (answer) => told.push(answer) });
  emulator.feed(bytesOf(`${text}\x1b[6n`));
  return Number(/;(\d+)R/.exec(told.join(''))?.[1]) - 1;
}

describe('[S14] [P8] a grapheme cluster', () => {
  test.each(CLUSTERS)('%s takes %d columns', (cluster, columns) =>
    expect(columnAfter(cluster)).toBe(columns),
  );

  test('takes as many beside others, and is one cell in a snapshot', () => {
    const some = fc.array(fc.constantFrom(...CLUSTERS), { maxLength: 12 });
    fc.assert(
      fc.property(some, (clusters) => {
        const text = clusters.map(([cluster]) => `${cluster}|`).join('');
        expect(columnAfter(text)).toBe(clusters.reduce((sum, [, columns]) => sum + columns + 1, 0));
        const emulator = new Emulator(SIZE);
        emulator.feed(bytesOf(text));
        const state = snapshotOf(emulator);
        if (state === null) throw new Error('no snapshot');
        const line = viewerOf(state).terminal.buffer.active.getLine(0);
        expect(line?.translateToString(true)).toBe(text);
      }),
    );
  });
});
