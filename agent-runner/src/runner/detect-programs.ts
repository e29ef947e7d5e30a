import { OFFERED_PROGRAMS } from '@muster/protocol';
import { resolveCommand } from '../program/command.ts';
import { programEnvironment } from '../program/environment.ts';

/** The programs that pages offer and a program started here would find, by the PATH that programs get (P6). */
export function detectPrograms(environment: Readonly<Record<string, string>>): string[] {
  const path = programEnvironment(environment, {}, 'terminal')['PATH'] ?? '';
  return OFFERED_PROGRAMS.filter((name) => isFound(name, path));
}

function isFound(name: string, path: string): boolean {
  try {
    resolveCommand(name, { directory: '/', path });
    return true;
  } catch {
    return false;
  }
}
