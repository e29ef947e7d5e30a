import { type WireError, wireError } from '@muster/protocol';
import { systemErrorInWords } from '../program/errno.ts';
import { ProgramError } from '../program/program.ts';

/** The error that a person sees; the details of an unexpected fault stay in the log. */
export function asWireError(error: unknown): WireError {
  if (error instanceof ProgramError) return wireError(error.code, error.message, { field: error.field });
  const refusal = systemErrorInWords(error);
  if (refusal !== null) return wireError('RESOURCE_EXHAUSTED', `the host refused: ${refusal}`);
  return wireError('INTERNAL_ERROR', 'the agent-runner failed; its log says more');
}
