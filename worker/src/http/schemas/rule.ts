import { VIEWER_MESSAGES, type ViewerType } from '@muster/protocol';

/** Concerns the team as a whole: an admin who is limited to some agents would reach the others by it. */
export const EVERY_AGENT = 'admin of every agent';

/** The role and the limit of the message that a route does. */
export function ruleOf<T extends ViewerType>(
  type: T,
): Pick<(typeof VIEWER_MESSAGES)[T], 'least' | 'writes' | 'bucket'> {
  const { least, writes, bucket } = VIEWER_MESSAGES[type];
  return { least, writes, bucket };
}
