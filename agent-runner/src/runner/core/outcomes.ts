import { wireError } from '@muster/protocol';
import { keeperIsDown, keeperIsUp } from './keepers.ts';
import { logError } from './log.ts';
import { forgetStart, placementOf } from './state.ts';
import {
  answer,
  archive,
  bringUp,
  completeRemoval,
  continueUp,
  continueUpdated,
  end,
  fail,
  perform,
  save,
  spawn,
  succeed,
  undo,
} from './tasks.ts';
import type { Agent, KeeperReport, Outcome, Stage, Task, UnitOfWork } from './types.ts';

type Failure = Extract<Outcome, { type: 'failed' }>;
const ARCHIVED = wireError(
  'INVALID_STATE',
  'The room refused this start of the agent; its keeper archived it',
);

/** The outcome of an agent's step, of which only the newest counts. */
export function handleOutcome(work: UnitOfWork, agent: Agent, step: number, outcome: Outcome): void {
  const { activity } = agent;
  if (activity.type === 'idle' || activity.step !== step) return;
  const { task, stage } = activity;
  switch (outcome.type) {
    case 'done':
      return handleDone(work, agent, task, stage);
    case 'ended':
      return handleEnded(work, agent, task, stage, outcome.isStopped);
    case 'absent':
      return handleAbsent(work, agent, task, outcome.hasFiles);
    case 'report':
      if (outcome.error !== undefined) return handleRefusedStart(work, agent, task, outcome.error);
      return handleReport(work, agent, task, stage, outcome.report);
    case 'failed':
      return handleFailure(work, agent, task, stage, outcome);
  }
}

function handleDone(work: UnitOfWork, agent: Agent, task: Task, stage: Stage): void {
  if (stage.at === 'undo-discard') {
    forgetStart(agent);
    return answer(work, agent, task, { error: stage.error });
  }
  if (stage.at === 'archive') forgetStart(agent);
  if (task.type === 'remove') return completeRemoval(work, agent, task);
  if (task.type === 'bring-up') return;
  if (stage.at === 'save') {
    agent.files = { type: 'placed', placement: task.operation.placement };
    if (task.type === 'install') agent.isNew = true;
    return bringUp(work, agent, task);
  }
  if (stage.at === 'check' && agent.files.type === 'placed') return end(work, agent, task);
  save(work, agent, task);
}

function handleEnded(work: UnitOfWork, agent: Agent, task: Task, stage: Stage, isStopped: boolean): void {
  keeperIsDown(work, agent);
  if (stage.at === 'undo-end')
    return perform(work, agent, task, { at: 'undo-discard', error: stage.error }, { type: 'discard' });
  // P10: a new generation does not start what had ended.
  if (task.type === 'install' && task.operation.type === 'place') task.stopped = isStopped;
  archive(work, agent, task);
}

function handleAbsent(work: UnitOfWork, agent: Agent, task: Task, hasFiles: boolean): void {
  const placement = placementOf(agent);
  if (hasFiles && placement !== null) return spawn(work, agent, task, placement.spec);
  forgetStart(agent);
  fail(work, agent, task, ARCHIVED);
}

function handleReport(work: UnitOfWork, agent: Agent, task: Task, stage: Stage, report: KeeperReport): void {
  switch (stage.at) {
    case 'adopt':
    case 'spawn':
      // A change reported meanwhile is newer than this answer.
      keeperIsUp(work, agent, stage.linked ?? report.linked);
      return continueUp(work, agent, task, report);
    case 'status':
      return continueUp(work, agent, task, report);
    case 'update':
      return continueUpdated(work, agent, task, report);
    default:
      return succeed(work, agent, task, report);
  }
}

/** The program could not be started: its keeper says why. */
function handleRefusedStart(work: UnitOfWork, agent: Agent, task: Task, error: Failure['error']): void {
  if (task.type === 'install') undo(work, agent, task, error);
  else fail(work, agent, task, error);
}

function handleFailure(work: UnitOfWork, agent: Agent, task: Task, stage: Stage, failure: Failure): void {
  const { error, cause, hasFiles } = failure;
  if (!hasFiles && agent.files.type === 'placed') forgetStart(agent);
  logError(work, agent, FAILURES[task.type], cause);
  if (stage.at === 'undo-end' || stage.at === 'undo-discard') return failUndo(work, agent, task, stage.error);
  const isBegun = stage.at !== 'check' && stage.at !== 'end' && stage.at !== 'archive';
  if (task.type === 'install' && task.operation.type === 'place' && isBegun)
    return undo(work, agent, task, error);
  fail(work, agent, task, error);
}

/** What is left of it is removed as soon as that works. */
function failUndo(work: UnitOfWork, agent: Agent, task: Task, error: Failure['error']): void {
  answer(work, agent, task, { error });
  agent.queue.unshift({ type: 'remove', requestId: null });
}

const FAILURES: Readonly<Record<Task['type'], string>> = {
  'bring-up': 'a keeper did not come up',
  install: 'an agent could not be placed',
  update: 'an agent could not be placed',
  remove: 'an agent could not be removed',
};
