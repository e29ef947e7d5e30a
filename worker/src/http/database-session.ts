import type { AppContext } from './app.ts';

/** The header with the freshness that a reader needs: the value of the last response. */
const BOOKMARK = 'x-muster-bookmark';
const FORM = /^[\w-]{1,200}$/;

/**
 * One question about the past, through the nearest copy of the database that has seen what the reader saw last. The
 * answer says where that was now.
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
