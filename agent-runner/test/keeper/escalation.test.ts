import { AgentSpecSchema, CommandIdSchema, type StreamEvent } from '@muster/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Alarm } from '../../src/keeper/alarm.ts';
import { Journal } from '../../src/keeper/commands/journal.ts';
import { RunningCommand } from '../../src/keeper/commands/running-command.ts';
import { ProgramSlot } from '../../src/keeper/program-slot.ts';
import type { ProgramEvents, StartProgram } from '../../src/program/program.ts';
import { epochOf } from '../support/frames.ts';

const SPEC = AgentSpecSchema.parse({
  agentUid: '11111111-1111-4111-8111-111111111111',
  agentId: 'a',
  name: 'a',
  kind: 'process',
  hostId: '22222222-2222-4222-8222-222222222222',
  workspace: '/',
  restart: 'never',
  autostart: false,
});
beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

/** A command that outlives whatever it hears, and when it heard it. */
function deaf(timeout?: number) {
  const heard: string[] = [];
  const told: StreamEvent[] = [];
  let program: ProgramEvents | null = null;
  const note = (what: string) => heard.push(`${Date.now()} ${what}`);
  const startProgram: StartProgram = async (_request, events) => {
    program = events;
    return {
      pid: 7,
      write: () => {},
      endInput: () => {},
      resize: () => {},
      hold: () => {},
      flow: () => {},
      signal: (signal) => note(signal),
      pause: async () => {},
      resume: async () => {},
      terminate: async ({ force }) => void note(force ? 'SIGKILL' : 'SIGTERM'),
    };
  };
  const journal = new Journal({ read: () => null, append: () => {}, replace: () => {} });
  const command = new RunningCommand(
    {
      epoch: epochOf(1),
      commandId: CommandIdSchema.parse('a.1'),
      command: 'x',
      interactive: false,
      environment: {},
      ...(timeout === undefined ? {} : { timeout }),
    },
    {
      journal,
      slot: (record, events) => new ProgramSlot(startProgram, record, events),
      alarm: (ring) => new Alarm(ring),
      spec: () => SPEC,
      roots: () => ['/'],
      now: Date.now,
      emit: (event) => told.push(event),
      output: () => {},
    },
    () => {},
  );
  const begun = command.start();
  return { heard, told, command, begun, exit: () => program?.exited({ signal: 'SIGKILL' }) };
}

test('[Q7] an interrupt is SIGINT, 5 s, SIGTERM, 5 s, SIGKILL; a second changes nothing', async () => {
  const { heard, command, begun, exit, told } = deaf();
  await begun;
  command.stop('interrupt');
  await vi.advanceTimersByTimeAsync(1_000);
  command.stop('interrupt');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(heard).toEqual(['0 SIGINT', '5000 SIGTERM', '10000 SIGKILL']);
  exit();
  await vi.advanceTimersByTimeAsync(0);
  expect(told.at(-1)).toMatchObject({ type: 'command:ended', interrupted: true, signal: 'SIGKILL' });
});

test('[Q7] force is SIGKILL at once, also in the middle of an interrupt', async () => {
  const { heard, command, begun } = deaf();
  await begun;
  command.stop('interrupt');
  await vi.advanceTimersByTimeAsync(2_000);
  command.stop('force');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(heard).toEqual(['0 SIGINT', '2000 SIGKILL']);
});

test('[Q6] at its timeout SIGTERM, 10 s later SIGKILL; an interrupt after that is too late', async () => {
  const { heard, command, begun, exit, told } = deaf(3_000);
  await begun;
  await vi.advanceTimersByTimeAsync(4_000);
  command.stop('interrupt');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(heard).toEqual(['3000 SIGTERM', '13000 SIGKILL']);
  exit();
  await vi.advanceTimersByTimeAsync(0);
  expect(told.at(-1)).toMatchObject({ interrupted: false, error: { code: 'COMMAND_TIMEOUT' } });
});

test('[Q7] a command that is interrupted before it runs gets the signal when it does', async () => {
  const { heard, command, begun } = deaf();
  command.stop('interrupt');
  expect(heard).toEqual([]);
  await begun;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(heard).toEqual(['0 SIGINT', '5000 SIGTERM']);
});
