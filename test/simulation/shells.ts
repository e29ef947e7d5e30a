import { type Parts, REAL_PARTS } from './parts.ts';
import { installPlatform, within } from './platform/globals.ts';
import { ShellLobby } from './shell-lobby.ts';
import { ShellRoom } from './shell-room.ts';
import { World } from './world.ts';

/** The Durable Objects as they ship, where `REAL_PARTS` has their cores alone. */
export const SHELL_PARTS: Parts = {
  ...REAL_PARTS,
  room: (setting) => new ShellRoom(setting),
  lobby: (setting) => new ShellLobby(setting),
};

/** When a world begins, ms since 1970. */
const START = 1_000_000;

export interface Life {
  /** Default: all as they ship. */
  readonly parts?: Parts;
  /** Gets the world before anything happens in it. */
  readonly begun?: (world: World) => void;
}

/** Runs a world on the simulated platform, which has its clock and its chance. @throws Violation */
export function liveInShells(seed: number, steps: number, { parts = SHELL_PARTS, begun }: Life = {}): World {
  installPlatform();
  let world: World | null = null;
  let ids = 0;
  const ambient = {
    now: () => world?.now ?? START,
    freshId: () => `${(++ids).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
  };
  return within(ambient, () => {
    world = new World(seed, parts);
    begun?.(world);
    world.run(steps);
    return world;
  });
}
