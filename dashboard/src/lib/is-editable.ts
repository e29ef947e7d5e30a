/** True for what a person writes in: there, letters are letters and not shortcuts. */
export function isEditable(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** True in an open menu, list or dialog, which has the keys for itself. */
export const isInPopup = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('[role=menu], [role=listbox], [role=dialog], [role=alertdialog]') !== null;
