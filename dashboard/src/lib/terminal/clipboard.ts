import type { Terminal } from '@xterm/xterm';

/** Copies what is selected, and lets it go. */
export async function copySelection(terminal: Terminal | undefined): Promise<void> {
  const text = terminal?.getSelection() ?? '';
  if (text === '') return;
  if (navigator.clipboard === undefined) document.execCommand('copy');
  else await navigator.clipboard.writeText(text);
  terminal?.clearSelection();
}
