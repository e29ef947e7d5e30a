import { adapterOfProgram, type Program } from '@muster/protocol';
import { ProgramError } from '../../program/program.ts';

const MISSING = /^There is no program /;

/** Why an adapter cannot be started, with what to do where Muster knows it; any other error as it is. */
export function adapterProblem(error: unknown, program: Program | undefined): unknown {
  const adapter = program === undefined ? null : adapterOfProgram(program);
  if (adapter === null || !(error instanceof ProgramError) || !MISSING.test(error.message)) return error;
  const how = adapter.package === null ? '' : `: npm install --global ${adapter.package}`;
  const needs = adapter.node === null ? '' : ` It needs Node ${adapter.node} or later.`;
  const message = `There is no program ${adapter.program.command} on this host. Install ${adapter.title} on it${how}.${needs}`;
  return new ProgramError(error.code, message, error.field);
}
