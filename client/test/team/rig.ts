import {
  ClientIdSchema,
  encodeBatch,
  readBatch,
  type ServerMessage,
  type ViewerMessage,
  type ViewerType,
} from '@muster/protocol';
import { type ConnectionOptions, VIEWER_CONNECTION } from '../../src/connection/index.ts';
import {
  handleTeam,
  newTeam,
  type ProgramInput,
  readerOf,
  type TeamEffect,
  type TeamEvent,
  teamDeadline,
} from '../../src/team/index.ts';
import { connectionAck } from '../fake-socket.ts';
import { agentId, epochOf } from '../stream/support.ts';

export const LOBBY = 'lobby';

/** The first room that a client dials, and the second. */
export const ROOM = 'room:1';
export const SECOND_ROOM = 'room:2';

/** A client's core beside a world that has a clock and does what a test says. */
export class TeamRig {
  readonly team = newTeam(ClientIdSchema.parse('me'));
  readonly effects: TeamEffect[] = [];
  now = 1_000;
  readonly #options: ConnectionOptions;
  #ids = 0;

  constructor(options: Partial<ConnectionOptions> = {}) {
    this.#options = { ...VIEWER_CONNECTION, ...options };
    this.take({ type: 'start' });
  }

  /** Hands events in and returns what is to be done for them. */
  take(...events: readonly TeamEvent[]): TeamEffect[] {
    const from = this.effects.length;
    for (const event of events) {
      const freshId = () => {
        this.#ids += 1;
        return `id-${this.#ids}`;
      };
      const context = { now: this.now, wall: this.now, random: () => 0.5, freshId, options: this.#options };
      this.effects.push(...handleTeam(this.team, event, context));
    }
    return this.effects.slice(from);
  }

  /** Lets time pass; the timer rings when it is due. */
  pass(ms: number): TeamEffect[] {
    const from = this.effects.length;
    const until = this.now + ms;
    for (let at = teamDeadline(this.team); at !== null && at <= until; at = teamDeadline(this.team)) {
      this.now = Math.max(this.now, at);
      this.take({ type: 'tick' });
    }
    this.now = until;
    return this.effects.slice(from);
  }

  /** The server says this on a channel. */
  receive(key: string, message: ServerMessage, timestamp?: number): TeamEffect[] {
    return this.take({ type: 'message', key, message, correlationId: undefined, timestamp });
  }

  letIn(key: string, features: string[] = []): TeamEffect[] {
    return this.receive(key, connectionAck(9e12, features));
  }

  lose(key: string, code = 1006): TeamEffect[] {
    const link = key === LOBBY ? this.team.lobby : this.team.rooms.get(key);
    return this.take({ type: 'lost', key, dial: link?.channel.connection.dial ?? 0, code });
  }

  /** Opens a feed whose owner listens at once. */
  open(feed: number, history: 'screen' | 'full' = 'full'): TeamEffect[] {
    return this.take({ type: 'open-feed', feed, agentId, after: null, history }, { type: 'listen', feed });
  }

  /** A feed on a room that has let it in. */
  static reading(features: string[] = []): TeamRig {
    const rig = new TeamRig();
    rig.open(1);
    rig.letIn(ROOM, features);
    return rig;
  }

  ask(id: string, message: ViewerMessage, timeout?: number): TeamEffect[] {
    return this.take({ type: 'request', id, message, ...(timeout === undefined ? {} : { timeout }) });
  }

  ack(key: string, messageId: string, result: Record<string, unknown> = {}): TeamEffect[] {
    return this.receive(key, { type: 'ack', payload: { messageId, success: true, result } });
  }

  type(feed: number, input: Partial<ProgramInput>): TeamEffect[] {
    const whole = { data: '', answer: false, commandId: undefined, ...input };
    return this.take({ type: 'input', feed, input: whole });
  }

  /** Frames first … first + count − 1 of the first epoch. */
  batch(first: number, count = 1): TeamEffect[] {
    const chunks = Array.from({ length: count }, () => ({ stream: 0, data: new Uint8Array(1), time: 0 }));
    const bytes = encodeBatch({ kind: 'output', epoch: epochOf(1), first, chunks });
    const header = readBatch(bytes);
    if (!header.ok) throw new Error(header.error.message);
    return this.take({ type: 'batch', key: ROOM, header: header.value, bytes });
  }

  cursor(feed: number) {
    return readerOf(this.team, feed)?.reader.stream.at ?? null;
  }
}

export const types = (effects: readonly TeamEffect[]): string[] => effects.map(({ type }) => type);

/** Messages of a type that go out. */
export const sent = (effects: readonly TeamEffect[], type: ViewerType) =>
  effects.flatMap((effect) => (effect.type === 'send' && effect.message.type === type ? [effect] : []));

/** What a feed's owner, or the client's, is told. */
export const emitted = (effects: readonly TeamEffect[], event: string): unknown[] =>
  effects.flatMap((effect) =>
    (effect.type === 'feed' || effect.type === 'emit') && effect.event === event ? [effect.value] : [],
  );
