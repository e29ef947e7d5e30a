import { type AgentPolicy, NO_POLICY, type StoredPolicy, StoredPolicySchema } from '@muster/protocol';
import type { Log } from '../host/log.ts';

/** Where the policy is kept, so that the next keeper has it. */
export interface PolicyFile {
  read(): string | null;
  /** @throws when the disk takes no more */
  save(text: string): void;
}

/**
 * C9: the policy that the room told last. Until one is told, people are asked everything; one that is older than what is
 * here changes nothing.
 */
export class HeldPolicy {
  readonly #file: PolicyFile;
  readonly #log: Log;
  #held: StoredPolicy | null;

  constructor(file: PolicyFile, log: Log) {
    this.#file = file;
    this.#log = log;
    this.#held = policyIn(file.read());
  }

  get current(): AgentPolicy {
    return this.#held ?? NO_POLICY;
  }

  /** Null: there is none. */
  get revision(): number | null {
    return this.#held?.revision ?? null;
  }

  replace(policy: StoredPolicy): void {
    if (this.#held !== null && policy.revision <= this.#held.revision) return;
    this.#held = policy;
    try {
      this.#file.save(JSON.stringify(policy));
    } catch (error) {
      // It counts all the same; the next keeper hears of it before its first message.
      this.#log.error({ err: error }, 'the policy could not be written down');
    }
  }
}

/** Null: there is none, or it cannot be read: then people are asked. */
function policyIn(text: string | null): StoredPolicy | null {
  try {
    return text === null ? null : StoredPolicySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
