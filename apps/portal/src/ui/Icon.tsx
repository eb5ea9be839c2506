/** Line icons of our own, 24 px; each always stands beside its word, so none has a text. */
const PATHS = {
  home: 'M4 11 12 4l8 7v9h-5v-6H9v6H4z',
  records: 'M6 3h9l4 4v14H6zM9 11h7M9 15h7M9 7h3',
  sharing:
    'M16 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M8 12a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2 20c0-3 3-5 6-5s6 2 6 5M15 14c4 0 7 2 7 5',
  activity: 'M3 12h4l3-7 4 14 3-7h4',
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c0-4 4-6 8-6s8 2 8 6',
  check: 'm5 12 5 5 9-10',
  wait: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 3',
  warning: 'M12 4 2 20h20zM12 10v4M12 17v.5',
  cross: 'm6 6 12 12M18 6 6 18',
  up: 'M12 20V5M6 11l6-6 6 6',
  down: 'M12 4v15M6 13l6 6 6-6',
  right: 'm9 5 7 7-7 7',
  visit: 'M4 21V6l8-3 8 3v15M9 21v-5h6v5M12 7v4M10 9h4',
  machine: 'M5 7h14v11H5zM9 12v1M15 12v1M12 3v4M2 11v4M22 11v4',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c0-4 4-6 8-6s8 2 8 6',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M4 4l2 2M18 18l2 2M2 12h2M20 12h2M4 20l2-2M18 6l2-2',
  moon: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
