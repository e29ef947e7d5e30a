const NAME = 'Mistake';

/** An error that the user can fix: printed as a sentence, without a stack. */
export class UserError extends Error {
  override readonly name: string = NAME;
}

/** By its name: each command is a bundle of its own, with a class of its own. */
export const isUserError = (error: unknown): error is Error => error instanceof Error && error.name === NAME;
