import { LIMITS, PRIORITIES } from '@muster/protocol';
import type { CommandRecord, Ended } from '../../worker/src/agent-room/core/commands/command.ts';
import type { RoomState } from '../../worker/src/agent-room/core/state.ts';
import type { Commit, Effect, RoomEvent } from '../../worker/src/agent-room/core/types.ts';
import type { Checks } from './checks.ts';
import type { CommandTruth } from './command-truth.ts';

type Records = ReadonlyMap<string, CommandRecord>;
type Sent = Extract<Effect, { type: 'send' }>;

const rankOf = ({ priority }: CommandRecord) => PRIORITIES.indexOf(priority);
const isActive = ({ life }: CommandRecord) => life.at === 'starting' || life.at === 'running';
const endOf = (record: CommandRecord | undefined): Ended | null =>
  record?.life.at === 'ended' ? record.life : null;

/** Q1–Q3, Q5, Q9 and Q10 at one room in one life of its agent (N1): what it decides, stores and says. */
export class CommandOracle {
  private readonly checks: Checks;
  private readonly truth: CommandTruth;
  /** As the last event left them, and as they are on the disk. */
  private memory: Records = new Map();
  private stored = new Map<string, CommandRecord>();
  private queue: readonly string[] = [];
  /** Q10: every end that was stored. */
  private readonly ends = new Map<string, string>();

  constructor(checks: Checks, truth: CommandTruth) {
    this.checks = checks;
    this.truth = truth;
  }

  get ids(): readonly string[] {
    return [...this.stored.keys()];
  }

  get allEnded(): boolean {
    return [...this.stored.values()].every((record) => endOf(record) !== null);
  }

  get waiting(): readonly string[] {
    return this.queue;
  }

  /** Q10: what was taken is not forgotten, whatever befell its room. */
  holdEnds(): void {
    for (const commandId of this.truth.accepted) {
      const end = this.ends.get(commandId);
      this.checks.hold('Q10', end !== undefined, () => `${commandId} was taken and never ended`);
    }
  }

  woke({ commands, durable }: RoomState): void {
    const same = [...this.stored].every(([id, { life }]) => commands.get(id)?.life.at === life.at);
    this.checks.hold(
      'Q10',
      same && commands.size === this.stored.size,
      () => 'a room woke with other commands',
    );
    this.memory = new Map(this.stored);
    this.queue = (durable?.queue ?? []).map(({ commandId }) => commandId);
  }

  /** Once an event was decided, and before any of it is done. */
  handled(event: RoomEvent, effects: readonly Effect[], state: RoomState, now: number): void {
    const queue = state.durable?.queue ?? [];
    const writes = effects.flatMap((effect) => (effect.type === 'commit' ? [effect.commit] : []));
    const written = writes.flatMap(({ commands = [] }) => commands);
    const moved =
      queue.length !== this.queue.length || queue.some((each, at) => each.commandId !== this.queue[at]);
    if (written.length === 0 && !moved) return;
    const sent = effects.filter((effect) => effect.type === 'send');
    this.holdOrder(event, state, now);
    this.holdBounds(written, state);
    this.holdBroadcast(sent, state);
    if (event.type === 'batch') this.holdLive(effects, state);
    for (const record of written) this.holdStep(record, sent, state);
    for (const id of writes.flatMap(({ dropCommands = [] }) => dropCommands)) this.holdDrop(id);
    this.memory = new Map(state.commands);
    this.queue = queue.map(({ commandId }) => commandId);
  }

  committed({ commands = [], dropCommands = [] }: Commit): void {
    for (const record of commands) {
      this.stored.set(record.commandId, record);
      const end = endOf(record);
      if (end === null) continue;
      this.ends.set(record.commandId, end.status);
      if (end.presumed) this.truth.presumed.add(record.commandId);
    }
    for (const commandId of dropCommands) this.stored.delete(commandId);
  }

  /** Q1: by priority, then as they came, unless a person moved one; who starts overtakes only those that are not due. */
  private holdOrder(event: RoomEvent, { durable, commands }: RoomState, now: number): void {
    const queue = (durable?.queue ?? []).flatMap(({ commandId }) => commands.get(commandId) ?? []);
    const sorted = queue.every((record, at) => at === 0 || rankOf(queue[at - 1] ?? record) <= rankOf(record));
    this.checks.hold('Q1', sorted, () => `the queue is ${queue.map(({ priority }) => priority)}`);
    if (event.type === 'viewer-message' && event.message.type === 'command:move') return;
    const ids = queue.map(({ commandId }) => String(commandId));
    const stayed = this.queue.filter((id) => ids.includes(id));
    const newcomers = queue.filter(({ commandId }) => !this.queue.includes(commandId));
    this.checks.hold(
      'Q1',
      stayed.join() === ids.filter((id) => stayed.includes(id)).join(),
      () => `the queue was ${this.queue} and is ${ids}`,
    );
    for (const newcomer of newcomers) {
      const behind = queue.slice(queue.indexOf(newcomer) + 1);
      const first = behind.every((each) => rankOf(each) > rankOf(newcomer) || newcomers.includes(each));
      this.checks.hold('Q1', first, () => `${newcomer.commandId} came before others of its priority`);
    }
    this.holdFirst(queue, commands, now);
  }

