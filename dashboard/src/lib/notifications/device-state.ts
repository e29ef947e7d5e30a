/** What a browser says of itself. */
export interface DeviceFacts {
  /** It has service workers, notifications and pushes. */
  readonly canPush: boolean;
  /** Pushes need HTTPS, or this machine itself. */
  readonly isSecure: boolean;
  /** iPhones and iPads notify only from the home screen. */
  readonly isIos: boolean;
  readonly isInstalled: boolean;
  readonly permission: NotificationPermission;
  readonly isSubscribed: boolean;
}

export type DeviceState = 'on' | 'off' | 'denied' | 'install' | 'insecure' | 'unsupported';

export function deviceStateOf(facts: DeviceFacts): DeviceState {
  if (!facts.isSecure) return 'insecure';
  if (facts.isIos && !facts.isInstalled) return 'install';
  if (!facts.canPush) return 'unsupported';
  if (facts.permission === 'denied') return 'denied';
  return facts.permission === 'granted' && facts.isSubscribed ? 'on' : 'off';
}

/** Each state in words: what is, and what to do about it. */
export const DEVICE_WORDS: Record<DeviceState, { readonly title: string; readonly about: string }> = {
  on: {
    title: 'On for this device',
    about: 'You are notified here unless you are looking at the agent already.',
  },
  off: {
    title: 'Off for this device',
    about: 'Turn them on, and allow notifications when the browser asks.',
  },
  denied: {
    title: 'The browser blocks notifications of this site',
    about:
      'Open the site’s settings (the icon left of the address, or the app’s in the system’s settings), ' +
      'allow notifications and reload this page.',
  },
  install: {
    title: 'Add Muster to the home screen first',
    about:
      'iPhones and iPads notify only from there: Share, then Add to Home Screen. Open Muster from its icon and come back here.',
  },
  insecure: {
    title: 'Notifications need HTTPS',
    about: 'Open Muster by an https address, or on the machine that it runs on.',
  },
  unsupported: {
    title: 'This browser cannot be notified',
    about:
      'Private windows and some browsers have no pushes. Try another browser, or a window that is not private.',
  },
};

/** `MacIntel` with touch is an iPad that asks for desktop pages. */
export const isIosDevice = ({
  userAgent,
  platform,
  maxTouchPoints,
}: Pick<Navigator, 'userAgent' | 'platform' | 'maxTouchPoints'>): boolean =>
  /\b(?:iPhone|iPad|iPod)\b/.test(userAgent) || (platform === 'MacIntel' && maxTouchPoints > 1);
