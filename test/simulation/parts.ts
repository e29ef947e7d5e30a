import { Keeper, type KeeperSetting } from './keeper.ts';
import { type LobbyEnd, type LobbySetting, TeamLobby } from './lobby.ts';
import { Room, type RoomEnd, type RoomSetting } from './room.ts';
import { Runner, type RunnerSetting } from './runner.ts';
import { Viewer, type ViewerSetting } from './viewer.ts';

/** The ends of a world: the real cores, or ones with a planted fault. */
export interface Parts {
  lobby(setting: LobbySetting): LobbyEnd;
  room(setting: RoomSetting): RoomEnd;
  keeper(setting: KeeperSetting, now: number): Keeper;
  runner(setting: RunnerSetting): Runner;
  viewer(setting: ViewerSetting): Viewer;
}

export const REAL_PARTS: Parts = {
  lobby: (setting) => new TeamLobby(setting),
  room: (setting) => new Room(setting),
  keeper: (setting, now) => new Keeper(setting, now),
  runner: (setting) => new Runner(setting),
  viewer: (setting) => new Viewer(setting),
};
