import type { IdentityInput, IdentityOperation, IdentityOutput } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** One function for each operation, in a file by noun. */
export type Operations<A extends IdentityOperation> = {
  readonly [O in A]: (work: UnitOfWork, ask: IdentityInput<O>) => IdentityOutput<O>;
};
