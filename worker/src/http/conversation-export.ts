import { exportStream } from '../conversation-export/export-stream.ts';
import { JsonExport } from '../conversation-export/json-export.ts';
import { MarkdownExport } from '../conversation-export/markdown-export.ts';
import type { AppContext } from './app.ts';
import { type ConversationSource, conversationSource } from './conversation-source.ts';
import type { QueryOf } from './routes.ts';

/** Characters of a file's name. */
const NAME_CHARS = 80;

/** A whole conversation as a file: room and history together, oldest first. */
export async function exportOf(
  context: AppContext,
  { format }: QueryOf<'GET /api/conversations/:id/export'>,
): Promise<Response> {
  const source = await conversationSource(context, context.req.param('id') ?? '');
  const form = format === 'json' ? new JsonExport() : new MarkdownExport();
  const head = await headOf(source);
  const costOf = async () => (await source.state())?.facts.spent ?? source.past?.cost ?? null;
  const body = exportStream(
    {
      page: (query) => source.page(query),
      decisions: (items) => source.decisions(items),
      cost: costOf,
    },
    form,
    head,
  );
  return context.body(body, 200, {
    'content-type': form.contentType,
    'content-disposition': `attachment; filename="${fileName(head)}.${form.extension}"`,
    'x-content-type-options': 'nosniff',
  });
}

async function headOf(source: ConversationSource) {
  const { conversationId, past } = source;
  const state = await source.state();
  const { agentId, title, createdAt } = state ?? past ?? { agentId: '', title: null, createdAt: 0 };
  const isOver = state?.status === 'ended';
  const endedAt = past?.endedAt ?? (isOver ? (state?.activeAt ?? null) : null);
  return { conversationId, agentId, title, createdAt, endedAt, exportedAt: Date.now() };
}

/** ASCII letters, digits and signs that no system and no header gives a meaning. */
function fileName({ title, agentId }: { readonly title: string | null; readonly agentId: string }): string {
  const name = `${agentId}-${title ?? 'conversation'}`
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, NAME_CHARS)
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'conversation' : name;
}
