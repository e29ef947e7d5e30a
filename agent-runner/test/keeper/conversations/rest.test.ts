import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AgentSpecSchema,
  type ConversationEvent,
  NO_POLICY,
  ok,
  STREAM,
  type StreamEvent,
} from '@muster/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LiveConversation, type LiveDeps } from '../../../src/keeper/conversations/live-conversation.ts';
import { TurnJournal } from '../../../src/keeper/conversations/turn-journal.ts';
import type { ProgramEvents, RunningProgram } from '../../../src/program/program.ts';
import { conversation, factsOf, prompt } from '../../support/acp-rig.ts';

const IDLE_MS = 600_000;
let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'muster-rest-'));
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

/** An adapter in this process that answers everything at once, and the processes that it has. */
function fakeAdapter(processes: () => readonly number[]) {
  const results: Record<string, object> = {
    initialize: { protocolVersion: 1 },
    'session/new': { sessionId: 's' },
    'session/prompt': { stopReason: 'end_turn' },
  };
  let ended = false;
  const start = async (_request: unknown, events: ProgramEvents): Promise<RunningProgram> => ({
    pid: 1,
    write: (data) => {
      const { id, method } = JSON.parse(Buffer.from(data).toString());
      const answer = JSON.stringify({ jsonrpc: '2.0', id, result: results[method] });
      setImmediate(() => events.output(STREAM.stdout, Buffer.from(`${answer}\n`)));
    },
    endInput: () => {},
    processes,
    resize: () => {},
    hold: () => {},
    flow: () => {},
    signal: () => {},
    pause: async () => {},
    resume: async () => {},
    terminate: async () => {
      if (!ended) events.exited({ signal: 'SIGTERM' });
      ended = true;
    },
  });
  return { start, ended: () => ended };
}

test('[C4a] an adapter rests only when nothing runs below it that was not there when it began', async () => {
  let now = 1_000_000;
  let processes = [1, 2];
  const adapter = fakeAdapter(() => processes);
  const events: StreamEvent[] = [];
  const spec = AgentSpecSchema.parse({
    agentUid: '00000000-0000-4000-8000-00000000000b',
    agentId: 'a',
    name: 'a',
    kind: 'acp',
    hostId: '00000000-0000-4000-8000-00000000000a',
    program: { command: process.execPath, args: [] },
    workspace,
    restart: 'never',
    autostart: true,
  });
  const deps: LiveDeps = {
    version: '1',
    spec: () => spec,
    policy: () => NO_POLICY,
    roots: () => [workspace],
    owner: () => ({ variables: {}, umask: 0o022 }),
    startProgram: adapter.start,
    journal: new TurnJournal({ read: () => '', append: () => {}, replace: () => {} }),
    now: () => now,
    emit: (event) => events.push(event),
    update: () => {},
    fetchFiles: async () => ok([]),
    sessionsListed: () => {},
    openRequests: () => 0,
    wantsAdapter: (live) => live.start(),
    placeFree: () => {},
  };
  const live = new LiveConversation(conversation('1'), deps);
  live.feed({ type: 'order', order: prompt('hi', 't1') });
  await vi.waitFor(() => expect(events.some(({ type }) => type === 'turn:ended')).toBe(true));
  const wait = async (ms: number) => {
    now += ms;
    live.feed({ type: 'tick' });
    await new Promise((resolve) => setImmediate(resolve));
  };
  processes = [1, 2, 3];
  await wait(IDLE_MS);
  expect(adapter.ended()).toBe(false);
  processes = [1];
  await wait(IDLE_MS / 2);
  expect(adapter.ended()).toBe(false);
  await wait(IDLE_MS / 2);
  expect(adapter.ended()).toBe(true);
  expect(factsOf(events)).toMatchObject({ adapter: 'none', error: null } satisfies Partial<
    Extract<ConversationEvent, { type: 'conversation:changed' }>['facts']
  >);
  live.close();
});
