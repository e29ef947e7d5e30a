/** Anything a socket carries. */
export type Packet = string | Uint8Array;

/** One socket between two ends: each direction keeps order; a cut loses what is under way, as TCP does. */
export class Link {
  readonly toServer: Packet[] = [];
  readonly toClient: Packet[] = [];
  /** What each end believes: a half-open link is one that only one end still believes in. */
  clientUp = true;
  serverUp = true;
  readonly connection: string;

  constructor(connection: string) {
    this.connection = connection;
  }

  cut(): void {
    this.toServer.length = 0;
    this.toClient.length = 0;
  }
}
