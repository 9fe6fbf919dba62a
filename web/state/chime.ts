/** A short, quiet sound of two notes, made by the browser (05 section 10.9, U-5). */

/** Hertz, one after the other. */
const NOTES = [660, 880];
const NOTE_S = 0.12;
const LOUDNESS = 0.08;

export function chime(): void {
  const audio = new AudioContext();
  const gain = audio.createGain();
  gain.gain.value = LOUDNESS;
  gain.connect(audio.destination);
  NOTES.forEach((frequency, index) => {
    const tone = audio.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    tone.start(audio.currentTime + index * NOTE_S);
    tone.stop(audio.currentTime + (index + 1) * NOTE_S);
    if (index === NOTES.length - 1) tone.onended = () => void audio.close();
  });
}