  private holdFirst(queue: readonly CommandRecord[], commands: Records, now: number): void {
    const due = queue.filter(({ life }) => life.at === 'queued' && (life.notBefore ?? 0) <= now);
    for (const record of commands.values()) {
      if (record.life.at !== 'starting' || this.memory.get(record.commandId)?.life.at === 'starting')
        continue;
      const at = this.queue.indexOf(record.commandId);
      const overtaken = due.filter((other) => {
        if (rankOf(other) !== rankOf(record)) return rankOf(other) < rankOf(record);
        const place = this.queue.indexOf(other.commandId);
        return place !== -1 && (at === -1 || place < at);
      });
      this.checks.hold(
        'Q1',
        overtaken.length === 0,
        () => `${record.commandId} overtook ${overtaken.length}`,
      );
    }
  }

  /** Q2, Q3. */
  private holdBounds(written: readonly CommandRecord[], { durable, commands }: RoomState): void {
    const active = [...commands.values()].filter(isActive).length;
    const most = durable?.placement.spec.concurrency ?? 1;
    const before = [...this.memory.values()].filter(isActive).length;
    this.checks.hold('Q2', active <= Math.max(most, before), () => `${active} run at once, not ${most}`);
    const isNew = ({ commandId, attempt }: CommandRecord) => attempt === 1 && !this.memory.has(commandId);
    if (written.some(isNew))
      this.checks.hold(
        'Q3',
        this.queue.length < LIMITS.queuedCommands,
        () => `${this.queue.length} waited already`,
      );
  }

  /** Q9: everybody is told all of it, in the same event. */
  private holdBroadcast(sent: readonly Sent[], { durable, commands, viewers }: RoomState): void {
    const queue = (durable?.queue ?? []).map(({ commandId }) => commandId).join();
    const active = [...commands.values()].filter(isActive).length;
    for (const to of viewers.keys()) {
      const last = sent.findLast((each) => each.to === to && each.message.type === 'command:queue')?.message;
      const told = last?.type === 'command:queue' ? last.payload : null;
      const same = told?.queue.map(({ commandId }) => commandId).join() === queue;
      this.checks.hold('Q9', same && told?.running.length === active, () => `${to} is not told of a change`);
    }
  }

  private holdStep(record: CommandRecord, sent: readonly Sent[], { viewers }: RoomState): void {
    const { commandId } = record;
    const before = endOf(this.memory.get(commandId));
    const end = endOf(record);
    this.checks.hold(
      'Q10',
      before === null || (end !== null && (before.presumed || before.status === end.status)),
      () => `${commandId} was ${before?.status} and is ${record.life.at}`,
    );
    if (end === null) return;
    const isNews = before === null || (before.presumed && !end.presumed);
    if (isNews) this.holdTruth(record, end);
    for (const to of viewers.keys()) {
      const tells = sent.filter(({ to: whom, message }) => {
        if (whom !== to || message.type !== 'command:status') return false;
        return message.payload.commandId === commandId && message.payload.status === end.status;
      });
      const times = isNews ? 1 : 0;
      this.checks.hold(
        'Q10',
        tells.length === times,
        () => `${to} is told ${tells.length} times of ${commandId}`,
      );
    }
  }

  /** Q5: what nobody saw is never called done; what never ran is the only thing that is cancelled. */
  private holdTruth({ commandId }: CommandRecord, { status, exitCode, error, presumed }: Ended): void {
    const { checks, truth } = this;
    const really = truth.endOf(commandId);
    checks.hold(
      'Q5',
      exitCode === undefined || really?.exitCode === exitCode,
      () => `${commandId} is said to exit with ${exitCode}`,
    );
    checks.hold(
      'Q5',
      status !== 'completed' || really?.exitCode === 0,
      () => `${commandId} did not complete`,
    );
    const unseen = really === null && truth.wasStarted(commandId);
    const isTold = presumed || error?.code === 'COMMAND_LOST' || error?.code === 'RESOURCE_EXHAUSTED';
    checks.hold('Q5', !unseen || isTold, () => `nobody saw the end of ${commandId}, which is ${status}`);
    const cancelled = status === 'cancelled' && truth.wasStarted(commandId);
    checks.hold('Q5', !cancelled, () => `${commandId} was started and is called cancelled`);
  }

  /** R2: a live viewer has the frame before the message about it; a parked one is sent the position that it is as of. */
  private holdLive(effects: readonly Effect[], { viewers }: RoomState): void {
    for (const [to, { subscription }] of viewers) {
      if (subscription?.at !== 'live') continue;
      const told = effects.findIndex(
        (each) => each.type === 'send' && each.to === to && each.message.type === 'command:status',
      );
      const given = effects.findIndex((each) => each.type === 'forward' && each.to.includes(to));
      if (told === -1) continue;
      this.checks.hold('R2', given !== -1 && given < told, () => `${to} is told before it has the frame`);
    }
  }

  private holdDrop(commandId: string): void {
    const end = endOf(this.memory.get(commandId));
    this.checks.hold('Q10', end !== null, () => `${commandId} is forgotten before its end`);
  }
}
