import {
  ClientIdSchema,
  CommandIdSchema,
  EpochSchema,
  encodeBatch,
  encodeInput,
  STREAM,
  SUBPROTOCOL,
} from '@muster/protocol';
import { WebSocket } from 'ws';
import {
  EVENT_SAMPLES,
  KEEPER_SAMPLES,
  RUNNER_SAMPLES,
  VIEWER_SAMPLES,
} from '../../../protocol/test/samples.ts';
import type { Muster } from '../../harness/muster.ts';
import {
  type Attack,
  type AttackContext,
  framesOf,
  NOBODY,
  pick,
  round,
  runAttack,
  SAMPLE_UUID,
} from './attack.ts';
import { damaged, type Malformed, malformed, wrongMessage } from './malformed.ts';
import { dial } from './mock-host.ts';
import { HOSTS_PROBE, MEMBERS_PROBE, NOT_PLACED_YET, sendAll } from './send-all.ts';
import { requests } from './wrong-requests.ts';

/** Which part of the frames each door gets. */
export const ENTRY_POINTS = {
  lobby: 0.25,
  room: 0.25,
  streaming: 0.12,
  plain: 0.25,
  keeper: 0.03,
  runner: 0.02,
  requests: 0.08,
} as const;
type EntryPoint = keyof typeof ENTRY_POINTS;

/** Within what a socket may say at once (L), its probes included. */
const BURST = { members: { frames: 170, every: 10 }, hosts: { frames: 20, every: 1 } } as const;
const EPOCH = EpochSchema.parse('00000000000000e1');
/** In which a door reads nothing, before it counts as shut. */
const IDLE_ROUNDS = 20;
const COMPLAINTS = 50;

export function viewerSocket({ url }: Muster, path: string, token: string, plain = false): WebSocket {
  const address = url.replace('http', 'ws') + path;
  const options = { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false };
  return plain ? new WebSocket(address, options) : new WebSocket(address, SUBPROTOCOL, options);
}

const inputFrames =
  ({ random }: AttackContext, agentId: string) =>
  () => [
    encodeInput({
      clientId: ClientIdSchema.parse('c'),
      inputSequence: 1 + Math.floor(random() * 100),
      commandId: random() < 0.5 ? undefined : CommandIdSchema.parse(`${agentId}.1`),
      answer: random() < 0.5,
      data: new Uint8Array([97, 0xff]),
    }),
  ];

/** A keeper's messages for this agent, also with contents that no schema knows. */
const batches =
  ({ random }: AttackContext) =>
  () => {
    const first = 1 + Math.floor(random() * 40);
    const event = random() < 0.5 ? wrongMessage(random, EVENT_SAMPLES) : EVENT_SAMPLES[0];
    const batch = (kind: 'event' | 'output', data: Uint8Array) =>
      encodeBatch({ kind, epoch: EPOCH, first, chunks: [{ stream: STREAM.stdout, data, time: Date.now() }] });
    return [
      // No event of a keeper's.
      batch('event', new TextEncoder().encode(JSON.stringify(event))),
      batch('output', new Uint8Array(100).fill(97)),
    ];
  };

/** A member's socket on this path, with what is wrong about this agent. */
function member(
  where: (
    scene: AttackContext,
    round: number,
  ) => { path: string; token: string; agentId: string; plain?: boolean },
): Attack {
  return async (scene, round, left) => {
    const { path, token, agentId, plain = false } = where(scene, round);
    const samples = framesOf(VIEWER_SAMPLES, agentId, SAMPLE_UUID);
    const { frames: most, every } = BURST.members;
    const frames = Array.from({ length: Math.min(most, left) }, () =>
      malformed(scene.random, samples, inputFrames(scene, agentId)),
    );
    const socket = viewerSocket(scene.muster, path, token, plain);
    const said = await sendAll(socket, frames, { every, probe: MEMBERS_PROBE });
    return runAttack(said.frames, said.wrong, path);
  };
}

type EntryPointTarget = AttackContext['victims'][number];

/** A host's messages on this path, its valid hello first. */
function hostsFrames(kind: 'keeper' | 'runner', { host, agentId, agentUid }: EntryPointTarget) {
  const of = kind === 'keeper' ? KEEPER_SAMPLES : RUNNER_SAMPLES;
  const samples = framesOf(of, agentId, kind === 'keeper' ? agentUid : host.hostId);
  const greeting = samples.find((sample) => 'type' in sample && sample.type === `${kind}:hello`);
  return { samples, greeting: new TextEncoder().encode(JSON.stringify(greeting)) };
}

const host =
  (kind: 'keeper' | 'runner'): Attack =>
  async (scene, at, left) => {
    const { random } = scene;
    const victim = round(scene.victims, at);
    const { samples, greeting } = hostsFrames(kind, victim);
    const { frames: most, every } = BURST.hosts;
    const frames = Array.from({ length: Math.min(most, left) }, (): Malformed => {
      if (kind === 'runner' || random() < 0.5) return malformed(random, samples, batches(scene));
      const batch = pick(scene, batches(scene)());
      return { data: random() < 0.6 ? batch : damaged(random, batch), binary: true };
    });
    const path = kind === 'keeper' ? `/ws/keepers/${victim.agentUid}` : '/ws/runner';
    const all = [{ data: greeting, binary: false }, ...frames];
    const how = { every, probe: HOSTS_PROBE, ...(kind === 'keeper' ? { also: NOT_PLACED_YET } : {}) };
    const said = await sendAll(dial(victim.host, path), all, how);
    return runAttack(said.frames - 1, said.wrong, path);
  };

const SPEAKERS: Readonly<Record<EntryPoint, Attack>> = {
  lobby: member((scene, at) => ({ path: '/ws/dashboard', token: round(scene.admins, at), agentId: NOBODY })),
  room: member((scene, at) => {
    const { agentId } = round(scene.victims, at);
    return { path: `/ws/agents/${agentId}`, token: round(scene.admins, at), agentId };
  }),
  streaming: member((scene, at) => ({
    ...{ path: '/ws/agents/streaming', token: round(scene.viewers, at), agentId: 'streaming' },
  })),
  plain: member((scene, at) => ({
    ...{ path: '/ws/dashboard', token: round(scene.admins, at), plain: true },
    agentId: round(scene.victims, at).agentId,
  })),
  keeper: host('keeper'),
  runner: host('runner'),
  requests,
};

/** All doors at once, so many frames together. */
export async function attackEntryPoints(
  scene: AttackContext,
  count: number,
): Promise<{ readonly read: number; readonly wrong: string[]; readonly told: string }> {
  const wrong: string[] = [];
  const lanes = Object.entries(ENTRY_POINTS).map(async ([door, part]): Promise<[string, number]> => {
    const speak = SPEAKERS[door as EntryPoint];
    const wanted = Math.ceil(count * part);
    let [read, idle] = [0, 0];
    for (let at = 0; read < wanted && wrong.length < COMPLAINTS; at += 1) {
      const talk = await speak(scene, at, wanted - read);
      read += talk.read;
      wrong.push(...talk.wrong);
      idle = talk.read === 0 ? idle + 1 : 0;
      if (idle > IDLE_ROUNDS) wrong.push(`${door}: nothing is read any more after ${read} frames`);
      if (idle > IDLE_ROUNDS) break;
    }
    return [door, read];
  });
  const reads = await Promise.all(lanes);
  const told = reads.map(([door, read]) => `${door} ${read}`).join(', ');
  return { read: reads.reduce((sum, [, read]) => sum + read, 0), wrong, told };
}
