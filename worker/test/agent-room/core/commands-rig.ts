import { type CommandEnd, CommandIdSchema, type Epoch, type ServerPayload } from '@muster/protocol';
import type { Effect } from '../../../src/agent-room/core/types.ts';
import { E1, event, KEEPER, keeperMessages, opened, placementOf, Rig, sent, TEAM } from './rig.ts';

/** A room with one page `v` and a keeper that does as it is told. */
export class CommandRig {
  readonly rig = new Rig();
  epoch: Epoch = E1;
  private sequence = 1;
  private asked = 0;

  constructor(concurrency = 1) {
    const { spec } = placementOf(1);
    this.rig.do({ type: 'placed', team: TEAM, placement: { spec: { ...spec, concurrency }, generation: 1 } });
    this.hello();
    this.rig.join('v');
  }

  hello(): Effect[] {
    const greeted = this.rig.hello(KEEPER, { epoch: this.epoch, last: this.sequence } as never);
    return this.sequence === 1 ? [...greeted, ...this.rig.batch(opened(this.epoch))] : greeted;
  }

  /** The host was started anew. */
  reboot(epoch: Epoch): Effect[] {
    this.epoch = epoch;
    this.sequence = 1;
    const greeted = this.rig.hello(KEEPER, { epoch, last: 1 } as never);
    return [...greeted, ...this.rig.batch(opened(epoch))];
  }

  away(): Effect[] {
    return this.rig.leave(KEEPER);
  }

  /** As slowly as the agent's limit wants it. */
  send(type: string, payload: object, id = `m${++this.asked}`): Effect[] {
    const { durable } = this.rig.room;
    if (durable !== null) this.rig.room.durable = { ...durable, commandBucket: null, memberBuckets: {} };
    return this.rig.send('v', type as never, payload, id);
  }

  /** What is asked, and the id it was given. */
  ask(
    command: string,
    over: object = {},
    id?: string,
  ): { readonly effects: Effect[]; readonly commandId: string } {
    const effects = this.send('command:request', { agentId: 'a', command, ...over }, id);
    return { effects, commandId: String(sent(effects, 'v', 'ack')[0]?.result?.['commandId']) };
  }

  started(commandId: string): Effect[] {
    const id = CommandIdSchema.parse(commandId);
    return this.frame({ type: 'command:started', commandId: id, pid: 7, startedAt: 5 });
  }

  resized(commandId: string, cols: number, rows: number): Effect[] {
    return this.frame({ type: 'command:resized', commandId: CommandIdSchema.parse(commandId), cols, rows });
  }

  ended(commandId: string, end: CommandEnd & { readonly interrupted?: boolean } = { exitCode: 0 }): Effect[] {
    const id = CommandIdSchema.parse(commandId);
    return this.frame({ type: 'command:ended', commandId: id, interrupted: false, ...end });
  }

  private frame(what: Parameters<typeof event>[2]): Effect[] {
    this.sequence += 1;
    return this.rig.batch(event(this.epoch, this.sequence, what));
  }

  statuses(effects: readonly Effect[]): string[] {
    return sent(effects, 'v', 'command:status').map(({ status }) => status);
  }

  starts(effects: readonly Effect[]): string[] {
    return keeperMessages(effects, 'command:start').map(({ command }) => command);
  }

  error(effects: readonly Effect[]): string | undefined {
    const error = sent(effects, 'v', 'ack')[0]?.error;
    return error === undefined ? undefined : `${error.code} ${error.details?.['field'] ?? ''}`.trim();
  }

  queue(effects: readonly Effect[]): ServerPayload<'command:queue'> | undefined {
    return sent(effects, 'v', 'command:queue').at(-1);
  }

  waiting(effects: readonly Effect[]): string[] | undefined {
    return this.queue(effects)?.queue.map(({ command, position }) => `${position} ${command}`);
  }
}
