import { realpathSync } from 'node:fs';
import { ADAPTERS, type AdapterFound, OFFERED_PROGRAMS } from '@muster/protocol';
import { resolveCommand } from '../program/command.ts';
import { programEnvironment } from '../program/environment.ts';

type Variables = Readonly<Record<string, string>>;

/** The programs that pages offer and a program started here would find, by the PATH that programs get (P6). */
export function detectPrograms(environment: Variables): string[] {
  const path = pathOf(environment);
  return OFFERED_PROGRAMS.filter((name) => fileOf(name, path) !== null);
}

/**
 * C4: the known adapters, and what this host lacks for each. Nothing is run for it: Node counts as too old only where the
 * one that programs get is the one that runs this process.
 */
export function detectAdapters(environment: Variables, ownNode: OwnNode = OWN_NODE): AdapterFound[] {
  const path = pathOf(environment);
  const node = fileOf('node', path);
  const major = node !== null && realPathOf(node) === realPathOf(ownNode.file) ? ownNode.major : null;
  return ADAPTERS.map(({ name, program, node: needed }) => {
    if (fileOf(program.command, path) === null) return { name, lacks: 'program' };
    const lacksNode = needed !== null && (node === null || (major !== null && major < needed));
    return lacksNode ? { name, lacks: 'node' } : { name };
  });
}

/** The Node that runs this process. */
interface OwnNode {
  readonly file: string;
  readonly major: number;
}
const OWN_NODE: OwnNode = {
  file: process.execPath,
  major: Number.parseInt(process.versions.node, 10),
};

const pathOf = (environment: Variables) => programEnvironment(environment, {}, 'terminal')['PATH'] ?? '';

/** Null: there is none. */
function fileOf(name: string, path: string): string | null {
  try {
    return resolveCommand(name, { directory: '/', path });
  } catch {
    return null;
  }
}

function realPathOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
