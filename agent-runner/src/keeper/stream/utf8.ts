/** How many bytes before `end` begin a UTF-8 character that is not whole yet: 0 to 3. Bytes that can be no character count as 0. */
export function incompleteTail(bytes: Uint8Array, start: number, end: number): number {
  for (let back = 1; back <= 3 && end - back >= start; back += 1) {
    const byte = bytes[end - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return back < lengthOf(byte) ? back : 0;
  }
  return 0;
}

/** The length of the character that `lead` begins. */
function lengthOf(lead: number): number {
  if (lead >= 0xf0 && lead < 0xf8) return 4;
  if (lead >= 0xe0) return lead < 0xf0 ? 3 : 1;
  return lead >= 0xc0 ? 2 : 1;
}
