import { AuditEntrySchema, MemberIdSchema, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { completeEntry, newDraft } from '../../src/audit/entry.ts';

/** As it may come in an address or a message: of any length, with half characters. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ minLength: 100, maxLength: 9_000, size: 'max' }),
  fc.constantFrom('\ud800', '__proto__', '\0'),
);
const perhaps = fc.option(anyText, { nil: undefined });

describe('[X8] an entry of the audit book', () => {
  it('fits the book, whatever somebody sent for a name', () => {
    const actor = fc.record({ name: anyText, address: fc.option(anyText) });
    const asked = fc.record({
      action: anyText.map((text) => `${text}:act`),
      agentId: perhaps,
      target: perhaps,
      details: perhaps,
    });
    fc.assert(
      fc.property(actor, asked, ({ name, address }, { action, ...rest }) => {
        const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
        const who = { id: MemberIdSchema.parse('ada'), name, role: 'admin' as const, address };
        const entry = completeEntry(newDraft(who, { action, ...given }), wireError('INVALID_STATE', 'no'), 1);
        expect(AuditEntrySchema.safeParse(entry).error).toBeUndefined();
        // D1 keeps what is no text as another one, and the MAC would no longer fit.
        expect(Object.values(entry).every((value) => typeof value !== 'string' || value.isWellFormed())).toBe(
          true,
        );
      }),
    );
  });
});
