import type { SignalName, TerminalSize } from '@muster/protocol';
import { readRow, trySignal } from './containment/process-table.ts';
import type { Containment } from './containment.ts';
import type { ProgramEnd, ProgramEvents, RunningProgram } from './program.ts';

/** The operations that terminals and pipes implement differently. It begins held: no output before the first `flow`. */
export interface Channel {
  write(data: Uint8Array): void;
  endInput(): void;
  unread?(): number;
  resize(size: TerminalSize): void;
  hold(): void;
  flow(): void;
  /** Call when nothing of the program is left: delivers the rest of its output and closes. */
  finish(): Promise<void>;
}

/** Joins a started process, its channel and its containment. `exit` resolves when the process ends. */
export function runningProgram(
  pid: number,
  channel: Channel,
  containment: Containment,
  exit: Promise<ProgramEnd>,
  events: ProgramEvents,
): RunningProgram {
  let ended = false;
  let held = false;
  // The caller that awaits the start has the program before the first event comes.
  setImmediate(() => {
    if (!held) channel.flow();
  });
  exit.then(async (end) => {
    ended = true;
    // No orphans: what the program started ends with it, and only then is its output complete.
    // The caller of terminate learns that even SIGKILL did not end it.
    await containment.terminate({ force: false }).catch(() => {});
    await channel.finish();
    events.exited(end);
  });
  return {
    pid,
    write: (data) => {
      if (!ended) channel.write(data);
    },
    endInput: () => {
      if (!ended) channel.endInput();
    },
    unread: () => channel.unread?.() ?? 0,
    processes: () => containment.members().map((member) => member.pid),
    resize: (size) => {
      if (!ended) channel.resize(size);
    },
    hold: () => {
      held = true;
      channel.hold();
    },
    flow: () => {
      held = false;
      channel.flow();
    },
    signal: (signal) => {
      if (!ended) signalForeground(pid, signal);
    },
    pause: () => containment.pause(),
    resume: () => containment.resume(),
    terminate: (options) => containment.terminate(options),
  };
}

/** As a key in a terminal would: to the group in the foreground, else to the program's own. */
function signalForeground(pid: number, signal: SignalName): void {
  const foreground = readRow(pid)?.foreground ?? 0;
  if (foreground > 0 && trySignal(-foreground, signal)) return;
  trySignal(-pid, signal);
}
