import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { MemberIdSchema, type TeamId } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { AuditService } from '../../../src/team-lobby/audit-service.ts';
import type {
  IdentityInput,
  IdentityOperation,
  IdentityOutput,
} from '../../../src/team-lobby/core/identity/index.ts';
import { openLobby } from '../../../src/team-lobby/core/state.ts';
import { IdentityService } from '../../../src/team-lobby/identity/identity-service.ts';
import { SqliteAuditStore } from '../../../src/team-lobby/storage/audit.ts';
import { SqliteIdentityStore } from '../../../src/team-lobby/storage/identity.ts';
import { lobbyStub, newTeam } from '../../front.ts';

const TABLES = [
  ...['members', 'sessions', 'invitations', 'tokens', 'passkeys', 'standing'],
  ...['visits', 'standing_pushes', 'spent', 'audit_waiting'],
];
const READS = /^\s*SELECT\b/i;
const DAY = 86_400_000;
const meter = { countRows: () => undefined };
const memberId = (id: string) => MemberIdSchema.parse(id);

/** A Durable Object's storage that breaks after so many writes; a negative number: never. */
function breaking(storage: DurableObjectStorage) {
  const broken = { after: -1, hasBroken: false };
  const sql = new Proxy(storage.sql, {
    get: (target, key) => {
      if (key !== 'exec') return Reflect.get(target, key);
      return (query: string, ...bindings: unknown[]) => {
        if (!READS.test(query) && broken.after === 0) {
          broken.hasBroken = true;
          throw new Error('the disk broke');
        }
        if (!READS.test(query)) broken.after -= 1;
        return target.exec(query, ...bindings);
      };
    },
  });
  const transactionSync = <T>(work: () => T): T => storage.transactionSync(work);
  return { sql, transactionSync, broken };
}

/** All that is stored, table by table. */
const storedIn = ({ sql }: DurableObjectStorage) =>
  TABLES.map((table) => {
    const isThere = sql.exec('SELECT 1 FROM sqlite_master WHERE name = ?', table).toArray().length > 0;
    return [table, isThere ? sql.exec(`SELECT * FROM ${table}`).toArray() : []];
  });

/** The actions on record. */
const actionsIn = ({ sql }: DurableObjectStorage): string[] =>
  sql
    .exec("SELECT entry ->> 'action' AS action FROM audit_waiting ORDER BY sequence")
    .toArray()
    .map(({ action }) => String(action));

/** A lobby's people, in an object's own SQLite. */
class Rig {
  readonly #storage: DurableObjectStorage;
  readonly #team: TeamId;

  constructor(storage: DurableObjectStorage, team: TeamId) {
    this.#storage = storage;
    this.#team = team;
  }

