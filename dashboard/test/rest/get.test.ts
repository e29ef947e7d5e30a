import { describe, expect, test } from 'vitest';
import { addressOf } from '../../src/lib/rest/get.ts';

describe('the address of a question', () => {
  test('holds what was asked, and nothing that was not', () => {
    expect(addressOf('/api/audit', {})).toBe('/api/audit');
    expect(addressOf('/api/audit', { agent: '', member: undefined })).toBe('/api/audit');
    expect(addressOf('/api/audit', { agent: 'a b&c', limit: 50 })).toBe('/api/audit?agent=a+b%26c&limit=50');
  });
});
