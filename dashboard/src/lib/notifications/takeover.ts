/**
 * Once a new version of the page has taken over: a page that nobody has touched loads it at once, as a wall does;
 * elsewhere somebody may be in the middle of something, so they are told.
 */
export async function followTakeover(takeover: Promise<unknown>, tell: () => void): Promise<void> {
  await takeover;
  if (navigator.userActivation?.hasBeenActive === false) location.reload();
  else tell();
}
