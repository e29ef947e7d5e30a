import { SELF } from 'cloudflare:test';
import { AgentSpecSchema, FileIdSchema, LIMITS, type TeamId } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { hashOfBytes } from '../../src/auth/hash.ts';
import { memberToken, newTeam, ORIGIN } from '../front.ts';
import { agent } from '../poll/rig.ts';

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const png = (size = 64): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(size).map((_, at) => at % 251);
  bytes.set(PNG);
  return bytes;
};
const html = new TextEncoder().encode('<html><script>alert(1)</script></html>');

interface Ask {
  readonly body?: BodyInit;
  readonly type?: string;
  readonly as?: string;
  readonly of?: TeamId;
}

/** The agent `one`, which talks, and a conversation of it. */
async function talking(team = newTeam()) {
  const { token, keeper, room, agentUid, hostId } = await agent(team);
  const spec = AgentSpecSchema.parse({
    ...{ agentUid, agentId: 'one', name: 'One', kind: 'acp', hostId, workspace: '/work' },
    ...{ restart: 'never', autostart: true, program: { command: 'adapter', args: [] } },
  });
  await room.place(team, { spec, generation: 1 });
  const ask = (method: string, path: string, { body, type, as = token, of = team }: Ask = {}) => {
    const url = new URL(path, ORIGIN);
    url.searchParams.set('team', of);
    const headers = {
      authorization: `Bearer ${as}`,
      ...(type === undefined ? {} : { 'content-type': type }),
    };
    return SELF.fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  };
  const json = async (method: string, path: string, what?: Ask) => {
    const response = await ask(method, path, what);
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  };
  const { answer } = await json('POST', '/api/agents/one/conversations', { body: '{}' });
  const path = `/api/conversations/${String(answer['conversationId'])}`;
  const upload = (name: string, what: Ask) =>
    json('POST', `${path}/files?name=${encodeURIComponent(name)}`, what);
  return { keeper, ask, json, path, upload };
}

