import { STREAM } from '@muster/protocol';
import type { ProgramEnd, ProgramRequest, RunningProgram, StartProgram } from '../program/program.ts';
import { type LineEvents, LineReader } from './line-reader.ts';

/** Of what an adapter writes to stderr, so much is kept for its error messages, bytes. */
const STDERR_BYTES = 8 * 1024;

export interface AdapterEvents extends LineEvents {
  /** Nothing of it is left. `how`: in words, as in `ended …`; `said`: the end of its stderr. */
  exited(how: string, said: string): void;
}

/** One adapter's process (C4): it speaks ACP on its standard streams, one message a line. */
export interface AdapterProcess {
  readonly program: RunningProgram;
  write(json: object): void;
  /** Pids of all that it has started and that lives. */
  processes(): readonly number[];
}

/** Starts one. @throws ProgramError when it cannot be */
export async function startAdapter(
  start: StartProgram,
  request: Omit<ProgramRequest, 'kind'>,
  events: AdapterEvents,
): Promise<AdapterProcess> {
  const lines = new LineReader(events);
  let said = Buffer.alloc(0);
  const program = await start(
    { ...request, kind: 'process' },
    {
      output: (stream, data) => {
        if (stream === STREAM.stdout) lines.push(data);
        else said = Buffer.concat([said, data]).subarray(-STDERR_BYTES);
      },
      exited: (end) => {
        lines.end();
        events.exited(inWords(end), said.toString());
      },
    },
  );
  return {
    program,
    write: (json) => program.write(Buffer.from(`${JSON.stringify(json)}\n`)),
    processes: () => program.processes?.() ?? [],
  };
}

const inWords = ({ exitCode, signal }: ProgramEnd) =>
  signal === undefined ? `with exit code ${exitCode ?? 0}` : `by ${signal}`;
