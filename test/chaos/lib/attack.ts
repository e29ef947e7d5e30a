import type { AgentId, AgentUid } from '@muster/protocol';
import { PROTOCOL_VERSION } from '@muster/protocol';
import type { HostFile } from '../../../agent-runner/src/host/files.ts';
import type { Muster } from '../../harness/muster.ts';

/** The target of an attack, and its sender. */
export interface AttackContext {
  readonly muster: Muster;
  readonly random: () => number;
  /** Hosts that run nothing, and an agent of each: here everything may be said, so that it gets far. */
  readonly victims: readonly {
    readonly host: HostFile;
    readonly agentId: AgentId;
    readonly agentUid: AgentUid;
  }[];
  /** Tokens. */
  readonly admins: readonly string[];
  readonly viewers: readonly string[];
}

/** The id that the samples of messages have. */
export const SAMPLE_UUID = '00000000-0000-4000-8000-000000000001';
/** An agent that there is not. */
export const NOBODY = 'nobody';

export const pick = <T>({ random }: AttackContext, from: readonly T[]): T => {
  const one = from[Math.floor(random() * from.length)];
  if (one === undefined) throw new RangeError('nothing to pick from');
  return one;
};

/** In turn. */
export const round = <T>(from: readonly T[], at: number): T => {
  const one = from[at % from.length];
  if (one === undefined) throw new RangeError('nobody is there');
  return one;
};

/** Whole frames of these payloads, about this agent. None that would end it rightly. */
export function framesOf(
  samples: Readonly<Record<string, object>>,
  agentId: string,
  agentUid: string,
): object[] {
  const frame = (type: string, payload: object) =>
    JSON.stringify({
      version: PROTOCOL_VERSION,
      id: 'i',
      timestamp: 1,
      type,
      payload,
      metadata: { priority: 'low' },
    })
      .replaceAll('"bash"', `"${agentId}"`)
      .replaceAll('"bash.', `"${agentId}.`)
      .replaceAll(SAMPLE_UUID, agentUid);
  return Object.entries(samples)
    .filter(([type]) => type !== 'agent:delete' || agentId === NOBODY)
    .map(([type, payload]) => JSON.parse(frame(type, payload)));
}

/** The outcome of some frames at an entry point. */
export interface AttackResult {
  readonly read: number;
  readonly wrong: readonly string[];
}
/** So many frames at most. `at`: how often before. */
export type Attack = (scene: AttackContext, round: number, left: number) => Promise<AttackResult>;

export const runAttack = (read: number, wrong: string | null, where: string): AttackResult => ({
  read,
  wrong: wrong === null ? [] : [`${where}: ${wrong}`],
});
