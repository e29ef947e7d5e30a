import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './repo.mjs';

/** The files of a directory at any depth, in a fixed order; a file is itself, and a path without anything has none. */
export function filesUnder(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (stat.isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

/** One hash over the names and contents of a target's inputs. */
export function hashOf(target, root = ROOT) {
  const hash = createHash('sha256');
  for (const input of target.inputs) {
    for (const file of filesUnder(join(root, input))) {
      const content = readFileSync(file);
      hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

/** The stamp lies beside the outputs, so that it goes when they are deleted. */
const stampOf = (target, root) => join(root, dirname(target.outputs[0]), 'stamp');

export function isFresh(target, hash, root = ROOT) {
  const stamp = stampOf(target, root);
  return (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === hash &&
    target.outputs.every((output) => existsSync(join(root, output)))
  );
}

export function stamp(target, hash, root = ROOT) {
  const path = stampOf(target, root);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, hash);
}
