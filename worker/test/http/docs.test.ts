import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/http/routes.ts';
import { call } from '../front.ts';

interface Operation {
  readonly summary?: string;
  readonly parameters?: { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: object };
}

async function described(): Promise<Record<string, Record<string, Operation>>> {
  const response = await call('GET', '/api/openapi.json');
  const document = (await response.json()) as { openapi: string; paths: Record<string, never> };
  expect(document.openapi).toBe('3.1.0');
  return document.paths;
}

describe('the description of the API', () => {
  it('has every route of the table, with its parameters, and no other', async () => {
    const paths = await described();
    const found = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(new Set(found)).toEqual(new Set(Object.keys(ROUTES)));
    expect(found.length).toBe(Object.keys(ROUTES).length);
    expect(paths['/api/agents/{agentId}']?.['get']?.parameters).toMatchObject([
      { name: 'agentId', in: 'path' },
    ]);
  });

  it('says what a body and a query are, by what they are checked by', async () => {
    const paths = await described();
    const body = paths['/api/agents/{agentId}/resize']?.['post']?.requestBody;
    expect(body?.content).toMatchObject({
      'application/json': {
        schema: { required: ['cols', 'rows'], properties: { cols: { type: 'integer' } } },
      },
    });
    const query = paths['/api/audit']?.['get']?.parameters?.map(({ name }) => name);
    expect(query).toEqual(['limit', 'before', 'agent', 'member', 'action']);
  });

  it('[X12] is a page too, without a script', async () => {
    const response = await call('GET', '/api/docs');
    const page = await response.text();
    for (const route of Object.keys(ROUTES)) expect(page).toContain(`<code>${route}</code>`);
    expect(page).not.toMatch(/<script|src=/);
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
  });
});
