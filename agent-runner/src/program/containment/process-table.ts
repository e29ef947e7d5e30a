import { readdirSync, readFileSync } from 'node:fs';

/** A process and its start: together they are never reused, a pid alone is (P4). */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTicks: number;
}

/** One line of the process table: what /proc/PID/stat tells. */
export interface ProcessRow extends ProcessIdentity {
  readonly name: string;
  /** One letter: `T` and `t` are stopped, `Z` and `X` dead. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** The foreground group of its terminal, -1 without one. */
  readonly foreground: number;
  /** Clock ticks spent on a processor, in user and kernel mode. */
  readonly cpuTicks: number;
}

/** The variable by which everything a program started is found again (P1). */
export const TAG_VARIABLE = 'MUSTER_TAG';

/** True where processes can be found by session and tag. Elsewhere only process groups are left. */
export const hasProcessTable: boolean = readRow(process.pid) !== undefined;

/** Reads one line of the table; undefined when there is no such process. */
export function readRow(pid: number): ProcessRow | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** The format of proc(5); a name may hold blanks and brackets, so what follows is read from the last one. */
export function parseStat(text: string): ProcessRow | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const [state = '', ...numbers] = text.slice(close + 2).split(' ');
  const at = (field: number) => Number(numbers[field - 4]);
  const row: ProcessRow = {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    state,
    parent: at(4),
    group: at(5),
    session: at(6),
    foreground: at(8),
    cpuTicks: at(14) + at(15),
    startTicks: at(22),
  };
  return Number.isSafeInteger(row.startTicks) ? row : undefined;
}

/** Whether a process has set SIGTERM (15) to be ignored: proc(5)'s mask has one bit a signal, from 1. */
export function ignoresTermination(pid: number): boolean {
  const mask = /^SigIgn:\t([0-9a-f]+)$/m.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> 14n) & 1n) === 1n;
}

/** Everything that runs, the dead who wait for their parent left out. */
export function readTable(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readRow(Number(name)))
    .filter((row) => row !== undefined)
    .filter(isAlive);
}

export function isAlive(row: ProcessRow): boolean {
  return row.state !== 'Z' && row.state !== 'X';
}

export function isStopped(row: ProcessRow): boolean {
  return row.state === 'T' || row.state === 't';
}

/** Whether a process was started with the tag. False for those whose environment may not be read. */
export function carriesTag(pid: number, tag: string): boolean {
  return hasTag(readProc(`/proc/${pid}/environ`) ?? '', tag);
}

/**
 * Whether a child of ours has become the program it was forked for: its environment is that of the
 * program, or is closed to us because the program runs as another user.
 */
export function hasBecomeProgram(pid: number, tag: string): boolean {
  try {
    return hasTag(readFileSync(`/proc/${pid}/environ`, 'latin1'), tag);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES';
  }
}

function hasTag(environment: string, tag: string): boolean {
  return `\0${environment}`.includes(`\0${TAG_VARIABLE}=${tag}\0`);
}

/** Sends a signal unless the pid has passed to another process. Says whether it was sent. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (readRow(identity.pid)?.startTicks !== identity.startTicks) return false;
  return trySignal(identity.pid, signal);
}

/** A target that is gone, or belongs to another user, is no error: the next look at the table tells. */
export function trySignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
