import { describe, expect, it } from 'vitest';
import { agentOptions } from '../../src/lib/history/agents.ts';

describe('the agents that history offers', () => {
  it('[A4] those that are there in their order, then names that only the past has, once and as they were last', () => {
    const present = [
      { agentId: 'b', name: 'Build' },
      { agentId: 'a', name: 'Api' },
    ];
    const past = [
      { agentId: 'a', name: 'Older api' },
      { agentId: 'old', name: 'Newer old' },
      { agentId: 'old', name: 'Old' },
    ];
    expect(agentOptions(present, past)).toEqual([
      { value: 'b', label: 'Build' },
      { value: 'a', label: 'Api' },
      { value: 'old', label: 'Newer old (deleted)' },
    ]);
  });
});
