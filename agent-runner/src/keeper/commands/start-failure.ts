import { type WireError, wireError } from '@muster/protocol';

/** What a command was to be started with, as its agent names it. */
export interface Wanted {
  readonly workspace: string;
  readonly shell: string;
}

/** `workspace: must be …` without the name of the field. */
const withoutField = (message: string, field: string): string =>
  message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;

function reasonOf({ message, details }: WireError, { workspace, shell }: Wanted): string {
  const field = typeof details?.['field'] === 'string' ? details['field'] : '';
  const rule = withoutField(message, field);
  if (field === 'workspace') return `its workspace ${workspace}: ${rule}`;
  if (field === 'program.command') return `its shell ${shell}: ${rule}`;
  return rule;
}

/**
 * Q11: why a command was not started, in words for the person who asked for it. A wrong setting of its agent is no fault of
 * the message that asked.
 */
export function startFailure(error: WireError, wanted: Wanted): WireError {
  const code = error.code === 'INVALID_MESSAGE' ? 'AGENT_SPAWN_FAILED' : error.code;
  return wireError(code, `It was not started: ${reasonOf(error, wanted)}`, error.details);
}
