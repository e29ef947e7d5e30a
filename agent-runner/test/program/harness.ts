import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { AgentKind, TerminalSize } from '@muster/protocol';
import { afterEach } from 'vitest';
import { type ProcessRow, readTable } from '../../src/program/containment/process-table.ts';
import {
  type ContainmentMode,
  type ContainmentOptions,
  detectContainment,
} from '../../src/program/containment.ts';
import type { ProgramEnd, RunningProgram } from '../../src/program/program.ts';
import { programStarter } from '../../src/program/start.ts';

/** Short, so that a test of the whole way from SIGTERM to SIGKILL is quick, ms. */
export const GRACE_MS = 300;

/** Every way of containment this host allows. */
export const MODES: readonly ContainmentMode[] =
  detectContainment(newTag()) === 'cgroup' ? ['cgroup', 'process-table'] : ['process-table'];

export interface Started {
  readonly program: RunningProgram;
  readonly tag: string;
  /** A second tag, so that a test need not rely on the code it tests. */
  readonly mark: string;
  readonly ended: Promise<ProgramEnd>;
  /** Output of a stream so far. */
  text(stream?: number): string;
  bytes(stream?: number): Buffer;
  /** Resolves when stdout matches. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface StartOptions extends ContainmentOptions {
  readonly kind?: AgentKind;
  readonly terminal?: TerminalSize;
  readonly environment?: Record<string, string>;
  readonly directory?: string;
  readonly tag?: string;
  /** How long the receiver of output is busy with each piece, ms. */
  readonly busyMs?: number;
}

/** Whatever a failed test leaves is ended after it. */
const running = new Set<RunningProgram>();
afterEach(async () => {
  await Promise.all([...running].map((program) => program.terminate({ force: true })));
  running.clear();
});

export function newTag(): string {
  return randomUUID();
}

export async function start(command: string, args: string[], options: StartOptions = {}): Promise<Started> {
  const {
    kind = 'terminal',
    terminal,
    environment = {},
    directory = tmpdir(),
    tag = newTag(),
    busyMs = 0,
    ...containment
  } = options;
  const chunks: { stream: number; data: Uint8Array }[] = [];
  const listeners = new Set<() => void>();
  const mark = randomUUID();
  let exited: (end: ProgramEnd) => void = () => {};
  const ended = new Promise<ProgramEnd>((resolve) => {
    exited = resolve;
  });
  const program = await programStarter({ graceMs: GRACE_MS, ...containment })(
    {
      kind,
      program: { command, args },
      directory,
      environment: { PATH: process.env['PATH'] ?? '', MARK: mark, PS1: '$ ', TERM: 'dumb', ...environment },
      ...(terminal ? { terminal } : {}),
      tag,
    },
    {
      output: (stream, data) => {
        chunks.push({ stream, data });
        const until = performance.now() + busyMs;
        while (performance.now() < until);
        for (const listener of listeners) listener();
      },
      exited,
    },
  );
  running.add(program);
  const bytes = (stream = 0) =>
    Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map(({ data }) => data));
  const text = (stream = 0) => bytes(stream).toString();
  const said = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve) => {
      const look = () => {
        const match = pattern.exec(text());
        if (!match) return;
        listeners.delete(look);
        resolve(match);
      };
      listeners.add(look);
      look();
    });
  return { program, tag, mark, ended, text, bytes, said };
}

/** Everything alive that carries a mark in its environment. */
export function marked(mark: string): ProcessRow[] {
  return readTable().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
    } catch {
      return false;
    }
  });
}

/** The targets of a process's open descriptors. */
export function descriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
