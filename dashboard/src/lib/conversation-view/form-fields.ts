import type { FormValues } from '@muster/protocol';
import * as z from 'zod';

const ChoiceSchema = z.object({ const: z.string(), title: z.string().optional() });
const PropertySchema = z.object({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.string()).optional(),
  enumNames: z.array(z.string()).optional(),
  oneOf: z.array(ChoiceSchema).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  format: z.string().optional(),
  items: z
    .object({
      enum: z.array(z.string()).optional(),
      anyOf: z.array(ChoiceSchema).optional(),
      oneOf: z.array(ChoiceSchema).optional(),
    })
    .optional(),
  default: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).optional(),
});
type Property = z.infer<typeof PropertySchema>;
const FormSchema = z.object({
  properties: z.record(z.string(), z.unknown()),
  required: z.array(z.string()).optional(),
});

export interface FormChoice {
  readonly value: string;
  readonly label: string;
}
interface FieldBase {
  readonly name: string;
  readonly label: string;
  readonly about: string;
  readonly required: boolean;
}
type Range = { readonly min: number | undefined; readonly max: number | undefined };
type Extra = Range & { readonly format: string | undefined };

/** One field of a form. `unknown`: of a type that is not offered here; it is shown as it is. */
export type FormField = FieldBase &
  (
    | ({ readonly kind: 'text' } & Extra)
    | ({ readonly kind: 'number'; readonly whole: boolean } & Range)
    | { readonly kind: 'boolean' }
    | { readonly kind: 'choice'; readonly choices: readonly FormChoice[] }
    | ({ readonly kind: 'choices'; readonly choices: readonly FormChoice[] } & Range)
    | { readonly kind: 'unknown'; readonly json: string }
  );

/** What was written so far, by the names of the fields. */
export type FormDraft = Readonly<Record<string, string | boolean | readonly string[]>>;

const namedChoices = (list: readonly z.infer<typeof ChoiceSchema>[]): readonly FormChoice[] =>
  list.map(({ const: value, title }) => ({ value, label: title ?? value }));
const plainChoices = (values: readonly string[], names: readonly string[] = []): readonly FormChoice[] =>
  values.map((value, index) => ({ value, label: names[index] ?? value }));

function choicesOf({ enum: values, enumNames, oneOf }: Property): readonly FormChoice[] | null {
  if (oneOf !== undefined) return namedChoices(oneOf);
  return values === undefined ? null : plainChoices(values, enumNames);
}

function itemChoicesOf({ items }: Property): readonly FormChoice[] | null {
  const named = items?.anyOf ?? items?.oneOf;
  if (named !== undefined) return namedChoices(named);
  return items?.enum === undefined ? null : plainChoices(items.enum);
}

function fieldOf(name: string, json: unknown, required: boolean): FormField {
  const parsed = PropertySchema.safeParse(json);
  const base = { name, label: name, about: '', required };
  const unknown: FormField = { ...base, kind: 'unknown', json: JSON.stringify(json) ?? '' };
  if (!parsed.success) return unknown;
  const property = parsed.data;
  const shown = { ...base, label: property.title ?? name, about: property.description ?? '' };
  const choices = property.type === 'array' ? itemChoicesOf(property) : choicesOf(property);
  switch (property.type) {
    case 'boolean':
      return { ...shown, kind: 'boolean' };
    case 'number':
    case 'integer':
      return {
        ...shown,
        kind: 'number',
        whole: property.type === 'integer',
        min: property.minimum,
        max: property.maximum,
      };
    case 'array':
      if (choices === null) return unknown;
      return { ...shown, kind: 'choices', choices, min: property.minItems, max: property.maxItems };
    case 'string':
    case undefined:
      if (choices !== null) return { ...shown, kind: 'choice', choices };
      if (property.type === undefined) return unknown;
      return {
        ...shown,
        kind: 'text',
        min: property.minLength,
        max: property.maxLength,
        format: property.format,
      };
    default:
      return unknown;
  }
}

/** The fields of a JSON Schema of an object; null: it is none. */
export function fieldsOf(schema: string): readonly FormField[] | null {
  try {
    const { properties, required = [] } = FormSchema.parse(JSON.parse(schema));
    return Object.entries(properties).map(([name, json]) => fieldOf(name, json, required.includes(name)));
  } catch {
    return null;
  }
}

