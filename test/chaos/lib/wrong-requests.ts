import * as z from 'zod';
import { VIEWER_SAMPLES } from '../../../protocol/test/samples.ts';
import { ROUTES } from '../../../worker/src/http/routes.ts';
import { type Attack, type AttackContext, framesOf, NOBODY, pick, round, SAMPLE_UUID } from './attack.ts';
import { malformedText, malformedWord } from './malformed.ts';

const AT_ONCE = 4;
const ANSWER_MS = 20_000;

const ErrorSchema = z.object({
  error: z.object({ code: z.string(), number: z.number(), message: z.string() }),
});
const PARAMETERS = [
  'limit',
  'before',
  'after',
  'line',
  'client',
  'history',
  'q',
  'got',
  'from',
  'status',
  'agent',
];
/** Long polls (G5): what is said on a line has one to be said on. */
const POLLED = ['GET /api/events', 'GET /api/agents/:agentId/events', 'POST /api/messages'];
/** Routes that only read or answer at once: the others wait for a keeper, and these keepers never answer. */
const answersAtOnce = (route: string) =>
  route.startsWith('GET') || route === 'POST /api/agents/:agentId/commands';

function requestOf(scene: AttackContext, at: number): { url: string; init: RequestInit } {
  const { random, muster } = scene;
  const polls = random() < 0.3;
  const route = pick(scene, polls ? POLLED : Object.keys(ROUTES));
  const [method = 'GET', path = '/'] = route.split(' ');
  const named = answersAtOnce(route) ? round(scene.victims, at).agentId : NOBODY;
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => {
    if (random() < 0.4) return malformedWord(random);
    return name === 'agentId' ? named : `${named}.1`;
  });
  const asked = PARAMETERS.filter(() => random() < 0.15).map((name) => `${name}=${malformedWord(random)}`);
  if (polls) asked.push(`line=line-${at % scene.admins.length}`);
  const url = `${muster.url}${filled}?wait=0&${asked.join('&')}`;
  const headers: Record<string, string> = { authorization: `Bearer ${round(scene.admins, at)}` };
  if (random() < 0.2) headers['idempotency-key'] = malformedWord(random);
  const bodies = [...framesOf(VIEWER_SAMPLES, NOBODY, SAMPLE_UUID), ...Object.values(VIEWER_SAMPLES)];
  const body = method === 'GET' ? null : Buffer.from(malformedText(random, bodies));
  return { url, init: { method, headers, body, signal: AbortSignal.timeout(ANSWER_MS) } };
}

/** A connection that the server closed behind an earlier request, whose body it did not care to read. */
const CUT = 'cut';

/** The fault in an answer: it has to be Muster's, and must report no internal error. */
async function ask({ url, init }: ReturnType<typeof requestOf>): Promise<string | typeof CUT | null> {
  const asked = `${init.method} ${url.slice(0, 200)}`;
  try {
    const answer = await fetch(url, init);
    const text = await answer.text();
    if (answer.status < 400) return null;
    const ours = text === '' || ErrorSchema.safeParse(JSON.parse(text)).success;
    return answer.status < 500 && ours ? null : `${asked}: ${answer.status} ${text.slice(0, 120)}`;
  } catch (error) {
    if (error instanceof TypeError && /other side closed|ECONNRESET/.test(String(error.cause))) return CUT;
    if (error instanceof TypeError) return `${asked}: ${String(error.cause)}`;
    return `${asked}: ${String(error)}`;
  }
}

/** Routes and long polls, some at once. */
export const requests: Attack = async (scene, at, left) => {
  const asked = Array.from({ length: Math.min(AT_ONCE, left) }, (_, index) =>
    ask(requestOf(scene, at * AT_ONCE + index)),
  );
  const answers = (await Promise.all(asked)).filter((answer) => answer !== CUT);
  return { read: answers.length, wrong: answers.filter((why) => why !== null) };
};
