export {
  channelDeadline,
  handleChannel,
  isOpen,
  isUsable,
  newChannel,
  takesInputFrames,
} from './handle.ts';
export type * from './types.ts';
