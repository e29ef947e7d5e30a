import type { SignalName } from '@muster/protocol';
import type { AdapterProcess } from '../../acp/adapter.ts';
import type { ProgramEvents, ProgramRequest, RunningProgram } from '../../program/program.ts';
import { checkProgram } from '../../program/start.ts';
import { adapterProblem } from './adapter-problem.ts';

/** The adapters of an agent, as its host sees them. */
export interface Adapters {
  running(): readonly AdapterProcess[];
  /** Adapters may, or may not any more, be started. */
  allow(state: 'run' | 'paused' | 'stopped'): void;
  /** Resolves when none is left, nor is being started. */
  allEnded(): Promise<void>;
}

/**
 * C4: what runs while adapters may be started, in the place of an agent's program: it has no process of its own, and what
 * is done to it is done to each adapter.
 */
export function startAdapterHost(
  adapters: Adapters,
  request: ProgramRequest,
  events: ProgramEvents,
): RunningProgram {
  try {
    checkProgram({ ...request, kind: 'process' });
  } catch (error) {
    throw adapterProblem(error, request.program);
  }
  adapters.allow('run');
  let ended: Promise<void> | null = null;
  const each = (act: (adapter: AdapterProcess) => Promise<void>) =>
    Promise.all(adapters.running().map(act)).then(() => {});
  const end = async (): Promise<void> => {
    await adapters.allEnded();
    events.exited({ exitCode: 0 });
  };
  return {
    pid: process.pid,
    write: () => {},
    endInput: () => {},
    resize: () => {},
    hold: () => {},
    flow: () => {},
    signal: (signal: SignalName) => {
      for (const { program } of adapters.running()) program.signal(signal);
    },
    pause: async () => {
      adapters.allow('paused');
      await each(({ program }) => program.pause());
    },
    resume: async () => {
      await each(({ program }) => program.resume());
      adapters.allow('run');
    },
    terminate: async ({ force }) => {
      adapters.allow('stopped');
      await each(({ program }) => program.terminate({ force }));
      ended ??= end();
      await ended;
    },
  };
}
