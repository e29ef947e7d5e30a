import type { AgentCommand } from '@muster/protocol';

/** Entries of the menu that are shown at once. */
const SHOWN = 8;

/** The word behind `/` while only it has been written; null: no command is being written. */
export function commandQuery(text: string): string | null {
  const [, word] = /^\/(\S*)$/.exec(text) ?? [];
  return word ?? null;
}

/** The commands that fit, those that begin with the word first. */
export function commandsFor(commands: readonly AgentCommand[], text: string): readonly AgentCommand[] {
  const query = commandQuery(text)?.toLowerCase();
  if (query === undefined) return [];
  const begins = commands.filter(({ name }) => name.toLowerCase().startsWith(query));
  const holds = commands.filter(
    (command) => !begins.includes(command) && command.name.toLowerCase().includes(query),
  );
  return [...begins, ...holds].slice(0, SHOWN);
}

/** The text with this command chosen. */
export const withCommand = ({ name }: Pick<AgentCommand, 'name'>): string => `/${name} `;