describe('files of a conversation over REST', () => {
  it('[C15] one is uploaded, sent, and read again byte for byte by page and keeper', async () => {
    const { keeper, ask, json, path, upload } = await talking();
    const data = png(LIMITS.filePartBytes * 2 + 3);
    const { status, answer } = await upload('photo.png', { body: data, type: 'image/jpeg' });
    const file = { name: 'photo.png', mimeType: 'image/png', size: data.length };
    expect([status, answer]).toEqual([201, { fileId: answer['fileId'], ...file }]);
    const fileId = FileIdSchema.parse(answer['fileId']);
    const content = [{ type: 'file', fileId }];
    const said = await json('POST', `${path}/messages`, { body: JSON.stringify({ content }) });
    expect(said.status).toBe(202);
    expect((await keeper.next('conversation:prompt')).content).toEqual([{ type: 'file', fileId, ...file }]);
    const shown = await ask('GET', `${path}/files/${fileId}`);
    expect(new Uint8Array(await shown.arrayBuffer())).toEqual(data);
    keeper.sendMessage({ type: 'file:read', payload: { fileId, offset: LIMITS.filePartBytes * 2 } });
    const part = await keeper.next('file:part');
    expect(part.sha256).toBe(await hashOfBytes(data));
    expect(Buffer.from(part.data, 'base64').equals(data.slice(LIMITS.filePartBytes * 2))).toBe(true);
  });

  it('[X12] [C15] images are shown, all else is saved, and nothing runs', async () => {
    const { ask, path, upload } = await talking();
    const shownAs = async (name: string, body: BodyInit, type: string) => {
      const { answer } = await upload(name, { body, type });
      const { headers } = await ask('GET', `${path}/files/${String(answer['fileId'])}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
      expect(headers.get('cache-control')).not.toContain('public');
      return [headers.get('content-type'), headers.get('content-disposition')];
    };
    const saved = (name: string) => ['application/octet-stream', `attachment; filename*=UTF-8''${name}`];
    expect(await shownAs('a.png', png(), 'text/html')).toEqual([
      'image/png',
      "inline; filename*=UTF-8''a.png",
    ]);
    expect(await shownAs('a.png', html, 'image/png')).toEqual(saved('a.png'));
    expect(await shownAs('a.html', html, 'text/html')).toEqual(saved('a.html'));
    expect(await shownAs('a.svg', '<svg onload="alert(1)"/>', 'image/svg+xml')).toEqual(saved('a.svg'));
    const hostile = '../\u202e"a\r\nx: y.txt';
    expect(await shownAs(hostile, 'x', 'text/plain')).toEqual(saved('_ax_%20y.txt'));
  });

  it('[C15] a form with one file is taken, one with two is not', async () => {
    const { json, path } = await talking();
    const form = (...names: string[]) => {
      const body = new FormData();
      for (const name of names) body.append('file', new File([png()], name, { type: 'image/png' }));
      return body;
    };
    const one = await json('POST', `${path}/files`, { body: form('a.png') });
    expect([one.status, one.answer['name'], one.answer['mimeType']]).toEqual([201, 'a.png', 'image/png']);
    expect((await json('POST', `${path}/files`, { body: form('a.png', 'b.png') })).status).toBe(400);
    const broken = { body: 'nonsense', type: 'multipart/form-data; boundary=x' };
    expect((await json('POST', `${path}/files`, broken)).status).toBe(400);
  });

  it('[C15] one over 5 MiB is refused with the limit, whether or not its length is told', async () => {
    const { upload } = await talking();
    const long = new Uint8Array(LIMITS.fileBytes + 1);
    const endless = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(1024 * 1024)) });
    for (const body of [long, endless]) {
      const { status, answer } = await upload('a', { body, type: 'text/plain' });
      expect([status, answer]).toMatchObject([413, { error: { message: expect.stringContaining('5 MiB') } }]);
    }
    expect((await upload('a', { body: new Uint8Array(0), type: 'text/plain' })).status).toBe(400);
    expect((await upload('a', { body: png(LIMITS.fileBytes), type: '' })).status).toBe(201);
  });

  it('[X5] a viewer sees files and uploads none; another team and another conversation find none', async () => {
    const team = newTeam();
    const { ask, json, path, upload } = await talking(team);
    const { answer } = await upload('a.png', { body: png() });
    const file = `/files/${String(answer['fileId'])}`;
    const viewer = await memberToken(team, 'viewer', Date.now(), 'vic');
    expect((await ask('GET', `${path}${file}`, { as: viewer })).status).toBe(200);
    expect((await upload('a.png', { body: png(), as: viewer })).status).toBe(403);
    expect((await json('GET', '/api/agents/one/files', { as: viewer })).status).toBe(403);
    expect((await json('GET', '/api/agents/one/sessions', { as: viewer })).status).toBe(403);
    const made = await json('POST', '/api/agents/one/conversations', { body: '{}' });
    const other = `/api/conversations/${String(made.answer['conversationId'])}`;
    expect((await json('GET', `${other}${file}`)).status).toBe(404);
    const stranger = newTeam();
    const as = await memberToken(stranger);
    expect((await json('GET', `${path}${file}`, { as, of: stranger })).status).toBe(404);
    expect((await json('GET', `${path}${file}`, { as, of: team })).status).toBe(401);
    for (const id of ['..%2F..%2Froom', 'x', '%00'])
      expect((await ask('GET', `${path}/files/${id}`)).status).toBe(404);
  });
});

describe('what is asked of the host over REST', () => {
  it('[C15] files of the workspace come from the keeper', async () => {
    const { keeper, json } = await talking();
    const asked = json('GET', '/api/agents/one/files?query=src');
    const { queryId, query } = await keeper.next('host:query');
    expect(query).toEqual({ type: 'files', text: 'src' });
    keeper.sendMessage({
      type: 'host:answer',
      payload: { queryId, answer: { type: 'files', files: ['src/a.ts'] } },
    });
    expect(await asked).toEqual({ status: 200, answer: { files: ['src/a.ts'] } });
  });

  it('[C11] sessions come from the keeper, page by page, and its refusals as they are', async () => {
    const { keeper, json } = await talking();
    const path = '/api/agents/one/sessions';
    const asked = json('GET', `${path}?after=p1`);
    const { queryId, query } = await keeper.next('host:query');
    expect(query).toEqual({ type: 'sessions', cursor: 'p1' });
    const sessions = [{ sessionId: 's1', title: 'Old', updatedAt: 5, cwd: '/work' }];
    keeper.sendMessage({
      type: 'host:answer',
      payload: { queryId, answer: { type: 'sessions', sessions, next: 'p2' } },
    });
    expect(await asked).toEqual({ status: 200, answer: { sessions, next: 'p2' } });
    const refused = json('GET', path);
    const second = await keeper.next('host:query');
    const error = {
      code: 'INVALID_STATE' as const,
      number: 2010,
      message: 'This agent does not list its sessions.',
      recoverable: true,
    };
    keeper.sendMessage({
      type: 'host:answer',
      payload: { queryId: second.queryId, answer: { type: 'refused', error } },
    });
    expect(await refused).toMatchObject({ status: 409, answer: { error: { code: 'INVALID_STATE' } } });
  });

  it('[C15] a host that says nothing for 3 s, or is away, is AGENT_OFFLINE', async () => {
    const { keeper, json } = await talking();
    const silent = await json('GET', '/api/agents/one/files');
    expect(silent).toMatchObject({ status: 409, answer: { error: { code: 'AGENT_OFFLINE' } } });
    keeper.close();
    await expect
      .poll(async () => (await json('GET', '/api/agents/one/files')).answer)
      .toMatchObject({ error: { code: 'AGENT_OFFLINE', message: expect.stringContaining('away') } });
  });
});
