import { type TeamId, TeamIdSchema } from '@muster/protocol';

/** What an object remembers of itself. */
interface Memory {
  team(): TeamId | null;
  setTeam(team: TeamId): void;
}

/** Whose lobby this is: the object's name, or as it was kept. */
export const teamOf = (memory: Pick<Memory, 'team'>, name: string | undefined): TeamId =>
  memory.team() ?? TeamIdSchema.parse(name);

/** An alarm may come to an object that does not know its name: so it is kept before the first one is set. */
export function keepTeam(memory: Memory, team: TeamId): void {
  if (memory.team() === null) memory.setTeam(team);
}
