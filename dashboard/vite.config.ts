import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

export default defineConfig(({ command }) => {
  // Whoever builds, a test run with an environment of its own too, builds what ships.
  if (command === 'build') process.env['NODE_ENV'] = 'production';
  return {
    // Nothing is put into the files as a data URL: the CSP has none for fonts (X12).
    build: { assetsInlineLimit: 0 },
    plugins: [tailwindcss(), sveltekit()],
  };
});
