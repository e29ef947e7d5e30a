import {
  type PolicyRuleDraft,
  type Result,
  type StoredPolicy,
  StoredPolicySchema,
  type WireError,
} from '@muster/protocol';
import { get } from '../rest/get.ts';
import { send } from '../rest/send.ts';

type Change = Pick<StoredPolicy, 'mustAsk'> & { readonly rules: readonly PolicyRuleDraft[] };

/** The policy of one agent: as it is, and changed act by act, each against the revision that the page shows. */
export class PolicyController {
  /** null: not known yet. */
  policy = $state.raw<StoredPolicy | null>(null);
  failure = $state.raw<WireError | null>(null);
  busy = $state(false);
  readonly #path: string;
  readonly #asked = new AbortController();

  constructor(agentId: string) {
    this.#path = `/api/agents/${encodeURIComponent(agentId)}/policy`;
  }

  async load(): Promise<void> {
    this.failure = null;
    const answer = await get(this.#path, {}, StoredPolicySchema, this.#asked.signal);
    if (!this.#asked.signal.aborted) this.#show(answer);
  }

  add(rule: PolicyRuleDraft): Promise<boolean> {
    return this.#change(({ rules, ...rest }) => ({ ...rest, rules: [...rules, rule] }));
  }

  remove(ruleId: string): Promise<boolean> {
    return this.#change(({ rules, ...rest }) => ({
      ...rest,
      rules: rules.filter((rule) => rule.ruleId !== ruleId),
    }));
  }

  /** One place further up, where it decides before the one that stands there. */
  raise(ruleId: string): Promise<boolean> {
    return this.#change(({ rules, ...rest }) => {
      const at = rules.findIndex((rule) => rule.ruleId === ruleId);
      const rule = rules[at];
      const above = rules[at - 1];
      if (rule === undefined || above === undefined) return { ...rest, rules };
      return { ...rest, rules: rules.with(at - 1, rule).with(at, above) };
    });
  }

  mustAsk(kind: string, must: boolean): Promise<boolean> {
    return this.#change(({ mustAsk = [], ...rest }) => {
      const others = mustAsk.filter((each) => each !== kind);
      return { ...rest, mustAsk: must ? [...others, kind] : others };
    });
  }

  close(): void {
    this.#asked.abort();
  }

  /** True when it is kept. What others changed meanwhile is shown, and nothing of it is overwritten. */
  async #change(how: (policy: StoredPolicy) => Change): Promise<boolean> {
    const { policy } = this;
    if (policy === null || this.busy) return false;
    this.busy = true;
    const { rules, mustAsk } = how(policy);
    const body = {
      revision: policy.revision,
      rules: rules.map(draftOf),
      ...(mustAsk === undefined ? {} : { mustAsk }),
    };
    const answer = await send('PUT', this.#path, body, StoredPolicySchema);
    if (!answer.ok && answer.error.code === 'INVALID_STATE') await this.load();
    this.#show(answer);
    this.busy = false;
    return answer.ok;
  }

  #show(answer: Result<StoredPolicy, WireError>): void {
    this.failure = answer.ok ? null : answer.error;
    if (answer.ok) this.policy = answer.value;
  }
}

/** Without what the room adds. */
const draftOf = ({ ruleId, toolKind, path, command, decision }: PolicyRuleDraft): PolicyRuleDraft => ({
  ...(ruleId === undefined ? {} : { ruleId }),
  ...(toolKind === undefined ? {} : { toolKind }),
  ...(path === undefined ? {} : { path }),
  ...(command === undefined ? {} : { command }),
  decision,
});
