import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readFlags, UsageError } from '../../../worker/local/config.ts';

const configOf = (...args: string[]) => {
  const asked = readFlags(args, '/here');
  if (asked.kind !== 'run') throw new Error('not a run');
  return asked.config;
};

describe('flags of local mode', () => {
  it('listens on loopback only, keeps data where the person stands, and lets agents work there and at home', () => {
    expect(configOf()).toEqual({
      port: null,
      host: '127.0.0.1',
      data: '/here/.muster',
      usualData: true,
      runner: true,
      json: false,
      keepAgents: false,
      env: null,
      verbose: false,
      inspect: null,
      issuers: null,
      roots: [homedir(), '/here'],
    });
  });

  it('takes roots in place of the usual ones', () => {
    expect(configOf('--root', 'a', '--root', '/b').roots).toEqual(['/here/a', '/b']);
  });

  it('takes a file from where the person stands', () =>
    expect(configOf('--issuers', 'issuers.json').issuers).toBe('/here/issuers.json'));

  it('takes any free port by 0', () => expect(configOf('--port', '0').port).toBe(0));

  it.each([['--port', 'x'], ['--port', '65536'], ['--port', '-1'], ['--prot', '1'], ['extra']])(
    'refuses %s %s in words',
    (...args) => {
      expect(() => readFlags(args, '/here')).toThrow(UsageError);
    },
  );
});

describe('[X20] the address to listen on', () => {
  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('may be %s, which is this machine', (host) =>
    expect(configOf('--host', host).host).toBe(host),
  );

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'example.org',
    '0',
    '127.1',
    '::ffff:10.0.0.1',
    '127.0.0.1.example.org',
  ])('is %s only by --insecure-http, since others could read every sign-in', (host) => {
    expect(() => readFlags(['--host', host], '/here')).toThrow('--insecure-http');
    expect(configOf('--host', host, '--insecure-http').host).toBe(host);
  });
});
