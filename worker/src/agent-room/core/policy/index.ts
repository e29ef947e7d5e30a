/** What an agent may do without asking people, and what must ask (C9). */

export { handlePolicyChange, keepRule, resendPolicy, ruleToKeep } from './changes.ts';
export { policyOf } from './policy.ts';
