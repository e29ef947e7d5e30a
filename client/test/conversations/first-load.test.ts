import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SOURCE = new URL('../../../protocol/src/', import.meta.url);
const IMPORT = /^(?:import(?! type)[^;]*?from|export[^;]*?from) '(\.[^']+)';/gms;

/** The modules of the protocol that this one takes along into a bundle, itself among them. */
function takenAlong(path: URL, found = new Set<string>()): Set<string> {
  if (found.has(path.href)) return found;
  found.add(path.href);
  for (const [, to = ''] of readFileSync(fileURLToPath(path), 'utf8').matchAll(IMPORT))
    takenAlong(new URL(to, path), found);
  return found;
}

describe('what a page loads first', () => {
  it.each(['viewer', 'server', 'event'])(
    '[F16] messages/%s takes no schema of items, states and cards along',
    (name) => {
      const found = takenAlong(new URL(`messages/${name}.ts`, SOURCE));
      const heavy = ['content', 'items', 'requests', 'state', 'events', 'updates', 'to-keeper'].filter(
        (one) => found.has(new URL(`conversations/${one}.ts`, SOURCE).href),
      );
      expect(found.size).toBeGreaterThan(3);
      expect(heavy).toEqual([]);
    },
  );
});
