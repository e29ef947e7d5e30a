import { randomBytes } from 'node:crypto';
import {
  type AgentUid,
  CLOSE,
  EpochSchema,
  type Placement,
  type ProgramState,
  ProgramStateSchema,
} from '@muster/protocol';
import { takeLock } from '../control/lock.ts';
import type { ControlDone, ControlRequest } from '../control/messages.ts';
import { controlPath, hookPath, keeperLock } from '../control/paths.ts';
import { ControlServer } from '../control/server.ts';
import { SOCKET_VARIABLE } from '../hook/socket-variable.ts';
import { readBootId } from '../host/boot.ts';
import { withCompilers } from '../host/compilers.ts';
import { dialOptions } from '../host/dial-options.ts';
import type { AgentDirectory, DataDirectory } from '../host/files.ts';
import { IdleGc } from '../host/idle-gc.ts';
import type { Log } from '../host/log.ts';
import type { OwnerEnvironment } from '../host/owner-environment.ts';
import { RUNNER_VERSION } from '../host/version.ts';
import { Link, WAIT_CODES } from '../link/link.ts';
import { passedOn } from '../program/environment.ts';
import type { ProgramRecord } from '../program/orphaned-processes.ts';
import { programStarter } from '../program/start.ts';
import { DiskVolume } from '../spool/disk-volume.ts';
import { SpoolLog } from '../spool/spool-log.ts';
import { Journal } from './commands/journal.ts';
import { journalFile } from './commands/journal-file.ts';
import { HookServer } from './hooks/hook-server.ts';
import { Keeper } from './keeper.ts';
import { endOrphanedProcessesOf } from './orphaned-processes.ts';
import { RunnerWatchdog } from './runner-watchdog.ts';

export interface KeeperOptions {
  readonly data: DataDirectory;
  readonly agentUid: AgentUid;
  /** Start the program as soon as it is up, unless a person had stopped it. */
  readonly start: boolean;
  readonly log: Log;
  /** P11, ms. Absent: 10 minutes. */
  readonly idleTimeoutMs?: number;
}
/** For the last frames to leave, ms. */
const CLOSING_MS = 500;
/** N2, N1: another keeper has the agent, or the agent is no more. */
const FINAL = new Set<number>([CLOSE.superseded, CLOSE.notFound]);

/** Runs one agent's keeper until its agent is gone or it is told to end. Resolves to false when another one runs already. */
export async function runKeeper(options: KeeperOptions): Promise<boolean> {
  const { data, agentUid, log } = options;
  const directory = data.agent(agentUid);
  const lock = await takeLock(keeperLock(data.path, agentUid));
  if (lock === null) return false;
  const placement = directory.placement();
  if (placement === null) throw new Error(`${directory.path} holds no spec.json`);
  const record = await endOrphanedProcessesOf(directory);
  // P10: `stopped` is there while only a person may start it.
  const stopped = directory.read('stopped');
  const running = await begin({ ...options, directory, placement, last: lastOf(stopped) });
  const restarted = record !== null && record.bootId === readBootId();
  running.keeper.begin(reasonOf(record, restarted));
  if (options.start && !restarted && stopped === null) void running.keeper.start();
  const how = await running.ended;
  if (how === 'archive') data.archive(agentUid, placement.generation, Date.now());
  log.info({ how }, 'the keeper ends');
  lock.release();
  return true;
}

function reasonOf(record: ProgramRecord | null, restarted: boolean): string | null {
  if (record === null) return null;
  return restarted ? 'the keeper was killed' : 'the host was restarted';
}

/** How the program ended, as the keeper before wrote it down; null: it did not, or 0.1.0 did, which wrote nothing. */
function lastOf(stopped: string | null): ProgramState | null {
  if (stopped === null || stopped === '') return null;
  try {
    return ProgramStateSchema.parse(JSON.parse(stopped));
  } catch {
    return null;
  }
}

interface Parts extends KeeperOptions {
  readonly last: ProgramState | null;
  readonly directory: AgentDirectory;
  readonly placement: Placement;
}
type Ending = 'stop' | 'archive';

