/** List prices in US dollars, with nothing of what a plan includes; docs/cost.md says where and when they were read. */
const PRICE = {
  /** Of a Durable Object: requests, of which 20 WebSocket messages are one. */
  objectRequest: 0.15e-6,
  messagesPerRequest: 20,
  /** Of a Durable Object while a handler runs: 128 MB, whatever it uses. */
  gigabyteSecond: 12.5e-6,
  objectGigabytes: 0.128,
  rowWritten: 1e-6,
  gigabyteMonth: 0.2,
  /** Of the Worker in front. */
  workerRequest: 0.3e-6,
  workerCpuMs: 0.02e-6,
} as const;

/** An agent's use of the platform over a time. */
export interface Counted {
  readonly messages: number;
  /** Of objects: alarms, sockets, calls. */
  readonly requests: number;
  readonly rowsWritten: number;
  /** For which handlers ran. */
  readonly activeSeconds: number;
  readonly workerRequests: number;
  readonly workerCpuMs: number;
}

export interface Bill {
  readonly requests: number;
  readonly duration: number;
  readonly rows: number;
  readonly storage: number;
  readonly worker: number;
}

/** A month of `times` such times, with so many gigabytes kept. */
export function billFor(counted: Counted, times: number, gigabytes: number): Bill {
  const { messages, requests, rowsWritten, activeSeconds, workerRequests, workerCpuMs } = counted;
  return {
    requests: times * (messages / PRICE.messagesPerRequest + requests) * PRICE.objectRequest,
    duration: times * activeSeconds * PRICE.objectGigabytes * PRICE.gigabyteSecond,
    rows: times * rowsWritten * PRICE.rowWritten,
    storage: gigabytes * PRICE.gigabyteMonth,
    worker: times * (workerRequests * PRICE.workerRequest + workerCpuMs * PRICE.workerCpuMs),
  };
}

export const total = ({ requests, duration, rows, storage, worker }: Bill): number =>
  requests + duration + rows + storage + worker;
