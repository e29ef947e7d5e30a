import { type WireError, wireError } from '@muster/protocol';

/** The launch parameters of a command, as its agent names them. */
export interface LaunchParameters {
  readonly workspace: string;
  readonly shell: string;
}

/** `workspace: must be …` of 0.1.0 without the name of the field, and a sentence as the end of one. */
function ruleIn(message: string, field: string): string {
  const rule = message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
  return /^[A-Z][a-z ]/.test(rule) ? rule.charAt(0).toLowerCase() + rule.slice(1) : rule;
}

function reasonOf({ message, details }: WireError, { workspace, shell }: LaunchParameters): string {
  const field = typeof details?.['field'] === 'string' ? details['field'] : '';
  const rule = ruleIn(message, field);
  if (field === 'workspace') return `its workspace ${workspace}: ${rule}`;
  if (field === 'program.command') return `its shell ${shell}: ${rule}`;
  return rule;
}

/**
 * Q11: why a command was not started, in words for the person who asked for it. A wrong setting of its agent is no fault of
 * the message that asked.
 */
export function startFailure(error: WireError, wanted: LaunchParameters): WireError {
  const code = error.code === 'INVALID_MESSAGE' ? 'AGENT_SPAWN_FAILED' : error.code;
  return wireError(code, `It was not started: ${reasonOf(error, wanted)}`, error.details);
}
