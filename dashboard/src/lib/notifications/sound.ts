const STORAGE_KEY = 'muster.sound';
const ON = 'on';
/** Two short tones, the second higher: Hz, and s from the start. */
const TONES = [
  { hertz: 660, at: 0 },
  { hertz: 880, at: 0.12 },
] as const;
const TONE_S = 0.14;
/** Of 1: heard across a desk, and no alarm. */
const LOUDNESS = 0.12;

/** Whether this browser plays a tone when a request begins to wait. Off unless somebody chose it. */
export function isSoundOn(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) === ON;
  } catch {
    return false;
  }
}

export function chooseSound(on: boolean): void {
  try {
    if (on) localStorage.setItem(STORAGE_KEY, ON);
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Storage may be forbidden; then it stays off.
  }
}

/** Plays the tone. A page that nobody has pressed anything on yet stays silent: browsers decide so. */
export async function playTone(): Promise<void> {
  const audio = new AudioContext();
  if (audio.state !== 'running') await Promise.race([audio.resume(), later(TONE_S)]);
  if (audio.state === 'running') {
    for (const { hertz, at } of TONES) addTone(audio, hertz, audio.currentTime + at);
    await later(1);
  }
  await audio.close();
}

function addTone(audio: AudioContext, hertz: number, at: number): void {
  const oscillator = new OscillatorNode(audio, { frequency: hertz });
  const gain = new GainNode(audio, { gain: 0 });
  // A tone that starts or ends at once clicks.
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, at + TONE_S);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + TONE_S);
}

const later = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
