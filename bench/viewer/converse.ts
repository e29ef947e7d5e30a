import { createClient } from '@muster/client';
import { ConversationIdSchema, decodeUpdate } from '@muster/protocol';
import * as z from 'zod';
import { dial } from '../../test/harness/viewer.ts';
import { latencyOf } from '../lib/latency.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

const options = scriptOptions(
  z.object({
    via: z.object({ url: z.string(), team: z.string(), token: z.string(), agentId: z.string() }),
    /** Updates of the turn, and ms between them. */
    updates: z.number(),
    everyMs: z.number(),
  }),
);
const { via, updates, everyMs } = options;

/** Real client: makes a conversation, has the agent say so many times, and reads how old each is when it comes. */
const client = createClient({
  url: via.url,
  team: via.team,
  token: () => Promise.resolve(via.token),
  webSocket: dial,
});
const now = () => performance.timeOrigin + performance.now();
const feed = client.open(via.agentId);
const times: number[] = [];
const { promise: all, resolve } = Promise.withResolvers<void>();
feed.on('conversationUpdates', ({ frames }) => {
  const at = now();
  for (const { data } of frames) {
    const update = decodeUpdate(data);
    const text =
      update?.type === 'text'
        ? update.text
        : update?.type === 'item' && update.item.kind === 'agent'
          ? update.item.text
          : '';
    for (const [said] of text.matchAll(/\d{13}\.\d{3}/g)) times.push(at - Number(said));
  }
  if (times.length >= updates) resolve();
});

await new Promise<void>((there) => void feed.on('state', () => there()));
const created = await feed.request('conversation:create', { agentId: via.agentId });
const conversationId = ConversationIdSchema.parse(created.result?.['conversationId']);
await feed.request('conversation:join', { conversationId });
await feed.request('chat:message', { conversationId, content: `say ${updates} every ${everyMs}` });
await all;
printResult({ ...latencyOf(times), came: times.length });
process.exit(0);
