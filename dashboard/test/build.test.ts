import { expect, it } from 'vitest';
import config from '../svelte.config.js';

it('a build starts no runtime: the one that the adapter emulates outlives it', () => {
  expect(config.kit?.adapter).toMatchObject({ name: '@sveltejs/adapter-cloudflare' });
  expect(config.kit?.adapter).not.toHaveProperty('emulate');
});
