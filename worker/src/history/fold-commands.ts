import { gramsOf } from './grams.ts';
import { scopeOf } from './scope.ts';
import { type CommandEvent, HISTORY, type HistoryBatch } from './types.ts';

/** A command after the steps of one batch. Null: they do not set it. */
export interface FoldedCommand {
  commandId: string;
  agentUid: string;
  number: number;
  status: string;
  /** The first id of the ms it was asked for in; `nth`: how many before it in this batch are of the same. */
  readonly base: number;
  readonly nth: number;
  readonly requestedAt: number;
  command: string | null;
  priority: string | null;
  interactive: boolean | null;
  attempt: number | null;
  retryOf: string | null;
  timeout: number | null;
  memberId: string | null;
  name: string | null;
  startedAt: number | null;
  endedAt: number | null;
  exitCode: number | null;
  signal: string | null;
  error: string | null;
  errorMessage: string | null;
  executionTime: number | null;
  stdoutBytes: number | null;
  stderrBytes: number | null;
  reason: string | null;
  who: string;
  output: string | null;
  /** What the index of words does not find of line and output by itself. */
  lineGrams: string | null;
  outputGrams: string | null;
}

const UNDER_WAY: readonly string[] = ['queued', 'running'];

const idBase = (at: number) => Math.floor(at) * HISTORY.idsPerMs;

function opened(batch: HistoryBatch, event: CommandEvent, nth: number): FoldedCommand {
  const asked = event.from === null ? event : null;
  const { commandId, agentUid, at } = event;
  const memberId = asked?.memberId ?? null;
  return {
    ...{ commandId, agentUid, number: 0, status: event.to, base: idBase(at), nth, requestedAt: at },
    ...{ command: null, memberId, name: asked?.name ?? null, who: scopeOf({ ...batch, memberId }) },
    priority: asked?.priority ?? null,
    interactive: asked?.interactive ?? null,
    attempt: asked?.attempt ?? null,
    retryOf: asked?.retryOf ?? null,
    timeout: asked?.timeout ?? null,
    ...{ startedAt: null, endedAt: null, exitCode: null, signal: null, error: null, executionTime: null },
    ...{ errorMessage: null, stdoutBytes: null, stderrBytes: null, reason: null, output: null },
    ...{ lineGrams: null, outputGrams: null },
  };
}

function step(row: FoldedCommand, event: CommandEvent): void {
  row.number = event.number;
  row.status = event.to;
  row.command = event.command ?? row.command;
  row.startedAt = event.startedAt === undefined ? row.startedAt : Math.floor(event.startedAt);
  row.reason = event.reason ?? row.reason;
  row.output = event.output ?? row.output;
  if (UNDER_WAY.includes(event.to)) return;
  // A late word on how it ended replaces the whole of an earlier one (Q10).
  row.endedAt = event.at;
  row.exitCode = event.exitCode ?? null;
  row.signal = event.signal ?? null;
  row.error = event.error?.code ?? null;
  row.errorMessage = event.error?.message ?? null;
  row.executionTime = event.executionTime ?? null;
  row.stdoutBytes = event.bytes?.stdout ?? null;
  row.stderrBytes = event.bytes?.stderr ?? null;
}

/** Each command once, as its newest step leaves it: a short one is one row written, however many steps it took. */
export function foldCommands(batch: HistoryBatch): FoldedCommand[] {
  const rows = new Map<string, FoldedCommand>();
  const taken = new Map<number, number>();
  for (const event of batch.events) {
    const base = idBase(event.at);
    const nth = taken.get(base) ?? 0;
    const row = rows.get(event.commandId) ?? opened(batch, event, nth);
    if (!rows.has(event.commandId)) taken.set(base, nth + 1);
    rows.set(event.commandId, row);
    step(row, event);
  }
  return [...rows.values()].map((row) => ({
    ...row,
    lineGrams: gramsOf(row.command, 'command'),
    outputGrams: gramsOf(row.output, 'output'),
  }));
}
