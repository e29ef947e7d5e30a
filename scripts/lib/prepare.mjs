import { endOnSignals } from './children.mjs';
import { dim, duration, green, print, Refusal } from './console.mjs';
import { hashOf, isFresh, stamp } from './fresh.mjs';
import { install } from './install.mjs';
import { alone } from './lock.mjs';
import { findNode } from './node.mjs';
import { run } from './run.mjs';
import { TARGETS } from './targets.mjs';

async function buildOne(node, target, hash) {
  const began = Date.now();
  print(`Building ${target.name}`);
  for (const step of target.steps) {
    const { code, output } = await run(node, node, step, { quiet: true });
    if (code !== 0) throw new Refusal(`${output}\n\nbuilding ${target.name} failed`);
  }
  stamp(target, hash);
  print(`${green('✓')} ${target.name} built ${dim(duration(Date.now() - began))}`);
}

async function buildStale(node) {
  for (const target of TARGETS) {
    const hash = hashOf(target);
    if (!isFresh(target, hash)) await buildOne(node, target, hash);
  }
}

/** Packages installed and, if wanted, everything built. Resolves to the Node that runs the rest. */
export async function prepare({ build }) {
  const leaveSignals = endOnSignals();
  const node = await alone(async () => {
    await install();
    const found = findNode();
    if (build) await buildStale(found);
    return found;
  });
  leaveSignals();
  return node;
}
