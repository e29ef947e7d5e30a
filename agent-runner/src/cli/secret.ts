import { lstatSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UserError } from '../host/user-error.ts';

/** Of any token, with room to spare; characters. */
const LONGEST = 16_384;
const OTHERS = 0o077;

/**
 * X16: a secret by a way that no other account can watch: a file, standard input, or a prompt that shows nothing.
 * Arguments are in the list of processes, for everybody.
 */
export async function readSecret(what: string, file: string | undefined): Promise<string> {
  const text = file !== undefined ? fromFile(file) : await (process.stdin.isTTY ? typed(what) : piped());
  const secret = text.trim();
  if (secret === '' || secret.length > LONGEST || /\s/.test(secret))
    throw new UserError(`There is no ${what} in ${file ?? 'standard input'}: it is one word.`);
  return secret;
}

function fromFile(path: string): string {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts?.isFile() !== true) throw new UserError(`There is no file ${path}.`);
  if ((facts.mode & OTHERS) !== 0)
    throw new UserError(
      `Other accounts can read ${path}. Ask for a new token, and write it to a file of mode 600.`,
    );
  return readFileSync(path, 'utf8');
}

async function piped(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const part of process.stdin) {
    text += String(part);
    if (text.length > LONGEST) break;
  }
  return text;
}

async function typed(what: string): Promise<string> {
  process.stderr.write(`${what}: `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const stopped = new Promise<never>((_, reject) => {
    lines.once('SIGINT', () => reject(new UserError('')));
  });
  try {
    return await Promise.race([lines.question(''), stopped]);
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
