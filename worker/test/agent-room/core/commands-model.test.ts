import { EpochSchema, PRIORITIES } from '@muster/protocol';
import { expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { type ModelCommand, QueueModel } from './commands-model.ts';
import { CommandRig } from './commands-rig.ts';
import { commandsIn, sent } from './rig.ts';

const RUNS = 5_000;
const which = fc.nat(200);
const ask = fc.record({
  priority: fc.constantFrom(...PRIORITIES),
  hold: fc.boolean(),
  retries: fc.constantFrom(0, 0, 0, 2),
});
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('ask' as const), wish: ask }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel' as const, 'interrupt' as const, 'retry' as const),
      which,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      which,
      position: fc.integer({ min: 1, max: 116 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), which }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('started' as const), which }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('ended' as const), which, exitCode: fc.constantFrom(0, 1) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('away' as const, 'back' as const, 'sleep' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reboot' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(500, 1_000, 30_000) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The room beside the model: the same is done to both, and after each step they are to be the same. */
class Pair {
  readonly room: CommandRig;
  readonly model: QueueModel;
  /** By the model's number: the room's id, and the last word on it. */
  private readonly ids: string[] = [];
  private readonly words = new Map<string, string>();
  private seen = 0;
  private epochs = 0xe1;

  constructor(concurrency: number) {
    this.room = new CommandRig(concurrency);
    this.model = new QueueModel(concurrency);
    this.model.now = this.room.rig.now;
  }

  /** What is refused, by both or by none. */
  private asked(refusal: string | null, effects: ReturnType<CommandRig['send']>): void {
    expect(this.said(effects)).toBe(refusal);
  }

  private said = (effects: ReturnType<CommandRig['send']>) => this.room.error(effects)?.split(' ')[0] ?? null;

  private pick(index: number): ModelCommand | undefined {
    const { all } = this.model;
    return all.length === 0 ? undefined : all[index % all.length];
  }

  private idOf = ({ n }: ModelCommand): string => this.ids[n] ?? 'a.none';

  /** Q3 comes into play. */
  flood(times: number): void {
    for (let n = 0; n < times; n += 1) this.ask({ priority: 'normal', hold: true, retries: 0 });
  }

  take(todo: Step): void {
    const { room, model } = this;
    switch (todo.do) {
      case 'ask':
        return this.ask(todo.wish);
      case 'away':
        if (model.online) room.away();
        model.online = false;
        return;
      case 'back':
        if (!model.online) room.hello();
        model.online = true;
        model.pump();
        return;
      case 'sleep':
        return room.rig.sleep();
      case 'reboot':
        this.epochs += 1;
        room.reboot(EpochSchema.parse(this.epochs.toString(16).padStart(16, '0')));
        return model.lose();
      case 'wait':
        room.rig.now += todo.ms;
        model.now += todo.ms;
        room.rig.do({ type: 'disconnected', connection: 'nobody' });
        model.pump();
        return;
      default: {
        const command = this.pick(todo.which);
        if (command !== undefined) this.about(todo, command);
      }
    }
  }

  private ask(wish: {
    readonly priority: ModelCommand['priority'];
    readonly hold: boolean;
    readonly retries: number;
  }): void {
    const line = `line ${this.model.all.length}`;
    this.asked(this.model.ask({ ...wish, line }), this.room.ask(line, wish).effects);
  }

  private about(todo: Extract<Step, { which: number }>, command: ModelCommand): void {
    const { room, model } = this;
    const commandId = this.idOf(command);
    switch (todo.do) {
      case 'cancel':
      case 'interrupt':
      case 'retry':
        return this.order(command, todo.do, {}, () => model[todo.do](command));
      case 'move': {
        const { position } = todo;
        return this.order(command, 'move', { position }, () => model.move(command, position));
      }
      case 'edit': {
        const line = `${command.line}!`;
        return this.order(command, 'edit', { command: line }, () => model.edit(command, line));
      }
      // A host says nothing of what it was never told, or while it is away.
      case 'started':
        if (!model.online || this.neverTold(command)) return;
        room.started(commandId);
        return model.started(command);
      case 'ended':
        if (!model.online || this.neverTold(command)) return;
        room.ended(commandId, { exitCode: todo.exitCode, interrupted: command.stopping });
        return model.ended(command, todo.exitCode);
    }
  }

  /** Q10: nothing can be done with what the room has forgotten. */
  private order(
    command: ModelCommand,
    what: string,
    payload: Record<string, unknown>,
    inModel: () => ReturnType<QueueModel['edit']>,
  ): void {
    const known = this.model.isKnown(command);
    const said = this.said(this.room.send(`command:${what}`, { commandId: this.idOf(command), ...payload }));
    if (said !== 'COMMAND_NOT_FOUND') expect([known === false, said]).toEqual([false, inModel()]);
    else expect(known).not.toBe(true);
  }

  private neverTold = (command: ModelCommand) => command.status === 'queued' && !command.active;

  check(): void {
    for (const { commandId, status } of sent(this.room.rig.effects.slice(this.seen), 'v', 'command:status')) {
      if (!this.words.has(commandId)) this.ids.push(commandId);
      this.words.set(commandId, status);
    }
    this.seen = this.room.rig.effects.length;
    const shown = commandsIn(this.room.rig);
    expect(shown.queue.map(({ command }) => command)).toEqual(this.model.queue.map(({ line }) => line));
    expect(shown.queue.map(({ position }) => position)).toEqual(
      this.model.queue.map((_, index) => index + 1),
    );
    expect(shown.queue.map(({ commandId }) => commandId)).toEqual(this.model.queue.map(this.idOf));
    expect(shown.running.map(({ commandId }) => commandId).sort()).toEqual(
      this.model.active.map(this.idOf).sort(),
    );
    expect(this.ids.map((id) => this.words.get(id))).toEqual(this.model.all.map(({ status }) => status));
  }
}

it(`[Q1–Q3, Q5, Q7–Q11] battery 14: ${RUNS} random lives of a queue are those of the model`, () => {
  const life = fc.record({
    concurrency: fc.constantFrom(1, 1, 2, 16),
    // A full queue is slow to fill: one life in 32 begins with one.
    flood: fc.nat(31).map((n) => (n === 0 ? 102 : 0)),
    steps: fc.array(step, { maxLength: 24, size: 'max' }),
  });
  fc.assert(
    fc.property(life, ({ concurrency, flood, steps }) => {
      const pair = new Pair(concurrency);
      pair.flood(flood);
      pair.check();
      for (const todo of steps) {
        pair.take(todo);
        pair.check();
      }
    }),
    { numRuns: RUNS },
  );
});
