import { ClientIdSchema, CommandIdSchema, EpochSchema, MemberIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import type { CommandRecord, Life } from '../../../src/agent-room/core/commands/command.ts';
import {
  type CommandChange,
  statusPayload,
  stepOf,
} from '../../../src/agent-room/core/commands/command-events.ts';
import { CommandRecordSchema } from '../../../src/agent-room/core/commands/index.ts';
import { placementOf } from './rig.ts';

const { agentId } = placementOf().spec;
const EPOCH = EpochSchema.parse('00000000000000e1');
const PRESENT = { epoch: EPOCH, sequence: 7 };
const queued: Life = { at: 'queued', notBefore: null };
const starting: Life = { at: 'starting', epoch: EPOCH, since: 1, stop: null };
const running: Life = { at: 'running', epoch: EPOCH, since: 2, startedAt: 2, stop: null };
const ended: Life = {
  at: 'ended',
  status: 'completed',
  endedAt: 3,
  exitCode: 0,
  presumed: false,
  reason: null,
  retriedBy: null,
};
const record = (life: Life, command = 'date'): CommandRecord =>
  CommandRecordSchema.parse({
    commandId: CommandIdSchema.parse('a:0123456789abcdef'),
    command,
    priority: 'normal',
    interactive: false,
    hold: false,
    timeout: null,
    environment: {},
    retries: 0,
    attempt: 1,
    retryOf: null,
    requestedBy: MemberIdSchema.parse('ada'),
    name: 'Ada',
    clientId: ClientIdSchema.parse('page'),
    requestedAt: 1,
    life,
  });
const told = (change: CommandChange) => ({
  step: stepOf(change),
  status: statusPayload(change, agentId, PRESENT),
});

describe('what is told of a command', () => {
  it('[A1] its beginning is complete in itself for history, and short for viewers', () => {
    const why = { cause: 'requested' as const, by: MemberIdSchema.parse('ada') };
    const { step, status } = told({ before: null, after: record(queued), why });
    expect(step).toMatchObject({ from: null, to: 'queued', memberId: 'ada', command: 'date', name: 'Ada' });
    expect(status).toEqual({ agentId, commandId: 'a:0123456789abcdef', status: 'queued', attempt: 1 });
  });

  it('[Q5] that its start was sent shows nowhere; that it runs does, at its place in the stream (R2)', () => {
    const start = { before: record(queued), after: record(starting), why: { cause: 'started' as const } };
    expect(told(start)).toEqual({ step: null, status: null });
    const run = {
      before: record(starting),
      after: record(running),
      why: { ...start.why, fromStream: true as const },
    };
    expect(told(run)).toMatchObject({
      step: { from: 'queued', to: 'running', startedAt: 2 },
      status: { status: 'running', asOf: PRESENT },
    });
  });

  it('its end has how it ended, for both', () => {
    const change = { before: record(running), after: record(ended), why: { cause: 'exited' as const } };
    expect(told(change)).toMatchObject({
      step: { from: 'running', to: 'completed', exitCode: 0 },
      status: { status: 'completed', exitCode: 0 },
    });
    expect(told(change).status).not.toHaveProperty('asOf');
  });

  it('[A1] a place in the queue and an edited line are steps of history alone', () => {
    const before = record(queued);
    const moved = told({ before, after: before, why: { cause: 'moved' } });
    expect(moved).toMatchObject({ step: { from: 'queued', to: 'queued', cause: 'moved' }, status: null });
    expect(moved.step).not.toHaveProperty('command');
    const edited = told({ before, after: record(queued, 'ls'), why: { cause: 'edited' } });
    expect(edited).toMatchObject({ step: { command: 'ls' }, status: null });
  });
});
