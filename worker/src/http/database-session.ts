import type { AppContext } from './app.ts';

/** The header with the freshness that a reader needs: the value of the last response. */
const BOOKMARK = 'x-muster-bookmark';
const FORM = /^[\w-]{1,200}$/;

/**
 * Queries history through the nearest replica that is as fresh as the reader's last response. The response
 * names its own freshness.
 */
export async function withDatabaseSession(
  context: AppContext,
  ask: (session: D1DatabaseSession) => Promise<Response>,
): Promise<Response> {
  const requested = context.req.header(BOOKMARK) ?? '';
  const session = context.env.DB.withSession(FORM.test(requested) ? requested : 'first-unconstrained');
  const response = await ask(session);
  const bookmark = session.getBookmark();
  if (bookmark !== null) response.headers.set(BOOKMARK, bookmark);
  return response;
}
