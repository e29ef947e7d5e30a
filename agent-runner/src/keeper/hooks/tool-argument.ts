import { attentionText, LIMITS, type ToolArgument, type ToolContent } from '@muster/protocol';
import { bounded } from '../../acp/core/content.ts';
import { clip, isRecord, type Json, listIn, recordIn, textIn } from '../../acp/core/json.ts';

/** A card must fit an event as it is (C8); what does not is left out, and the card says so. */
const CARD_JSON_CHARS = LIMITS.itemChars - 32 * 1024;

/** ACP's words for what tools of Claude Code and Codex do. */
const KINDS: Readonly<Record<string, string>> = {
  Bash: 'execute',
  Edit: 'edit',
  MultiEdit: 'edit',
  Write: 'edit',
  NotebookEdit: 'edit',
  apply_patch: 'edit',
  Read: 'read',
  LS: 'read',
  Glob: 'search',
  Grep: 'search',
  WebFetch: 'fetch',
  WebSearch: 'fetch',
  NetworkAccess: 'fetch',
};
/** The field that says what a tool is about, best first. */
const SUBJECTS = ['command', 'file_path', 'notebook_path', 'path', 'url', 'query', 'pattern', 'description'];

/** C8: all that is decided on of a tool call. `input`: parsed, its secrets masked. */
export function toolArgument(tool: string, input: unknown): ToolArgument {
  const fields = recordIn(input);
  const subject = SUBJECTS.map((name) => textIn(fields[name])).find((text) => text !== undefined);
  const title = attentionText(subject === undefined ? tool : [tool, subject].join(': '));
  const argument = {
    title: clip(title, LIMITS.titleChars),
    toolKind: KINDS[tool] ?? 'other',
    rawInput: JSON.stringify(input) ?? '',
    content: diffsOf(fields),
    locations: [],
  };
  return bounded(argument, CARD_JSON_CHARS);
}

/** What an edit changes, beside its input: as a difference it can be read. */
function diffsOf(fields: Json): ToolContent[] {
  const path = textIn(fields['file_path']);
  if (path === undefined || path === '' || path.length > LIMITS.pathChars) return [];
  const written = textIn(fields['content']);
  if (written !== undefined) return [{ type: 'diff', path, oldText: null, newText: written }];
  const edits = Array.isArray(fields['edits']) ? listIn(fields['edits']).filter(isRecord) : [fields];
  return edits.slice(0, LIMITS.toolContents).flatMap((edit): ToolContent[] => {
    const [oldText, newText] = [textIn(edit['old_string']), textIn(edit['new_string'])];
    return oldText === undefined || newText === undefined ? [] : [{ type: 'diff', path, oldText, newText }];
  });
}
