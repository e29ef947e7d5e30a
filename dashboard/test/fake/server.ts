import { fileURLToPath } from 'node:url';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { fakePush } from './push.ts';
import { fakeAnswer } from './rest.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The dashboard over a team that is made up (client.ts): for work on its looks, without any server. */
export default defineConfig({
  resolve: { alias: [{ find: /^@muster\/client$/, replacement: here('./client.ts') }] },
  server: { host: '127.0.0.1' },
  plugins: [
    tailwindcss(),
    sveltekit(),
    {
      name: 'fake-api',
      configureServer(server) {
        const member = { id: 'owner', name: 'Owner', role: 'admin' };
        server.middlewares.use('/api', (request, response) => {
          response.setHeader('content-type', 'application/json');
          const answer = fakeAnswer(request.url ?? '') ?? fakePush(request.url ?? '');
          if (answer !== null) return void response.end(JSON.stringify(answer));
          const out = (request.headers.cookie ?? '').includes('fake=out');
          response.statusCode = out && request.url !== '/health' ? 401 : 200;
          response.end(
            JSON.stringify(out ? { error: { code: 'AUTH_FAILED', message: 'no' } } : { member, token: 't' }),
          );
        });
      },
    },
  ],
});
