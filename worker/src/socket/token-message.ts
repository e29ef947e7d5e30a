import type { ViewerMessage } from '@muster/protocol';

/** The messages that may bring a token. */
export type AuthMessage = Extract<ViewerMessage, { type: 'auth' | 'auth:refresh' | 'dashboard:connect' }>;

/** A message that brings a token to check, or null. */
export function tokenMessageOf(
  message: ViewerMessage,
): { readonly message: AuthMessage; readonly token: string } | null {
  switch (message.type) {
    case 'auth':
    case 'auth:refresh':
      return { message, token: message.payload.token };
    case 'dashboard:connect':
      return message.payload.token === undefined ? null : { message, token: message.payload.token };
    default:
      return null;
  }
}
