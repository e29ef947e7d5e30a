import { base64url } from 'jose';
import { describe, expect, it } from 'vitest';
import { encryptPush, freshKeys } from '../../src/push/encrypt.ts';
import { isPushEndpoint } from '../../src/push/endpoint.ts';
import { Receiver } from './receiver.ts';

const bytes = (text: string) => Uint8Array.from(base64url.decode(text));
const P256 = { name: 'ECDH', namedCurve: 'P-256' } as const;

describe('[C10] the encryption of pushes', () => {
  it('[C10] is that of RFC 8291, to the byte (its Appendix A)', async () => {
    const x = 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8';
    const raw = bytes(x);
    const jwk = {
      ...{ kty: 'EC', crv: 'P-256' },
      d: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw', // not a secret: it is printed in the RFC.
      ...{ x: base64url.encode(raw.slice(1, 33)), y: base64url.encode(raw.slice(33)) },
    };
    const privateKey = await crypto.subtle.importKey('jwk', jwk, P256, true, ['deriveBits']);
    const publicKey = await crypto.subtle.importKey('raw', raw, P256, true, []);
    const device = {
      p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    };
    const keys = { salt: bytes('DGv6ra1nlYgDCS1FRnbzlw'), pair: { privateKey, publicKey } };
    const body = await encryptPush('When I grow up, I want to be a watermelon', device, keys);
    expect(base64url.encode(body)).toBe(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    );
  });

  it('[C10] is read by the device it is for, each time another text on the wire', async () => {
    const receiver = await Receiver.make();
    const first = await encryptPush('Grüße', receiver, await freshKeys());
    const second = await encryptPush('Grüße', receiver, await freshKeys());
    expect(await receiver.read(first)).toBe('Grüße');
    expect(await receiver.read(second)).toBe('Grüße');
    expect(first).not.toEqual(second);
    await expect((await Receiver.make()).read(first)).rejects.toThrow();
  });
});

describe('[C10] the addresses of push services', () => {
  it.each([
    'https://fcm.googleapis.com/fcm/send/a',
    'https://updates.push.services.mozilla.com/wpush/v2/a',
    'https://web.push.apple.com/Q',
  ])('%s is one', (address) => expect(isPushEndpoint(address, false)).toBe(true));

  it.each([
    ...['http://push.example.com/a', 'https://127.0.0.1/a', 'https://[::1]/a', 'https://localhost/a'],
    ...['https://10.0.0.1/a', 'https://2130706433/a', 'https://0x7f.1/a', 'https://intra/a'],
    ...['https://push.internal/a', 'https://a.local/a', 'https://push.example.com:8443/a', 'ftp://a.example'],
    ...[
      'https://me:secret@push.example.com/a',
      'https://1.1.1.1/a',
      'https://push.example.com./a',
      'nothing',
    ],
  ])('%s is none', (address) => expect(isPushEndpoint(address, false)).toBe(false));

  it('[C10] are on this machine for tests only', () => {
    expect(isPushEndpoint('http://127.0.0.1:8080/a', true)).toBe(true);
    expect(isPushEndpoint('http://10.0.0.1:8080/a', true)).toBe(false);
  });
});
