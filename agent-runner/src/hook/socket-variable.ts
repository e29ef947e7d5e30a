/** C13b: the variable that tells a program's hooks where to ask. */
export const SOCKET_VARIABLE = 'MUSTER_AGENT_SOCKET';
