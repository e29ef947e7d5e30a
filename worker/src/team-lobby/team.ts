import { type TeamId, TeamIdSchema } from '@muster/protocol';

/** Where an object keeps its own name. */
interface TeamStore {
  team(): TeamId | null;
  setTeam(team: TeamId): void;
}

/** Whose lobby this is: the object's name, or as it was kept. */
export const teamOf = (memory: Pick<TeamStore, 'team'>, name: string | undefined): TeamId =>
  memory.team() ?? TeamIdSchema.parse(name);

/** An alarm may come to an object that does not know its name: so it is kept before the first one is set. */
export function saveTeam(memory: TeamStore, team: TeamId): void {
  if (memory.team() === null) memory.setTeam(team);
}
