import { Hono } from 'hono';
import { html } from 'hono/html';
import type { App, AppContext } from './app.ts';
import { openApi } from './openapi.ts';
import { route } from './route.ts';
import { ROUTES } from './routes.ts';

/** X12: a page without scripts, so it works offline and runs no third party's code. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
  code, pre { font-family: ui-monospace, monospace; font-size: 13px; }
  pre { overflow-x: auto; padding: .75rem; border: 1px solid #8884; border-radius: 6px; }
  details { border-top: 1px solid #8884; padding: .5rem 0; }
  summary { cursor: pointer; } summary code { font-weight: 600; } small { opacity: .7; }
`;

const text = (value: unknown) => JSON.stringify(value, null, 2);

function page(context: AppContext): Response | Promise<Response> {
  const { paths = {} } = openApi();
  const entries = Object.entries(ROUTES).map(([route, { summary }]) => {
    const [verb = '', path = ''] = route.split(' ');
    const item = paths[path.replaceAll(/:(\w+)/g, '{$1}')];
    const operation = Object.entries(item ?? {}).find(([method]) => method === verb.toLowerCase())?.[1];
    return html`<details id="${route}">
      <summary><code>${route}</code> ${summary} <small>${operation?.description}</small></summary>
      <pre>${text(operation)}</pre>
    </details>`;
  });
  context.header('content-security-policy', POLICY);
  return context.html(html`<!doctype html>
    <html lang="en">
      <head><meta charset="utf-8" /><title>Muster: the API</title><style>${STYLE}</style></head>
      <body>
        <h1>The API</h1>
        <p>A token goes into <code>Authorization: Bearer</code>. Errors are <code>{error: {code, number, message, details?}}</code>.
        Lists are newest first; <code>next</code> is the <code>before</code> of the following page.
        The same as <a href="/api/openapi.json">OpenAPI</a>.</p>
        ${entries}
      </body>
    </html>`);
}

export function docsRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/openapi.json', (context) => context.json(openApi()));
  route(app, 'GET /api/docs', page);
  return app;
}
