const KEY = 'muster-page';

/** The part of a browser's window that a page's name needs. */
interface Place {
  readonly sessionStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  addEventListener(type: 'pagehide' | 'pageshow', listener: () => void): void;
}

/**
 * One page's id, which a reload keeps, so that a driver still drives (B9). It is in the storage only between
 * two lives of the page: a tab that is duplicated copies the storage, and must not be the same page.
 */
export function pageId(place: Place, fresh: () => string): string {
  const id = place.sessionStorage.getItem(KEY) ?? fresh();
  const take = () => place.sessionStorage.removeItem(KEY);
  take();
  place.addEventListener('pagehide', () => place.sessionStorage.setItem(KEY, id));
  place.addEventListener('pageshow', take);
  return id;
}
