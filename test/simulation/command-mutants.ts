import { Journal } from '../../agent-runner/src/keeper/commands/journal.ts';
import type { Effect, RoomEvent } from '../../worker/src/agent-room/core/types.ts';
import { CommandHost, type CommandHostSetting } from './command-host.ts';
import type { JournalDisk } from './journal-disk.ts';
import { Keeper } from './keeper.ts';
import { Room } from './room.ts';

/** Lets the last be first when somebody leaves. */
export class Disorderly extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    const { durable } = this.state;
    if (event.type === 'disconnected' && durable !== null) {
      this.state.durable = { ...durable, queue: durable.queue.toReversed() };
    }
    return super.decide(event, now);
  }
}

/** Starts one more than may run. */
export class Greedy extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    const { durable } = this.state;
    if (durable === null) return super.decide(event, now);
    const { placement } = durable;
    const { spec } = placement;
    const more = { ...spec, concurrency: (spec.concurrency ?? 1) + 1 };
    this.state.durable = { ...durable, placement: { ...placement, spec: more } };
    const effects = super.decide(event, now);
    this.state.durable = { ...this.state.durable, placement };
    return effects;
  }
}

/** Tells nobody of an end. */
export class Mute extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    return super.decide(event, now).filter((effect) => {
      if (effect.type !== 'send' || effect.message.type !== 'command:status') return true;
      return effect.message.payload.status !== 'completed';
    });
  }
}

/** Takes every order for a new one, though its journal knows it. */
class Oblivious extends Journal {
  override knows(): boolean {
    return false;
  }
}
class ObliviousHost extends CommandHost {
  protected override open(file: JournalDisk): Journal {
    return new Oblivious(file);
  }
}
export class Eager extends Keeper {
  protected override hostOf(setting: CommandHostSetting): CommandHost {
    return new ObliviousHost(setting);
  }
}
