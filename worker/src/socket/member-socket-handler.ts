import type { InputFrame, Result, ViewerMessage, WireError } from '@muster/protocol';
import type { Attempt } from '../audit/entry.ts';
import type { MemberClaims } from '../auth/claims.ts';
import type { AuthMessage } from './token-message.ts';

/** What the object does with an authenticated member socket. */
export interface MemberSocketHandler {
  /** Its token was checked, at the handshake (`by` null) or in a message. */
  handleJoin(connectionId: string, claims: MemberClaims, by: AuthMessage | null): void;
  /** A member that is in has other claims: by a token in a message, or by a change of their rights (`by` null). */
  handleRenewal(connectionId: string, claims: MemberClaims, by: AuthMessage | null): void;
  /** `askedAt`: I1, when a request was first sent, ms since 1970. */
  handleMessage(connectionId: string, message: ViewerMessage, id: string | undefined, askedAt?: number): void;
  /** I2: keys as a frame; absent: this object takes none. */
  handleInputFrame?(connectionId: string, frame: InputFrame, bytes: Uint8Array): void;
  /** X8: its role does not allow this message. */
  handleRefusal(connectionId: string, claims: MemberClaims, attempt: Attempt, error: WireError): void;
  /** The authenticator closed it; a close by the peer reaches the object itself. */
  handleClose(connectionId: string): void;
}

/** X5: the claims after the changes this object knows of, or why the member is refused. */
export type ResolveCurrentClaims = (claims: MemberClaims) => Result<MemberClaims, WireError>;

export interface AcceptedSocket {
  readonly socket: WebSocket;
  readonly connectionId: string;
  readonly response: Response;
}
