/** The version every message carries. Another major is refused. */
export const PROTOCOL_VERSION = '1.0.0';

/** The WebSocket subprotocol of canonical sockets (G1). */
export const SUBPROTOCOL = 'muster.v1';

const MAJOR = PROTOCOL_VERSION.split('.')[0];

/** True when a peer that says `version` speaks our major. */
export function speaksOurMajor(version: string): boolean {
  return version.split('.')[0] === MAJOR;
}
