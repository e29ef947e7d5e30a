import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AgentUid,
  AgentUidSchema,
  HostIdSchema,
  LIMITS,
  type Placement,
  PlacementSchema,
} from '@muster/protocol';
import * as z from 'zod';
import { ExtraVariableSchema, type OwnerEnvironment, OwnerEnvironmentSchema } from './owner-environment.ts';
import { UserError } from './user-error.ts';

/**
 * X4: what it signs its dials with (RFC 8037); `d` is a secret, never logged. As JWK rather than PEM: what it takes to
 * read that is a quarter of a megabyte in each keeper (F11).
 */
export const HostKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().length(43),
  d: z.string().length(43),
});
export type HostKey = z.infer<typeof HostKeySchema>;

/** The files that enrolment leaves on a host. */
export const HostFileSchema = z.object({
  /** http(s) URL. */
  server: z.string().max(LIMITS.pathChars),
  hostId: HostIdSchema,
  key: HostKeySchema,
  name: z.string().min(1).max(LIMITS.nameChars),
  roots: z.array(z.string().max(LIMITS.pathChars)).min(1).max(LIMITS.rootCount),
  /** P6: what programs get beside the allow-list. Absent: nothing. */
  env: z.array(ExtraVariableSchema).max(LIMITS.environmentEntries).optional(),
});
export type HostFile = z.infer<typeof HostFileSchema>;
/** An earlier version had no key. */
const KnownHostSchema = HostFileSchema.partial({ key: true });
type KnownHost = z.infer<typeof KnownHostSchema>;

const STOP_REQUEST_FILE = 'stopping';
const ENVIRONMENT = 'environment.json';
/** X14: what a server gave this host to be told from strangers by; a secret, as its key is. */
const TicketSchema = z.object({
  server: z.string().max(LIMITS.pathChars),
  ticket: z.string().min(1).max(LIMITS.tokenChars),
});

/** Archived agents that are kept; the oldest go. */
const ARCHIVES = 10;
const OWNER_ONLY = 0o600;
/** How soon a new enrolment is noticed, ms. */
const POLL_INTERVAL_MS = 1_000;

/**
 * Where everything of a runner and its keepers lies: `<data>/host.json`, `<data>/ticket.json`,
 * `<data>/environment.json`, `<data>/agents/<agentUid>/…`, `<data>/archive`, and `<data>/stopping` while all agents are
 * meant to end.
 */
