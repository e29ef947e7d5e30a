import { VIEWER_MESSAGES, type ViewerType } from '@muster/protocol';

/** The role for routes about the whole team. With less, an admin who is limited to some agents could reach the others. */
export const EVERY_AGENT = 'admin of every agent';

/** The role and limit of the message that a route stands for. */
export function ruleOf<T extends ViewerType>(
  type: T,
): Pick<(typeof VIEWER_MESSAGES)[T], 'least' | 'writes' | 'bucket'> {
  const { least, writes, bucket } = VIEWER_MESSAGES[type];
  return { least, writes, bucket };
}
