import { type Item, promptText, type StoredItem, type ToolContent, type ToolItem } from '@muster/protocol';
import type { ItemDecision } from '../agent-room/core/conversations/item-decision.ts';
import type { Cost } from '../history/item-types.ts';
import { withoutEscapes } from '../history/text.ts';
import { diffText } from './diff-text.ts';
import type { Decisions, ExportFormat, ExportHead } from './export-format.ts';
import { fenced, folded, inline, quoted } from './markdown-text.ts';

const timeOf = (at: number): string => {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
};
const byline = (who: string, at: number) => `**${inline(who)}** · ${timeOf(at)}\n\n`;

/** A transcript to read and to paste: what was said stays a quotation or a fence, whatever stands in it. */
export class MarkdownExport implements ExportFormat {
  readonly contentType = 'text/markdown; charset=utf-8';
  readonly extension = 'md';
  #agent = 'Agent';

  begin({ title, agentId, createdAt, endedAt, exportedAt, conversationId }: ExportHead): string {
    this.#agent = agentId;
    const ended = endedAt === null ? '' : `, closed ${timeOf(endedAt)}`;
    return [
      `# ${inline(title ?? `Conversation with ${agentId}`)}\n\n`,
      `Agent ${inline(agentId)}, begun ${timeOf(createdAt)}${ended}. `,
      `Exported ${timeOf(exportedAt)} (${inline(conversationId)}).\n`,
    ].join('');
  }

  items(items: readonly StoredItem[], decisions: Decisions): string {
    return items.map(({ item }) => `\n${this.#item(item, decisions.get(item.itemId) ?? [])}`).join('');
  }

  end(cost: Cost | null, others: readonly ItemDecision[]): string {
    const asked = others.length === 0 ? '' : `\n## Other requests\n\n${others.map(decisionLine).join('')}`;
    const spent = cost === null ? '' : `\n---\n\nCost: ${cost.amount.toFixed(2)} ${inline(cost.currency)}\n`;
    return asked + spent;
  }

  #item(item: Item, decisions: readonly ItemDecision[]): string {
    switch (item.kind) {
      case 'user':
        return byline(item.name ?? 'Injected by the agent', item.at) + quoted(userText(item));
      case 'agent':
        return byline(this.#agent, item.at) + quoted(item.text);
      case 'thought':
        return folded(`Thought · ${timeOf(item.at)}`, quoted(item.text));
      case 'notice':
        return byline(`Notice (${item.level})`, item.at) + quoted(item.text);
      case 'plan':
        return byline('Plan', item.at) + planText(item);
      case 'tool':
        return toolText(item, decisions);
      case 'other':
        return folded(`${item.name} · ${timeOf(item.at)}`, fenced(item.json, 'json'));
    }
  }
}

const userText = ({ text, attachments = [] }: Extract<Item, { kind: 'user' }>): string =>
  attachments.length === 0 ? text : `${text}\n\n${promptText([...attachments])}`;

const planText = ({ entries }: Extract<Item, { kind: 'plan' }>): string =>
  entries
    .map(({ content, status }) => `- [${status === 'completed' ? 'x' : ' '}] ${inline(content)}\n`)
    .join('');

function toolText(item: ToolItem, decisions: readonly ItemDecision[]): string {
  const { title, toolKind, status, at, endedAt, rawInput, rawOutput, content, omitted } = item;
  const took = endedAt === undefined ? '' : `, ${((endedAt - at) / 1000).toFixed(1)} s`;
  const head = `**Tool** ${inline(title)} (${inline(toolKind)}, ${status}${took}) · ${timeOf(at)}\n`;
  const parts = [
    ...(rawInput === undefined ? [] : [`Argument\n\n${fenced(rawInput, 'json')}`]),
    ...content.map(contentText),
    ...(rawOutput === undefined || content.length > 0 ? [] : [`Result\n\n${fenced(rawOutput)}`]),
    ...(omitted === undefined ? [] : [`${omitted} characters were left out.\n`]),
  ];
  const body = parts.length === 0 ? '' : `\n${folded('Argument and result', parts.join('\n'))}`;
  return `${head}${decisions.length === 0 ? '' : '\n'}${decisions.map(decisionLine).join('')}${body}`;
}

function contentText(content: ToolContent): string {
  const left =
    'omitted' in content && content.omitted !== undefined ? ` (${content.omitted} characters left out)` : '';
  switch (content.type) {
    case 'text':
      return `Result${left}\n\n${fenced(content.text)}`;
    case 'terminal':
      return `Terminal${left}\n\n${fenced(withoutEscapes(content.text))}`;
    case 'diff':
      return `Change${left}\n\n${fenced(diffText(content.path, content.oldText, content.newText), 'diff')}`;
    case 'link':
      return `Link\n\n${fenced(content.uri)}`;
    case 'image':
      return `An image (${inline(content.mimeType)}, ${content.bytes} bytes).\n`;
    case 'other':
      return `Result${left}\n\n${fenced(content.json, 'json')}`;
  }
}

const DECIDERS: Record<string, string> = {
  policy: 'a policy',
  timeout: 'no answer in time',
  cancel: 'cancelling',
};

function decisionLine({ title, state, answer, decider, at }: ItemDecision): string {
  const who = decider === null ? '' : ` by ${inline(decider.name ?? DECIDERS[decider.by] ?? decider.by)}`;
  const what = answer === null ? state : `${inline(answer)}`;
  return `- Asked: ${inline(title)} → **${what}**${who} · ${timeOf(at)}\n`;
}