function defaultOf(schema: string, name: string): Property['default'] {
  const form = FormSchema.safeParse(JSON.parse(schema));
  const property = PropertySchema.safeParse(form.data?.properties[name]);
  return property.data?.default;
}

/** The form as it is first shown: what the agent proposes, else nothing. */
export function draftOf(schema: string, fields: readonly FormField[]): FormDraft {
  const entries = fields.map((field) => {
    const value = defaultOf(schema, field.name);
    if (field.kind === 'boolean') return [field.name, value === true] as const;
    if (field.kind === 'choices') return [field.name, Array.isArray(value) ? value : []] as const;
    const plain = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    return [field.name, plain] as const;
  });
  return Object.fromEntries(entries);
}

const FORMATS = new Map<string, readonly [RegExp, string]>([
  ['email', [/^[^\s@]+@[^\s@]+$/, 'Write an e-mail address, such as ann@example.com.']],
  ['uri', [/^[a-z][a-z0-9+.-]*:\S+$/i, 'Write a whole address, such as https://example.com/.']],
  ['date', [/^\d{4}-\d\d-\d\d$/, 'Write a date, such as 2026-11-30.']],
  ['date-time', [/^\d{4}-\d\d-\d\dT\d\d:\d\d/, 'Write a date with its time, such as 2026-11-30T18:00:00Z.']],
]);

const tooFew = (count: number, { min }: Range) => min !== undefined && count < min;
const tooMany = (count: number, { max }: Range) => max !== undefined && count > max;

/** What is wrong with a text; null: nothing. */
function textFault(text: string, field: Extra): string | null {
  if (tooFew(text.length, field)) return `Write at least ${field.min} characters.`;
  if (tooMany(text.length, field)) return `Write at most ${field.max} characters.`;
  const [pattern, words] = FORMATS.get(field.format ?? '') ?? [];
  return pattern === undefined || words === undefined || pattern.test(text) ? null : words;
}

function numberFault(value: number, field: Range & { readonly whole: boolean }): string | null {
  if (!Number.isFinite(value)) return 'Write a number.';
  if (field.whole && !Number.isInteger(value)) return 'Write a whole number.';
  if (tooFew(value, field)) return `Write a number of at least ${field.min}.`;
  return tooMany(value, field) ? `Write a number of at most ${field.max}.` : null;
}

function countFault(count: number, field: Range): string | null {
  if (tooFew(count, field)) return `Choose at least ${field.min}.`;
  return tooMany(count, field) ? `Choose at most ${field.max}.` : null;
}

type Checked = { readonly value?: FormValues[string]; readonly fault?: string | null };

function check(field: FormField, written: FormDraft[string] | undefined): Checked {
  if (field.kind === 'boolean') return { value: written === true };
  if (field.kind === 'choices') {
    const value = Array.isArray(written) ? [...written] : [];
    if (value.length === 0)
      return field.required && !((field.min ?? 1) === 0) ? { fault: 'Choose at least one.' } : {};
    return { value, fault: countFault(value.length, field) };
  }
  const text = typeof written === 'string' ? written : '';
  if (field.kind === 'unknown')
    return field.required ? { fault: 'This field cannot be filled in here.' } : {};
  if (text.trim() === '') return field.required ? { fault: 'This is needed.' } : {};
  if (field.kind === 'text') return { value: text, fault: textFault(text, field) };
  if (field.kind === 'number') return { value: Number(text), fault: numberFault(Number(text), field) };
  const known = field.choices.some(({ value }) => value === text);
  return known ? { value: text } : { fault: 'Choose one of these.' };
}

export type FormResult =
  | { readonly ok: true; readonly values: FormValues }
  | { readonly ok: false; readonly faults: ReadonlyMap<string, string> };

/** The values to send, or what is wrong with which field. A field that was left empty is left out. */
export function valuesOf(fields: readonly FormField[], draft: FormDraft): FormResult {
  // Names are the agent's, `__proto__` and `constructor` among them.
  const values = new Map<string, FormValues[string]>();
  const faults = new Map<string, string>();
  for (const field of fields) {
    const { value, fault } = check(field, draft[field.name]);
    if (fault !== undefined && fault !== null) faults.set(field.name, fault);
    else if (value !== undefined) values.set(field.name, value);
  }
  return faults.size > 0 ? { ok: false, faults } : { ok: true, values: Object.fromEntries(values) };
}
