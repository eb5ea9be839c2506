import type { Resource } from '@anamnesis/sdk';
import { useTranslation } from 'react-i18next';
import { type Piece, piecesOf, visitsOfAll } from '../../chart/visits.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { LongList } from '../../ui/LongList.tsx';
import { PlaceNotes } from '../places/PlaceNotes.tsx';
import { useWhole } from '../places/usePlaces.ts';
import { RecordTabs } from './RecordTabs.tsx';
import { VisitItem } from './VisitItem.tsx';

/** The timeline by visit, newest first: of her home organisation and of every other place where she is known. */
export default function Records() {
  const { t } = useTranslation('patient');
  const whole = useWhole();
  return (
    <>
      <h1>{t('records.title')}</h1>
      <RecordTabs />
      <PlaceNotes {...whole} />
      <Ask of={whole.own}>{() => <Timeline sources={whole.sources} />}</Ask>
    </>
  );
}

type Sources = readonly (readonly Resource[])[];

function Timeline({ sources }: { sources: Sources }) {
  const { t } = useTranslation('patient');
  const pieces = timelineOf(sources);
  if (pieces.length === 0) return <EmptyState title={t('records.none')} text={t('records.noneText')} />;
  return <LongList items={pieces}>{(piece) => <VisitItem visit={piece} />}</LongList>;
}

/** By the records of home, with which it is forgotten: who comes back from one of its items finds the same list. */
const timelines = new WeakMap<readonly Resource[], { readonly sources: Sources; readonly pieces: readonly Piece[] }>();

function timelineOf(sources: Sources): readonly Piece[] {
  const [own = []] = sources;
  const known = timelines.get(own);
  if (known?.sources.length === sources.length && known.sources.every((one, at) => one === sources[at]))
    return known.pieces;
  const pieces = piecesOf(visitsOfAll(sources));
  timelines.set(own, { sources, pieces });
  return pieces;
}
