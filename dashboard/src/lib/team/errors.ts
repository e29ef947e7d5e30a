import { type Issue, issueSentence, type WireError } from '@muster/protocol';
import { sentenceOf } from '../rest/to-sentence.ts';

/** Errors by field; `form` is for those that belong to none. */
export type Errors<F extends string> = { readonly [K in F | 'form']?: string };

/** The first of what a schema found, at each field. */
export function ownErrors<F extends string>(fields: readonly F[], issues: readonly Issue[]): Errors<F> {
  const errors: { [K in F | 'form']?: string } = {};
  for (const issue of issues)
    errors[known(fields, String(issue.path[0]))] ??= sentenceOf({ message: issueSentence(issue) });
  return errors;
}

/** The server's error, at the field it named. */
export function serverErrors<F extends string>(
  fields: readonly F[],
  { message, details }: Pick<WireError, 'message' | 'details'>,
): Errors<F> {
  const named = String(details?.['field'] ?? '');
  const errors: { [K in F | 'form']?: string } = {};
  errors[known(fields, named.split('.')[0] ?? '')] = sentenceOf({ message });
  return errors;
}

const known = <F extends string>(fields: readonly F[], name: string): F | 'form' =>
  fields.find((field) => field === name) ?? 'form';
