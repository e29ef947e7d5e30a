import { relative } from 'node:path';

/** A file whose content becomes the text or data in its place. */
export class Embed {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/** A value of workerd's configuration, as in its schema (workerd.capnp); `null` is Cap'n Proto's `void`. */
export type Capnp = string | number | boolean | null | Embed | readonly Capnp[] | CapnpStruct;
export interface CapnpStruct {
  readonly [field: string]: Capnp;
}

/** Characters that stand in a string only as an escape. */
const SPECIAL = /["\\]|[^\x20-\x7e]/gu;

/** A string as Cap'n Proto's text format reads it: its escapes are C's, for bytes. */
const quoted = (text: string) =>
  `"${text.replaceAll(SPECIAL, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  )}"`;

/** `directory`: where the text will lie, as a real path; embedded files are named from there. */
function textOf(value: Capnp, directory: string): string {
  if (value === null) return 'void';
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Embed) return `embed ${quoted(relative(directory, value.path))}`;
  if (isList(value)) return `[${value.map((item) => textOf(item, directory)).join(', ')}]`;
  const fields = Object.entries(value).map(([name, field]) => `${name} = ${textOf(field, directory)}`);
  return `(${fields.join(', ')})`;
}

const isList = (value: object): value is readonly Capnp[] => Array.isArray(value);

/** A configuration file of workerd's with one constant, `config`. */
export function configText(config: CapnpStruct, directory: string): string {
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    `const config :Workerd.Config = ${textOf(config, directory)};`,
    '',
  ].join('\n');
}
