import { type CommandId, PRIORITIES, type ViewerMessage } from '@muster/protocol';
import { AGENT_ID } from '../agent.ts';
import type { World } from '../world.ts';
import { type Action, fault, life } from './action.ts';
import { restart } from './host.ts';

type OfOne = Extract<ViewerMessage, { payload: { commandId: unknown } }>;

function request(world: World): boolean {
  const { random } = world;
  const chance = () => random.next();
  const payload = {
    agentId: AGENT_ID,
    command: 'true',
    priority: random.pick([...PRIORITIES]),
    ...(chance() < 0.4 ? { hold: true } : {}),
    ...(chance() < 0.3 ? { retries: random.between(1, 2) } : {}),
    ...(chance() < 0.3 ? { timeout: random.pick([100, 2_000, 20_000]) } : {}),
  };
  return world.anyViewer()?.command({ type: 'command:request', payload }, world.now) ?? false;
}

/** Something is done to one of the last commands that somebody heard of. */
const toOne = (message: (world: World, commandId: CommandId) => OfOne) => (world: World) => {
  const viewer = world.anyViewer();
  const recent = viewer?.commands.slice(-8) ?? [];
  const commandId = recent[world.random.between(0, recent.length - 1)];
  if (viewer === undefined || commandId === undefined) return false;
  return viewer.command(message(world, commandId), world.now);
};

/** What people ask of an agent's commands, and how these get on: only in worlds that have any. */
export const COMMANDS: readonly Action[] = [
  life('command', 10, request),
  life('program', 45, (world) => world.programs.advance()),
  life(
    'interrupt',
    2,
    toOne(({ random }, commandId) => ({
      type: 'command:interrupt',
      payload: { commandId, force: random.next() < 0.3 },
    })),
  ),
  life(
    'cancelCommand',
    2,
    toOne((_, commandId) => ({ type: 'command:cancel', payload: { commandId } })),
  ),
  life(
    'moveCommand',
    3,
    toOne(({ random }, commandId) => ({
      type: 'command:move',
      payload: { commandId, position: random.between(1, 5) },
    })),
  ),
  life(
    'editCommand',
    2,
    toOne((_, commandId) => ({ type: 'command:edit', payload: { commandId, command: 'false' } })),
  ),
  life(
    'retryCommand',
    1,
    toOne((_, commandId) => ({ type: 'command:retry', payload: { commandId } })),
  ),
];

/** Only where there are commands. */
export const COMMAND_FAULTS = [
  fault('loseJournal', 1.3, (world) => restart(world, 0, 'lost')),
  fault('tornJournal', 1.3, (world) => restart(world, 0, 'torn')),
] as const;
