import { describe, expect, it } from 'vitest';
import {
  DEVICE_WORDS,
  type DeviceFacts,
  deviceStateOf,
  isIosDevice,
} from '../../src/lib/notifications/device-state.ts';

const able: DeviceFacts = {
  canPush: true,
  isSecure: true,
  isIos: false,
  isInstalled: false,
  permission: 'granted',
  isSubscribed: true,
};

describe('[C10] this device', () => {
  it.each([
    [{}, 'on'],
    [{ isSubscribed: false }, 'off'],
    [{ permission: 'default' }, 'off'],
    [{ permission: 'denied' }, 'denied'],
    [{ permission: 'denied', isSubscribed: false }, 'denied'],
    [{ canPush: false }, 'unsupported'],
    [{ isSecure: false, canPush: false }, 'insecure'],
    [{ isIos: true, canPush: false }, 'install'],
    [{ isIos: true, isInstalled: true }, 'on'],
    [{ isIos: true, isInstalled: true, canPush: false }, 'unsupported'],
  ] as const)('with %j is %s', (facts, state) => expect(deviceStateOf({ ...able, ...facts })).toBe(state));

  it.each(['denied', 'install', 'insecure', 'unsupported'] as const)(
    'that is %s says what to do about it',
    (state) => expect(DEVICE_WORDS[state].about).toMatch(/\b(?:Open|Add to Home Screen|Try)\b/),
  );

  it.each([
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X)', 'iPhone', 5, true],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 'MacIntel', 5, true],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 'MacIntel', 0, false],
    ['Mozilla/5.0 (Linux; Android 16)', 'Linux armv8l', 5, false],
  ])('called %s with %s and %i fingers is of iOS: %s', (userAgent, platform, maxTouchPoints, is) =>
    expect(isIosDevice({ userAgent, platform, maxTouchPoints })).toBe(is),
  );
});
