/** One full payload of every message, as it comes off the wire. The types see to it that none is missing. */
export {
  EVENT_SAMPLES,
  KEEPER_SAMPLES,
  RUNNER_SAMPLES,
  TO_KEEPER_SAMPLES,
  TO_RUNNER_SAMPLES,
} from './samples/hosts.ts';
export { SERVER_SAMPLES } from './samples/server.ts';
export { VIEWER_SAMPLES } from './samples/viewer.ts';
