import type { AgentSpec, Placement, WireError } from '@muster/protocol';
import { type PlacementResult, sendPlaced, sendRemoved } from './reports.ts';
import { scheduleRetry } from './retries.ts';
import { placementOf } from './state.ts';
import type { Action, Agent, KeeperReport, Stage, Task, UnitOfWork } from './types.ts';

/** Asks the shell for one action of a task; the outcome comes back with this step's number. */
export function perform(work: UnitOfWork, agent: Agent, task: Task, stage: Stage, action: Action): void {
  const { runner, out } = work;
  runner.steps += 1;
  agent.activity = { type: 'busy', task, stage, step: runner.steps };
  out.push({ type: 'perform', agentUid: agent.agentUid, step: runner.steps, action });
}

export function end(work: UnitOfWork, agent: Agent, task: Task): void {
  const reason = task.type === 'remove' ? 'the agent was removed' : 'the agent was placed anew';
  perform(work, agent, task, { at: 'end' }, { type: 'end', reason, soon: false });
}

export function archive(work: UnitOfWork, agent: Agent, task: Task): void {
  const generation = placementOf(agent)?.generation ?? 0;
  perform(work, agent, task, { at: 'archive' }, { type: 'archive', generation, at: work.now });
}

export function save(
  work: UnitOfWork,
  agent: Agent,
  task: Extract<Task, { type: 'install' | 'update' }>,
): void {
  const { placement } = task.operation;
  const stopped = task.type === 'install' && task.stopped;
  perform(work, agent, task, { at: 'save' }, { type: 'save', placement, stopped });
}

/** P3: adopts the keeper that runs; one that is attached already is asked how it stands. */
export function bringUp(work: UnitOfWork, agent: Agent, task: Task): void {
  if (agent.keeper.type === 'down')
    return perform(work, agent, task, { at: 'adopt', linked: null }, { type: 'adopt' });
  perform(work, agent, task, { at: 'status' }, { type: 'ask', request: { do: 'status' } });
}

/** P3: none runs. An agent that is being placed has its program started afterwards, so that the answer has the outcome. */
export function spawn(work: UnitOfWork, agent: Agent, task: Task, spec: AgentSpec): void {
  const start = spec.autostart && !(task.type === 'install' && task.operation.type === 'place');
  perform(work, agent, task, { at: 'spawn', linked: null }, { type: 'spawn', start });
}

/** The keeper is there: what else its agent needs. */
export function continueUp(work: UnitOfWork, agent: Agent, task: Task, report: KeeperReport): void {
  switch (task.type) {
    case 'bring-up':
    case 'remove':
      return succeed(work, agent, task, report);
    case 'install': {
      const { type, placement } = task.operation;
      const starts = type === 'place' && startsItself(placement) && !task.stopped;
      return starts ? start(work, agent, task) : succeed(work, agent, task, report);
    }
    case 'update': {
      // A keeper that waits for its next try at the room learns by it that the server is back.
      if (!task.changed && report.linked) return continueUpdated(work, agent, task, report);
      const { placement } = task.operation;
      return perform(
        work,
        agent,
        task,
        { at: 'update' },
        { type: 'ask', request: { do: 'place', placement } },
      );
    }
  }
}

/** The lobby places it again: a program that never ran is started after all, whatever else it is stays so. */
export function continueUpdated(work: UnitOfWork, agent: Agent, task: Task, report: KeeperReport): void {
  const { status, exitCode, signal } = report.state;
  const hasEnded = exitCode !== undefined || signal !== undefined || report.isStopped;
  const neverRan = status === 'stopped' && !hasEnded;
  const isPlaced = task.type === 'update' && task.operation.type === 'place';
  if (isPlaced && neverRan && startsItself(task.operation.placement)) return start(work, agent, task);
  succeed(work, agent, task, report);
}

const startsItself = ({ spec }: Placement) => spec.autostart && spec.program !== undefined;

function start(work: UnitOfWork, agent: Agent, task: Task): void {
  perform(work, agent, task, { at: 'start' }, { type: 'ask', request: { do: 'start' } });
}

/** On error nothing half-made stays of a new agent. */
export function undo(work: UnitOfWork, agent: Agent, task: Task, error: WireError): void {
  const reason = 'it could not be placed';
  perform(work, agent, task, { at: 'undo-end', error }, { type: 'end', reason, soon: true });
}

export function succeed(work: UnitOfWork, agent: Agent, task: Task, { state }: KeeperReport): void {
  answer(work, agent, task, { state });
}

/** The task is over; the one who asked for a placement has the result. */
export function answer(work: UnitOfWork, agent: Agent, task: Task, result: PlacementResult): void {
  agent.activity = { type: 'idle', retry: null };
  if ((task.type === 'install' || task.type === 'update') && task.operation.type === 'place')
    sendPlaced(work, agent, task.operation, result);
}

export function completeRemoval(
  work: UnitOfWork,
  agent: Agent,
  task: Extract<Task, { type: 'remove' }>,
): void {
  agent.activity = { type: 'idle', retry: null };
  sendRemoved(work, agent.agentUid, task.operation);
}

/** A placement that was asked for is answered. Anything else is tried again until the lobby says otherwise. */
export function fail(work: UnitOfWork, agent: Agent, task: Task, error: WireError): void {
  answer(work, agent, task, { error });
  if (task.type === 'bring-up') return;
  const { operation } = task;
  if (operation.type !== 'place') scheduleRetry(work, agent, operation);
}
