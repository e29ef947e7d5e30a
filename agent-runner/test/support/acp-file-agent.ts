/**
 * A scripted ACP agent that says what it was given with a prompt: of each block its kind, its type and the SHA-256 of its
 * bytes, or of the file that a link leads to. A real process without any library, as `acp-agent.ts` is.
 *
 * Flags: `--blind` takes no images, `--embed` takes files within the prompt, `--list` lists sessions, in two pages.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

type Json = Record<string, unknown>;

const flags = new Set(process.argv.slice(2));
let sessionId = '';

const send = (message: Json) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');

function inShort({ type, text, mimeType = '-', data, uri, resource }: Json): string {
  if (typeof text === 'string') return `${type} ${text}`;
  if (typeof data === 'string') return `${type} ${mimeType} ${sha256(Buffer.from(data, 'base64'))}`;
  if (typeof uri === 'string') return `${type} ${mimeType} ${sha256(readFileSync(fileURLToPath(uri)))}`;
  const embedded = (resource ?? {}) as Json;
  return `${type} ${embedded['mimeType']} ${embedded['text']}`;
}

function sessionsOf({ cwd, cursor }: Json): Json {
  const listed = (n: number, place: unknown) => ({
    ...{ sessionId: `old-${n}`, cwd: place, title: `Session ${n}`, updatedAt: `2026-01-0${n}T00:00:00Z` },
  });
  if (cursor === 'more') return { sessions: [listed(3, cwd)] };
  return { sessions: [listed(1, cwd), listed(2, '/elsewhere')], nextCursor: 'more' };
}

const methods: Record<string, (params: Json) => Json> = {
  initialize: () => ({
    protocolVersion: 1,
    agentInfo: { name: 'files', title: 'Files', version: '1.0' },
    agentCapabilities: {
      promptCapabilities: { image: !flags.has('--blind'), embeddedContext: flags.has('--embed') },
      sessionCapabilities: { resume: {}, ...(flags.has('--list') ? { list: {} } : {}) },
    },
  }),
  'session/new': () => {
    sessionId = `s-${process.pid}`;
    return { sessionId };
  },
  'session/resume': (params) => {
    sessionId = String(params['sessionId']);
    return {};
  },
  'session/list': sessionsOf,
  'session/prompt': ({ prompt }) => {
    const blocks = (prompt as Json[]).map(inShort);
    const text = [`in ${sessionId}`, ...blocks].join('\n');
    const update = { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } };
    send({ method: 'session/update', params: { sessionId, update } });
    return { stopReason: 'end_turn' };
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line) as Json;
  if (id === undefined || typeof method !== 'string') return;
  const handler = methods[method];
  if (handler === undefined) send({ id, error: { code: -32601, message: 'Method not found' } });
  else send({ id, result: handler((params ?? {}) as Json) });
});
process.stdin.on('end', () => process.exit(0));
