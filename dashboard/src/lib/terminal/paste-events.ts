import { isPasteLike } from './paste.ts';

const textOf = (data: DataTransfer | null): string => data?.getData('text/plain') ?? '';

/**
 * X22: every way by which text comes into a terminal other than key by key ends here, before xterm.js sees it: pastes
 * by key, menu and middle button, drops, what an input method or a phone's keyboard inserts at once.
 */
export function capturePastes(
  host: HTMLElement,
  textarea: HTMLTextAreaElement,
  pasted: (text: string) => void,
): void {
  const take = (event: Event, text: string) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (text !== '') pasted(text);
  };
  host.addEventListener('paste', (event) => take(event, textOf(event.clipboardData)), true);
  host.addEventListener('drop', (event) => take(event, textOf(event.dataTransfer)), true);
  // Without this a browser does not drop here, and opens a dropped file in place of the page.
  host.addEventListener('dragover', (event) => event.preventDefault(), true);
  textarea.addEventListener(
    'beforeinput',
    (event) => {
      if (/^insert(From|Replacement)/.test(event.inputType))
        take(event, event.data ?? textOf(event.dataTransfer));
      else if (event.inputType === 'insertText' && isPasteLike(event.data ?? ''))
        take(event, event.data ?? '');
    },
    true,
  );
  host.addEventListener(
    'compositionend',
    ({ data }) => {
      if (!isPasteLike(data)) return;
      // Ahead of the timer by which xterm.js reads what was composed.
      setTimeout(() => {
        textarea.value = '';
        pasted(data);
      }, 0);
    },
    true,
  );
}
