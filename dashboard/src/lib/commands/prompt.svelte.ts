import { DEFAULTS, type Options } from './draft.ts';
import { type LineHistory, lineHistoryOf, newer, older, remember } from './line-history.ts';
import {
  type CommandPreset,
  readLines,
  readPresets,
  withoutPreset,
  withPreset,
  writeLines,
  writePresets,
} from './preset-storage.ts';

/** The command line being typed for one agent, with this browser's history and presets. */
export class CommandPrompt {
  text = $state('');
  options = $state.raw<Options>(DEFAULTS);
  presets = $state.raw<readonly CommandPreset[]>([]);
  #recall: LineHistory;
  readonly #agentId: string;

  constructor(agentId: string) {
    this.#agentId = agentId;
    this.#recall = lineHistoryOf(readLines(localStorage, agentId));
    this.presets = readPresets(localStorage);
  }

  /** True: there was an older line, and the field shows it. */
  older(): boolean {
    return this.#leafed(older(this.#recall, this.text));
  }

  newer(): boolean {
    return this.#leafed(newer(this.#recall));
  }

  #leafed(leafed: { readonly recall: LineHistory; readonly text: string } | null): boolean {
    if (leafed === null) return false;
    this.#recall = leafed.recall;
    this.text = leafed.text;
    return true;
  }

  set(part: Partial<Options>): void {
    this.options = { ...this.options, ...part };
  }

  /** It was taken: the field is empty, and the options are what they usually are. */
  sent(): void {
    this.#recall = remember(this.#recall, this.text);
    writeLines(localStorage, this.#agentId, this.#recall.lines);
    this.text = '';
    this.options = DEFAULTS;
  }

  readonly kept = $derived(this.presets.some(({ line }) => line === this.text));

  keep(): void {
    this.#change(withPreset(this.presets, { line: this.text, options: this.options }));
  }

  forget(line: string): void {
    this.#change(withoutPreset(this.presets, line));
  }

  #change(presets: readonly CommandPreset[]): void {
    this.presets = presets;
    writePresets(localStorage, presets);
  }

  take({ line, options }: CommandPreset): void {
    this.text = line;
    this.options = options;
  }
}
