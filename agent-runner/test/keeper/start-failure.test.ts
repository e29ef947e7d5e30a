import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentSpecSchema, CommandIdSchema, type StreamEvent } from '@muster/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { Alarm } from '../../src/keeper/alarm.ts';
import { CommandController } from '../../src/keeper/commands/command-controller.ts';
import { Journal, type JournalFile } from '../../src/keeper/commands/journal.ts';
import { recoverJournal } from '../../src/keeper/commands/recover-journal.ts';
import { ProgramSlot } from '../../src/keeper/program-slot.ts';
import { commandError } from '../../src/program/command.ts';
import type { StartProgram } from '../../src/program/program.ts';
import { programStarter } from '../../src/program/start.ts';
import { epochOf } from '../support/frames.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'muster-start-')));
const file = join(root, 'file');
writeFileSync(file, '');
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Ended = Extract<StreamEvent, { type: 'command:ended' }>;
interface Case {
  readonly workspace?: string;
  readonly environment?: Record<string, string>;
  readonly interactive?: boolean;
  readonly start?: StartProgram;
  /** Its disk takes this many lines. */
  readonly lines?: number;
  readonly before?: (desk: CommandController) => void;
  readonly epoch?: number;
}

const throwing =
  (error: unknown): StartProgram =>
  async () => {
    throw error;
  };
const system = (code: string) => Object.assign(new Error(`spawn ${code} /secret/path`), { code });
const ID = CommandIdSchema.parse('a.1');

/** A disk that is full after so many lines. */
function disk(lines: number): JournalFile {
  let left = lines;
  const append = () => {
    if (left-- <= 0) throw new Error('ENOSPC');
  };
  return { read: () => null, append, replace: () => {} };
}

/** How a command ends that its host cannot start. */
async function ended({
  workspace = root,
  environment = {},
  interactive = false,
  ...rest
}: Case): Promise<Ended> {
  const journal = new Journal(disk(rest.lines ?? 9));
  journal.startEpoch(epochOf(1));
  const spec = AgentSpecSchema.parse({
    ...{ agentUid: '11111111-1111-4111-8111-111111111111', agentId: 'a', name: 'a', kind: 'process' },
    ...{ hostId: '22222222-2222-4222-8222-222222222222', restart: 'never', autostart: false, workspace },
  });
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const start = rest.start ?? programStarter();
  const desk = new CommandController({
    journal,
    slot: (record, events) => new ProgramSlot(start, record, events),
    alarm: (ring) => new Alarm(ring),
    spec: () => spec,
    roots: () => [root],
    now: Date.now,
    emit: (event) => {
      if (event.type === 'command:ended') resolve(event);
    },
    output: () => {},
    epoch: () => epochOf(1),
    idle: () => {},
  });
  rest.before?.(desk);
  const payload = {
    epoch: epochOf(rest.epoch ?? 1),
    commandId: ID,
    command: 'true',
    interactive,
    environment,
  };
  desk.handle({ type: 'command:start', payload });
  return promise;
}

const CASES: readonly (readonly [string, Case, string, RegExp])[] = [
  [
    'its workspace is gone',
    { workspace: join(root, 'gone') },
    'AGENT_SPAWN_FAILED',
    /^It was not started: its workspace .*\/gone: /,
  ],
  ['its workspace is elsewhere', { workspace: '/' }, 'AGENT_SPAWN_FAILED', /its workspace \/: .*allows/],
  [
    'its workspace is a file',
    { workspace: file },
    'AGENT_SPAWN_FAILED',
    /its workspace .*\/file: this is a file, not a directory/,
  ],
  [
    'its shell is missing',
    { start: throwing(commandError('no such program on this host')) },
    'AGENT_SPAWN_FAILED',
    /its shell \/bin\/sh: no such program/,
  ],
  [
    'what it is given is too long',
    { environment: { A: 'x'.repeat(200_000) } },
    'AGENT_SPAWN_FAILED',
    /argument list too long \(E2BIG\)/i,
  ],
  [
    'the same on a terminal',
    { environment: { A: 'x'.repeat(200_000) }, interactive: true },
    'AGENT_SPAWN_FAILED',
    /argument list too long/i,
  ],
  [
    'there is no terminal',
    { start: throwing(commandError('this host cannot give it a terminal now')) },
    'AGENT_SPAWN_FAILED',
    /terminal/,
  ],
  [
    'the host has too many processes',
    { start: throwing(system('EAGAIN')) },
    'RESOURCE_EXHAUSTED',
    /the host refused: resource temporarily unavailable \(EAGAIN\)$/,
  ],
  [
    'the host has no memory',
    { start: throwing(system('ENOMEM')) },
    'RESOURCE_EXHAUSTED',
    /not enough memory \(ENOMEM\)$/,
  ],
  [
    'the host has too many files open',
    { start: throwing(system('EMFILE')) },
    'RESOURCE_EXHAUSTED',
    /too many open files \(EMFILE\)$/,
  ],
  ['the disk is full', { lines: 0 }, 'RESOURCE_EXHAUSTED', /: the disk of its host is full/],
  ['the disk is full in the middle', { lines: 1 }, 'RESOURCE_EXHAUSTED', /: the disk of its host is full/],
  ['nobody foresaw it', { start: throwing(new TypeError('inside')) }, 'INTERNAL_ERROR', /its log says more$/],
  [
    'its agent is being ended',
    { before: (desk) => desk.shutDown(false) },
    'INVALID_STATE',
    /its agent was being ended/,
  ],
  ['its host began anew', { epoch: 2 }, 'COMMAND_LOST', /began anew/],
];

describe('[Q11] a command that is not started because', () => {
  it.each(CASES)('%s says so', async (_, given, code, why) => {
    const { error, interrupted, exitCode } = await ended(given);
    expect([error?.code, error?.message]).toEqual([code, expect.stringMatching(why)]);
    expect([interrupted, exitCode]).toEqual([false, undefined]);
    expect(error?.message).not.toMatch(/secret|inside|^\w+(\.\w+)*: /);
  });

  it('its keeper was killed says so', () => {
    const journal = new Journal(disk(9));
    journal.startEpoch(epochOf(1));
    journal.begin(ID, { tag: '12345678', bootId: 'b' });
    const told: StreamEvent[] = [];
    recoverJournal({ journal, epoch: () => epochOf(1), emit: (event) => told.push(event) }, true);
    expect(told).toMatchObject([
      { error: { code: 'COMMAND_LOST', message: expect.stringContaining('killed') } },
    ]);
  });

  it('its disk is full was not interrupted, though that was requested meanwhile', async () => {
    const end = await ended({
      start: async () => {
        desk?.handle({
          type: 'command:interrupt',
          payload: { epoch: epochOf(1), commandId: ID, force: false },
        });
        throw system('ENOSPC');
      },
      before: (one) => {
        desk = one;
      },
    });
    expect(end).toMatchObject({ interrupted: false, error: { code: 'RESOURCE_EXHAUSTED' } });
  });
  let desk: CommandController | undefined;
});
