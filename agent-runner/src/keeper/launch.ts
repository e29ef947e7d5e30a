import type { AgentSpec, Program } from '@muster/protocol';
import type { OwnerEnvironment } from '../host/owner-environment.ts';
import { programEnvironment } from '../program/environment.ts';
import { ProgramError } from '../program/program.ts';
import { checkProgram } from '../program/start.ts';
import { resolveWorkspace } from '../program/workspace.ts';
import { adapterProblem } from './conversations/adapter-problem.ts';

/** The arguments of a start, beside its tag. */
export interface Launch {
  readonly kind: AgentSpec['kind'];
  readonly program: Program;
  readonly directory: string;
  readonly workspace: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly umask: number;
}

/** @throws ProgramError when its directory is not allowed (X9) or it has no program */
export function toLaunch(spec: AgentSpec, roots: readonly string[], owner: OwnerEnvironment): Launch {
  const { kind, program, workspace } = spec;
  const directory = resolveWorkspace(workspace, roots);
  if (program === undefined)
    throw new ProgramError('INVALID_STATE', 'This agent has no program: it only runs commands', 'program');
  const environment = programEnvironment(owner.variables, spec.environment, kind);
  return { kind, program, directory, workspace, environment, umask: owner.umask };
}

/** Whatever can be refused of a start, before anything is ended for it. @throws ProgramError */
export function checkLaunch(spec: AgentSpec, roots: readonly string[], owner: OwnerEnvironment): void {
  try {
    checkProgram(toLaunch(spec, roots, owner));
  } catch (error) {
    throw spec.kind === 'acp' ? adapterProblem(error, spec.program) : error;
  }
}
