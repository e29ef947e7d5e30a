import { lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { readLines, writeLine } from '../control/lines.ts';
import { connectablePath } from '../control/paths.ts';
import { HOOK_LINE_CHARS, type HookDecision, HookReplySchema, type HookRequest } from './messages.ts';

/** For the keeper to take a request, ms; it takes one at once or not at all. */
const TAKEN_MS = 5_000;
/** A keeper's own clock decides first; this is for one that hangs, ms. */
const GRACE_MS = 5_000;
const PARENT_MS = 1_000;
const OTHERS = 0o077;

/** X16: a directory that this account alone can enter, so that nobody else listens there. */
function isOurs(path: string): boolean {
  const facts = lstatSync(dirname(path), { throwIfNoEntry: false });
  return facts?.isDirectory() === true && facts.uid === process.geteuid?.() && (facts.mode & OTHERS) === 0;
}

/**
 * C13b: tells the keeper, and waits for the decision where one is asked for. Null: there is none, whatever the reason.
 * The end of this process, or of the one that started it, takes the request back.
 */
export async function askKeeper(path: string, request: HookRequest): Promise<HookDecision | null> {
  const to = isOurs(path) ? connectablePath(path) : null;
  if (to === null) return null;
  return new Promise((resolve) => {
    const socket = connect(to);
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid !== parent && finish(null), PARENT_MS);
    let timer = setTimeout(() => finish(null), TAKEN_MS);
    function finish(decision: HookDecision | null): void {
      clearInterval(watch);
      clearTimeout(timer);
      socket.destroy();
      resolve(decision);
    }
    socket.on('error', () => finish(null));
    socket.on('close', () => finish(null));
    socket.on('connect', () => send(socket, request));
    readLines(socket, HookReplySchema, (reply) => {
      if (reply.is !== 'asked') return finish(reply.is === 'decided' ? reply : null);
      clearTimeout(timer);
      timer = setTimeout(() => finish(null), GRACE_MS + (request.do === 'ask' ? request.waitMs : 0));
    });
  });
}

function send(socket: Socket, request: HookRequest): void {
  if (JSON.stringify(request).length < HOOK_LINE_CHARS) writeLine(socket, request);
  else socket.destroy();
}
