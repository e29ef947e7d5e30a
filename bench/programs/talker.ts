import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A coding agent that only talks (ACP on its standard streams). A prompt `say N every MS` answers with N pieces of text, so
 * many ms apart, each the time at which it was said: ms since 1970, with fractions. Each PIECES of them are one message.
 */
const PIECES = 200;
type Json = Record<string, unknown>;

const write = (message: Json) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const now = () => performance.timeOrigin + performance.now();
let cancelled = false;

function say(messageId: string): void {
  const content = { type: 'text', text: ` ${now().toFixed(3)}` };
  const update = { sessionUpdate: 'agent_message_chunk', messageId, content };
  write({ method: 'session/update', params: { sessionId: 'one', update } });
}

async function prompted(params: Json): Promise<Json> {
  const [part] = params['prompt'] as Json[];
  const [, pieces = '0', everyMs = '0'] = /^say (\d+) every (\d+)$/.exec(String(part?.['text'])) ?? [];
  cancelled = false;
  for (let said = 0; said < Number(pieces) && !cancelled; said += 1) {
    say(`m${Math.floor(said / PIECES)}`);
    await sleep(Number(everyMs));
  }
  return { stopReason: cancelled ? 'cancelled' : 'end_turn' };
}

const METHODS: Record<string, (params: Json) => Promise<Json> | Json> = {
  initialize: () => ({
    protocolVersion: 1,
    agentInfo: { name: 'talker', version: '1' },
    agentCapabilities: {},
  }),
  'session/new': () => ({ sessionId: 'one' }),
  'session/prompt': prompted,
};

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { id, method, params } = JSON.parse(line) as { id?: number; method?: string; params?: Json };
    if (method === 'session/cancel') cancelled = true;
    const handler = METHODS[method ?? ''];
    if (id !== undefined && handler !== undefined) write({ id, result: await handler(params ?? {}) });
  })
  .on('close', () => process.exit(0));
