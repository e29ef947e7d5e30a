/** What is asked of an agent's host while somebody waits. */

export { askHost } from './host-query.ts';
