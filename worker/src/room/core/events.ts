import type { ProgramState, StreamEvent } from '@muster/protocol';
import { commandTold, loseCommands } from './commands.ts';
import { finishRequest } from './requests.ts';
import { announceStatus } from './summary.ts';
import type { Turn } from './turn.ts';
import type { Durable } from './types.ts';

/** S4a: what a numbered event changes; the caller commits it with the frame. Returns the state after it. */
export function applyEvent(turn: Turn, durable: Durable, event: StreamEvent): Durable {
  switch (event.type) {
    case 'epoch:open':
      if (durable.epoch !== null) loseCommands(turn, durable.epoch);
      return turn.room.durable ?? durable;
    case 'command:started':
    case 'command:resized':
    case 'command:ended':
      commandTold(turn, event);
      return turn.room.durable ?? durable;
    case 'program:status': {
      const { type: _, run, ...said } = event;
      const program = byServerClock(said, turn.room.keeper?.ahead ?? 0);
      const size = run?.terminal;
      const changed = turn.change(durable, {
        program,
        lastActivity: turn.now,
        ...(size === undefined ? {} : { terminal: { cols: size.cols, rows: size.rows } }),
      });
      announceStatus(turn, changed);
      return changed;
    }
    case 'program:resized':
      return turn.change(durable, { terminal: { cols: event.cols, rows: event.rows } });
    case 'request:done':
      finishRequest(turn, event.requestId, event.error);
      return durable;
  }
}

/** What a host says of times, by the clock that everybody else's are told by: its own may be hours off. */
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
