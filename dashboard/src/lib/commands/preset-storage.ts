import { CommandLineSchema, PrioritySchema } from '@muster/protocol';
import * as z from 'zod';

/** A saved command line, with its options. */
const PresetSchema = z.object({
  line: CommandLineSchema,
  options: z.object({
    priority: PrioritySchema,
    timeout: z.string().max(32),
    interactive: z.boolean(),
    retries: z.number().int().min(0),
  }),
});
export type CommandPreset = z.infer<typeof PresetSchema>;

const MOST = 30;
const KEY = 'muster.presets';
type PresetStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** Newest first; a line is there once. */
export const withPreset = (
  presets: readonly CommandPreset[],
  preset: CommandPreset,
): readonly CommandPreset[] => [preset, ...withoutPreset(presets, preset.line)].slice(0, MOST);

export const withoutPreset = (presets: readonly CommandPreset[], line: string): readonly CommandPreset[] =>
  presets.filter((known) => known.line !== line);

export const readPresets = (storage: PresetStorage): readonly CommandPreset[] =>
  readList(storage, KEY, PresetSchema);
export const writePresets = (storage: PresetStorage, presets: readonly CommandPreset[]): void =>
  write(storage, KEY, presets);

const linesKey = (agentId: string) => `muster.lines.${agentId}`;
export const readLines = (storage: PresetStorage, agentId: string): readonly string[] =>
  readList(storage, linesKey(agentId), z.string());
export const writeLines = (storage: PresetStorage, agentId: string, lines: readonly string[]): void =>
  write(storage, linesKey(agentId), lines);

/** Reads a list from the browser's storage; invalid contents count as an empty list. */
function readList<T>(storage: PresetStorage, key: string, schema: z.ZodType<T>): readonly T[] {
  try {
    return z.array(schema).parse(JSON.parse(storage.getItem(key) ?? '[]'));
  } catch {
    return [];
  }
}

function write(storage: PresetStorage, key: string, list: readonly unknown[]): void {
  try {
    storage.setItem(key, JSON.stringify(list));
  } catch {
    // Storage may be full or forbidden; what is kept then lasts as long as the page.
  }
}

const OPEN_KEY = 'muster.commands';
/** Whether the commands stand beside the terminal, where there is room for both. */
export const readOpen = (storage: PresetStorage): boolean =>
  readList(storage, OPEN_KEY, z.literal(true)).length > 0;
export const writeOpen = (storage: PresetStorage, open: boolean): void =>
  write(storage, OPEN_KEY, open ? [true] : []);
