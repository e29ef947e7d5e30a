const kept = new Map<string, string>();

/** The net outside the Worker under test: what is put at an address is had from it; `away` there: nobody answers. */
export async function outside(request: Request): Promise<Response> {
  const { url, method } = request;
  if (method === 'PUT') {
    kept.set(url, await request.text());
    return new Response(null, { status: 204 });
  }
  const found = kept.get(url);
  if (found === 'away') return new Response(null, { status: 503 });
  return found === undefined ? new Response(null, { status: 404 }) : new Response(found);
}
