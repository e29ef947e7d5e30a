import { AgentSpecSchema, CommandIdSchema, HostIdSchema, TeamIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { AgentRoom } from '../../worker/src/agent-room/room.ts';
import { newDraft } from '../../worker/src/audit/entry.ts';
import { TeamLobby } from '../../worker/src/team-lobby/lobby.ts';
import { adaClaims } from './claims.ts';
import { emptyDatabase } from './platform/database.ts';
import { installPlatform, within } from './platform/globals.ts';
import { SimulatedObject } from './platform/object.ts';
import { Reset } from './server.ts';

const TEAM = TeamIdSchema.parse('default');
const hostId = HostIdSchema.parse('22222222-2222-4222-8222-222222222222');
const NOW = 1_000_000;
/** More writes than any act below makes. */
const WRITES = 20;
const environment = {
  DB: emptyDatabase(),
  MUSTER_KEY: 'OJlnNoxxdVYNTbxIOn8sG76-sLqXP6sVnfrmZECfF6I', // not a secret: of this test only
  MUSTER_TEAM: TEAM,
  MUSTER_RECORDING_DAYS: '30',
  MUSTER_RECORDING_MIB: '256',
};

/** Nothing that leaves the object is answered. */
const silent = { get: () => new Proxy({}, { get: () => () => new Promise(() => {}) }), idFromName: String };
const live = <T>(work: () => T): T => {
  let ids = 0;
  installPlatform();
  return within(
    { now: () => NOW, freshId: () => `${(++ids).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000` },
    work,
  );
};

/** None where the table is not made yet. */
function rows({ storage: { sql } }: SimulatedObject<object>, table: string): unknown[] {
  const known = sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?", table).toArray();
  return known.length === 0 ? [] : sql.exec(`SELECT * FROM ${table}`).toArray();
}

/** Breaks the store at each write of an act in turn; then lets it happen. `hold` looks after every try. */
function breakAtEachWrite<T extends object>(
  object: SimulatedObject<T>,
  act: (instance: T) => Promise<unknown>,
  hold: (happened: boolean) => void,
): void {
  for (let after = 0; after < WRITES; after += 1) {
    object.fuse = after;
    try {
      object.run(act);
    } catch (error) {
      if (!(error instanceof Reset)) throw error;
      hold(false);
      continue;
    }
    object.fuse = null;
    hold(true);
    expect(after, 'writes of the act').toBeGreaterThan(1);
    return;
  }
  throw new Error(`the act makes more than ${WRITES} writes`);
}

describe('[X8] an act and its audit entry, where the store breaks at any write between', () => {
  it('a host that is enrolled, revoked and forgotten', () =>
    live(() => {
      const lobby = new SimulatedObject(TEAM, TeamLobby, { ...environment, ROOMS: silent });
      const draft = newDraft({ id: null, name: '', role: null }, { action: 'host' });
      const host = { hostId, name: 'box', publicKey: 'key' };
      const code = { id: 'code', expiresAt: NOW + 60_000 };
      const counts = () => ['hosts', 'spent', 'audit_waiting'].map((table) => rows(lobby, table).length);
      breakAtEachWrite(
        lobby,
        (instance) => instance.enrol(host, code, draft),
        (enrolled) => expect(counts()).toEqual(enrolled ? [1, 1, 1] : [0, 0, 0]),
      );
      breakAtEachWrite(
        lobby,
        (instance) => instance.revokeHost(hostId, draft),
        (revoked) => {
          expect(counts()).toEqual([1, 1, revoked ? 2 : 1]);
          expect(JSON.stringify(rows(lobby, 'hosts')).includes('"revokedAt\\":null')).toBe(!revoked);
        },
      );
      breakAtEachWrite(
        lobby,
        (instance) => instance.deleteHost(hostId, draft),
        (forgotten) => expect(counts()).toEqual(forgotten ? [0, 1, 3] : [1, 1, 2]),
      );
    }));

  it('a command that is asked for', () =>
    live(() => {
      const room = new SimulatedObject('room', AgentRoom, { ...environment, LOBBIES: silent });
      const spec = AgentSpecSchema.parse({
        agentUid: '11111111-1111-4111-8111-111111111111',
        agentId: 'a',
        hostId,
        name: 'A',
        kind: 'process',
        workspace: '/',
        restart: 'never',
        autostart: false,
      });
      room.run((instance) => instance.place(TEAM, { spec, generation: 1 }));
      const payload = { agentId: spec.agentId, command: 'date', hold: true };
      const counts = () => ['commands', 'requests', 'audit'].map((table) => rows(room, table).length);
      breakAtEachWrite(
        room,
        (instance) => {
          const asked = instance.request(adaClaims(TEAM, 's'), { type: 'command:request', payload }, 'm1');
          return asked.then(({ result }) => CommandIdSchema.parse(result?.['commandId']));
        },
        (done) => expect(counts()).toEqual(done ? [1, 1, 1] : [0, 0, 0]),
      );
    }));
});
