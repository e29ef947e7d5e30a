import { Keeper, type KeeperSetting } from './keeper.ts';
import { type LobbyEnd, type LobbySetting, TeamLobby } from './lobby.ts';
import { Room, type RoomEnd, type RoomSetting } from './room.ts';
import { Viewer, type ViewerSetting } from './viewer.ts';

/** The ends of a world: the real cores, or ones with a planted fault. */
export interface Parts {
  lobby(setting: LobbySetting): LobbyEnd;
  room(setting: RoomSetting): RoomEnd;
  keeper(setting: KeeperSetting, now: number): Keeper;
  viewer(setting: ViewerSetting): Viewer;
}

export const REAL_PARTS: Parts = {
  lobby: (setting) => new TeamLobby(setting),
  room: (setting) => new Room(setting),
  keeper: (setting, now) => new Keeper(setting, now),
  viewer: (setting) => new Viewer(setting),
};
