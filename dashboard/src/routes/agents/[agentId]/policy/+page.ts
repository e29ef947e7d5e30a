/** There is an agent for every address, so these cannot be drawn ahead; the Worker sends the empty shell. */
export const prerender = false;
