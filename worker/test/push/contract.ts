import {
  AgentIdSchema,
  AgentUidSchema,
  DEFAULT_PUSH_SETTINGS,
  MemberIdSchema,
  PermissionIdSchema,
} from '@muster/protocol';
import { expect, it } from 'vitest';
import type { PushCommit, PushStore } from '../../src/team-lobby/core/push/index.ts';

const memberId = MemberIdSchema.parse('ada');
const agentUid = AgentUidSchema.parse('00000000-0000-4000-8000-000000000001');
const permissionId = PermissionIdSchema.parse('one.p');
const NOTHING: PushCommit = {
  ...{ subscriptions: [], dropSubscriptions: [], settings: [], dropSettings: [] },
  ...{ shown: [], dropShown: [], entries: [], dropEntries: [] },
};
const device = {
  ...{ subscriptionId: 'd', memberId, sid: 's', endpoint: 'https://push.example.com/1' },
  ...{ p256dh: 'p', auth: 'a', device: 'Phone', origin: 'https://muster.example', createdAt: 1 },
  lastOutcome: null,
};
const entry = {
  ...{ id: 'e:d', dueAt: 2, until: 3, tries: 1 },
  body: {
    ...{ eventId: 'e', event: 'request' as const, kind: 'request' as const, memberId, subscriptionId: 'd' },
    ...{ agentId: AgentIdSchema.parse('one'), agentUid, permissionId },
    ...{ title: 't', body: 'b', tag: 'g', url: '/', at: 2, told: false },
  },
};

/** What every store of pushes does. `use` opens the store, anew each time it is called by the test. */
export function pushStoreContract(use: (act: (open: () => PushStore) => void) => Promise<void>): void {
  it('[C10a] holds what was committed, and nothing of what was dropped, over a reset', () =>
    use((open) => {
      expect(open().load()).toEqual({ subscriptions: [], settings: [], shown: [], entries: [] });
      const settings = { memberId, settings: DEFAULT_PUSH_SETTINGS };
      const shown = { permissionId, agentUid, subscriptionIds: ['d'] };
      const rows = { subscriptions: [device], settings: [settings], shown: [shown], entries: [entry] };
      open().commit({ ...NOTHING, ...rows });
      expect(open().load()).toEqual(rows);
      const later = { ...entry, tries: 2, dueAt: 9 };
      open().commit({ ...NOTHING, entries: [later], dropSettings: [memberId] });
      expect(open().load()).toEqual({ ...rows, settings: [], entries: [later] });
      open().commit({
        ...NOTHING,
        ...{ dropSubscriptions: ['d'], dropShown: [permissionId], dropEntries: ['e:d'] },
      });
      expect(open().load()).toEqual({ subscriptions: [], settings: [], shown: [], entries: [] });
      expect(open().key()).toBeNull();
      open().setKey({ publicKey: 'p', sealed: 's' });
      expect(open().key()).toEqual({ publicKey: 'p', sealed: 's' });
    }));
}
