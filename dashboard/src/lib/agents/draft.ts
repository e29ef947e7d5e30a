import {
  type AgentCreate,
  AgentCreateSchema,
  err,
  type Issue,
  issueSentence,
  LIMITS,
  ok,
  type RestartPolicy,
  type Result,
  slugOf,
  type WireError,
} from '@muster/protocol';
import { sentenceOf } from '../rest/to-sentence.ts';
import { splitLine } from './argv.ts';

/** A new agent as the form holds it: what was typed, right or wrong. */
export interface Draft {
  name: string;
  /** Empty: the server chooses. */
  hostId: string;
  /** The coding agent to talk with: an adapter's name, or `OTHER_ADAPTER`. Empty: a program of its own screen. */
  adapter: string;
  line: string;
  /** Empty: the host's default directory. */
  workspace: string;
  terminal: boolean;
  cols: number | null;
  rows: number | null;
  restart: RestartPolicy;
  autostart: boolean;
  recording: boolean;
  redaction: boolean;
  /** Empty: `/bin/sh`. */
  shell: string;
  environment: { key: string; value: string }[];
}

/** The program that `line` names speaks ACP. */
export const OTHER_ADAPTER = 'other';

export const DEFAULT_SIZE = { cols: 120, rows: 32 } as const;

export function emptyDraft(): Draft {
  return {
    name: '',
    hostId: '',
    adapter: '',
    line: '',
    workspace: '',
    terminal: true,
    ...DEFAULT_SIZE,
    restart: 'on-failure',
    autostart: true,
    recording: false,
    redaction: true,
    shell: '',
    environment: [],
  };
}

/** Where a form can show an error; `form` is for what belongs to no field. */
export const FIELDS = [
  'name',
  'hostId',
  'program',
  'workspace',
  'terminal',
  'shell',
  'environment',
  'form',
] as const;
export type Field = (typeof FIELDS)[number];
export type FieldErrors = Partial<Record<Field, string>>;

/** The field of a dotted path on the wire: `program.command` and `payload.program.args.0` are `program`. */
export function fieldOf(path: string): Field {
  const head = path.replace(/^payload\./, '').split('.')[0];
  if (head === 'agentId') return 'name';
  if (head === 'kind') return 'terminal';
  if (head === 'model') return 'program';
  return FIELDS.find((field) => field === head) ?? 'form';
}

/** The message to send, or what to mend, by field. */
export function toCreate(draft: Draft): Result<AgentCreate, FieldErrors> {
  const runs = startOf(draft);
  const environment = environmentOf(draft.environment);
  const own: FieldErrors = {
    ...(runs.ok ? {} : { program: runs.error }),
    ...(environment.ok ? {} : { environment: environment.error }),
    ...(draft.name.trim() !== '' && slugOf(draft.name) === ''
      ? { name: 'The name needs a letter or a digit.' }
      : {}),
  };
  const parsed = AgentCreateSchema.safeParse({
    name: draft.name.trim(),
    ...(draft.hostId === '' ? {} : { hostId: draft.hostId }),
    ...(runs.ok ? runs.value : { program: { command: 'none' } }),
    ...(draft.workspace.trim() === '' ? {} : { workspace: draft.workspace.trim() }),
    restart: draft.restart,
    autostart: draft.autostart,
    ...(draft.redaction ? {} : { redaction: false }),
    ...(environment.ok && draft.environment.length > 0 ? { environment: environment.value } : {}),
  });
  if (parsed.success && Object.keys(own).length === 0) return ok(parsed.data);
  return err({ ...(parsed.success ? {} : issuesByField(parsed.error.issues)), ...own });
}

/** What the agent is and what it runs: a coding agent to talk with (C4), or a program with its own screen. */
function startOf(draft: Draft): Result<object, string> {
  if (draft.adapter !== '' && draft.adapter !== OTHER_ADAPTER)
    return ok({ kind: 'acp', model: draft.adapter });
  const argv = splitLine(draft.line);
  if (!argv.ok) return argv;
  const [command, ...args] = argv.value;
  if (command === undefined) return err('Say what to run.');
  const program = { command, args };
  if (draft.adapter === OTHER_ADAPTER) return ok({ kind: 'acp', program });
  return ok({
    kind: draft.terminal ? 'terminal' : 'process',
    program,
    terminal: draft.terminal ? { cols: draft.cols, rows: draft.rows } : false,
    ...(draft.recording ? { recording: true } : {}),
    ...(draft.shell.trim() === '' ? {} : { shell: draft.shell.trim() }),
  });
}

function issuesByField(issues: readonly Issue[]): FieldErrors {
  const errors: FieldErrors = {};
  for (const issue of issues) {
    const field = fieldOf(issue.path.map(String).join('.'));
    errors[field] ??=
      field === 'terminal'
        ? `Columns and rows must be 1 to ${LIMITS.terminalCells}.`
        : field === 'environment'
          ? `${String(issue.path[1] ?? 'A variable')} ${issue.message}.`
          : sentenceOf({ message: issueSentence(issue) });
  }
  return errors;
}

function environmentOf(rows: Draft['environment']): Result<Record<string, string>, string> {
  const entries = rows.filter((row) => row.key.trim() !== '' || row.value !== '');
  const keys = entries.map((row) => row.key.trim());
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) return err(`${twice || 'A variable without a name'} is there twice.`);
  // A record's schema passes over this key in silence, so it is refused before.
  if (keys.includes('__proto__')) return err('__proto__ cannot be the name of a variable.');
  return ok(Object.fromEntries(entries.map((row) => [row.key.trim(), row.value])));
}

/** The server's error, at the field it named. */
export function serverErrors(error: WireError): FieldErrors {
  const named = error.details?.['field'];
  const field = typeof named === 'string' ? fieldOf(named) : fallback(error.code);
  return { [field]: sentenceOf(error) };
}

/** Where an error goes that names no field. */
function fallback(code: WireError['code']): Field {
  if (code === 'AGENT_EXISTS') return 'name';
  if (code === 'HOST_OFFLINE' || code === 'AGENT_LIMIT_EXCEEDED') return 'hostId';
  if (code === 'AGENT_SPAWN_FAILED') return 'program';
  return 'form';
}
