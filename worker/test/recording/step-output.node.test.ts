import { encodeBatch, type Position, STREAM } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { type CommandEvent, HISTORY } from '../../src/history/types.ts';
import { batchesOfSteps, withOutput } from '../../src/recording/step-output.ts';
import type { RecordingChunk, RecordingQuery } from '../../src/rpc.ts';
import { E1 } from '../agent-room/core/rig.ts';

const T0 = 1_800_000_000_000;
const ended = (commandId: string, over: Partial<CommandEvent> = {}): CommandEvent => ({
  ...{ number: 1, commandId, agentUid: 'x', from: 'running', to: 'completed', cause: 'exited' },
  ...{ at: T0, exitCode: 0, executionTime: 1_000, ...over },
});

const utf8 = new TextEncoder();
function out(first: number, command: string, ...parts: (string | Uint8Array)[]): Uint8Array {
  const chunks = parts.map((part) => ({
    ...{ stream: STREAM.stdout, time: T0 },
    data: typeof part === 'string' ? utf8.encode(part) : part,
  }));
  return encodeBatch({ kind: 'output', epoch: E1, first, chunks, command, commandFirst: 1 });
}

/** A room that has these batches, each a piece; `asked`: what it was asked for. */
function roomOf(...batches: readonly Uint8Array[]) {
  const asked: RecordingQuery[] = [];
  const places = batches.map((_, index): Position => ({ epoch: E1, sequence: index + 1 }));
  const agent = { name: 'a', firstSize: null, size: null };
  const read = async (ask: RecordingQuery): Promise<RecordingChunk> => {
    asked.push(ask);
    const next = ask.after?.sequence ?? 0;
    const data = batches[next] ?? new Uint8Array();
    return { agent, data, screens: [], last: places[next] ?? null, end: places.at(-1) ?? null };
  };
  return { read, asked };
}
const outputs = async (events: readonly CommandEvent[], ...batches: Uint8Array[]) =>
  (await withOutput(events, roomOf(...batches).read)).map(({ output }) => output);

describe('[A2] what commands printed, for the search', () => {
  it('comes with the step that ends each, in one reading', async () => {
    const { read, asked } = roomOf(out(1, 'a', 'one '), out(2, 'b', 'two'), out(3, 'a', 'more'));
    const running = ended('c', { to: 'running' });
    const steps = await withOutput([ended('a', { executionTime: 5_000 }), running, ended('b')], read);
    expect(steps.map(({ output }) => output)).toEqual(['one more', undefined, 'two']);
    expect(asked[0]).toEqual({ after: null, since: T0 - 15_000 });
    expect(asked).toHaveLength(3);
  });

  it('asks nothing for what cannot have printed', async () => {
    const { read, asked } = roomOf(out(1, 'a', 'x'));
    const silent = ended('a', { bytes: { stdout: 0, stderr: 0 } });
    const lost = ended('b', { to: 'failed', executionTime: undefined });
    expect(await withOutput([silent, lost], read)).toEqual([silent, lost]);
    expect(asked).toEqual([]);
  });

  it('is whole characters, up to the limit, and no frame twice', async () => {
    const [half, rest] = [Uint8Array.of(0xe2, 0x82), Uint8Array.of(0xac)];
    expect(await outputs([ended('a')], out(1, 'a', half), out(2, 'a', rest))).toEqual(['€']);
    expect(await outputs([ended('a')], out(1, 'a', 'x'), out(1, 'a', 'x', 'y'))).toEqual(['xy']);
    const [long] = await outputs([ended('a')], out(1, 'a', 'x'.repeat(10_000)), ...many(2, 20));
    expect(long).toHaveLength(HISTORY.outputChars);
  });

  it('comes in portions that are bounded, in their order', () => {
    const events = Array.from({ length: 70 }, (_, index) => ended('a', { number: index + 1 }));
    const portions = [...batchesOfSteps(events)];
    expect(portions.map((portion) => portion.length)).toEqual([32, 32, 6]);
    expect(portions.flat()).toEqual(events);
    expect([...batchesOfSteps([])]).toEqual([]);
  });
});

function many(first: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => out(first + index, 'a', 'y'.repeat(10_000)));
}
