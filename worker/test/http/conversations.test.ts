import { PermissionIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { conversationOf, DIGEST, requestOf, says } from '../agent-room/core/conversations-rig.ts';
import { call, memberToken, newTeam } from '../front.ts';
import { BASE, talking } from './conversations-rig.ts';

const PERMISSION = { permissionId: PermissionIdSchema.parse('one.p') };
describe('conversations over REST', () => {
  it('[C2] [C12] one is begun, spoken in, read and closed', async () => {
    const team = newTeam();
    const { keeper, asked, tell } = await talking(team);
    const made = await asked('POST', BASE, { title: 'First' });
    expect(made.status).toBe(201);
    const conversationId = conversationOf(String(made.answer['conversationId']));
    const path = `/api/conversations/${conversationId}`;
    const said = await asked('POST', `${path}/messages`, { content: 'Hello' });
    expect(said).toMatchObject({ status: 202, answer: { position: 1 } });
    const { turnId, messageId } = await keeper.next('conversation:prompt');
    expect(said.answer['messageId']).toBe(messageId);
    await tell(2, { type: 'turn:started', conversationId, turnId, messageId, at: 1 });
    const writes = [1, 2, 3].map((n) => ({ item: says(`i${n}`, `text ${n}`) }));
    await tell(3, { type: 'conversation:items', conversationId, writes });
    const first = await asked('GET', `${path}/messages?limit=2`);
    expect(first.answer).toMatchObject({ messages: [{ index: 0 }, { index: 1 }], next: 1 });
    const rest = await asked('GET', `${path}/messages?after=1`);
    expect(rest.answer).toMatchObject({ messages: [{ index: 2, item: { text: 'text 3' } }], next: null });
    expect((await asked('GET', path)).answer).toMatchObject({ status: 'running', title: 'First' });
    expect((await asked('POST', `${path}/cancel`)).status).toBe(200);
    expect(await keeper.next('conversation:cancel')).toEqual({ conversationId, turnId });
    expect((await asked('DELETE', path)).status).toBe(200);
    expect((await asked('GET', BASE)).answer).toMatchObject({
      conversations: [{ conversationId, status: 'ended' }],
    });
    expect((await asked('POST', `${path}/messages`, { content: 'x' })).status).toBe(409);
  });

  it('[C3] [C8] a request is shown whole and answered once', async () => {
    const team = newTeam();
    const { asked, tell } = await talking(team);
    const { answer } = await asked('POST', BASE);
    const conversationId = String(answer['conversationId']);
    await tell(2, { type: 'request:opened', request: { ...requestOf(conversationId, 'p'), ...PERMISSION } });
    const path = '/api/permissions/one.p';
    expect((await asked('GET', path)).answer).toMatchObject({
      agentId: 'one',
      request: { digest: DIGEST, tool: { title: 'Run ls' } },
      resolution: { state: 'pending' },
    });
    const right = { optionId: 'once', digest: DIGEST };
    expect((await asked('POST', path, { ...right, digest: 'b'.repeat(64) })).status).toBe(400);
    expect((await asked('POST', path, right)).status).toBe(200);
    expect(await asked('POST', path, right)).toMatchObject({
      status: 409,
      answer: { error: { code: 'INVALID_STATE' } },
    });
  });

  it('[X5] what is not there, or of an agent that is not, is not found', async () => {
    const team = newTeam();
    const { asked, who } = await talking(team);
    for (const id of ['one.x', 'two.x', 'nonsense']) {
      expect((await asked('GET', `/api/conversations/${id}`)).status).toBe(404);
      expect((await asked('POST', `/api/conversations/${id}/messages`, { content: 'x' })).status).toBe(404);
      expect((await asked('GET', `/api/permissions/${id}`)).status).toBe(404);
      const body = { type: 'conversation:cancel', payload: { conversationId: id } };
      expect((await call('POST', '/api/messages', { ...who, body })).status).toBe(404);
    }
    const viewer = await memberToken(team, 'viewer', Date.now(), 'vic');
    expect((await call('POST', BASE, { team, token: viewer, body: {} })).status).toBe(403);
  });
});
