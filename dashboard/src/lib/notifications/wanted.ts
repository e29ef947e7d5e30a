const STORAGE_KEY = 'muster.push';
const ON = 'on';

/** Whether somebody turned notifications on in this browser, whatever became of its subscription since. */
export function isPushWanted(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) === ON;
  } catch {
    return false;
  }
}

export function wantPush(wanted: boolean): void {
  try {
    if (wanted) localStorage.setItem(STORAGE_KEY, ON);
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Storage may be forbidden; then it is registered again only where it was turned on.
  }
}
