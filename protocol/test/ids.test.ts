import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import {
  AgentIdSchema,
  AgentNameSchema,
  AgentUidSchema,
  allows,
  CursorSchema,
  EpochSchema,
  ROLES,
  SequenceSchema,
  slugOf,
} from '../src/index.ts';

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('ids', () => {
  it('[N1] an agentId is a slug of at most 100 characters', () => {
    for (const good of ['a', '0', 'my-agent-2', 'a--b', 'a'.repeat(100)])
      expect([good, accepts(AgentIdSchema, good)]).toEqual([good, true]);
    for (const bad of ['', '-', 'a-', '-a', 'A', 'a b', 'a.b', '../x', '__proto__', 'a\n', 'a'.repeat(101)])
      expect([bad, accepts(AgentIdSchema, bad)]).toEqual([bad, false]);
  });

  it('[N1] an agentUid is a lower-case UUID', () => {
    expect(accepts(AgentUidSchema, '00000000-0000-4000-8000-00000000000a')).toBe(true);
    for (const bad of ['00000000-0000-4000-8000-00000000000A', '0', '00000000-0000-4000-8000-00000000000a\n'])
      expect(accepts(AgentUidSchema, bad)).toBe(false);
  });

  it('[S1] an epoch is 16 hex digits, a sequence a safe integer', () => {
    expect(accepts(EpochSchema, '00ff00ff00ff00ff')).toBe(true);
    for (const bad of ['', '0', '00FF00FF00FF00FF', 'g0ff00ff00ff00ff', '00ff00ff00ff00ff0'])
      expect(accepts(EpochSchema, bad)).toBe(false);
    for (const bad of [-1, 1.5, 2 ** 53, Number.NaN, '1']) expect(accepts(SequenceSchema, bad)).toBe(false);
    expect(accepts(CursorSchema, { epoch: null, sequence: 0 })).toBe(true);
  });

  it('the slug of any name that may be given is an agentId, unless nothing is left of it', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/);
    fc.assert(
      fc.property(name, (text) => {
        expect(accepts(AgentNameSchema, text)).toBe(true);
        expect(accepts(AgentIdSchema, slugOf(text))).toBe(true);
      }),
    );
    expect(slugOf('My Agent 2')).toBe('my-agent-2');
    expect(slugOf('--')).toBe('');
  });
});

describe('roles', () => {
  it('[X5] a role may what a lesser one may, and no more', () => {
    for (const [index, role] of ROLES.entries())
      expect(ROLES.map((least) => allows(role, least))).toEqual(ROLES.map((_, other) => other <= index));
  });
});