  /** The shell after a start. */
  #open(storage: ReturnType<typeof breaking>): IdentityService {
    return new IdentityService({
      lobby: openLobby(this.#team, {
        hosts: [],
        agents: [],
        live: [],
        requests: [],
        acks: [],
        deletions: [],
      }),
      store: new SqliteIdentityStore(storage, meter),
      storage,
      budgets: { charge: () => null },
      audit: new AuditService(env, this.#team, new SqliteAuditStore(storage, meter), () => undefined),
      applyRightsChanges: () => undefined,
      signedOut: () => undefined,
      sendRights: async () => true,
      onDeadlineChange: () => undefined,
      orAbort: (_, work) => work(),
    });
  }

  do<A extends IdentityOperation>(act: A, ask: IdentityInput<A>): IdentityOutput<A> {
    return this.#open(breaking(this.#storage)).answer(act, ask);
  }

  /**
   * Does it on a disk that breaks at the first write, at the second, and so on, until it does not. Returns how often it
   * broke.
   */
  doBroken<A extends IdentityOperation>(act: A, ask: IdentityInput<A>): number {
    for (let after = 0; ; after += 1) {
      const before = storedIn(this.#storage);
      const storage = breaking(this.#storage);
      const service = this.#open(storage);
      storage.broken.after = after;
      try {
        service.answer(act, ask);
        expect(storage.broken.hasBroken).toBe(false);
        expect(storedIn(this.#storage)).not.toEqual(before);
        return after;
      } catch (error) {
        if (!storage.broken.hasBroken) throw error;
        expect([act, after, storedIn(this.#storage)]).toEqual([act, after, before]);
      }
    }
  }
}

const device = (sid: string) => ({
  ...{ sid, refresh: `of ${sid}`, expiresAt: Date.now() + DAY, device: 'a test', address: null },
});
const link = (id: string) => ({
  ...{ code: `link of ${id}`, expiresAt: Date.now() + DAY },
  member: { id: memberId(id), name: id, role: 'admin' as const },
});
const code = (name: string) => ({ code: name, expiresAt: Date.now() + DAY });
const grant = { name: 'Bo', role: 'operator' as const, agents: null, email: null };
const passkey = { id: 'key', name: 'Key', publicKey: 'k', counter: 0, transports: [] };
const identity = {
  ...{ issuer: 'an issuer', ownId: memberId('cy'), name: 'Cy', email: null, mapped: null },
  newcomers: 'viewer' as const,
};

describe('[X8b] on a disk that breaks in the middle', () => {
  const inLobby = (work: (rig: Rig, storage: DurableObjectStorage) => void) => {
    const team = newTeam();
    return runInDurableObject(lobbyStub(team), (_, { storage }) => work(new Rig(storage, team), storage));
  };

  it('neither an act about people nor its entry exists without the other', () =>
    inLobby((rig, storage) => {
      const by = { memberId: memberId('ada'), sid: 's-ada', address: null };
      const invitation = { ...grant, id: 'i', hash: 'h', expiresAt: Date.now() + DAY };
      const token = {
        id: 't',
        hash: 'h',
        name: 'T',
        role: 'viewer' as const,
        agents: null,
        expiresAt: Date.now() + DAY,
      };
      const used = [
        rig.doBroken('sign-in', { login: link('ada'), device: device('s-ada') }),
        rig.doBroken('add-member', { by, grant }),
        rig.doBroken('invite', { by, invitation }),
        rig.doBroken('accept', { id: 'i', hash: 'h', memberId: memberId('di'), device: device('s-di') }),
        rig.doBroken('invite', { by, invitation }),
        rig.doBroken('uninvite', { by, id: 'i' }),
        rig.doBroken('make-token', { by, token }),
        rig.doBroken('add-passkey', { by, right: code('a'), passkey }),
        rig.doBroken('sign-in-by-passkey', {
          id: 'key',
          counter: 0,
          right: code('b'),
          device: device('s-2'),
        }),
        rig.doBroken('sign-in-by-issuer', {
          identity,
          memberId: identity.ownId,
          right: code('c'),
          device: device('s-cy'),
        }),
        rig.doBroken('change-member', { by, id: 'cy', change: { role: 'operator' } }),
        rig.doBroken('remove-member', { by, id: 'di' }),
        rig.doBroken('revoke-token', { by, id: 't' }),
        rig.doBroken('remove-passkey', { by, id: 'key' }),
        rig.doBroken('end-sessions', { by, sid: 's-2' }),
      ];
      for (const writes of used) expect(writes).toBeGreaterThan(1);
      expect(actionsIn(storage)).toEqual([
        ...['member:signin', 'member:create', 'member:invite', 'member:accept', 'member:invite'],
        ...['member:uninvite', 'token:create', 'passkey:add', 'member:signin', 'member:signin'],
        ...['member:update', 'member:remove', 'token:delete', 'passkey:remove', 'member:signout'],
      ]);
    }));

  it('a stolen session ends with its entry, an issuer’s token signs in with its own', () =>
    inLobby((rig, storage) => {
      const ada = memberId('ada');
      rig.do('sign-in', { login: link('ada'), device: device('s') });
      const spent = { memberId: ada, spent: 'not one of these', device: device('s') };
      expect(rig.doBroken('refresh', spent)).toBeGreaterThan(1);
      expect(
        rig.doBroken('standing', { kind: 'identity', identity, device: device('s-cy') }),
      ).toBeGreaterThan(1);
      expect(actionsIn(storage)).toEqual(['member:signin', 'member:refresh', 'member:signin']);
    }));

  it('[X14] a challenge that comes again is on record, and nothing else is stored', () =>
    inLobby((rig, storage) => {
      const by = { memberId: memberId('ada'), sid: 's', address: null };
      rig.do('sign-in', { login: link('ada'), device: device('s') });
      rig.do('add-passkey', { by, right: code('a'), passkey });
      expect(rig.doBroken('passkey', { id: 'key', right: code('p') })).toBeGreaterThan(0);
      const before = storedIn(storage).slice(0, -1);
      expect(rig.doBroken('passkey', { id: 'key', right: code('p') })).toBeGreaterThan(0);
      const again = { id: 'key', counter: 0, right: code('a'), device: device('s-2') };
      expect(rig.doBroken('sign-in-by-passkey', again)).toBeGreaterThan(0);
      expect(storedIn(storage).slice(0, -1)).toEqual(before);
      const actions = ['member:signin', 'passkey:add', 'member:signin', 'member:signin'];
      expect(actionsIn(storage)).toEqual(actions);
    }));
});
