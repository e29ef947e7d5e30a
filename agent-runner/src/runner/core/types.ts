import type {
  AgentSpec,
  AgentUid,
  Placement,
  ProgramState,
  RunnerMessage,
  ToRunnerMessage,
  WireError,
} from '@muster/protocol';

export interface Context {
  /** ms since 1970. */
  readonly now: number;
}

type Hello = Extract<RunnerMessage, { type: 'runner:hello' }>['payload'];
type Welcome = Extract<ToRunnerMessage, { type: 'lobby:welcome' }>['payload'];
/** What an answer to the lobby quotes. */
export type RequestId = Extract<ToRunnerMessage, { type: 'agent:place' }>['payload']['requestId'];
export type ListedAgent = Welcome['agents'][number];
/** What the hello says of the machine. */
export type HostIntroduction = Omit<Hello, 'agents'>;

/** How a keeper stands, in the answer to each of its runner's requests. */
export interface KeeperReport {
  readonly state: ProgramState;
  /** It has its room. */
  readonly linked: boolean;
  /** P10: only a person may start its program. From disk, where the keeper writes it. */
  readonly isStopped: boolean;
}

/** One thing that a shell does for one agent. Its outcome is the next `performed` of that agent. */
export type Action =
  /** Whether this host can run it, as far as can be seen. Outcome: done. */
  | { readonly type: 'check'; readonly spec: AgentSpec }
  /** `stopped`: only a person may start it (P10). Outcome: done. */
  | { readonly type: 'save'; readonly placement: Placement; readonly stopped: boolean }
  /** Moves its files out of the way. Outcome: done. */
  | { readonly type: 'archive'; readonly generation: number; readonly at: number }
  /** Removes its files. Outcome: done. */
  | { readonly type: 'discard' }
  /** Attaches to the keeper that runs. Outcome: report or absent. */
  | { readonly type: 'adopt' }
  /** Starts a keeper and attaches to it; `start`: its program too. Outcome: report. */
  | { readonly type: 'spawn'; readonly start: boolean }
  /** Outcome: report. */
  | { readonly type: 'ask'; readonly request: KeeperRequest }
  /** Ends the keeper, its program, and what a dead keeper left. `soon`: by force after a grace. Outcome: ended. */
  | { readonly type: 'end'; readonly reason: string; readonly soon: boolean };

export type KeeperRequest =
  | { readonly do: 'status' }
  | { readonly do: 'start' }
  | { readonly do: 'place'; readonly placement: Placement };

/** `hasFiles`: its placement is still on disk; a keeper that its room refused archives it and goes (N2). */
export type Outcome =
  | { readonly type: 'done' }
  | { readonly type: 'report'; readonly report: KeeperReport; readonly error?: WireError }
  | { readonly type: 'absent'; readonly hasFiles: boolean }
  | { readonly type: 'ended'; readonly isStopped: boolean }
  /** `cause`: for the log; nothing of it leaves the host. */
  | {
      readonly type: 'failed';
      readonly error: WireError;
      readonly cause?: unknown;
      readonly hasFiles: boolean;
    };

export type RunnerEvent =
  /** The agents whose files are on this host; null: their placement cannot be read. */
  | { readonly type: 'recovered'; readonly agents: ReadonlyMap<AgentUid, Placement | null> }
  | { readonly type: 'link-opened'; readonly host: HostIntroduction }
  | { readonly type: 'link-lost' }
  | { readonly type: 'lobby-message'; readonly message: ToRunnerMessage }
  | {
      readonly type: 'performed';
      readonly agentUid: AgentUid;
      readonly step: number;
      readonly outcome: Outcome;
    }
  /** A keeper found its room, or lost it. */
  | { readonly type: 'keeper-linked'; readonly agentUid: AgentUid; readonly linked: boolean }
  /** A keeper's control socket closed: it is gone. */
  | { readonly type: 'keeper-closed'; readonly agentUid: AgentUid; readonly hasFiles: boolean }
  | { readonly type: 'timer'; readonly agentUid: AgentUid }
  /** The runner ends, and unless `endAgents` its keepers go on. */
  | { readonly type: 'stop'; readonly endAgents: boolean };