/** Wires the keeper to its disk, its program, its room and its runner. */
async function begin(parts: Parts): Promise<{ keeper: Keeper; ended: Promise<Ending> }> {
  const { data, directory, placement, agentUid, log } = parts;
  const spool = new SpoolLog(new DiskVolume(directory.spool), readBootId());
  let finish: (how: Ending) => void = () => {};
  const ended = new Promise<Ending>((resolve) => {
    finish = resolve;
  });
  let closing = false;
  const idleGc = new IdleGc();
  let hasPrinted = false;
  const control = new ControlServer(
    controlPath(data.path, agentUid),
    (request) => obey(request),
    (count) => watchdog.connectionsChanged(count),
  );
  const link: Link = new Link(
    {
      // It outlives its runner, so it signs by itself.
      ...dialOptions(data, `/ws/keepers/${agentUid}`),
      finalCodes: FINAL,
      waitAfter: WAIT_CODES,
      random: Math.random,
    },
    {
      opened: () => keeper.linkOpened(),
      text: (text) => keeper.handleMessage(text),
      bytes: (bytes) => keeper.handleBytes(bytes),
      lost: () => keeper.lost(),
      rejected: (code, reason) => log.warn({ code, reason }, 'the room does not take this keeper'),
      refused: (code) => void end(`the room refused it (${code})`, false, 'archive'),
    },
  );
  const keeper = new Keeper({
    placement,
    version: RUNNER_VERSION,
    spool,
    link,
    startProgram: programStarter(),
    record: {
      save: (text) => directory.write('program.json', text),
      clear: () => directory.remove('program.json'),
    },
    lastRun: {
      read: () => directory.read('run.json'),
      save: (text) => {
        try {
          directory.write('run.json', text);
        } catch (error) {
          log.warn({ err: error }, 'it could not be noted how the program ran');
        }
      },
    },
    journal: new Journal(journalFile(directory.journal)),
    turns: journalFile(directory.turns),
    policyFile: {
      read: () => directory.read('policy.json'),
      save: (text) => directory.write('policy.json', text),
    },
    files: directory.files,
    roots: () => data.host().roots,
    owner: () => withHooks(data.environment() ?? ownProcess()),
    newEpoch: () => EpochSchema.parse(randomBytes(8).toString('hex')),
    now: Date.now,
    log,
    lastState: parts.last,
    recordWanted: (running, ended) => {
      try {
        if (running) directory.remove('stopped');
        else directory.write('stopped', ended === null ? '' : JSON.stringify(ended));
        return true;
      } catch (error) {
        // On a full disk a person's word counts all the same, until the host starts anew.
        log.error({ err: error }, 'it could not be written down whether the program is wanted');
        return false;
      }
    },
    onLinkChange: (linked) => control.broadcast(linked),
    onActivity: (output) => {
      idleGc.touch();
      if (!output || hasPrinted) return;
      hasPrinted = true;
      withCompilers();
    },
  });

  const watchdog = new RunnerWatchdog({
    now: Date.now,
    ...(parts.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: parts.idleTimeoutMs }),
    atRestSince: () => keeper.atRestSince,
    isStopRequested: () => data.isStopRequested,
    end: (why) => {
      const reason = why === 'stop' ? 'the agent-runner was stopped' : 'nothing to do, and no agent-runner';
      void end(reason, false, 'stop');
    },
  });

  const hooks = hookServer(data.path, placement, keeper);
  const told = hooks?.told;
  const withHooks = (owner: OwnerEnvironment): OwnerEnvironment =>
    told === undefined ? owner : { ...owner, variables: { ...owner.variables, [SOCKET_VARIABLE]: told } };

  const status = (): ControlDone['status'] => ({
    pid: process.pid,
    generation: placement.generation,
    state: keeper.state,
    linked: keeper.linked,
  });
  async function obey(request: ControlRequest): Promise<Omit<ControlDone, 'is' | 'id'>> {
    if (request.do === 'place') keeper.update(request.placement.spec);
    // The runner passes on what the server just said, so the server is there.
    if (request.do === 'place') link.retryNow();
    if (request.do === 'stop') await end(request.reason, request.force, 'stop');
    const error = request.do === 'start' ? await keeper.start() : undefined;
    return { status: status(), ...(error === undefined ? {} : { error }) };
  }
  async function end(reason: string, force: boolean, how: Ending): Promise<void> {
    await keeper.shutDown(reason, force);
    await link.close(CLOSING_MS);
    if (closing) return;
    closing = true;
    // The runner's answer is written before its socket is closed.
    setImmediate(() => {
      watchdog.close();
      spool.close();
      control.close();
      hooks?.server.close();
      finish(how);
    });
  }

  process.on('SIGTERM', () => void end('the keeper was told to end', false, 'stop'));
  await control.listen();
  await hooks?.server.listen();
  link.dial();
  return { keeper, ended };
}

/** C13b: of the kinds that have no conversations, whose programs ask there. */
function hookServer(data: string, { spec: { kind, agentUid } }: Placement, keeper: Keeper) {
  if (kind === 'acp') return null;
  const { listen, told } = hookPath(data, agentUid);
  const server: HookServer = new HookServer(listen, {
    told: (connection, request) => keeper.hooks.handle({ type: 'told', connection, request }, server),
    closed: (connection) => keeper.hooks.handle({ type: 'closed', connection }, server),
  });
  return { server, told };
}

/** Where no runner has written down what its owner has. */
const ownProcess = (): OwnerEnvironment => ({ variables: passedOn(process.env), umask: process.umask() });
