import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './qrCode.module.css';

/** The Shape Detection API, where a browser has it; types of the platform do not know it yet. */
interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorClass = new (options: { readonly formats: readonly string[] }) => Detector;

const detectorClass = (): DetectorClass | undefined =>
  (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;

/** How often the picture is looked at, in milliseconds. */
const EVERY = 200;

/**
 * Reads a code with the camera and hands over its text; pictures stay in the page. Where the browser cannot read codes there is nothing to see: the field
 * beside it takes the text.
 */
export function Scan({ onRead }: { onRead: (text: string) => void }) {
  const { t } = useTranslation();
  const [state, setState] = useState<'closed' | 'open' | 'refused'>('closed');
  const Class = detectorClass();
  if (Class === undefined || navigator.mediaDevices === undefined) return null;
  if (state === 'open')
    return (
      <Camera
        Class={Class}
        onRead={(text) => {
          setState('closed');
          onRead(text);
        }}
        onRefused={() => setState('refused')}
        onClose={() => setState('closed')}
      />
    );
  return (
    <>
      <button type="button" className={styles.button} onClick={() => setState('open')}>
        {t('scan.open')}
      </button>
      {state === 'refused' && <p role="alert">{t('scan.refused')}</p>}
    </>
  );
}

function Camera({
  Class,
  onRead,
  onRefused,
  onClose,
}: {
  Class: DetectorClass;
  onRead: (text: string) => void;
  onRefused: () => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const told = useRef({ onRead, onRefused });
  useEffect(() => {
    let over = false;
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (detector: Detector): Promise<void> => {
      const [code] = video.current ? await detector.detect(video.current).catch(() => []) : [];
      if (over) return;
      if (code !== undefined) told.current.onRead(code.rawValue);
      else timer = setTimeout(() => void look(detector), EVERY);
    };
    const begin = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      // Closed while the person was asked: the camera goes off at once.
      if (over || video.current === null) return stop(stream);
      video.current.srcObject = stream;
      await video.current.play();
      await look(new Class({ formats: ['qr_code'] }));
    };
    begin().catch(() => !over && told.current.onRefused());
    return () => {
      over = true;
      clearTimeout(timer);
      stop(stream);
    };
  }, [Class]);
  return (
    <div className={styles.camera}>
      <video ref={video} muted playsInline aria-label={t('scan.picture')} />
      <button type="button" className={styles.button} onClick={onClose}>
        {t('scan.close')}
      </button>
    </div>
  );
}

function stop(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
