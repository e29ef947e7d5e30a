/** Pages are files, drawn ahead without data; what is live comes over the socket. */
export const prerender = true;
