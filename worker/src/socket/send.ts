/**
 * Sends to a socket that may already be closing: `getWebSockets` returns those too. False when it was not
 * handed to the platform; what was is buffered by it without bound (credit is S8's).
 */
export function sendTo(socket: WebSocket, data: string | ArrayBuffer | ArrayBufferView): boolean {
  if (socket.readyState !== WebSocket.OPEN) return false;
  try {
    socket.send(data);
    return true;
  } catch {
    return false;
  }
}
