import {
  describeIssue,
  err,
  LIMITS,
  ok,
  type Priority,
  type Result,
  TEAM_SCHEMAS,
  type ViewerPayload,
} from '@muster/protocol';
import { sentenceOf } from '../rest/to-sentence.ts';
import { parseDuration } from './duration.ts';

/** How a command is to run, as the console holds it: what was typed, right or wrong. */
export interface Options {
  readonly priority: Priority;
  /** As `5m`; empty: no limit. */
  readonly timeout: string;
  readonly interactive: boolean;
  readonly retries: number;
}
export const DEFAULTS: Options = { priority: 'normal', timeout: '', interactive: false, retries: 0 };

export type CommandRequest = ViewerPayload<'command:request'>;

/** The message to send, or what to mend, in a sentence. `hold`: the host is away, it waits for it (Q8). */
export function toRequest(
  agentId: string,
  line: string,
  options: Options,
  hold: boolean,
): Result<CommandRequest, string> {
  const timeout = parseDuration(options.timeout);
  if (!timeout.ok) return err(`The time limit ${timeout.error}.`);
  const parsed = TEAM_SCHEMAS['command:request'].safeParse({
    agentId,
    command: line,
    ...(options.priority === 'normal' ? {} : { priority: options.priority }),
    ...(timeout.value === null ? {} : { timeout: timeout.value }),
    ...(options.interactive ? { interactive: true } : {}),
    ...(options.retries > 0 ? { retries: options.retries } : {}),
    ...(hold ? { hold: true } : {}),
  });
  if (parsed.success) return ok(parsed.data);
  return err(sentenceOf(describeIssue(parsed.error)));
}

export const RETRIES_MOST = LIMITS.commandRetries;
