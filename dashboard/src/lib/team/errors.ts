import type { WireError } from '@muster/protocol';

/** What to mend, by field; `form` is for what belongs to none. */
export type Errors<F extends string> = { readonly [K in F | 'form']?: string };

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The first of what a schema found, at each field. */
export function ownErrors<F extends string>(fields: readonly F[], issues: readonly Issue[]): Errors<F> {
  const errors: { [K in F | 'form']?: string } = {};
  for (const { path, message } of issues) errors[known(fields, String(path[0]))] ??= message;
  return errors;
}

/** What the server refused, at the field it named. */
export function serverErrors<F extends string>(
  fields: readonly F[],
  { message, details }: Pick<WireError, 'message' | 'details'>,
): Errors<F> {
  const named = String(details?.['field'] ?? '');
  const errors: { [K in F | 'form']?: string } = {};
  errors[known(fields, named.split('.')[0] ?? '')] = withoutField(message, named);
  return errors;
}

/** `role: is more than your own` stands beside the field already. */
const withoutField = (message: string, field: string): string =>
  field !== '' && message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;

const known = <F extends string>(fields: readonly F[], name: string): F | 'form' =>
  fields.find((field) => field === name) ?? 'form';
