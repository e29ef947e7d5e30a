import { AgentSpecSchema } from '@muster/protocol';
import { expect, test } from 'vitest';
import { ProgramSlot, type SlotEvents } from '../../src/keeper/program-slot.ts';
import type { RunningProgram } from '../../src/program/program.ts';

const SPEC = AgentSpecSchema.parse({
  agentUid: '11111111-1111-4111-8111-111111111111',
  agentId: 'a',
  name: 'a',
  kind: 'process',
  hostId: '22222222-2222-4222-8222-222222222222',
  program: { command: 'x' },
  workspace: '/',
  restart: 'never',
  autostart: false,
});

test('[P4] a program that could not be written down is ended before its start is refused', async () => {
  const happened: string[] = [];
  const program: RunningProgram = {
    pid: 1,
    write: () => {},
    endInput: () => {},
    hold: () => {},
    flow: () => {},
    resize: () => {},
    signal: () => {},
    pause: async () => {},
    resume: async () => {},
    terminate: async ({ force }) => void happened.push(force ? 'killed' : 'terminated'),
  };
  const events: SlotEvents = {
    output: () => {},
    started: () => void happened.push('started'),
    refused: () => void happened.push('refused'),
    ended: () => void happened.push('ended'),
    unkillable: () => {},
  };
  let saves = 0;
  const record = {
    save: () => {
      saves += 1;
      if (saves === 2) throw new Error('ENOSPC');
    },
    clear: () => void happened.push('cleared'),
  };
  const slot = new ProgramSlot(async () => program, record, events);
  await slot.start(SPEC, ['/'], undefined);
  expect(happened).toEqual(['killed', 'cleared', 'refused']);
  expect(slot.running).toBeNull();
});
