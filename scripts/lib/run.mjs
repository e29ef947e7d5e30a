import { spawn } from 'node:child_process';
import { ours } from './children.mjs';
import { toolEnvironment } from './node.mjs';
import { ROOT } from './repo.mjs';

/**
 * Runs a program to its end and resolves to `{code, output}`; never rejects for an exit code. `quiet` keeps
 * what it says for the caller instead of passing it on to stderr.
 */
export function run(node, command, args, { quiet = false, environment = {}, cwd = ROOT } = {}) {
  const options = { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: toolEnvironment(node, environment) };
  const child = ours(spawn(command, args, options));
  const chunks = [];
  const read = (chunk) => {
    chunks.push(chunk);
    if (!quiet) process.stderr.write(chunk);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, signal, output: Buffer.concat(chunks).toString('utf8') }),
    );
  });
}
