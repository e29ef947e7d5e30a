import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { askKeeper } from '../hook/ask-keeper.ts';
import { formatDecision } from '../hook/format-decision.ts';
import { HOOK_INPUT_BYTES, HOOK_PROGRAMS, type HookProgram } from '../hook/messages.ts';
import { readHookInput } from '../hook/read-input.ts';
import { hookSettings } from '../hook/settings.ts';
import { SOCKET_VARIABLE } from '../hook/socket-variable.ts';

/** To a hook that ends with 2 the programs listen as to a denial, so that no mistake may end with it. */
const WRONG_USE = 1;
const USAGE_TEXT = `Usage: muster-runner hook [claude|codex] [--wait <seconds>]
       muster-runner hook --print claude|codex

Called by a coding agent in a Muster terminal: puts what it asks into Muster's inbox and prints the answer.
Without an answer it prints nothing, and the agent's own prompt decides. --print shows the lines for
~/.claude/settings.json or ~/.codex/hooks.json.
`;

const programIn = (word: string | undefined): HookProgram | null =>
  HOOK_PROGRAMS.find((program) => program === word) ?? null;

/** How this program is called, as a shell takes it. */
function ownCommand(): string {
  const script = process.argv[1] ?? '';
  if (basename(script) === 'muster-runner') return script;
  return [process.execPath, realpathSync(script)]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(' ');
}

/** C13b: what hooks of coding agents call. Resolves to the exit code: 0 whatever happens to a hook. */
export async function hook(args: readonly string[]): Promise<number> {
  if (args[0] === '--print') {
    const program = programIn(args[1]);
    if (program === null) return showUsage();
    await print(process.stdout, `${hookSettings(program, ownCommand())}\n`);
    return 0;
  }
  if (args.includes('--help') || process.stdin.isTTY) return showUsage();
  try {
    const decision = await decide(args);
    if (decision !== null) await print(process.stdout, `${decision}\n`);
  } catch {
    // Its program asks in the terminal.
  }
  return 0;
}

async function decide(args: readonly string[]): Promise<string | null> {
  const path = process.env[SOCKET_VARIABLE];
  if (path === undefined || path === '') return null;
  const input = await readInput();
  const seconds = Number(args[args.indexOf('--wait') + 1]);
  const waitMs = args.includes('--wait') && seconds > 0 ? Math.ceil(seconds * 1000) : undefined;
  const call = input === null ? null : readHookInput(input, programIn(args[0]), waitMs);
  const decision = call === null ? null : await askKeeper(path, call.request);
  return decision === null ? null : formatDecision(decision);
}

/** Null: it is too long. */
async function readInput(): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin) {
    const data = Buffer.from(part);
    bytes += data.length;
    if (bytes > HOOK_INPUT_BYTES) return null;
    parts.push(data);
  }
  return Buffer.concat(parts).toString();
}

async function showUsage(): Promise<number> {
  await print(process.stderr, USAGE_TEXT);
  return WRONG_USE;
}

const print = (to: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve) => {
    to.on('error', () => resolve());
    to.write(text, () => resolve());
  });
