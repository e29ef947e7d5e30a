import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestHost } from '../support/host.ts';
import type { Viewer } from '../support/same-screen.ts';
import { viewerOf } from '../support/snapshots.ts';

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
  await host.run();
});
afterEach(() => host.end());

const rowsOf = ({ terminal }: Viewer, from = 0): string[] =>
  Array.from({ length: terminal.rows }, (_, row) =>
    (
      terminal.buffer.active.getLine(terminal.buffer.active.baseY + row)?.translateToString(true) ?? ''
    ).trim(),
  ).slice(from);

test('[S14] a keeper sends what a real terminal shows when its program has ended', async () => {
  const placement = host.placement({
    kind: 'terminal',
    program: {
      command: 'bash',
      args: ['-c', 'seq 100; printf "\\033[1;31mred\\033[m and \\033(0qqq\\033(B"; exit 3'],
    },
    terminal: { cols: 40, rows: 10 },
  });
  await host.server.place(placement);
  const room = host.server.room(placement.spec.agentUid);
  const snapshot = await host.server.until(() => room.model.snapshots[0], 'a snapshot');
  expect(snapshot).toMatchObject({ cols: 40, rows: 10 });
  expect(snapshot.pending).toHaveLength(0);
  const viewer = viewerOf(snapshot);
  expect(rowsOf(viewer, 8)).toEqual(['100', 'red and ───']);
  expect(viewer.terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('1');
  expect(room.model.early).toBe(0);
});

test('[S14] and when the room asks, each time', async () => {
  const placement = host.placement({
    kind: 'terminal',
    program: { command: 'bash', args: ['--norc', '--noprofile', '-i'] },
  });
  await host.server.place(placement);
  const uid = placement.spec.agentUid;
  const room = host.server.room(uid);
  const ask = async (nth: number) => {
    host.server.send(uid, { type: 'snapshot:request', payload: {} });
    return host.server.until(() => room.model.snapshots[nth], 'a snapshot');
  };
  await host.server.until(() => room.text.includes('$ ') || room.text.includes('# '), 'the prompt');
  const first = await ask(0);
  expect(rowsOf(viewerOf(first))[0]).toMatch(/[$#]$/);
  await host.server.request(uid, (requestId) => ({
    type: 'program:resize',
    payload: { requestId, cols: 50, rows: 5 },
  }));
  const second = await ask(1);
  expect(second).toMatchObject({ cols: 50, rows: 5 });
  expect(second.sequence).toBeGreaterThan(first.sequence);
});
