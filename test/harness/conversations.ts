import { join } from 'node:path';
import * as z from 'zod';
import { eventually } from './eventually.ts';
import { type Muster, PROJECT } from './muster.ts';
import { TAG } from './survivors.ts';

/** What its prompts do stands at its head. */
const SCRIPTED_AGENT = join(PROJECT, 'agent-runner', 'test', 'support', 'acp-agent.ts');

const CreatedSchema = z.object({ conversationId: z.string() });
const ItemsSchema = z.object({
  messages: z.array(
    z.object({
      item: z.object({ kind: z.string(), text: z.string().optional(), endedAt: z.number().optional() }),
    }),
  ),
});
const PermissionsSchema = z.object({
  permissions: z.array(
    z.object({ permissionId: z.string(), conversationId: z.string(), digest: z.string() }),
  ),
});

/** Conversations of a server as a script has them, over REST. */
export class ConversationApi {
  readonly #muster: Muster;

  constructor(muster: Muster) {
    this.#muster = muster;
  }

  async call(method: string, path: string, body?: object) {
    const { url, token } = this.#muster;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, { method, headers, ...sent });
    const json: unknown = await response.json();
    return { status: response.status, json };
  }

  /** An agent whose adapter is the scripted one, with these flags. */
  async createAgent(name: string, ...flags: string[]): Promise<void> {
    const { status, json } = await this.call('POST', '/api/agents', {
      name,
      kind: 'acp',
      program: { command: process.execPath, args: [SCRIPTED_AGENT, ...flags] },
      workspace: this.#muster.directory,
      environment: { [TAG]: this.#muster.tag },
    });
    if (status !== 201) throw new Error(`${name} was not created: ${JSON.stringify(json)}`);
  }

  async create(agentId: string): Promise<string> {
    const { status, json } = await this.call('POST', `/api/agents/${agentId}/conversations`, {});
    if (status !== 201) throw new Error(`no conversation: ${JSON.stringify(json)}`);
    return CreatedSchema.parse(json).conversationId;
  }

  send(conversationId: string, content: string) {
    return this.call('POST', `/api/conversations/${conversationId}/messages`, { content });
  }

  /** Its items, as `kind: text`. */
  async texts(conversationId: string): Promise<string[]> {
    const { json } = await this.call('GET', `/api/conversations/${conversationId}/messages`);
    return ItemsSchema.parse(json).messages.map(({ item }) => `${item.kind}: ${item.text ?? ''}`);
  }

  async says(conversationId: string, line: string): Promise<void> {
    await eventually(async () => {
      const texts = await this.texts(conversationId);
      if (!texts.includes(line)) throw new Error(`it does not say ${line}: ${texts.join(' | ')}`);
    });
  }

  /** The request that waits in this conversation. */
  asked(conversationId: string) {
    return eventually(async () => {
      const { json } = await this.call('GET', '/api/permissions');
      const { permissions } = PermissionsSchema.parse(json);
      const [request] = permissions.filter((one) => one.conversationId === conversationId);
      if (request === undefined) throw new Error('nothing is asked');
      return request;
    });
  }
}
