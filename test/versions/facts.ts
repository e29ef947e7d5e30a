import { createHash } from 'node:crypto';
import * as z from 'zod';
import { readCast } from '../harness/asciicast.ts';

/** What a data directory holds, as its REST routes tell it: kept beside the directory, compared when it is opened. */
const AgentSchema = z.object({
  agentId: z.string(),
  agentUid: z.string(),
  name: z.string(),
  kind: z.string(),
  status: z.string(),
  labels: z.record(z.string(), z.string()),
});
const CommandSchema = z.object({
  commandId: z.string(),
  agentId: z.string(),
  command: z.string(),
  status: z.string(),
  exitCode: z.number().nullish(),
});
const HostSchema = z.object({ hostId: z.string(), name: z.string(), revokedAt: z.number().optional() });
const MemberSchema = z.object({ id: z.string(), name: z.string(), role: z.string() });
const AuditSchema = z.object({ sequence: z.number(), mac: z.string(), at: z.number(), action: z.string() });

export const FactsSchema = z.object({
  team: z.string(),
  agents: z.array(AgentSchema),
  commands: z.array(CommandSchema),
  members: z.array(MemberSchema),
  hosts: z.array(HostSchema),
  audit: z.array(AuditSchema),
  /** What the recorded agent printed. */
  recording: z.object({ agentId: z.string(), characters: z.number(), sha256: z.string() }),
});
export type Facts = z.infer<typeof FactsSchema>;

export interface Server {
  readonly url: string;
  readonly token: string;
}

export async function get({ url, token }: Server, path: string): Promise<Response> {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return response;
}

export async function post({ url, token }: Server, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}

/** All pages of a list, the newest entry first. */
async function all<T>(server: Server, path: string, key: string, schema: z.ZodType<T>): Promise<T[]> {
  const found: T[] = [];
  for (let before = ''; ; ) {
    const page = z
      .looseObject({ next: z.union([z.string(), z.number()]).nullish() })
      .parse(await (await get(server, `${path}?limit=100${before}`)).json());
    found.push(...z.array(schema).parse(page[key]));
    if (page.next === null || page.next === undefined) return found;
    before = `&before=${encodeURIComponent(page.next)}`;
  }
}

/** What the agent's program printed, as its recording has it. */
export async function recordedText(server: Server, agentId: string): Promise<string> {
  const response = await get(server, `/api/agents/${agentId}/recording`);
  const cast = readCast(new Uint8Array(await response.arrayBuffer()));
  return cast.events.flatMap(({ code, data }) => (code === 'o' ? [data] : [])).join('');
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export async function factsOf(server: Server, team: string, recorded: string): Promise<Facts> {
  const list = async <T>(path: string, key: string, schema: z.ZodType<T>) =>
    z.array(schema).parse(z.looseObject({}).parse(await (await get(server, path)).json())[key]);
  const text = await recordedText(server, recorded);
  return {
    team,
    agents: await list('/api/agents', 'agents', AgentSchema),
    commands: await all(server, '/api/history/commands', 'commands', CommandSchema),
    hosts: await list('/api/hosts', 'hosts', HostSchema),
    members: await list('/api/members', 'members', MemberSchema),
    audit: await all(server, '/api/audit', 'entries', AuditSchema),
    recording: { agentId: recorded, characters: text.length, sha256: sha256(text) },
  };
}
