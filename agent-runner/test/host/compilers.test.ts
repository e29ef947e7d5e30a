import { expect, test } from 'vitest';
import { Work } from '../../src/host/compilers.ts';

test('[F11] [F1] the compilers come with the hundredth event, once', () => {
  let begun = 0;
  const work = new Work(() => {
    begun += 1;
  });
  for (let event = 0; event < 99; event += 1) work.event();
  expect(begun).toBe(0);
  for (let event = 0; event < 200; event += 1) work.event();
  expect(begun).toBe(1);
});
