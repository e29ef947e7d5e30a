interface Workers extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  readonly controller: object | null;
}

/**
 * A new version of the page has taken over. A page that nobody has touched loads it at once, as a wall does; elsewhere
 * somebody may be in the middle of something, so they are told.
 */
export function followTakeovers(workers: Workers, tell: () => void): () => void {
  // The first worker of all comes with the page's own version.
  let controlled = workers.controller !== null;
  const change = () => {
    const isNew = controlled;
    controlled = true;
    if (!isNew) return;
    if (navigator.userActivation?.hasBeenActive === false) location.reload();
    else tell();
  };
  workers.addEventListener('controllerchange', change);
  return () => workers.removeEventListener('controllerchange', change);
}
