import { describe, expect, it } from 'vitest';
import { openPage } from '../../src/lib/service-worker/open-page.ts';
import { FakePage, FakeScope } from './fake-scope.ts';

const ORIGIN = 'https://muster.example';

describe('[C10] a notification that is pressed', () => {
  it('opens its page where none is open', async () => {
    const scope = new FakeScope(ORIGIN);
    await openPage(scope, '/agents/shell');
    expect(scope.opened).toEqual([`${ORIGIN}/agents/shell`]);
  });

  it('shows the page that has it', async () => {
    const there = new FakePage(`${ORIGIN}/agents/shell`);
    const scope = new FakeScope(ORIGIN, [new FakePage(`${ORIGIN}/`), there]);
    await openPage(scope, '/agents/shell');
    expect([there.focused, there.messages, scope.opened]).toEqual([1, [], []]);
  });

  it('sends a page there that is open, and loses nothing that is on it', async () => {
    const open = new FakePage(`${ORIGIN}/`);
    const scope = new FakeScope(ORIGIN, [open]);
    await openPage(scope, '/agents/shell');
    expect(open.messages).toEqual([{ type: 'muster:open', url: `${ORIGIN}/agents/shell` }]);
    expect(scope.opened).toEqual([]);
  });

  it('opens another page where the one that is open does not answer', async () => {
    const frozen = new FakePage(`${ORIGIN}/`, { answers: false });
    const scope = new FakeScope(ORIGIN, [frozen]);
    await openPage(scope, '/agents/shell');
    expect(scope.opened).toEqual([`${ORIGIN}/agents/shell`]);
  });

  it('leads to no other site', async () => {
    const scope = new FakeScope(ORIGIN);
    await openPage(scope, 'https://elsewhere.example/agents/shell');
    expect(scope.opened).toEqual([`${ORIGIN}/`]);
  });
});
