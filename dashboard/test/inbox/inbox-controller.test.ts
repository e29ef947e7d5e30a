import { RequestHeadSchema } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InboxController } from '../../src/lib/inbox/inbox-controller.svelte.ts';
import { agentId, conversationId, DIGEST, FakeRoom, refusal } from '../conversations/fake-room.ts';

const head = (permissionId: string, requestedAt: number) =>
  RequestHeadSchema.parse({
    ...{ permissionId, conversationId, agentId, kind: 'permission', title: 'Run', argument: 'ls' },
    ...{ argumentChars: 2, oneLine: true, options: [], digest: DIGEST, requestedAt },
  });

describe('the inbox', () => {
  let room: FakeRoom;
  let inbox: InboxController;

  beforeEach(() => {
    room = new FakeRoom();
    inbox = new InboxController(room.client);
    room.sendInbox(head('claude.b', 9), head('claude.a', 5));
  });
  afterEach(() => vi.unstubAllGlobals());

  it('[C7] lists what waits, oldest first', () => {
    expect(inbox.requests.map(({ permissionId }) => permissionId)).toEqual(['claude.a', 'claude.b']);
    room.sendInbox(head('claude.b', 9));
    expect(inbox.count).toBe(1);
  });

  it('[C3] answers through the room, once', async () => {
    expect(await inbox.respond(head('claude.a', 5), 'yes')).toBe(true);
    const answer = { permissionId: 'claude.a', digest: DIGEST, optionId: 'yes' };
    expect(room.of('permission:respond')).toEqual([answer]);
  });

  it('[C3] answers by REST where no socket was to be had, and only there', async () => {
    const asked: [string, unknown][] = [];
    vi.stubGlobal('fetch', async (path: string, init: { readonly body: string }) => {
      asked.push([path, JSON.parse(init.body)]);
      return Response.json({});
    });
    room.refuses = refusal('COMMAND_TIMEOUT', 'unsent');
    expect(await inbox.respond(head('claude.a', 5), 'yes')).toBe(true);
    expect(asked).toEqual([['/api/permissions/claude.a', { digest: DIGEST, optionId: 'yes' }]]);
    room.refuses = refusal('COMMAND_TIMEOUT', 'unknown');
    expect(await inbox.respond(head('claude.a', 5), 'yes')).toBe(false);
    expect(asked).toHaveLength(1);
  });

  it('[C3] says who was faster', async () => {
    room.refuses = refusal('INVALID_STATE', 'refused');
    expect(await inbox.elicit(head('claude.a', 5), 'decline')).toBe(false);
    expect(inbox.failure).toMatchObject({ permissionId: 'claude.a', error: { code: 'INVALID_STATE' } });
  });

  it('hears nothing after it was closed', () => {
    inbox.close();
    room.sendInbox();
    expect(inbox.count).toBe(2);
  });
});
