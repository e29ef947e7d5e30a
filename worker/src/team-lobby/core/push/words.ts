import { attentionText, PUSH_LIMITS, type RequestHead } from '@muster/protocol';
import { visibleForm } from './actions.ts';
import type { Notice, PushJob } from './types.ts';

type Words = Pick<PushJob, 'title' | 'body' | 'tag' | 'url'>;

const cut = (text: string, chars: number) => (text.length <= chars ? text : `${text.slice(0, chars - 1)}…`);
const words = (title: string, body: string, tag: string, url: string): Words => ({
  title: cut(attentionText(title), PUSH_LIMITS.titleChars),
  body: cut(attentionText(body), PUSH_LIMITS.bodyChars),
  tag,
  url,
});

const agentUrl = (agentId: string) => `/agents/${agentId}`;
/** C13b: what a hook asks is on its agent's page. */
const conversationUrl = (agentId: string, conversationId: string | undefined) =>
  conversationId === undefined
    ? agentUrl(agentId)
    : `${agentUrl(agentId)}?conversation=${encodeURIComponent(conversationId)}`;
const tagOf = ({ permissionId }: Pick<RequestHead, 'permissionId'>) => `request:${permissionId}`;

const STATES: Partial<Record<string, string>> = {
  withdrawn: 'The agent does not ask any more',
  expired: 'Nobody answered in time',
};

/** How a request ended, in a person's words. */
function ending({ resolved }: Extract<Notice, { type: 'request-over' }>): string {
  if (resolved === null) return 'It waits no longer';
  const { state, name, answer } = resolved;
  if (name === undefined) return STATES[state] ?? 'It is answered';
  return answer === undefined ? `${name} answered` : [name, answer].join(': ');
}

/** What a notification says. */
export function wordsOf(notice: Notice): Words {
  const { agent } = notice;
  const { agentId, name, host } = agent;
  switch (notice.type) {
    case 'request-opened': {
      const { head } = notice;
      const title = `${name} asks${host === null ? '' : ` on ${host}`}`;
      return words(title, visibleForm(head), tagOf(head), conversationUrl(agentId, head.conversationId));
    }
    case 'request-over': {
      const { head } = notice;
      const url = conversationUrl(agentId, head.conversationId);
      return words(`${name} asked: ${visibleForm(head)}`, ending(notice), tagOf(head), url);
    }
    case 'turn-ended': {
      const { conversationId, title, outcome } = notice.turn;
      const said = outcome === 'failed' ? `A turn of ${name} failed` : `${name} is done`;
      const url = conversationUrl(agentId, conversationId);
      return words(said, title ?? 'A turn has ended', `turn:${conversationId}`, url);
    }
    case 'crashed':
      return words(`${name} crashed`, notice.how, `failed:${agentId}`, agentUrl(agentId));
    case 'attention': {
      const said = attentionText(notice.attention.text);
      return words(`${name} wants you`, said || 'It rang', `attention:${agentId}`, agentUrl(agentId));
    }
  }
}

/** Of a request that still waits. */
export const reminderWords = (notice: Extract<Notice, { type: 'request-opened' }>): Words => {
  const { title, ...rest } = wordsOf(notice);
  return { ...rest, title: cut(`Still waits: ${title}`, PUSH_LIMITS.titleChars) };
};

export const TEST_WORDS: Words = {
  title: 'Muster reaches this device',
  body: 'This is the test that you asked for.',
  tag: 'test',
  url: '/',
};
