import type { ProgramState, StreamEvent } from '@muster/protocol';
import { applyAttention, endsAttention } from '../attention.ts';
import { failLostCommands, handleCommandEvent } from '../commands/index.ts';
import { handleConversationEvent, interruptLostTurns } from '../conversations/index.ts';
import { announceStatus } from '../reporting/index.ts';
import { finishRequest } from '../requests/index.ts';
import { applyTripwire } from '../tripwire.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** S4a: what a numbered event changes; the caller commits it with the frame. Returns the state after it. */
export function applyEvent(work: UnitOfWork, durable: Durable, event: StreamEvent): Durable {
  switch (event.type) {
    case 'epoch:open':
      if (durable.epoch !== null) {
        failLostCommands(work, durable.epoch);
        interruptLostTurns(work, durable.epoch);
      }
      return work.room.durable ?? durable;
    case 'command:started':
    case 'command:resized':
    case 'command:ended':
      handleCommandEvent(work, event);
      return work.room.durable ?? durable;
    case 'program:status': {
      const { type: _, run, ...reported } = event;
      const program = byServerClock(reported, work.room.keeper?.ahead ?? 0);
      const size = run?.terminal;
      const changed = work.change(durable, {
        program,
        lastActivity: work.now,
        ...(endsAttention(durable, program, run) ? { attention: null } : {}),
        ...(size === undefined ? {} : { terminal: { cols: size.cols, rows: size.rows } }),
      });
      announceStatus(work, changed);
      return changed;
    }
    case 'program:resized':
      return work.change(durable, { terminal: { cols: event.cols, rows: event.rows } });
    case 'program:attention':
      return applyAttention(work, durable, event.attention);
    case 'request:done':
      finishRequest(work, event.requestId, event.error);
      return durable;
    case 'conversation:changed':
    case 'conversation:items':
    case 'turn:started':
    case 'turn:ended':
    case 'message:steered':
    case 'request:opened':
    case 'request:changed':
      handleConversationEvent(work, event);
      applyTripwire(work);
      return work.room.durable ?? durable;
  }
}

/** Converts the host's times to the server's clock: its own may be hours off. */
function byServerClock(program: ProgramState, ahead: number): ProgramState {
  if (ahead === 0) return program;
  const { startedAt, crashes } = program;
  const nextTryAt = crashes?.nextTryAt;
  return {
    ...program,
    ...(startedAt === undefined ? {} : { startedAt: Math.max(0, startedAt - ahead) }),
    ...(crashes === undefined || nextTryAt === undefined
      ? {}
      : { crashes: { ...crashes, nextTryAt: Math.max(0, nextTryAt - ahead) } }),
  };
}
