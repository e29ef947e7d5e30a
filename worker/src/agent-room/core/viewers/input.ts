import {
  asProgramInput,
  encodeInput,
  type InputFrame,
  LIMITS,
  type ToKeeperMessage,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { type CommandRecord, isActive } from '../commands/index.ts';
import { authorizeCommandResize, authorizeKeys, type Verdict } from '../driver/index.ts';
import { recordActivity } from '../reporting/index.ts';
import { countedClient, type Outcome, offlineError } from '../requests/index.ts';
import type { Viewer } from '../state.ts';
import type { Durable } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';
import { type Refused, roleRefusal } from './role.ts';

const utf8 = new TextEncoder();
const done: Outcome = { type: 'done' };
const refused = (error: WireError): Refused => ({ type: 'refused', error });

/** I2: at most once. It is passed on and not kept: what the keeper takes, `input:ack` tells. */
export function handleInput(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  payload: Extract<ViewerMessage, { type: 'agent:input' }>['payload'],
): Outcome {
  const { data = '', encoding = 'utf8', inputSequence, commandId, end = false } = payload;
  if (payload.data === undefined && !end)
    return refused(
      wireError('INVALID_MESSAGE', 'Give data to send, or say that the input ends', { field: 'data' }),
    );
  const refusedEnd = end ? endRefusal(work, durable, commandId) : null;
  if (refusedEnd !== null) return refused(refusedEnd);
  // A character is at most 3 bytes of UTF-8, so only a long text needs measuring.
  if (data.length * 3 > LIMITS.inputBytes && utf8.encode(data).length > LIMITS.inputBytes) {
    return refused(
      wireError('MESSAGE_TOO_LARGE', `An input has at most ${LIMITS.inputBytes} bytes`, {
        field: 'data',
      }),
    );
  }
  const clientId = payload.clientId ?? viewer.member.clientId;
  const answer = payload.answer === true;
  const verdict = authorizeInput(work, viewer, { commandId, clientId, answer });
  if (verdict.type === 'refused') return verdict;
  if (verdict.type === 'drop') return done;
  const head = {
    ...(inputSequence === undefined
      ? {}
      : { clientId: countedClient(viewer.member.id, clientId), inputSequence }),
    ...(answer ? { answer } : {}),
    ...(end ? { end } : {}),
  };
  return sendToKeeper(work, {
    type: 'program:input',
    payload: { data, encoding, commandId, ...head },
  });
}

/** P9: a terminal's input has no end, and a host of 0.1.0 closes none. */
function endRefusal(
  work: UnitOfWork,
  { placement }: Durable,
  commandId: string | undefined,
): WireError | null {
  const field = { field: 'end' };
  if (commandId !== undefined || placement.spec.kind === 'terminal')
    return wireError(
      'INVALID_STATE',
      'The input of a terminal cannot be closed. Send Ctrl-D (\\u0004) instead.',
      field,
    );
  if (reachableKeeper(work) === null || work.room.keeper?.endsInput === true) return null;
  const update = 'Update it, then stop and start its agents.';
  return wireError(
    'INVALID_STATE',
    `The agent-runner of this host is too old to close an input. ${update}`,
    field,
  );
}

/** I2: the same as a frame: nobody waits for its ack, and the keeper is given a frame too. */
export function handleInputFrame(work: UnitOfWork, viewer: Viewer, frame: InputFrame): void {
  const verdict = roleRefusal(viewer, 'agent:input') ?? authorizeInput(work, viewer, frame);
  if (verdict.type === 'drop') return;
  const outcome = verdict.type === 'refused' ? verdict : forwardKeys(work, counted(viewer, frame));
  if (outcome.type !== 'refused') return;
  const message = { type: 'error' as const, payload: outcome.error };
  work.afterCommit.push({ type: 'send', to: viewer.connection, message });
}

const counted = ({ member }: Viewer, frame: InputFrame): InputFrame => ({
  ...frame,
  clientId: countedClient(member.id, frame.clientId),
});

function forwardKeys(work: UnitOfWork, frame: InputFrame): Outcome {
  const keeper = reachableKeeper(work);
  if (keeper === null || work.room.keeper?.takesFrames !== true)
    return sendToKeeper(work, asProgramInput(frame));
  work.afterCommit.push({ type: 'forward', to: [keeper], bytes: encodeInput(frame) });
  return done;
}

/** Whether this viewer may send this input; if so, it gets the acks of the client it names from now on. */
function authorizeInput(
  work: UnitOfWork,
  viewer: Viewer,
  { commandId, clientId, answer: isAnswer }: Pick<InputFrame, 'commandId' | 'clientId' | 'answer'>,
): Found | Verdict {
  const verdict =
    commandId === undefined
      ? authorizeKeys(work, viewer, isAnswer)
      : authorizeCommandInput(work, viewer, commandId, isAnswer);
  if (verdict.type === 'pass') {
    viewer.inputClient = clientId;
    if (!isAnswer && work.room.durable !== null) recordActivity(work, work.room.durable);
  }
  return verdict;
}

type Found = { readonly type: 'pass'; readonly record: CommandRecord } | Refused;

export function findRunning(work: UnitOfWork, commandId: string): Found {
  const record = work.room.commands.get(commandId);
  if (record !== undefined && isActive(record.life)) return { type: 'pass', record };
  return refused(wireError('COMMAND_NOT_FOUND', 'No such command is running', { field: 'commandId' }));
}

/** Only an interactive command has a terminal, and reads. */
function findInteractive(work: UnitOfWork, commandId: string): Found {
  const found = findRunning(work, commandId);
  if (found.type === 'refused' || found.record.interactive) return found;
  return refused(
    wireError('INVALID_STATE', 'This command is not interactive: it takes no input', { field: 'commandId' }),
  );
}

/** X6: answers that a terminal gives by itself count only from the client that requested the command. */
function authorizeCommandInput(
  work: UnitOfWork,
  { member }: Viewer,
  commandId: string,
  isAnswer: boolean,
): Found | Verdict {
  const found = findInteractive(work, commandId);
  if (found.type === 'refused' || !isAnswer) return found;
  const { requestedBy, clientId } = found.record;
  return requestedBy === member.id && clientId === member.clientId ? found : { type: 'drop' };
}

export function authorizeCommandSize(work: UnitOfWork, viewer: Viewer, commandId: string): Verdict {
  const found = findInteractive(work, commandId);
  return found.type === 'refused' ? found : authorizeCommandResize(work.room, found.record, viewer);
}

export function sendToKeeper(work: UnitOfWork, message: ToKeeperMessage): Outcome {
  const keeper = reachableKeeper(work);
  if (keeper === null) return refused(offlineError(work.room));
  work.afterCommit.push({ type: 'send-to-keeper', keeper, message });
  return done;
}
