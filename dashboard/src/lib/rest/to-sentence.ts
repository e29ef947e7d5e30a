/** `agentId: there is …`: hosts and servers of 0.1.0 begin with the field, which is no word for a person. */
const FIELD = /^(?:payload\.)?[a-z]\w*(?:\.[\w-]+)*: /;

/** An error as a sentence: with a capital letter, and a full stop where it has none. */
export function sentenceOf({ message }: { readonly message: string }): string {
  const text = message.replace(FIELD, '').trim();
  if (text === '') return 'Something went wrong.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}