export type Effect =
  /** Lost where there is no socket. */
  | { readonly type: 'send'; readonly message: RunnerMessage }
  | {
      readonly type: 'perform';
      readonly agentUid: AgentUid;
      /** The outcome quotes it. */
      readonly step: number;
      readonly action: Action;
    }
  /** Give a `timer` then, ms since 1970; null: not any more. */
  | { readonly type: 'set-timer'; readonly agentUid: AgentUid; readonly at: number | null }
  | {
      readonly type: 'log';
      readonly level: 'warn' | 'error';
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    }
  /** Nothing is left to do: the shell lets go of the keepers. */
  | { readonly type: 'stopped' };

/** What the lobby, a start of the runner or a timer wants of an agent. `requestId` null: nobody waits for an answer. */
export type Operation =
  /** P3, P4: its keeper is to be there, whichever placement it has. */
  | { readonly type: 'bring-up'; readonly requestId: null }
  /** N2. `wanted`: of an agent whose data this host has not, only its room knows whether it ran (P10). */
  | {
      readonly type: 'list';
      readonly requestId: null;
      readonly placement: Placement;
      readonly wanted: boolean;
    }
  | { readonly type: 'place'; readonly requestId: RequestId; readonly placement: Placement }
  | { readonly type: 'remove'; readonly requestId: RequestId | null };

/** Which outcome is awaited. */
export type Stage =
  | { readonly at: 'check' | 'end' | 'archive' | 'save' }
  /** `linked`: what the keeper reported meanwhile; null: nothing. */
  | { readonly at: 'adopt' | 'spawn'; linked: boolean | null }
  | { readonly at: 'status' | 'update' | 'start' }
  /** `error`: why it is undone. */
  | { readonly at: 'undo-end' | 'undo-discard'; readonly error: WireError };

/** What is being done for an agent. */
export type Task =
  | { readonly type: 'bring-up' }
  /** A start that is new here. `stopped`: as saved with it. */
  | {
      readonly type: 'install';
      readonly operation: Extract<Operation, { type: 'list' | 'place' }>;
      stopped: boolean;
    }
  /** A start that is here, perhaps with a newer spec. */
  | {
      readonly type: 'update';
      readonly operation: Extract<Operation, { type: 'list' | 'place' }>;
      readonly changed: boolean;
    }
  | { readonly type: 'remove'; readonly operation: Extract<Operation, { type: 'remove' }> };

export type Activity =
  /** `retry`: what is tried again, and when, ms since 1970; null: all is well. */
  | { readonly type: 'idle'; readonly retry: { readonly operation: Operation; readonly at: number } | null }
  | { readonly type: 'busy'; readonly task: Task; readonly stage: Stage; readonly step: number };

export type Files =
  | { readonly type: 'none' }
  | { readonly type: 'placed'; readonly placement: Placement }
  | { readonly type: 'unreadable' };

export type Keeper =
  | { readonly type: 'down' }
  /** `since`: ms since 1970. */
  | { readonly type: 'up'; readonly since: number; readonly linked: boolean };

export interface Agent {
  readonly agentUid: AgentUid;
  files: Files;
  keeper: Keeper;
  /** Placed here by this runner, and its keeper has not found its room yet: the lobby takes that for granted. */
  isNew: boolean;
  activity: Activity;
  /** In order, behind what is being done. */
  readonly queue: Operation[];
  /** Tries in a row after which its keeper was not there. */
  failures: number;
}

export type Phase =
  | { readonly type: 'running' }
  /** `ending`: agents whose end is awaited. */
  | { readonly type: 'stopping'; readonly ending: Set<AgentUid> };

/** All that a runner knows. */
export interface Runner {
  phase: Phase;
  /** Its socket to the lobby. Links of keepers are reported only once the lobby has sent what it has. */
  link: 'down' | 'open' | 'welcomed';
  readonly agents: Map<AgentUid, Agent>;
  steps: number;
}

/** One event being handled: the effects so far. */
export interface UnitOfWork {
  readonly runner: Runner;
  readonly now: number;
  readonly out: Effect[];
}
