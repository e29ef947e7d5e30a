import Brain from '@lucide/svelte/icons/brain';
import FilePen from '@lucide/svelte/icons/file-pen';
import FileSymlink from '@lucide/svelte/icons/file-symlink';
import FileText from '@lucide/svelte/icons/file-text';
import Globe from '@lucide/svelte/icons/globe';
import Search from '@lucide/svelte/icons/search';
import Shuffle from '@lucide/svelte/icons/shuffle';
import SquareTerminal from '@lucide/svelte/icons/square-terminal';
import Trash from '@lucide/svelte/icons/trash';
import Wrench from '@lucide/svelte/icons/wrench';

const ICONS = new Map<string, typeof Wrench>([
  ['read', FileText],
  ['edit', FilePen],
  ['delete', Trash],
  ['move', FileSymlink],
  ['search', Search],
  ['execute', SquareTerminal],
  ['think', Brain],
  ['fetch', Globe],
  ['switch_mode', Shuffle],
]);

export const toolIcon = (toolKind: string): typeof Wrench => ICONS.get(toolKind) ?? Wrench;
