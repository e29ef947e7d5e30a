import { env } from 'cloudflare:workers';
import {
  AgentUidSchema,
  batchesIn,
  decodePolled,
  decodeServer,
  framesOf,
  MemberIdSchema,
  type PolledFrame,
  type ServerMessage,
  type ServerPayload,
  type ServerType,
  type TeamId,
} from '@muster/protocol';
import { lineOf, roomOf } from '../../src/env.ts';
import { E1, opened } from '../agent-room/core/rig.ts';
import { KeeperLine } from '../agent-room/dial.ts';
import { call, dialAs, hello, memberToken, place } from '../front.ts';

/** An agent called `one` whose keeper is there and has opened its epoch. */
export async function agent(team: TeamId) {
  const token = await memberToken(team);
  const { host, hostId } = await hello(team);
  const asked = call('POST', '/api/agents', { team, token, body: { name: 'One', kind: 'terminal' } });
  const { spec } = await place(host);
  await asked;
  const agentUid = AgentUidSchema.parse(spec.agentUid);
  const keeper = new KeeperLine(await dialAs(hostId, `/ws/keepers/${agentUid}`, team));
  keeper.sendMessage({
    type: 'keeper:hello',
    payload: { agentUid, generation: 1, epoch: E1, first: 0, last: 0, batchVersions: [1], version: '0' },
  });
  await keeper.next('room:welcome');
  keeper.send(opened(E1));
  await keeper.next('stream:ack');
  return { host, hostId, token, keeper, agentUid, room: roomOf(env, team, agentUid) };
}

/** One polled line, as a script would hold it. */
export class Poller {
  readonly line = crypto.randomUUID();
  readonly frames: PolledFrame[] = [];
  readonly #path: string;
  readonly #who: { readonly team: TeamId; readonly token: string };

  constructor(path: string, who: { readonly team: TeamId; readonly token: string }) {
    this.#path = path;
    this.#who = who;
  }

  /** The object that holds it; `member` is whom `memberToken` names. */
  get object() {
    const holder = { team: this.#who.team, member: MemberIdSchema.parse('ada'), sid: 'session-ada' };
    return lineOf(env, holder, this.line) as unknown as DurableObjectStub;
  }

  ask(query: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.#get({ line: this.line, got: String(this.frames.length), ...query });
  }

  #get(query: Readonly<Record<string, string>>): Promise<Response> {
    const all = new URLSearchParams(query);
    return call('GET', `${this.#path}?${all}`, this.#who);
  }

  async poll(query: Readonly<Record<string, string>> = {}): Promise<readonly PolledFrame[]> {
    return this.#take(await this.ask(query));
  }

  /** A poll that names no line. */
  async once(query: Readonly<Record<string, string>> = {}): Promise<readonly PolledFrame[]> {
    return this.#take(await this.#get(query));
  }

  async #take(response: Response): Promise<readonly PolledFrame[]> {
    if (!response.ok) throw new Error(await response.text());
    const answered = decodePolled(new Uint8Array(await response.arrayBuffer()));
    if (!answered.ok) throw new Error(answered.error.message);
    this.frames.push(...answered.value);
    return answered.value;
  }

  /** Polls until something is there. */
  async until<T>(look: () => T | undefined | null | false): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== null && found !== false) return found;
      await this.poll();
    }
  }

  send(...messages: readonly (object | string)[]): Promise<Response> {
    const body = messages
      .map((message) => (typeof message === 'string' ? message : JSON.stringify(message)))
      .join('\n');
    return call('POST', `/api/messages?line=${this.line}`, { ...this.#who, body });
  }

  get messages(): ServerMessage[] {
    return this.frames.flatMap((frame) => {
      const decoded = frame.kind === 'text' ? decodeServer(frame.text) : null;
      return decoded?.ok === true ? [decoded.value.message] : [];
    });
  }

  /** The newest message of this type. */
  of<T extends ServerType>(type: T): ServerPayload<T> | undefined {
    const found = this.messages.findLast((message) => message.type === type);
    return found?.payload as ServerPayload<T> | undefined;
  }

  /** The binary messages, byte for byte. */
  get binaries(): Uint8Array[] {
    return this.frames.flatMap((frame) => (frame.kind === 'binary' ? [frame.bytes] : []));
  }

  get text(): string {
    return this.binaries
      .flatMap((bytes) =>
        [...batchesIn(bytes)].flatMap((header) =>
          header.kind === 'output' ? [...framesOf(bytes, header)] : [],
        ),
      )
      .map((frame) => new TextDecoder().decode(frame.data))
      .join('');
  }
}