export class DataDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws Error when the host is not enrolled here. */
  host(): HostFile {
    const text = readText(join(this.path, 'host.json'));
    if (text === null) throw new UserError(`${this.path} holds no host.json: enroll this host first`);
    return HostFileSchema.parse(JSON.parse(text));
  }

  /** Null: it is not enrolled. @throws Error when the file cannot be read */
  knownHost(): KnownHost | null {
    const text = readText(join(this.path, 'host.json'));
    return text === null ? null : KnownHostSchema.parse(JSON.parse(text));
  }

  /**
   * X4: calls once when the host has another key than the one that was refused, also when it has it already. Waits
   * without keeping the process.
   */
  onEnrolled(refused: HostKey | null, then: () => void): void {
    const poll = setInterval(() => {
      const key = this.#keyOrNone();
      if (key === undefined || key.x === refused?.x) return;
      clearInterval(poll);
      then();
    }, POLL_INTERVAL_MS).unref();
  }

  /** A file that somebody is writing by hand has none yet. */
  #keyOrNone(): HostKey | undefined {
    try {
      return this.knownHost()?.key;
    } catch {
      return undefined;
    }
  }

  saveHost(host: KnownHost): void {
    writeWhole(this.path, 'host.json', JSON.stringify(host, null, 2));
  }

  /** P6: null where no runner of this version has begun here. */
  environment(): OwnerEnvironment | null {
    const text = readText(join(this.path, ENVIRONMENT));
    return text === null ? null : OwnerEnvironmentSchema.parse(JSON.parse(text));
  }

  saveEnvironment(environment: OwnerEnvironment): void {
    writeWhole(this.path, ENVIRONMENT, JSON.stringify(environment, null, 2));
  }

  /** The ticket of this server; null: there is none, or it cannot be read: the host is let in without, too. */
  ticket(server: string): string | null {
    try {
      const known = TicketSchema.parse(JSON.parse(readText(join(this.path, 'ticket.json')) ?? 'null'));
      return known.server === server ? known.ticket : null;
    } catch {
      return null;
    }
  }

  /** A ticket that cannot be kept is none the less: the next dial goes without. */
  saveTicket(ticket: z.infer<typeof TicketSchema>): void {
    const kept = TicketSchema.safeParse(ticket);
    try {
      if (kept.success) writeWhole(this.path, 'ticket.json', JSON.stringify(kept.data));
    } catch {}
  }

  agents(): AgentUid[] {
    const names = readNames(join(this.path, 'agents'));
    return names.flatMap((name) => AgentUidSchema.safeParse(name).data ?? []);
  }

  agent(agentUid: AgentUid): AgentDirectory {
    return new AgentDirectory(join(this.path, 'agents', agentUid));
  }

  /**
   * P2: all agents are meant to end. Written before anything is ended, so that a keeper whose runner dies in the middle
   * ends by itself. Local mode writes the same file.
   */
  get isStopRequested(): boolean {
    return existsSync(join(this.path, STOP_REQUEST_FILE));
  }

  requestStop(): void {
    writeWhole(this.path, STOP_REQUEST_FILE, new Date().toISOString());
  }

  /** A runner begins: its agents are to run again. */
  clearStopRequest(): void {
    rmSync(join(this.path, STOP_REQUEST_FILE), { force: true });
  }

  /** N2: out of the way, but still there for a person to look at. */
  archive(agentUid: AgentUid, generation: number, now: number): void {
    const archive = join(this.path, 'archive');
    mkdirSync(archive, { recursive: true, mode: 0o700 });
    const stamp = String(now).padStart(15, '0');
    try {
      renameSync(this.agent(agentUid).path, join(archive, `${stamp}-${agentUid}-${generation}`));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    for (const name of readNames(archive).sort().slice(0, -ARCHIVES)) {
      rmSync(join(archive, name), { recursive: true, force: true });
    }
  }
}

/**
 * One agent's place: spec.json, spool/, files/, keeper.log, program.json, run.json, policy.json, commands.log, and
 * `stopped` while its program is not to be started by itself (P10): how it ended, or nothing.
 */
export class AgentDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get spool(): string {
    return join(this.path, 'spool');
  }

  /** Q5. */
  get journal(): string {
    return join(this.path, 'commands.log');
  }

  /** C16. */
  get turns(): string {
    return join(this.path, 'turns.log');
  }

  /** C15: copies of uploaded files, for the agent to read. */
  get files(): string {
    return join(this.path, 'files');
  }

  get log(): string {
    return join(this.path, 'keeper.log');
  }

  placement(): Placement | null {
    const text = readText(join(this.path, 'spec.json'));
    return text === null ? null : PlacementSchema.parse(JSON.parse(text));
  }

  savePlacement(placement: Placement): void {
    writeWhole(this.path, 'spec.json', JSON.stringify(placement, null, 2));
  }

  read(name: 'program.json' | 'run.json' | 'policy.json' | 'stopped'): string | null {
    return readText(join(this.path, name));
  }

  write(name: 'program.json' | 'run.json' | 'policy.json' | 'stopped', text: string): void {
    writeWhole(this.path, name, text);
  }

  remove(name: 'program.json' | 'run.json' | 'policy.json' | 'stopped'): void {
    rmSync(join(this.path, name), { force: true });
  }

  removeAll(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Written beside and renamed, so a reader finds the old text or the new one, never half of it. */
function writeWhole(directory: string, name: string, text: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `.${name}.${process.pid}.tmp`);
  writeFileSync(temporary, text, { mode: OWNER_ONLY });
  renameSync(temporary, join(directory, name));
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function readNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';
