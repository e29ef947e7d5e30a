import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestHost } from '../support/host.ts';

const MIB = 1024 * 1024;
const BYTES = (process.env['MUSTER_FULL'] === '1' ? 100 : 24) * MIB;

/** A program that prints BYTES bytes that look like a coloured log, and nothing else. */
const LINE = '\\u001b[32mline\\u001b[0m of a log that goes on and on, with an ümlaut and a 漢字 in it\\n';
const SCRIPT = `const block = Buffer.from('${LINE}'.repeat(700));
let left = ${BYTES};
const next = () => {
  while (left > 0) {
    const piece = block.subarray(0, Math.min(block.length, left));
    left -= piece.length;
    if (!process.stdout.write(piece)) return process.stdout.once('drain', next);
  }
};
next();`;

function expected(): string {
  const block = Buffer.from(
    '\u001b[32mline\u001b[0m of a log that goes on and on, with an ümlaut and a 漢字 in it\n'.repeat(700),
  );
  const hash = createHash('sha256');
  for (let left = BYTES; left > 0; left -= block.length)
    hash.update(block.subarray(0, Math.min(block.length, left)));
  return hash.digest('hex');
}

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
});
afterEach(() => host.end());

test.each([
  ['a pipe', 'process', 0],
  ['a pipe, the link cut again and again', 'process', 8],
  ['a pty', 'terminal', 0],
  ['a pty, the link cut again and again', 'terminal', 8],
] as const)('[S1][S2][S3] every byte arrives through %s', async (what, kind, cuts) => {
  await host.run();
  const stty = kind === 'terminal' ? 'stty -opost; ' : '';
  const placement = host.shell(kind, `${stty}exec "$NODE" -e "$SCRIPT"`, {
    environment: { NODE: process.execPath, SCRIPT },
  });
  const room = host.server.room(placement.spec.agentUid);
  const placing = host.server.place(placement);
  const from = performance.now();
  for (let cut = 1; cut <= cuts; cut += 1) {
    await host.server.until(() => room.bytes >= (BYTES * cut) / (cuts + 1), 'the next cut');
    room.socket?.terminate();
  }
  await host.server.until(() => room.bytes >= BYTES, 'all bytes');
  const seconds = (performance.now() - from) / 1_000;
  await placing;
  expect(room.bytes).toBe(BYTES);
  expect(room.hash.digest('hex')).toBe(expected());
  expect(room.model.epochs.flatMap(({ gaps }) => gaps)).toEqual([]);
  process.stdout.write(`${what}: ${(BYTES / MIB / seconds).toFixed(1)} MiB/s with start\n`);
});
