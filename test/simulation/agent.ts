import { AgentIdSchema, type AgentUid, ClientIdSchema, type Epoch, type Placement } from '@muster/protocol';
import type { Checks } from './checks.ts';
import { CommandTruth } from './command-truth.ts';
import { InputOracle } from './input-oracle.ts';
import type { Keeper, KeeperOwner, KeeperSetting } from './keeper.ts';
import type { Parts } from './parts.ts';
import type { Random } from './random.ts';
import type { RequestOracle } from './request-oracle.ts';
import type { RoomEnd, RoomSetting } from './room.ts';
import type { Scale } from './scale.ts';
import { Truth } from './truth.ts';
import type { Viewer, ViewerSetting } from './viewer.ts';

/** The name of the one agent of a team, whichever has it. */
export const AGENT_ID = AgentIdSchema.parse('a');
const HISTORIES = ['full', 'full', 'screen'] as const;

export interface AgentSetting {
  readonly agentUid: AgentUid;
  readonly checks: Checks;
  readonly random: Random;
  readonly requests: RequestOracle;
  readonly scale: Scale;
  readonly parts: Parts;
  readonly newEpoch: () => Epoch;
  readonly report: RoomSetting['report'];
}

/** One agent (N1): its room, its keepers, newest start last, its viewers, and what its hosts wrote. */
export class Agent {
  readonly room: RoomEnd;
  readonly keepers: Keeper[] = [];
  readonly truth: Truth;
  readonly commands: CommandTruth;
  viewers: readonly Viewer[] = [];
  private readonly setting: AgentSetting;
  private readonly inputs: InputOracle;

  constructor(setting: AgentSetting) {
    const { checks, requests, scale, parts, report } = setting;
    this.setting = setting;
    this.truth = new Truth(checks);
    this.inputs = new InputOracle(checks);
    this.commands = new CommandTruth(checks);
    const { truth, commands } = this;
    this.room = parts.room({ truth, commands, checks, codec: scale.codec, requests, report });
  }

  get agentUid(): AgentUid {
    return this.setting.agentUid;
  }

  /** The start that counts, as far as hosts know. */
  get keeper(): Keeper | undefined {
    return this.keepers.at(-1);
  }

  start({ generation, spec }: Placement, owner: KeeperOwner, now: number): Keeper {
    const { agentUid, checks, requests, scale, parts, newEpoch } = this.setting;
    const { truth, room, inputs } = this;
    const setting: KeeperSetting = {
      truth,
      checks,
      agentUid,
      generation,
      requests,
      inputs,
      spec,
      owner,
      commands: scale.commands === null ? null : this.commands,
      limits: scale.spool,
      codec: scale.codec,
      server: room,
      newEpoch: () => {
        const epoch = newEpoch();
        truth.opened(epoch, generation);
        return epoch;
      },
    };
    const keeper = parts.keeper(setting, now);
    this.keepers.push(keeper);
    this.keepers.sort((a, b) => a.generation - b.generation);
    return keeper;
  }

  /** People see it in the list, and open it. */
  watch(): void {
    if (this.viewers.length > 0) return;
    const { agentUid, checks, requests, random, scale, parts } = this.setting;
    const { truth, room, inputs } = this;
    const kept: ViewerSetting['kept'] = (epoch, sequence) =>
      truth.at(epoch, sequence)?.kind !== 'gap' &&
      (room.oracle.holds(epoch, sequence) ||
        (!truth.isLost(epoch, sequence) && this.keeper?.has(epoch, sequence) === true));
    this.viewers = HISTORIES.map((history, index) => {
      const clientId = ClientIdSchema.parse(`${agentUid}-${index}`);
      return parts.viewer({
        history,
        truth,
        checks,
        requests,
        inputs,
        random,
        commands: this.commands,
        kept,
        hadStored: (epoch, sequence) => room.oracle.hadStored(epoch, sequence),
        hadSnapshot: () => room.hadSnapshot(clientId),
        agentId: AGENT_ID,
        codec: scale.codec,
        server: room,
        clientId,
      });
    });
  }
}
