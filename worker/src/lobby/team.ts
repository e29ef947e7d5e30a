import { type TeamId, TeamIdSchema } from '@muster/protocol';

/** What an object remembers of itself. */
interface Memory {
  team(): TeamId | null;
  setTeam(team: TeamId): void;
}

/** Whose lobby this is: the object's name, kept because an alarm may come to an object that does not know it. */
export function teamOf(memory: Memory, name: string | undefined): TeamId {
  const known = memory.team();
  if (known !== null) return known;
  const team = TeamIdSchema.parse(name);
  memory.setTeam(team);
  return team;
}
