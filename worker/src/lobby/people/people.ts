import type { Result, WireError } from '@muster/protocol';
import type { PeopleAct, PeopleAnswer, PeopleAsk, Standing, StandingAsk } from '../core/members/types.ts';
import { invitationDesk } from './invitations.ts';
import { memberDesk } from './members.ts';
import { type Desk, Office, type PeoplePorts } from './office.ts';
import { sessionDesk } from './sessions.ts';

/** The lobby's word on who is in the team. Each answer is one transaction, its audit entry within it (X8). */
export class People {
  readonly #office: Office;
  readonly #desk: Desk;

  constructor(ports: PeoplePorts) {
    this.#office = new Office(ports);
    this.#desk = {
      ...sessionDesk(this.#office),
      ...memberDesk(this.#office),
      ...invitationDesk(this.#office),
    };
  }

  answer<A extends PeopleAct>(act: A, ask: PeopleAsk<A>, now: number): PeopleAnswer<A> {
    return this.#desk[act](ask, now);
  }

  /** X5: who somebody is now. */
  standing(ask: StandingAsk, now: number): Result<Standing, WireError> {
    return this.#office.standing(ask, now);
  }
}
