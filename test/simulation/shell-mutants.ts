import type { RoomState } from '../../worker/src/agent-room/core/state.ts';
import type { Commit } from '../../worker/src/agent-room/core/types.ts';
import type { Rule } from './checks.ts';
import type { Parts } from './parts.ts';
import { ShellRoom, WatchedRoom } from './shell-room.ts';
import { SHELL_PARTS } from './shells.ts';

/** A store that forgets which requests were answered. */
class ForgetfulStore extends WatchedRoom {
  protected override commit({ requests: _, ...rest }: Commit): void {
    super.commit(rest);
  }
}

/** A store that loses commands. */
class LeakyStore extends WatchedRoom {
  protected override commit({ commands: _, ...rest }: Commit): void {
    super.commit(rest);
  }
}

/** A shell that wakes without those who watch. */
class LonelyShell extends WatchedRoom {
  protected override wake(): RoomState {
    const state = super.wake();
    state.viewers.clear();
    state.watching = 0;
    return state;
  }
}

/** A shell that does nothing when its alarm rings. */
class DeafShell extends WatchedRoom {
  override async alarm(): Promise<void> {}
}

/** A shell that hears of no socket that closed. */
class AbsentShell extends WatchedRoom {
  override webSocketClose(): void {}
}

const withRoom = (kind: typeof WatchedRoom): Parts => ({
  ...SHELL_PARTS,
  room: (setting) => new ShellRoom(setting, kind),
});

/** Faults around the cores, where only the shells are. */
export const PLANTED_IN_SHELLS: readonly {
  readonly fault: string;
  readonly rule: Rule;
  readonly parts: Parts;
}[] = [
  { fault: 'a store forgets answered requests', rule: 'I1', parts: withRoom(ForgetfulStore) },
  { fault: 'a store loses commands', rule: 'Q10', parts: withRoom(LeakyStore) },
  { fault: 'a shell wakes without its viewers', rule: 'S7', parts: withRoom(LonelyShell) },
  { fault: 'a shell ignores its alarm', rule: 'R3', parts: withRoom(DeafShell) },
  { fault: 'a shell misses closed sockets', rule: 'R3', parts: withRoom(AbsentShell) },
];
